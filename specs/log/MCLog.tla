------------------------------- MODULE MCLog -------------------------------
(***************************************************************************)
(* Log, bounded for TLC. The bounds are in the guards, so that the graph   *)
(* that TLC dumps is the whole graph of the bounded specification. Each    *)
(* instance of an action for one connection has a name of its own, which   *)
(* labels its edges.                                                       *)
(*                                                                         *)
(* Why these bounds suffice for the bugs that they are meant to show:      *)
(*                                                                         *)
(*   MaxUnits 2     one unit that a frame, an fsync or the platter holds   *)
(*                  and one that it does not yet; a frame of two; two      *)
(*                  acknowledgements some time apart                       *)
(*   MaxA 2         one reply overtaking another needs two on one          *)
(*                  connection                                             *)
(*   MaxB 1         what one connection writes another one sees            *)
(*   MaxHeld        as many as wait at once in those bugs: 2 where a       *)
(*                  connection pipelines, otherwise 1                      *)
(*   MaxRuns 2      a bug of recovery shows in the run after it: what that *)
(*                  run shows is gone after a further loss of power. What  *)
(*                  the last run leaves is recovered from as well          *)
(*   MaxNow 2       HoldAge is 2 ticks: one later the gate is held back    *)
(*   Asking, Expiring, Refusing: each doubles the states or more, and is   *)
(*                  on where the bugs that need it are looked for. Requests*)
(*                  that consult no data overtake others with always. What *)
(*                  becomes of refused writes and of units that nobody     *)
(*                  waits for is the same with every policy: they are on   *)
(*                  with no, which has the fewest states                   *)
(***************************************************************************)
EXTENDS Log

CONSTANTS
  MaxUnits,   \* units in the log at once
  MaxA,       \* requests of connection a while it lasts
  MaxB,       \* requests of connection b while it lasts
  MaxHeld,    \* replies held at once, over both connections
  MaxRuns,    \* runs that serve
  MaxNow,     \* ticks of one run
  Asking,     \* whether requests that consult no data are sent
  Expiring,   \* whether keys expire
  Refusing    \* whether the disk refuses or cuts short a write

ASSUME Connections = {"a", "b"}

Held == Len(queue["a"]) + Len(queue["b"])
MayAsk(c) ==
  /\ answered[c] + Len(queue[c]) < IF c = "a" THEN MaxA ELSE MaxB
  /\ Held < MaxHeld
MayAppend == Len(log) < MaxUnits

\* A connection that is owed nothing may as well stay.
MayGo(c) == queue[c] # <<>>

\* A disk that is known to be full says nothing new by refusing again.
MayRefuse == Refusing /\ ~full

AppendA == MayAsk("a") /\ MayAppend /\ AppendFor("a")
AppendB == MayAsk("b") /\ MayAppend /\ AppendFor("b")
ReadA == MayAsk("a") /\ Read("a")
ReadB == MayAsk("b") /\ Read("b")
AskA == Asking /\ MayAsk("a") /\ Ask("a")
AskB == Asking /\ MayAsk("b") /\ Ask("b")
ReplyA == TRUE /\ Reply("a")
ReplyB == TRUE /\ Reply("b")
DisconnectA == MayGo("a") /\ Disconnect("a")
DisconnectB == MayGo("b") /\ Disconnect("b")
ExpireOne == Expiring /\ MayAppend /\ Expire
TickOne == now < MaxNow /\ Tick(now + 1)
WriteRefusedOnce == MayRefuse /\ WriteRefused
ShortWriteOnce == MayRefuse /\ ShortWrite
ServeAgain == run < MaxRuns /\ Serve

MCNext ==
  \/ AppendA \/ AppendB \/ ReadA \/ ReadB \/ AskA \/ AskB
  \/ ReplyA \/ ReplyB \/ DisconnectA \/ DisconnectB
  \/ ExpireOne
  \/ Write \/ WriteRefusedOnce \/ ShortWriteOnce \/ CutTail \/ Reopen \/ Heal
  \/ FsyncBegin \/ FsyncOk \/ FsyncFail
  \/ TickOne
  \/ Kill \/ Stop \/ Close \/ PowerLoss
  \/ RecoverBegin \/ RecoverRewrite \/ ServeAgain
  \/ OtherTakes \/ OtherLeaves

MCSpec == Init /\ [][MCNext]_vars
MCFairSpec == MCSpec /\ Fairness

EveryRequestEnds == EndsFor(1..MaxA)
=============================================================================
