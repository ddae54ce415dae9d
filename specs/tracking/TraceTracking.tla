--------------------------- MODULE TraceTracking ----------------------------
(***************************************************************************)
(* Replays recorded traces of the server through Tracking: each event      *)
(* names an action and says what it chose and what was replied, so that    *)
(* every state has one successor.                                          *)
(*                                                                         *)
(* A trace begins with a start in an empty directory.                      *)
(***************************************************************************)
EXTENDS Tracking, Replay

\* Whoever records a trace names clients and keys by their places, so that these sets are constants
\* that need not be gathered from the traces again for each state. The places of keys are in the order
\* of the keys' bytes.
TraceClients == {"s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"}
TraceKeyOrder == <<"k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8">>

\* The reply is the one that was recorded; what its client is told may stand behind it.
Replied(c) == out'[c][Len(out[c]) + 1].val = Event.reply

Served(name, step(_)) == Is(name) /\ step(Event.session) /\ Replied(Event.session)

TraceInit == ReplayInit /\ Init

TraceNext ==
  \/ Is("Send") /\ Send(Event.session, Event.command)
  \/ Served("Run", Run)
  \/ Served("RunExpired", RunExpired)
  \/ Served("Track", Track)
  \/ Served("Say", Say)
  \/ Is("ExecStart") /\ ExecStart(Event.session)
  \/ /\ Is("ExecNext") /\ ExecNext(Event.session)
     /\ <<"reply", results'[Len(results')]>> = Event.reply
  \/ Served("ExecFinish", ExecFinish)
  \/ Is("Expire") /\ Expire(Event.key)
  \* The table may hold a key that only clients have read who are gone by now.
  \/ Is("Forget") /\ IF table[Event.key] = {} THEN UNCHANGED vars ELSE Forget(Event.key)
  \/ Is("Turn") /\ Turn
  \/ Is("Persist") /\ Persist(Event.upTo)
  \/ Is("Reply") /\ Reply(Event.session) /\ Head(out[Event.session]).val = Event.reply
  \/ Is("Disconnect") /\ Disconnect(Event.session)
  \/ Is("Crash") /\ Crash(Event.keep)
  \/ Is("Restart") /\ Restart
  \/ AtEnd /\ UNCHANGED vars

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>
=============================================================================
