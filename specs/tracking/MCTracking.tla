----------------------------- MODULE MCTracking -----------------------------
(***************************************************************************)
(* Tracking within bounds. A bound stands in the guard of the action that  *)
(* would exceed it, so that what is explored is a graph of the             *)
(* specification's own states and steps.                                   *)
(***************************************************************************)
EXTENDS Integers, Sequences, Bounds

CONSTANTS
  Clients, KeyOrder, Commands,
  Menu,          \* by client: the commands that it sends
  InFlight,      \* by client: commands that are sent and not answered
  MaxOut,        \* items in an outbox, beyond which no key is forgotten for room
  MaxUnits       \* units in the log

VARIABLES up, wire, how, to, said, table, noted, out, db, log, durable,
  busy, todo, results, effects, own, behind

T == INSTANCE Tracking

Room == Len(log') <= MaxUnits
Replies(c) == Len(SelectSeq(out[c], LAMBDA item : item.val[1] = "reply"))

Send(c, command) == Len(wire[c]) + Replies(c) < InFlight[c] /\ T!Send(c, command)
Run(c) == T!Run(c) /\ Room
RunExpired(c) == T!RunExpired(c) /\ Room
Track(c) == TRUE /\ T!Track(c)
Say(c) == TRUE /\ T!Say(c)
\* It writes a unit when it is done.
ExecStart(c) == Len(log) < MaxUnits /\ T!ExecStart(c)
ExecNext(c) == TRUE /\ T!ExecNext(c)
ExecFinish(c) == TRUE /\ T!ExecFinish(c)
Expire(k) == T!Expire(k) /\ Room
Forget(k) == (\A c \in Clients : Len(out[c]) < MaxOut) /\ T!Forget(k)
Turn == TRUE /\ T!Turn
Persist(upTo) == TRUE /\ T!Persist(upTo)
Reply(c) == TRUE /\ T!Reply(c)
Disconnect(c) == TRUE /\ T!Disconnect(c)
Crash(keep) == TRUE /\ T!Crash(keep)
Restart == TRUE /\ T!Restart

Next ==
  \/ \E c \in Clients : \E command \in Menu[c] : Send(c, command)
  \/ \E c \in Clients : Run(c)
  \/ \E c \in Clients : RunExpired(c)
  \/ \E c \in Clients : Track(c)
  \/ \E c \in Clients : Say(c)
  \/ \E c \in Clients : ExecStart(c)
  \/ \E c \in Clients : ExecNext(c)
  \/ \E c \in Clients : ExecFinish(c)
  \/ \E k \in T!Keys : Expire(k)
  \/ \E k \in T!Keys : Forget(k)
  \/ Turn
  \/ \E upTo \in 1 .. MaxUnits : Persist(upTo)
  \/ \E c \in Clients : Reply(c)
  \/ \E c \in Clients : Disconnect(c)
  \/ \E keep \in 0 .. MaxUnits : Crash(keep)
  \/ Restart

Spec == T!Init /\ [][Next]_(T!vars)

TypeOK == TRUE /\ T!TypeOK
LogIsData == TRUE /\ T!LogIsData
=============================================================================
