---------------------------- MODULE MCGuarantees ----------------------------
(***************************************************************************)
(* The bounded steps of MCBlocking, each with what the clients see of it.  *)
(* The records never guard an action: each is enabled in every state,      *)
(* whatever the records hold.                                              *)
(***************************************************************************)
EXTENDS BlockingGuarantees, Bounds

CONSTANTS Menu, MaxInFlight, MinQueue, MaxQueue, MaxUnits

MC == INSTANCE MCBlocking

Send(c, command) == MC!Send(c, command) /\ RecordSend(c, command)
Run(c) == MC!Run(c) /\ RecordStep
Wait(c) == MC!Wait(c) /\ RecordWait(c)
Serve(c) == MC!Serve(c) /\ RecordServe
Timeout(c) == MC!Timeout(c) /\ RecordStep
Unblock(c) == MC!Unblock(c) /\ RecordStep
Multi(c) == MC!Multi(c) /\ RecordNothing
Queue(c) == MC!Queue(c) /\ RecordNothing
ExecStart(c) == MC!ExecStart(c) /\ RecordNothing
ExecNext(c) == MC!ExecNext(c) /\ RecordStep
ExecFinish(c) == MC!ExecFinish(c) /\ RecordStep
Persist(upTo) == MC!Persist(upTo) /\ RecordNothing
Reply(c) == MC!Reply(c) /\ RecordReply(c)
Disconnect(c) == MC!Disconnect(c) /\ RecordDrop(c)
Crash(keep) == MC!Crash(keep) /\ RecordCrash
Restart == MC!Restart /\ RecordNothing

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

Spec == B!Init /\ RecordInit /\ [][Next]_all

TypeOK == B!TypeOK
OneWaitEach == B!OneWaitEach
NothingWaitsInMulti == B!NothingWaitsInMulti
LogIsData == B!LogIsData

(***************************************************************************)
(* Liveness. The server goes on when it can; a client need not.            *)
(***************************************************************************)
ServerStep ==
  \/ \E c \in Clients : Serve(c)
  \/ \E c \in Clients : ExecNext(c)
  \/ \E c \in Clients : ExecFinish(c)

FairSpec == Spec /\ WF_all(ServerStep)

\* Whoever waits for a key that is there is given what it waits for, or the key goes.
WaitsFor(c, k) ==
  B!IsThere(db, k) /\ \E i \in DOMAIN began : began[i].who = c /\ B!TakesFrom(began[i].command, k)
WakesUp == \A c \in Clients, k \in Keys : WaitsFor(c, k) ~> ~WaitsFor(c, k)
=============================================================================
