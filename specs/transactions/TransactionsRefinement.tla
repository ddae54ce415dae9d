----------------------- MODULE TransactionsRefinement -----------------------
(***************************************************************************)
(* Transactions refines AtomicKV.                                          *)
(*                                                                         *)
(* The mapping is computed from what the clients have sent and from what   *)
(* left the server: its log and its replies. It never looks at the queue,  *)
(* the marks or the flags of the server, which would prove only that the   *)
(* server agrees with itself. The variables below record what was sent;    *)
(* no action of Transactions reads them.                                   *)
(***************************************************************************)
EXTENDS Integers, Sequences

CONSTANTS Sessions, Keys, Commands, FirstLog

VARIABLES
  up, wire, multi, queue, spoiled, dirty, watch, out, db, log, durable, busy, results, effects

Tx == INSTANCE Transactions

VARIABLES
  sent,        \* by session: requests not answered, each with the position that its reply shows
  openMulti,   \* by session: what the client has sent leaves a MULTI open
  body,        \* by session: the commands it has sent since
  erred,       \* by session: a refused command is among them
  gone,        \* keys whose time has come
  watched,     \* by session: what it watches
  changed,     \* by session: what of that has changed
  shown        \* the highest position that a reply has shown

client == <<openMulti, body, erred>>
ghosts == <<sent, openMulti, body, erred, gone, watched, changed, shown>>
all == <<Tx!vars, ghosts>>

(***************************************************************************)
(* The mapping.                                                            *)
(***************************************************************************)
StoreOf(data) == [k \in Keys |-> [val |-> data[k].val, expires |-> data[k].ttl # "none"]]

History == [i \in 1 .. Len(log) + 1 |-> StoreOf(Tx!Recovered(SubSeq(log, 1, i - 1)))]

Calls ==
  [s \in Sessions |->
    [i \in 1 .. Len(sent[s]) |->
      [request |-> sent[s][i].request,
       reply |-> IF i <= Len(out[s]) THEN out[s][i].val ELSE <<>>,
       at |-> sent[s][i].at]]]

Atomic == INSTANCE AtomicKV WITH history <- History, past <- gone, calls <- Calls

Refines == Atomic!Spec

(***************************************************************************)
(* What a client means by a command, from what it has sent before.         *)
(***************************************************************************)
Says(reply) == [kind |-> "say", body |-> <<>>, reply |-> reply]
Asks(kind, commands) == [kind |-> kind, body |-> commands, reply |-> <<>>]

Request(s, c) ==
  IF openMulti[s]
  THEN CASE Tx!Name(c) = "EXEC" -> IF erred[s] THEN Asks("abort", <<>>) ELSE Asks("exec", body[s])
         [] Tx!Name(c) = "DISCARD" -> Asks("forget", <<>>)
         [] Tx!Name(c) \in {"MULTI", "WATCH", "BAD"} -> Says(<<"ERR">>)
         [] OTHER -> Says(<<"QUEUED">>)
  ELSE CASE Tx!Name(c) = "MULTI" -> Says(<<"OK">>)
         [] Tx!Name(c) \in {"EXEC", "DISCARD", "BAD"} -> Says(<<"ERR">>)
         [] Tx!Name(c) = "WATCH" -> Asks("watch", <<c[2]>>)
         [] Tx!Name(c) = "UNWATCH" -> Asks("forget", <<>>)
         [] OTHER -> Asks("command", <<c>>)

IsQueued(s, c) == openMulti[s] /\ Tx!Name(c) \in Tx!DataNames \cup {"UNWATCH"}

RecordSend(s, c) ==
  /\ sent' = [sent EXCEPT ![s] = Append(@, [request |-> Request(s, c), at |-> 0])]
  /\ openMulti' = [openMulti EXCEPT
       ![s] = IF @ THEN Tx!Name(c) \notin {"EXEC", "DISCARD"} ELSE Tx!Name(c) = "MULTI"]
  /\ body' = [body EXCEPT
       ![s] = IF IsQueued(s, c) THEN Append(@, c) ELSE IF openMulti'[s] THEN @ ELSE <<>>]
  /\ erred' = [erred EXCEPT
       ![s] = openMulti[s] /\ openMulti'[s] /\ (@ \/ Tx!Name(c) = "BAD")]
  /\ UNCHANGED <<gone, watched, changed, shown>>

\* The server has answered the oldest request of s: that is the moment at which it took effect.
RecordDone(s) ==
  LET i == Len(out[s]) + 1
      request == sent[s][i].request
      meaning == Atomic!MeaningOf(s, request)
  IN  /\ sent' = [sent EXCEPT
           ![s][i].at = IF Atomic!ShowsData(request) THEN Len(log') ELSE 0]
      /\ gone' = meaning.past
      /\ watched' = Atomic!WatchedAfter(s, request)
      /\ changed' = Atomic!ChangedAfter(s, request, meaning.wrote)
      /\ UNCHANGED <<client, shown>>

RecordReply(s) ==
  /\ sent' = [sent EXCEPT ![s] = Tail(@)]
  /\ shown' = IF Head(sent[s]).at > shown THEN Head(sent[s]).at ELSE shown
  /\ UNCHANGED <<client, gone, watched, changed>>

RecordDrop(s) ==
  /\ sent' = [sent EXCEPT ![s] = <<>>]
  /\ openMulti' = [openMulti EXCEPT ![s] = FALSE]
  /\ body' = [body EXCEPT ![s] = <<>>]
  /\ erred' = [erred EXCEPT ![s] = FALSE]
  /\ watched' = [watched EXCEPT ![s] = {}]
  /\ changed' = [changed EXCEPT ![s] = {}]
  /\ UNCHANGED <<gone, shown>>

RecordPass(k) ==
  /\ gone' = gone \cup {k}
  /\ changed' = [s \in Sessions |-> changed[s] \cup (watched[s] \cap {k})]
  /\ UNCHANGED <<sent, client, watched, shown>>

RecordRemoval(k) ==
  /\ gone' = gone \ {k}
  /\ UNCHANGED <<sent, client, watched, changed, shown>>

RecordNothing == UNCHANGED ghosts

RecordCrash ==
  /\ sent' = [s \in Sessions |-> <<>>]
  /\ openMulti' = [s \in Sessions |-> FALSE]
  /\ body' = [s \in Sessions |-> <<>>]
  /\ erred' = [s \in Sessions |-> FALSE]
  /\ gone' = {}
  /\ watched' = [s \in Sessions |-> {}]
  /\ changed' = [s \in Sessions |-> {}]
  /\ UNCHANGED shown

RecordInit ==
  /\ sent = [s \in Sessions |-> <<>>]
  /\ openMulti = [s \in Sessions |-> FALSE]
  /\ body = [s \in Sessions |-> <<>>]
  /\ erred = [s \in Sessions |-> FALSE]
  /\ gone = {}
  /\ watched = [s \in Sessions |-> {}]
  /\ changed = [s \in Sessions |-> {}]
  /\ shown = 0

(***************************************************************************)
(* The guarantees by name. Each follows from Refines; alone, each says     *)
(* which one is broken.                                                    *)
(***************************************************************************)
Answered(s) == Len(out'[s]) = Len(out[s]) + 1
Asked(s) == sent[s][Len(out'[s])].request
Answer1(s) == out'[s][Len(out'[s])].val
HasRun(s) == Answer1(s)[1] = "array"

\* A transaction that runs has overwritten nothing that its client did not know of.
NoLostUpdate == [][\A s \in Sessions : Answered(s) /\ HasRun(s) => changed[s] = {}]_all

\* When no watched key has changed since WATCH, a valid EXEC runs.
ValidExecRuns ==
  [][\A s \in Sessions :
       Answered(s) /\ Asked(s).kind = "exec" /\ changed[s] = {} => HasRun(s)]_all

\* An error while queueing, and no transaction runs.
AbortedByError ==
  [][\A s \in Sessions :
       Answered(s) /\ Asked(s).kind = "abort" =>
         Answer1(s) = <<"EXECABORT">> /\ log' = log]_all

\* An error while running stops nothing: every command of a transaction has its reply.
ErrorsStopNothing ==
  [][\A s \in Sessions :
       Answered(s) /\ HasRun(s) => Len(Answer1(s)) = 1 + Len(Asked(s).body)]_all

\* The replies to pipelined commands come in their order, each to its own command.
AnswersInOrder ==
  [][\A s \in Sessions :
       Answered(s) /\ Asked(s).kind = "say" => Answer1(s) = Asked(s).reply]_all

\* Nothing that a client has been shown, as a reply to its own write or as the value of somebody
\* else's, can be lost.
ShownIsDurable == shown <= durable

\* A session that has nothing under way is in the state that its client has put it in since it
\* connected: no queue, no watch and no mark of somebody before it.
SessionIsItsClients ==
  \A s \in Sessions :
    up /\ sent[s] = <<>> =>
      /\ multi[s] = openMulti[s]
      /\ \A k \in Keys : watch[s][k] # "no" => k \in watched[s]
      /\ dirty[s] => changed[s] # {}
=============================================================================
