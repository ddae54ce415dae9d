----------------------------- MODULE MCBlocking -----------------------------
(***************************************************************************)
(* Blocking within bounds. A bound stands in the guard of the action that  *)
(* would exceed it, so that what is explored is a graph of the             *)
(* specification's own states and steps.                                   *)
(***************************************************************************)
EXTENDS Integers, Sequences, Bounds

CONSTANTS
  Clients, Keys, Commands,
  Menu,          \* by client: the commands that it sends
  MaxInFlight,   \* commands of a client that are sent and not answered
  MinQueue,      \* commands in a queue that is run
  MaxQueue,      \* commands in a queue
  MaxUnits       \* units in the log

VARIABLES up, wire, multi, queue, line, ready, out, db, log, durable, busy, results, effects

B == INSTANCE Blocking

\* Each of those who wait may yet write a unit: the log keeps room for them, so that the bound never
\* stands between a key that is there and one who waits for it.
Room == Len(log') + Len(line') <= MaxUnits

\* A client that might exceed the queue's bound may only end its transaction.
Send(c, command) ==
  /\ Len(wire[c]) + Len(out[c]) + (IF B!Waits(c) THEN 1 ELSE 0) < MaxInFlight
  /\ IF B!Name(command) = "EXEC" THEN Len(queue[c]) + Len(wire[c]) >= MinQueue
     ELSE Len(queue[c]) + Len(wire[c]) < MaxQueue
  /\ B!Send(c, command)

Run(c) == B!Run(c) /\ Room
Wait(c) == B!Wait(c) /\ Room
Serve(c) == TRUE /\ B!Serve(c)
Timeout(c) == TRUE /\ B!Timeout(c)
Unblock(c) == TRUE /\ B!Unblock(c)
Multi(c) == TRUE /\ B!Multi(c)
Queue(c) == TRUE /\ B!Queue(c)
\* It writes a unit when it is done.
ExecStart(c) == Len(log) + Len(line) < MaxUnits /\ B!ExecStart(c)
ExecNext(c) == TRUE /\ B!ExecNext(c)
ExecFinish(c) == TRUE /\ B!ExecFinish(c)
Persist(upTo) == TRUE /\ B!Persist(upTo)
Reply(c) == TRUE /\ B!Reply(c)
Disconnect(c) == TRUE /\ B!Disconnect(c)
Crash(keep) == TRUE /\ B!Crash(keep)
Restart == TRUE /\ B!Restart

Next ==
  \/ \E c \in Clients : \E command \in Menu[c] : Send(c, command)
  \/ \E c \in Clients : Run(c)
  \/ \E c \in Clients : Wait(c)
  \/ \E c \in Clients : Serve(c)
  \/ \E c \in Clients : Timeout(c)
  \/ \E c \in Clients : Unblock(c)
  \/ \E c \in Clients : Multi(c)
  \/ \E c \in Clients : Queue(c)
  \/ \E c \in Clients : ExecStart(c)
  \/ \E c \in Clients : ExecNext(c)
  \/ \E c \in Clients : ExecFinish(c)
  \/ \E upTo \in 1 .. MaxUnits : Persist(upTo)
  \/ \E c \in Clients : Reply(c)
  \/ \E c \in Clients : Disconnect(c)
  \/ \E keep \in 0 .. MaxUnits : Crash(keep)
  \/ Restart

Spec == B!Init /\ [][Next]_(B!vars)

TypeOK == TRUE /\ B!TypeOK
OneWaitEach == TRUE /\ B!OneWaitEach
NothingWaitsInMulti == TRUE /\ B!NothingWaitsInMulti
LogIsData == TRUE /\ B!LogIsData

=============================================================================
