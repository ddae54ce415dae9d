---------------------------- MODULE MCRefinement ----------------------------
(***************************************************************************)
(* The bounded steps of MCTransactions, each with what it means to the     *)
(* clients. The records never guard an action: each is enabled in every    *)
(* state, whatever the records hold.                                       *)
(***************************************************************************)
EXTENDS TransactionsRefinement, Bounds

CONSTANTS Menu, MaxInFlight, MaxQueue, MaxUnits

MC == INSTANCE MCTransactions

\* What is refused or dropped is in no queue of the server: the records need a bound of their own.
Send(s, c) ==
  /\ IsQueued(s, c) => Len(body[s]) < MaxQueue
  /\ MC!Send(s, c) /\ RecordSend(s, c)
Run(s) == MC!Run(s) /\ RecordDone(s)
RunExpired(s) == MC!RunExpired(s) /\ RecordDone(s)
Refuse(s) == MC!Refuse(s) /\ RecordDone(s)
Misuse(s) == MC!Misuse(s) /\ RecordDone(s)
Multi(s) == MC!Multi(s) /\ RecordDone(s)
Queue(s) == MC!Queue(s) /\ RecordDone(s)
Watch(s) == MC!Watch(s) /\ RecordDone(s)
Unwatch(s) == MC!Unwatch(s) /\ RecordDone(s)
Discard(s) == MC!Discard(s) /\ RecordDone(s)
ExecAbort(s) == MC!ExecAbort(s) /\ RecordDone(s)
ExecNil(s) == MC!ExecNil(s) /\ RecordDone(s)
ExecStart(s) == MC!ExecStart(s) /\ RecordNothing
ExecNext(s) == MC!ExecNext(s) /\ RecordNothing
ExecFinish(s) == MC!ExecFinish(s) /\ RecordDone(s)
Pass(k) == MC!Pass(k) /\ RecordPass(k)
ActiveExpire(k) == MC!ActiveExpire(k) /\ RecordRemoval(k)
Persist(upTo) == MC!Persist(upTo) /\ RecordNothing
Reply(s) == MC!Reply(s) /\ RecordReply(s)
Disconnect(s) == MC!Disconnect(s) /\ RecordDrop(s)
Crash(keep) == MC!Crash(keep) /\ RecordCrash
Restart == MC!Restart /\ RecordNothing

Next ==
  \/ \E s \in Sessions : \E c \in Menu[s] : Send(s, c)
  \/ \E s \in Sessions : Run(s)
  \/ \E s \in Sessions : RunExpired(s)
  \/ \E s \in Sessions : Refuse(s)
  \/ \E s \in Sessions : Misuse(s)
  \/ \E s \in Sessions : Multi(s)
  \/ \E s \in Sessions : Queue(s)
  \/ \E s \in Sessions : Watch(s)
  \/ \E s \in Sessions : Unwatch(s)
  \/ \E s \in Sessions : Discard(s)
  \/ \E s \in Sessions : ExecAbort(s)
  \/ \E s \in Sessions : ExecNil(s)
  \/ \E s \in Sessions : ExecStart(s)
  \/ \E s \in Sessions : ExecNext(s)
  \/ \E s \in Sessions : ExecFinish(s)
  \/ \E k \in Keys : Pass(k)
  \/ \E k \in Keys : ActiveExpire(k)
  \/ \E upTo \in 1 .. MaxUnits : Persist(upTo)
  \/ \E s \in Sessions : Reply(s)
  \/ \E s \in Sessions : Disconnect(s)
  \/ \E keep \in 0 .. MaxUnits : Crash(keep)
  \/ Restart

Spec == Tx!Init /\ RecordInit /\ [][Next]_all

TypeOK == Tx!TypeOK
SessionRules == Tx!SessionRules
LogIsData == Tx!LogIsData
=============================================================================
