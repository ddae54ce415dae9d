------------------------------ MODULE Tracking ------------------------------
(***************************************************************************)
(* Client-side caching: clients of one server keep what they have read,    *)
(* and the server tells them when it may have changed.                     *)
(*                                                                         *)
(* A client sends a command, the server takes it, and replies and          *)
(* invalidations wait for the gate: each is a step of its own. Who wants   *)
(* to know of all keys is told at the end of a loop turn, which may hold   *)
(* several commands.                                                       *)
(*                                                                         *)
(* Sources: https://redis.io/docs/latest/develop/reference/client-side-    *)
(* caching/ and the behaviour of redis-server 7.0.15.                      *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Clients,    \* after a disconnect the name stands for the next connection
  KeyOrder,   \* the keys, in the order of their bytes
  Commands    \* what clients send: tuples of words, as in <<"GET", "x">>

Keys == {KeyOrder[i] : i \in DOMAIN KeyOrder}

VARIABLES
  up,         \* the server runs
  wire,       \* by client: commands sent and not yet taken by the server
  how,        \* by client: how its cache is looked after
  to,         \* by client: who is told in its place; itself, another one, or Gone
  said,       \* by client: CACHING was said for the next command
  table,      \* by key: who may have it in its cache
  noted,      \* by key: who has changed it in this loop turn, for those who want to know of all
  out,        \* by client: what has not left, each with the LSN that it waits for
  db,         \* the data in memory: a counter for each key
  log,        \* units; each a sequence of effects. The position of a unit is its LSN
  durable,    \* LSN up to which the log is durable under the policy: the gate
  busy,       \* the client whose EXEC is running, or Nobody
  todo,       \* its commands that have not run
  results,    \* the replies of those that have
  effects,    \* their effects
  own,        \* keys whose changes the client is to be told of behind its reply
  behind      \* what it is told in others' place, behind its reply

exec == <<busy, todo, results, effects, own, behind>>
caches == <<how, to, said, table, noted>>
vars == <<up, wire, caches, out, db, log, durable, exec>>

Nobody == "nobody"
Gone == "gone"
Clean == "clean"
All == "all"

(***************************************************************************)
(* What a command does to the data. EXEC is <<"EXEC", "GET", "x", ...>>:   *)
(* its commands have two words each.                                       *)
(***************************************************************************)
Name(c) == c[1]
DataNames == {"GET", "INCR", "FLUSH"}
Pairs(c) == [i \in 1 .. (Len(c) - 1) \div 2 |-> <<c[2 * i], c[2 * i + 1]>>]

\* Evaluated, because TLC would print it unevaluated where it writes behaviours.
NoData == TLCEval([k \in Keys |-> 0])

\* The key that a command changes, or all, or none.
Changes(c) == CASE Name(c) = "INCR" -> <<c[2]>>
                [] Name(c) = "DEL" -> <<c[2]>>
                [] Name(c) = "FLUSH" -> <<All>>
                [] OTHER -> <<>>

Apply(data, c) ==
  CASE Name(c) = "INCR" -> [data EXCEPT ![c[2]] = @ + 1]
    [] Name(c) = "DEL" -> [data EXCEPT ![c[2]] = 0]
    [] Name(c) = "FLUSH" -> NoData
    [] OTHER -> data

Answer(data, c) ==
  CASE Name(c) = "GET" -> ToString(data[c[2]])
    [] Name(c) = "INCR" -> ToString(data[c[2]] + 1)
    [] OTHER -> "OK"

Effects(c) == IF Changes(c) = <<>> THEN <<>> ELSE <<c>>

RECURSIVE ApplyAll(_, _)
ApplyAll(data, unit) ==
  IF unit = <<>> THEN data ELSE ApplyAll(Apply(data, Head(unit)), Tail(unit))

\* The data that a log stands for.
RECURSIVE Recovered(_)
Recovered(units) ==
  IF units = <<>> THEN NoData
  ELSE ApplyAll(Recovered(SubSeq(units, 1, Len(units) - 1)), units[Len(units)])

(***************************************************************************)
(* Whose caches are looked after, and how.                                 *)
(***************************************************************************)
\* "noloop" is told of what others change, "bcast" of all keys whether read or not, and "optin" reads
\* for its cache only behind CACHING, "optout" only where CACHING was not said.
IsBroadcast(h) == h \in {"bcast", "bcast-noloop"}
IsNoLoop(h) == h \in {"noloop", "bcast-noloop"}
HasCache(c) == how[c] # "off"
Broadcasters == {c \in Clients : IsBroadcast(how[c])}

\* Modes that do not follow one another: one ends before the other may begin.
Refused(before, after) ==
  /\ before # "off" /\ after # "off"
  /\ IsBroadcast(before) # IsBroadcast(after) \/ {before, after} = {"optin", "optout"}

Remembers(c) == CASE how[c] = "off" \/ IsBroadcast(how[c]) -> FALSE
                  [] how[c] = "optin" -> said[c]
                  [] how[c] = "optout" -> ~said[c]
                  [] OTHER -> TRUE

\* A client has read what a command names.
Remembered(t, c, command) ==
  IF Name(command) = "GET" /\ Remembers(c)
  THEN [t EXCEPT ![command[2]] = @ \cup {c}] ELSE t

Forgotten(t, changed) ==
  [k \in Keys |-> IF \E i \in DOMAIN changed : changed[i] \in {k, All} THEN {} ELSE t[k]]

\* Who is to be told that a key has changed by somebody's command.
DueFor(t, key, by) ==
  {c \in Clients : HasCache(c) /\
     (key = All \/ (c \in t[key] /\ ~IsBroadcast(how[c]) /\ ~(IsNoLoop(how[c]) /\ c = by)))}

\* Changes are noted for those who want to know of all keys, if there are any.
Noted(changed, by) ==
  IF Broadcasters = {} THEN noted
  ELSE [k \in Keys |-> IF \E i \in DOMAIN changed : changed[i] = k THEN by ELSE noted[k]]

(***************************************************************************)
(* What is told. An item is a reply with the words of its commands, an     *)
(* invalidation with its keys, or that whoever is told in one's place is   *)
(* gone.                                                                   *)
(***************************************************************************)
Item(word, words, dep) == [val |-> <<word>> \o words, dep |-> dep]

\* What the caches of some clients have lost makes of what goes to another client.
ToldTo(d, whose, words, dep) ==
  LET RECURSIVE For(_)
      For(S) == IF S = {} THEN <<>>
                ELSE LET c == CHOOSE e \in S : TRUE
                     IN  (IF to[c] = d THEN <<Item("invalid", words, dep)>>
                          ELSE IF to[c] = Gone /\ c = d THEN <<Item("broken", <<>>, dep)>>
                          ELSE <<>>) \o For(S \ {c})
  IN  For(whose)

\* That, for each of the keys that a command has changed.
RECURSIVE ToldOf(_, _, _, _, _, _)
ToldOf(d, t, changed, by, whom, dep) ==
  IF changed = <<>> THEN <<>>
  ELSE ToldTo(d, DueFor(t, Head(changed), by) \cap whom, <<Head(changed)>>, dep)
       \o ToldOf(d, t, Tail(changed), by, whom, dep)

\* A client's command tells the others at once and the client itself when it ends.
ToldBy(d, t, changed, by, c, dep) ==
  ToldOf(d, t, changed, by, Clients \ {c}, dep) \o ToldOf(d, t, changed, by, {c}, dep)

RECURSIVE ToldOwn(_, _, _, _)
ToldOwn(d, c, keys, dep) ==
  IF keys = <<>> THEN <<>>
  ELSE ToldTo(d, {c}, <<Head(keys)>>, dep) \o ToldOwn(d, c, Tail(keys), dep)

(***************************************************************************)
(* The server between two commands.                                        *)
(***************************************************************************)
Idle == up /\ busy = Nobody
\* The end of a loop turn, at which nobody is still to be told of what has changed in it.
TurnEnds == Idle /\ \A k \in Keys : noted[k] = Clean

Ready(c) == Idle /\ wire[c] # <<>>
Next1(c) == Head(wire[c])
Taken(c) == wire' = [wire EXCEPT ![c] = Tail(@)]

Journaled(unit) == IF unit = <<>> THEN log ELSE Append(log, unit)

(***************************************************************************)
(* The actions.                                                            *)
(***************************************************************************)
Send(c, command) ==
  /\ up
  /\ wire' = [wire EXCEPT ![c] = Append(@, command)]
  /\ UNCHANGED <<up, caches, out, db, log, durable, exec>>

\* A command runs. Whoever may have in its cache what it changes is told, the client itself behind its
\* reply; and what it reads, the client may have from now on.
Run(c) ==
  /\ Ready(c) /\ Name(Next1(c)) \in DataNames
  /\ LET command == Next1(c)
         changed == Changes(command)
     IN  /\ db' = Apply(db, command)
         /\ log' = Journaled(Effects(command))
         /\ out' = [d \in Clients |->
              out[d] \o (IF d = c THEN <<Item("reply", <<Answer(db, command)>>, Len(log'))>> ELSE <<>>)
                     \o ToldBy(d, table, changed, c, c, Len(log'))]
         /\ table' = Remembered(Forgotten(table, changed), c, command)
         /\ noted' = Noted(changed, c)
  /\ said' = [said EXCEPT ![c] = FALSE]
  /\ Taken(c)
  /\ UNCHANGED <<up, how, to, durable, exec>>

\* A client comes across a key whose time is past. It is told, too: the change is not its own.
RunExpired(c) ==
  /\ Ready(c) /\ Name(Next1(c)) = "GET" /\ db[Next1(c)[2]] > 0
  /\ LET command == Next1(c)
         gone == <<"DEL", command[2]>>
         changed == Changes(gone)
     IN  /\ db' = Apply(db, gone)
         /\ log' = Journaled(Effects(gone))
         /\ out' = [d \in Clients |->
              out[d] \o (IF d = c THEN <<Item("reply", <<Answer(db', command)>>, Len(log'))>> ELSE <<>>)
                     \o ToldBy(d, table, changed, Nobody, c, Len(log'))]
         /\ table' = Remembered(Forgotten(table, changed), c, command)
         /\ noted' = Noted(changed, Nobody)
  /\ said' = [said EXCEPT ![c] = FALSE]
  /\ Taken(c)
  /\ UNCHANGED <<up, how, to, durable, exec>>

\* A client begins to have a cache, changes how it is looked after, or ends it.
Track(c) ==
  /\ Ready(c) /\ Name(Next1(c)) = "TRACK"
  /\ LET after == Next1(c)[2]
         target == Next1(c)[3]
         isRefused == Refused(how[c], after)
     IN  /\ how' = IF isRefused THEN how ELSE [how EXCEPT ![c] = after]
         /\ to' = IF isRefused THEN to ELSE [to EXCEPT ![c] = IF after = "off" THEN c ELSE target]
         /\ said' = IF after = "off" THEN [said EXCEPT ![c] = FALSE] ELSE said
         /\ noted' = IF \E d \in Clients : IsBroadcast(how'[d]) THEN noted
                     ELSE [k \in Keys |-> Clean]
         /\ out' = [out EXCEPT ![c] =
              Append(@, Item("reply", <<IF isRefused THEN "ERR" ELSE "OK">>, 0))]
  /\ Taken(c)
  /\ UNCHANGED <<up, table, db, log, durable, exec>>

\* What may be said of the next command: that it reads for the cache, or that it does not.
MaySay(h, word) == (h = "optin" /\ word = "yes") \/ (h = "optout" /\ word = "no")

\* A client says of its next command whether it reads for its cache.
Say(c) ==
  /\ Ready(c) /\ Name(Next1(c)) = "CACHING"
  /\ LET isRight == MaySay(how[c], Next1(c)[2])
     IN  /\ said' = IF isRight THEN [said EXCEPT ![c] = TRUE] ELSE said
         /\ out' = [out EXCEPT ![c] = Append(@, Item("reply", <<IF isRight THEN "OK" ELSE "ERR">>, 0))]
  /\ Taken(c)
  /\ UNCHANGED <<up, how, to, table, noted, db, log, durable, exec>>

ExecStart(c) ==
  /\ Ready(c) /\ Name(Next1(c)) = "EXEC"
  /\ busy' = c
  /\ todo' = Pairs(Next1(c))
  /\ UNCHANGED <<up, wire, caches, out, db, log, durable, results, effects, own, behind>>

\* The next command of a transaction. Others are told at once, of what the transaction's unit will hold.
ExecNext(c) ==
  /\ up /\ busy = c /\ todo # <<>>
  /\ LET command == Head(todo)
         changed == Changes(command)
         others == Clients \ {c}
         unit == Len(log) + 1
         due == SelectSeq(changed, LAMBDA k : c \in DueFor(table, k, c))
     IN  /\ db' = Apply(db, command)
         /\ results' = Append(results, Answer(db, command))
         /\ effects' = effects \o Effects(command)
         /\ out' = [d \in Clients |->
              IF d = c THEN out[d] ELSE out[d] \o ToldOf(d, table, changed, c, others, unit)]
         /\ behind' = behind \o ToldOf(c, table, changed, c, others, unit)
         /\ own' = own \o due
         /\ table' = Remembered(Forgotten(table, changed), c, command)
         /\ noted' = Noted(changed, c)
  /\ todo' = Tail(todo)
  /\ UNCHANGED <<up, wire, how, to, said, log, durable, busy>>

\* Its effects are one unit, and what it has done to the client's own cache is told behind its reply.
ExecFinish(c) ==
  /\ up /\ busy = c /\ todo = <<>>
  /\ log' = Journaled(effects)
  /\ out' = [d \in Clients |->
       out[d] \o (IF d = c THEN <<Item("reply", results, Len(log'))>> \o behind ELSE <<>>)
              \o ToldOwn(d, c, own, Len(log'))]
  /\ said' = [said EXCEPT ![c] = FALSE]
  /\ busy' = Nobody
  /\ results' = <<>> /\ effects' = <<>> /\ own' = <<>> /\ behind' = <<>>
  /\ Taken(c)
  /\ UNCHANGED <<up, how, to, table, noted, db, durable, todo>>

\* The time of a key is past, and the server removes it: no command of anybody's.
Expire(k) ==
  /\ Idle /\ db[k] > 0
  /\ db' = Apply(db, <<"DEL", k>>)
  /\ log' = Journaled(<<<<"DEL", k>>>>)
  /\ out' = [d \in Clients |-> out[d] \o ToldOf(d, table, <<k>>, Nobody, Clients, Len(log'))]
  /\ table' = Forgotten(table, <<k>>)
  /\ noted' = Noted(<<k>>, Nobody)
  /\ UNCHANGED <<up, wire, how, to, said, durable, exec>>

\* There are too many keys in the table: one is forgotten, as if it had changed.
Forget(k) ==
  /\ Idle /\ table[k] # {}
  /\ out' = [d \in Clients |-> out[d] \o ToldOf(d, table, <<k>>, Nobody, Clients, 0)]
  /\ table' = Forgotten(table, <<k>>)
  /\ UNCHANGED <<up, wire, how, to, said, noted, db, log, durable, exec>>

\* The end of a loop turn: who wants to know of all keys is told of those that have changed, but for
\* those that it has changed last itself if it does not want to know of these.
KeysFor(c) ==
  SelectSeq(KeyOrder, LAMBDA k : noted[k] # Clean /\ ~(IsNoLoop(how[c]) /\ noted[k] = c))

Turn ==
  /\ Idle /\ ~TurnEnds
  /\ out' = [d \in Clients |->
       LET RECURSIVE For(_)
           For(S) == IF S = {} THEN <<>>
                     ELSE LET c == CHOOSE e \in S : TRUE
                          IN  (IF KeysFor(c) = <<>> THEN <<>> ELSE ToldTo(d, {c}, KeysFor(c), Len(log)))
                              \o For(S \ {c})
       IN  out[d] \o For(Broadcasters)]
  /\ noted' = [k \in Keys |-> Clean]
  /\ UNCHANGED <<up, wire, how, to, said, table, db, log, durable, exec>>

\* The gate opens up to an LSN: one group commit may serve many.
Persist(upTo) ==
  /\ TurnEnds /\ upTo \in durable + 1 .. Len(log)
  /\ durable' = upTo
  /\ UNCHANGED <<up, wire, caches, out, db, log, exec>>

\* What stands first in a client's outbox leaves, once what it depends on is durable.
MayLeave(item) == item.dep <= durable

Reply(c) ==
  /\ TurnEnds /\ out[c] # <<>> /\ MayLeave(Head(out[c]))
  /\ out' = [out EXCEPT ![c] = Tail(@)]
  /\ UNCHANGED <<up, wire, caches, db, log, durable, exec>>

\* The connection ends, and with it its cache. Who had it told in its place has nobody to be told.
Disconnect(c) ==
  /\ Idle
  /\ wire' = [wire EXCEPT ![c] = <<>>]
  /\ how' = [how EXCEPT ![c] = "off"]
  /\ to' = [d \in Clients |-> IF d = c THEN c ELSE IF to[d] = c THEN Gone ELSE to[d]]
  /\ said' = [said EXCEPT ![c] = FALSE]
  /\ table' = [k \in Keys |-> table[k] \ {c}]
  /\ noted' = [k \in Keys |->
       IF Broadcasters \ {c} = {} THEN Clean ELSE IF noted[k] = c THEN Nobody ELSE noted[k]]
  /\ out' = [out EXCEPT ![c] = <<>>]
  /\ UNCHANGED <<up, db, log, durable, exec>>

\* Memory and connections are gone, and so may be any units that were not durable.
Crash(keep) ==
  /\ up /\ keep \in durable .. Len(log)
  /\ log' = SubSeq(log, 1, keep)
  /\ up' = FALSE
  /\ wire' = [c \in Clients |-> <<>>]
  /\ how' = [c \in Clients |-> "off"]
  /\ to' = [c \in Clients |-> c]
  /\ said' = [c \in Clients |-> FALSE]
  /\ table' = [k \in Keys |-> {}]
  /\ noted' = [k \in Keys |-> Clean]
  /\ out' = [c \in Clients |-> <<>>]
  /\ db' = NoData
  /\ busy' = Nobody /\ todo' = <<>> /\ results' = <<>> /\ effects' = <<>>
  /\ own' = <<>> /\ behind' = <<>>
  /\ UNCHANGED durable

\* Recovery makes all that remained durable before it serves anybody.
Restart ==
  /\ ~up
  /\ up' = TRUE
  /\ db' = Recovered(log)
  /\ durable' = Len(log)
  /\ UNCHANGED <<wire, caches, out, log, exec>>

Init ==
  /\ up = TRUE
  /\ wire = [c \in Clients |-> <<>>]
  /\ how = [c \in Clients |-> "off"]
  /\ to = [c \in Clients |-> c]
  /\ said = [c \in Clients |-> FALSE]
  /\ table = [k \in Keys |-> {}]
  /\ noted = [k \in Keys |-> Clean]
  /\ out = [c \in Clients |-> <<>>]
  /\ db = NoData
  /\ log = <<>> /\ durable = 0
  /\ busy = Nobody /\ todo = <<>> /\ results = <<>> /\ effects = <<>>
  /\ own = <<>> /\ behind = <<>>

Next ==
  \/ \E c \in Clients, command \in Commands : Send(c, command)
  \/ \E c \in Clients : Run(c)
  \/ \E c \in Clients : RunExpired(c)
  \/ \E c \in Clients : Track(c)
  \/ \E c \in Clients : Say(c)
  \/ \E c \in Clients : ExecStart(c)
  \/ \E c \in Clients : ExecNext(c)
  \/ \E c \in Clients : ExecFinish(c)
  \/ \E k \in Keys : Expire(k)
  \/ \E k \in Keys : Forget(k)
  \/ Turn
  \/ \E upTo \in durable + 1 .. Len(log) : Persist(upTo)
  \/ \E c \in Clients : Reply(c)
  \/ \E c \in Clients : Disconnect(c)
  \/ \E keep \in durable .. Len(log) : Crash(keep)
  \/ Restart

Spec == Init /\ [][Next]_vars

(***************************************************************************)
(* Invariants of the server alone.                                         *)
(***************************************************************************)
TypeOK ==
  /\ up \in BOOLEAN
  /\ \A c \in Clients : \A i \in DOMAIN out[c] :
       out[c][i].dep \in 0 .. Len(log) + (IF busy = Nobody THEN 0 ELSE 1)
  /\ durable \in 0 .. Len(log)
  /\ busy \in Clients \cup {Nobody}
  /\ \A k \in Keys : table[k] \subseteq Clients /\ noted[k] \in Clients \cup {Nobody, Clean}
  /\ \A c \in Clients : to[c] \in Clients \cup {Gone}

\* The log says what the memory says, whenever a crash could come between two commands.
LogIsData == up /\ busy = Nobody => Recovered(log) = db
=============================================================================
