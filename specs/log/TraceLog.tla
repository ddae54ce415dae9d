------------------------------ MODULE TraceLog ------------------------------
(***************************************************************************)
(* Replays recorded traces of the server through Log: each event names an  *)
(* action and says what it chose, so that every state has one successor.   *)
(*                                                                         *)
(* A trace begins with a start in an empty directory. `begin` says the     *)
(* policy. Time is in milliseconds.                                        *)
(***************************************************************************)
EXTENDS Log, Replay

\* Whoever records a trace names connections by their places, so that this set is a constant that
\* need not be gathered from the traces again for each state.
TraceConnections ==
    {"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12"}

\* The `count` oldest replies that c is owed leave at once; the first of them is c's `first` in all.
Replies(c, count, first) ==
  LET left == SubSeq(queue[c], 1, count)
      units(kind) == { left[i].saw : i \in { j \in DOMAIN left : left[j].kind = kind } }
  IN
  /\ status = "up"
  /\ Len(queue[c]) >= count
  /\ queue[c][1].n = first
  /\ \A i \in DOMAIN left : Dependency(left[i]) <= gate
  /\ acked' = acked \union { log[lsn] : lsn \in units("write") }
  /\ shown' = shown \union UNION { Range(SubSeq(log, 1, end)) : end \in units("read") }
  /\ queue' = [queue EXCEPT ![c] = SubSeq(@, count + 1, Len(@))]
  /\ answered' = [answered EXCEPT ![c] = @ + count]
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, syncing, synced, gate, now,
                 full, disk>>

TraceInit == ReplayInit /\ Init /\ policy = Begin.policy

TraceNext ==
  \/ Is("Append") /\ AppendFor(Event.conn) /\ Len(log') = Event.lsn
  \/ Is("Expire") /\ Expire /\ Len(log') = Event.lsn
  \/ Is("Read") /\ Read(Event.conn) /\ Len(log) = Event.dep
  \/ Is("Ask") /\ Ask(Event.conn)
  \/ Is("Reply") /\ Replies(Event.conn, Event.count, Event.first)
  \/ Is("Disconnect") /\ Disconnect(Event.conn)
  \/ Is("Write") /\ Write /\ written' = Event.to
  \/ Is("WriteRefused") /\ WriteRefused
  \/ Is("ShortWrite") /\ ShortWrite
  \/ Is("CutTail") /\ CutTail
  \/ Is("Reopen") /\ Reopen
  \/ Is("Heal") /\ Heal
  \/ Is("FsyncBegin") /\ FsyncBegin /\ syncing' = Event.to
  \/ Is("FsyncOk") /\ FsyncOk
  \/ Is("FsyncFail") /\ FsyncFails(Event.lost)
  \/ Is("Tick") /\ Tick(Event.nowMs)
  \/ Is("Kill") /\ Kill
  \/ Is("Stop") /\ Stop
  \/ Is("Close") /\ Close
  \/ Is("PowerLoss") /\ PowerLossTo(Event.kept, Event.closed, Event.torn)
  \/ Is("RecoverBegin") /\ RecoverBegin /\ Len(log') = Event.end
  \/ Is("RecoverRewrite") /\ RecoverRewrite
  \/ Is("Serve") /\ Serve /\ gate' = Event.end /\ policy = Event.policy
  \/ Is("OtherTakes") /\ OtherTakes
  \/ Is("OtherLeaves") /\ OtherLeaves
  \/ AtEnd /\ UNCHANGED vars

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, trace, at>>
=============================================================================
