--------------------------- MODULE MCTransactions ---------------------------
(***************************************************************************)
(* Transactions within bounds. A bound stands in the guard of the action   *)
(* that would exceed it, so that what is explored is a graph of the        *)
(* specification's own states and steps.                                   *)
(***************************************************************************)
EXTENDS Integers, Sequences, Bounds

CONSTANTS
  Sessions, Keys, Commands, FirstLog,
  Menu,          \* by session: the commands that it sends
  MaxInFlight,   \* commands of a session that are sent and not answered
  MaxQueue,      \* commands in a queue
  MaxUnits       \* units in the log

VARIABLES
  up, wire, multi, queue, spoiled, dirty, watch, out, db, log, durable, busy, results, effects

Tx == INSTANCE Transactions

LogFits == Len(log') <= MaxUnits

\* A session that might exceed the queue's bound may only end its transaction.
Send(s, c) ==
  /\ Len(wire[s]) + Len(out[s]) < MaxInFlight
  /\ Tx!Name(c) \in {"EXEC", "DISCARD"} \/ Len(queue[s]) + Len(wire[s]) < MaxQueue
  /\ Tx!Send(s, c)

Run(s) == Tx!Run(s) /\ LogFits
RunExpired(s) == Tx!RunExpired(s) /\ LogFits
Refuse(s) == TRUE /\ Tx!Refuse(s)
Misuse(s) == TRUE /\ Tx!Misuse(s)
Multi(s) == TRUE /\ Tx!Multi(s)
Queue(s) == TRUE /\ Tx!Queue(s)
Watch(s) == TRUE /\ Tx!Watch(s)
Unwatch(s) == TRUE /\ Tx!Unwatch(s)
Discard(s) == TRUE /\ Tx!Discard(s)
ExecAbort(s) == TRUE /\ Tx!ExecAbort(s)
ExecNil(s) == TRUE /\ Tx!ExecNil(s)
ExecStart(s) == TRUE /\ Tx!ExecStart(s)
ExecNext(s) == TRUE /\ Tx!ExecNext(s)
ExecFinish(s) == Tx!ExecFinish(s) /\ LogFits
Pass(k) == TRUE /\ Tx!Pass(k)
ActiveExpire(k) == Tx!ActiveExpire(k) /\ LogFits
Persist(upTo) == TRUE /\ Tx!Persist(upTo)
Reply(s) == TRUE /\ Tx!Reply(s)
Disconnect(s) == TRUE /\ Tx!Disconnect(s)
Crash(keep) == TRUE /\ Tx!Crash(keep)
Restart == TRUE /\ Tx!Restart

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

Spec == Tx!Init /\ [][Next]_(Tx!vars)

TypeOK == TRUE /\ Tx!TypeOK
SessionRules == TRUE /\ Tx!SessionRules
LogIsData == TRUE /\ Tx!LogIsData

=============================================================================
