---------------------------- MODULE MCGuarantees ----------------------------
(***************************************************************************)
(* The bounded steps of MCTracking, each with what clients with caches     *)
(* make of it. The records never guard an action: each is enabled in every *)
(* state, whatever the records hold.                                       *)
(***************************************************************************)
EXTENDS TrackingGuarantees, Bounds

CONSTANTS Menu, InFlight, MaxOut, MaxUnits

MC == INSTANCE MCTracking

Send(c, command) == MC!Send(c, command) /\ RecordSend(c, command)
Run(c) == MC!Run(c) /\ RecordStep(Len(log'))
RunExpired(c) == MC!RunExpired(c) /\ RecordStep(Len(log'))
Track(c) == MC!Track(c) /\ RecordStep(0)
Say(c) == MC!Say(c) /\ RecordStep(0)
ExecStart(c) == MC!ExecStart(c) /\ RecordNothing
ExecNext(c) == MC!ExecNext(c) /\ RecordStep(Len(log) + 1)
ExecFinish(c) == MC!ExecFinish(c) /\ RecordStep(Len(log'))
Expire(k) == MC!Expire(k) /\ RecordStep(Len(log'))
Forget(k) == MC!Forget(k) /\ RecordStep(0)
Turn == MC!Turn /\ RecordStep(Len(log))
Persist(upTo) == MC!Persist(upTo) /\ RecordNothing
Reply(c) == MC!Reply(c) /\ RecordReply(c)
Disconnect(c) == MC!Disconnect(c) /\ RecordDrop(c)
Crash(keep) == MC!Crash(keep) /\ RecordCrash
Restart == MC!Restart /\ RecordNothing

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

Spec == T!Init /\ RecordInit /\ [][Next]_all

TypeOK == T!TypeOK
LogIsData == T!LogIsData
=============================================================================
