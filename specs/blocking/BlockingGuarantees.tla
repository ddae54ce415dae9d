------------------------- MODULE BlockingGuarantees -------------------------
(***************************************************************************)
(* What clients that wait for keys may rely on.                            *)
(*                                                                         *)
(* It is said of what the clients have sent and of what has left: of the   *)
(* server's data, its log and its replies. It never looks at the server's  *)
(* line or at its ready keys, which would prove only that the server       *)
(* agrees with itself. The variables below record what was seen; no action *)
(* of Blocking reads them.                                                 *)
(***************************************************************************)
EXTENDS Integers, Sequences

CONSTANTS Clients, Keys, Commands, Elements

VARIABLES up, wire, multi, queue, line, ready, out, db, log, durable, busy, results, effects

B == INSTANCE Blocking

VARIABLES
  asked,    \* by client: requests not answered, each with the commands that its answer is about
  open,     \* by client: what it has sent leaves a MULTI open
  body,     \* by client: the commands that it has sent since
  began,    \* who has found nothing and waits, with the command, in the order in which they did
  came,     \* keys that have come to be there since the last command began, in that order
  shown,    \* by element: how often it was handed to a client, and the reply has left
  acked     \* by element: how often it was pushed, and the reply has left

ghosts == <<asked, open, body, began, came, shown, acked>>
all == <<B!vars, ghosts>>

(***************************************************************************)
(* What is handed out and what is taken in, by counting.                   *)
(***************************************************************************)
RECURSIVE Sum(_)
Sum(numbers) == IF numbers = <<>> THEN 0 ELSE Head(numbers) + Sum(Tail(numbers))

\* A command with this reply hands an element out.
HandsOut(command, reply, e) ==
  B!Name(command) = "BLPOP" /\ reply # B!Nil /\ reply[2] = e
HandedBy(commands, replies, e) ==
  Sum([i \in DOMAIN replies |->
    IF i \in DOMAIN commands /\ HandsOut(commands[i], replies[i], e) THEN 1 ELSE 0])

TakesIn(command, e) == B!Name(command) = "RPUSH" /\ command[3] = e
PushedBy(commands, e) == Sum([i \in DOMAIN commands |-> IF TakesIn(commands[i], e) THEN 1 ELSE 0])

\* How often the effects of a unit remove an element, from data that they change on the way.
RECURSIVE RemovedIn(_, _, _)
RemovedIn(data, unit, e) ==
  IF unit = <<>> THEN 0
  ELSE LET c == Head(unit)
           removes == B!Name(c) = "LPOP" /\ B!IsThere(data, c[2]) /\ Head(data[c[2]]) = e
       IN  (IF removes THEN 1 ELSE 0) + RemovedIn(B!Perform(data, c).data, Tail(unit), e)

UpTo(n) == SubSeq(log, 1, IF n < Len(log) THEN n ELSE Len(log))
Removed(n, e) ==
  Sum([i \in DOMAIN UpTo(n) |-> RemovedIn(B!Recovered(UpTo(i - 1)), log[i], e)])
Pushed(n, e) == Sum([i \in DOMAIN UpTo(n) |-> PushedBy(log[i], e)])

\* Elements in replies that have not left.
Held(c, e) == Sum([i \in DOMAIN out[c] |->
  IF i \in DOMAIN asked[c] THEN HandedBy(asked[c][i].about, out[c][i].val, e) ELSE 0])
InReplies(e) == LET held == [c \in Clients |-> Held(c, e)]
                    RECURSIVE SumOver(_)
                    SumOver(S) == IF S = {} THEN 0
                                  ELSE LET c == CHOOSE d \in S : TRUE
                                       IN  held[c] + SumOver(S \ {c})
                IN  SumOver(Clients)

(***************************************************************************)
(* The records.                                                            *)
(***************************************************************************)
\* What a client asks by a command, from what it has sent before.
Request(c, command) ==
  CASE B!Name(command) = "EXEC" -> [kind |-> "exec", about |-> body[c]]
    [] B!Name(command) = "MULTI" -> [kind |-> "word", about |-> <<>>]
    [] B!Name(command) = "UNBLOCK" -> [kind |-> "word", about |-> <<>>]
    [] OTHER -> IF open[c] THEN [kind |-> "word", about |-> <<>>]
                ELSE [kind |-> "data", about |-> <<command>>]

RecordSend(c, command) ==
  /\ asked' = [asked EXCEPT ![c] = Append(@, Request(c, command))]
  /\ open' = [open EXCEPT ![c] =
       IF B!Name(command) = "MULTI" THEN TRUE ELSE IF B!Name(command) = "EXEC" THEN FALSE ELSE @]
  /\ body' = [body EXCEPT ![c] =
       IF open[c] /\ open'[c] THEN Append(@, command) ELSE <<>>]
  /\ UNCHANGED <<began, came, shown, acked>>

Answered(c) == Len(out'[c]) > Len(out[c])
Asked(c) == asked[c][Len(out[c]) + 1]
Answer1(c) == out'[c][Len(out'[c])].val

\* Keys that a step brings into being. A key that a transaction takes away again keeps its place, as
\* somebody may have been promised it; one whose last element is handed out loses it.
Appeared(keys) ==
  LET Fresh == {k \in Keys : ~B!IsThere(db, k) /\ B!IsThere(db', k)}
      RECURSIVE Extended(_, _)
      Extended(list, S) == IF S = {} THEN list
                           ELSE LET k == CHOOSE j \in S : TRUE
                                IN  Extended(IF \E i \in DOMAIN list : list[i] = k THEN list
                                             ELSE Append(list, k), S \ {k})
  IN  Extended(keys, Fresh)

Awaited(waiters, k) == \E i \in DOMAIN waiters : B!TakesFrom(waiters[i].command, k)

\* What is gone, or waited for by nobody, when its turn comes, has had its turn.
RECURSIVE Turned(_, _)
Turned(keys, waiters) ==
  IF keys = <<>> THEN <<>>
  ELSE IF B!IsThere(db', Head(keys)) /\ Awaited(waiters, Head(keys)) THEN keys
  ELSE Turned(Tail(keys), waiters)

\* The server has done something for its clients: what is answered waits no more.
RecordStep ==
  /\ began' = SelectSeq(began, LAMBDA w : ~Answered(w.who))
  /\ came' = IF busy' # B!Nobody THEN Appeared(came) ELSE Turned(Appeared(came), began')
  /\ UNCHANGED <<asked, open, body, shown, acked>>

\* A key whose last element is handed out has had its turn.
RecordServe ==
  /\ began' = SelectSeq(began, LAMBDA w : ~Answered(w.who))
  /\ came' = LET rest == SelectSeq(came, LAMBDA k : ~(B!IsThere(db, k) /\ ~B!IsThere(db', k)))
             IN  Turned(Appeared(rest), began')
  /\ UNCHANGED <<asked, open, body, shown, acked>>

\* A client's command has found nothing.
RecordWait(c) ==
  /\ began' = Append(began, [who |-> c, command |-> Head(wire[c])])
  /\ UNCHANGED <<asked, open, body, came, shown, acked>>

RecordReply(c) ==
  LET about == Head(asked[c]).about
      replies == Head(out[c]).val
  IN  /\ asked' = [asked EXCEPT ![c] = Tail(@)]
      /\ shown' = [e \in Elements |-> shown[e] + HandedBy(about, replies, e)]
      /\ acked' = [e \in Elements |-> acked[e] + PushedBy(about, e)]
      /\ UNCHANGED <<open, body, began, came>>

RecordDrop(c) ==
  /\ asked' = [asked EXCEPT ![c] = <<>>]
  /\ open' = [open EXCEPT ![c] = FALSE]
  /\ body' = [body EXCEPT ![c] = <<>>]
  /\ began' = SelectSeq(began, LAMBDA w : w.who # c)
  /\ UNCHANGED <<came, shown, acked>>

RecordCrash ==
  /\ asked' = [c \in Clients |-> <<>>]
  /\ open' = [c \in Clients |-> FALSE]
  /\ body' = [c \in Clients |-> <<>>]
  /\ began' = <<>> /\ came' = <<>>
  /\ UNCHANGED <<shown, acked>>

RecordNothing == UNCHANGED ghosts

RecordInit ==
  /\ asked = [c \in Clients |-> <<>>]
  /\ open = [c \in Clients |-> FALSE]
  /\ body = [c \in Clients |-> <<>>]
  /\ began = <<>> /\ came = <<>>
  /\ shown = [e \in Elements |-> 0] /\ acked = [e \in Elements |-> 0]

(***************************************************************************)
(* The guarantees by name.                                                 *)
(***************************************************************************)
\* No element is handed out more often than it was removed: each goes to one client at most, and one
\* that was handed out is not handed out again after a crash.
EachToOne ==
  busy = B!Nobody => \A e \in Elements : shown[e] + InReplies(e) <= Removed(Len(log), e)

\* A client that waits is given something by a step of somebody else's.
IsServed(c) == Answered(c) /\ \E i \in DOMAIN began : began[i].who = c
IsGiven(c) == IsServed(c) /\ Answer1(c)[1] # B!Nil
PlaceOf(c) == CHOOSE i \in DOMAIN began : began[i].who = c
\* The key that it is given from.
Source(c) == LET command == began[PlaceOf(c)].command
             IN  IF B!Name(command) = "BLPOP" THEN Answer1(c)[1][1] ELSE command[3]

\* Who began to wait for a key first is served from it first.
FirstComeFirstServed ==
  [][\A c \in Clients :
       IsGiven(c) => \A i \in 1 .. PlaceOf(c) - 1 : ~B!TakesFrom(began[i].command, Source(c))]_all

\* Of the keys that a client waits for it is served from the one that came first.
KeysInOrder ==
  [][\A c \in Clients :
       IsGiven(c) =>
         LET command == began[PlaceOf(c)].command
             own == SelectSeq(came, LAMBDA k : B!IsThere(db, k) /\ B!TakesFrom(command, k))
         IN  own # <<>> /\ Head(own) = Source(c)]_all

\* A client whose time was up, that was unblocked or that is gone gets nothing more: every answer is
\* one to a request that has none, and fits it.
Fits(request, replies) ==
  CASE request.kind = "word" -> Len(replies) = 1
    [] OTHER -> /\ Len(replies) = Len(request.about)
                /\ \A i \in DOMAIN replies :
                     B!Name(request.about[i]) = "BLPOP" /\ replies[i] # B!Nil =>
                       B!TakesFrom(request.about[i], replies[i][1])
OneAnswerEach ==
  [][\A c \in Clients :
       Answered(c) => /\ Len(out[c]) < Len(asked[c])
                      /\ Len(out'[c]) = Len(out[c]) + 1
                      /\ Fits(Asked(c), Answer1(c))]_all

\* A wait without a limit ends by nothing but an element, unless somebody ends it.
ForEverIsForEver ==
  [][\A c \in Clients :
       IsServed(c) /\ began[PlaceOf(c)].command[2] = "forever" /\ Answer1(c)[1] = B!Nil =>
         \E d \in Clients : Len(wire'[d]) < Len(wire[d]) /\ Head(wire[d]) = <<"UNBLOCK", c>>]_all

\* While a transaction runs nobody is given anything, and its effects reach the log as one.
NobodyIsServedInExec ==
  [][busy # B!Nobody /\ up' => \A c \in Clients \ {busy} : ~Answered(c)]_all

\* When the server is at rest nobody waits for a key that is there.
AtRest == B!Idle
NoLostWakeUp ==
  AtRest => \A i \in DOMAIN began : \A k \in Keys :
              B!TakesFrom(began[i].command, k) => ~B!IsThere(db, k)

\* What was handed to a client has been removed for good, and what was taken in will last.
ShownIsDurable == \A e \in Elements : shown[e] <= Removed(durable, e)
AckedSurvives == \A e \in Elements : acked[e] <= Pushed(durable, e)
=============================================================================
