-------------------------------- MODULE Log --------------------------------
(***************************************************************************)
(* The durable log with its gate.                                          *)
(*                                                                         *)
(* A server executes requests in memory at once, journals what they        *)
(* changed as units, and holds each reply until every unit that the reply  *)
(* depends on is durable under the policy in force:                        *)
(*                                                                         *)
(*   policy    a reply leaves once its units are   survives                *)
(*   always    synced: an fsync covered them       process and power loss  *)
(*   everysec  in the file; the gate stays where   process loss; power     *)
(*             it is while the oldest unit that    loss but for the writes *)
(*             it let pass has waited for its      of less than HoldAge    *)
(*             fsync for HoldAge                                           *)
(*   no        in the file                         process loss            *)
(*                                                                         *)
(* What the server believes (written, synced) is kept apart from what is   *)
(* so (file, platter). A process that dies leaves the page cache as it is; *)
(* a machine that dies keeps of it any prefix that holds at least what     *)
(* was truly synced. After a failed fsync the kernel may have marked the   *)
(* lost pages clean, so that every later fsync of the same file succeeds   *)
(* and proves nothing. Therefore the server stops at the first failure,    *)
(* and a start writes what it reads again, to where it stands, and syncs   *)
(* that before it serves: pages that are written again are dirty again.    *)
(*                                                                         *)
(* A directory has one writer: a server takes it before it reads anything  *)
(* in it, is refused while another process has it, and gives it back with  *)
(* its last breath, since it is the kernel that keeps such locks.          *)
(***************************************************************************)
EXTENDS Integers, Sequences

CONSTANTS
  Connections,  \* the clients' connections
  Policies,     \* the policies to check
  HoldAge       \* everysec: how long an acknowledged unit may wait for its fsync

VARIABLES
  \* ---- the server's memory, gone with the process
  policy,    \* "always", "everysec" or "no"; chosen once
  status,    \* see Statuses
  run,       \* how many runs have served so far; names the units of each
  log,       \* the units that have executed, recovered ones included: the data
  written,   \* believed: log[1..written] are in the file
  syncing,   \* the fsync under way covers log[1..syncing]; 0: none is
  synced,    \* believed: log[1..synced] last
  gate,      \* replies that depend on at most this many units may leave
  passed,    \* passed[i]: when the gate passed log[i]; 0 once it is synced.
             \* Left behind by a dead process for the sake of MayLose alone
  now,       \* the time, in ticks; it counts with everysec only
  full,      \* a write was refused: no further appends for clients
  queue,     \* queue[c]: the replies that connection c is still owed
  answered,  \* answered[c]: how many replies have left to c
  \* ---- the disk
  file,      \* what every process reads: units, and Torn where a frame is partial
  platter,   \* file[1..platter] last
  lost,      \* an fsync may have failed and pages been dropped: no fsync of this file helps
  closedAt,  \* a line behind file[closedAt] says that it was closed there; NoLine: there is none
             \* that could ever again be the file's last
  \* ---- the machine
  holder,    \* who has the directory: see Holders
  \* ---- what the clients know (never consulted by an action's guard)
  acked,     \* units whose writes were acknowledged
  shown      \* units whose effects a reply of a read has shown

memory == <<log, written, syncing, synced, gate, now, full, queue, answered>>
disk   == <<file, platter, lost, closedAt>>
known  == <<acked, shown>>
vars   == <<policy, status, run, passed, memory, disk, holder, known>>

Statuses ==
  { "down",        \* no process
    "recovering",  \* it has read a file whose tail is not proven to last
    "proven",      \* all that it has read is known to last
    "up",          \* it serves
    "poisoned" }   \* an fsync has failed: it acknowledges nothing more

Holders ==
  { "nobody",
    "server",  \* this one
    "other" }  \* another server, which was told to use the same directory

Kinds == { "write",  \* journaled a unit of its own
           "read",   \* consulted the data
           "ask" }   \* consulted no data: PONG, QUEUED, a refusal

\* A unit: the run that executed it, and its number in the log (LSN).
Unit(r, lsn) == [run |-> r, lsn |-> lsn]

\* A partial frame in the file.
Torn == Unit(0, 0)

-----------------------------------------------------------------------------
\* Operators

Range(s) == { s[i] : i \in DOMAIN s }

\* What a start reads from a file: all before the first partial frame.
Readable(f) ==
  LET ends == { i \in DOMAIN f : f[i] = Torn }
  IN  IF ends = {} THEN f
      ELSE SubSeq(f, 1, (CHOOSE i \in ends : \A j \in ends : i <= j) - 1)

\* The file was closed cleanly, and nothing has been written since.
NoLine == -1
Closed == closedAt = Len(file)

\* The file ends with a closing line whose own sync may have failed: whatever is written behind it
\* stands behind a hole.
BehindLostLine == Closed /\ lost

\* Where the closing line is, now that file[1..lasting] last: one in front of something that lasts
\* stays in front of it.
LineBehind(lasting) == IF closedAt < lasting THEN NoLine ELSE closedAt

\* The file ends with a partial frame.
EndsTorn == file # <<>> /\ file[Len(file)] = Torn

\* How much of the log a reply depends on, given the log's end when its request ran. One number,
\* not one per key: the nil of a deleted key depends on the deletion.
Dependency(reply) == IF reply.kind = "ask" THEN 0 ELSE reply.saw

\* everysec: the oldest unit that the gate has passed and that s does not cover is too old.
HeldBack(s) ==
  /\ policy = "everysec"
  /\ gate > s
  /\ now - passed[s + 1] >= HoldAge

\* Where the gate stands once log[1..w] are written and log[1..s] synced.
GateFor(w, s) ==
  CASE policy = "always" -> s
    [] policy = "no" -> w
    [] policy = "everysec" -> IF HeldBack(s) THEN gate ELSE w

\* Moves the gate, and notes when it passed each unit.
MoveGate(w, s) ==
  /\ gate' = GateFor(w, s)
  /\ passed' = [i \in 1..gate' |->
                 IF i <= s THEN 0 ELSE IF i <= gate THEN passed[i] ELSE now]

\* The process is gone, and its memory with it.
Dies ==
  /\ status' = "down"
  /\ log' = <<>>
  /\ written' = 0 /\ syncing' = 0 /\ synced' = 0 /\ gate' = 0
  /\ now' = 0
  /\ full' = FALSE
  /\ queue' = [c \in Connections |-> <<>>]
  /\ answered' = [c \in Connections |-> 0]

\* The kernel gives back what a process has that is gone.
GivesBack == holder' = IF holder = "server" THEN "nobody" ELSE holder

\* The policy table: whether a loss of power may take these units from clients that know them.
PassedAt(u) == IF u.lsn \in DOMAIN passed THEN passed[u.lsn] ELSE 0
MayLose(units) ==
  CASE policy = "always" -> units = {}
    [] policy = "no" -> TRUE
    [] policy = "everysec" -> \A u, v \in units : PassedAt(u) < PassedAt(v) + HoldAge

-----------------------------------------------------------------------------
\* Start: an empty directory

Init ==
  /\ policy \in Policies
  /\ status = "down"
  /\ run = 0
  /\ log = <<>>
  /\ written = 0 /\ syncing = 0 /\ synced = 0 /\ gate = 0
  /\ passed = <<>>
  /\ now = 0
  /\ full = FALSE
  /\ queue = [c \in Connections |-> <<>>]
  /\ answered = [c \in Connections |-> 0]
  /\ file = <<>> /\ platter = 0 /\ lost = FALSE /\ closedAt = NoLine
  /\ holder = "nobody"
  /\ acked = {} /\ shown = {}

-----------------------------------------------------------------------------
\* Requests: they execute at once, and their replies wait

\* Executes a request: journals `units`, and owes c a reply.
Execute(c, kind, units) ==
  /\ status = "up"
  /\ log' = log \o units
  /\ queue' = [queue EXCEPT ![c] = Append(@,
       [ n |-> answered[c] + Len(@) + 1,
         kind |-> kind,
         saw |-> IF kind = "ask" THEN 0 ELSE Len(log') ])]
  /\ UNCHANGED <<holder, policy, status, run, passed, written, syncing, synced, gate, now, full,
                 answered, disk, known>>

NextUnit == Unit(run, Len(log) + 1)

\* A request that writes. While the disk is full it is refused instead, which is an Ask.
AppendFor(c) == ~full /\ Execute(c, "write", <<NextUnit>>)

\* A request that reads.
Read(c) == Execute(c, "read", <<>>)

\* A request that consults no data.
Ask(c) == Execute(c, "ask", <<>>)

\* A unit that nobody waits for: a key expires, before a read or by itself. Also while full.
Expire ==
  /\ status = "up"
  /\ log' = Append(log, NextUnit)
  /\ UNCHANGED <<holder, policy, status, run, passed, written, syncing, synced, gate, now, full,
                 queue, answered, disk, known>>

\* The oldest reply that c is owed leaves.
Reply(c) ==
  /\ status = "up"
  /\ queue[c] # <<>>
  /\ LET reply == Head(queue[c]) IN
       /\ Dependency(reply) <= gate
       /\ acked' = IF reply.kind = "write" THEN acked \union {log[reply.saw]} ELSE acked
       /\ shown' = IF reply.kind = "read"
                   THEN shown \union Range(SubSeq(log, 1, reply.saw)) ELSE shown
  /\ queue' = [queue EXCEPT ![c] = Tail(@)]
  /\ answered' = [answered EXCEPT ![c] = @ + 1]
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, syncing, synced, gate, now,
                 full, disk>>

\* c goes, with the replies that it is owed; another may come in its place.
Disconnect(c) ==
  /\ queue' = [queue EXCEPT ![c] = <<>>]
  /\ answered' = [answered EXCEPT ![c] = 0]
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, syncing, synced, gate, now,
                 full, disk, known>>

-----------------------------------------------------------------------------
\* Writing

\* All pending units go into the file as one frame: group commit. A full disk does not forbid it:
\* what has executed must still reach the disk, and space was set aside for it.
Write ==
  /\ status = "up"
  /\ written < Len(log)
  /\ ~EndsTorn
  /\ ~BehindLostLine
  /\ file' = file \o SubSeq(log, written + 1, Len(log))
  /\ written' = Len(log)
  /\ MoveGate(written', synced)
  /\ UNCHANGED <<holder, policy, status, run, log, syncing, synced, now, full, queue, answered,
                 platter, lost, closedAt, known>>

\* The disk takes nothing of the frame.
WriteRefused ==
  /\ status = "up"
  /\ written < Len(log)
  /\ ~EndsTorn
  /\ full' = TRUE
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, syncing, synced, gate, now,
                 queue, answered, disk, known>>

\* The disk takes some of the frame, or of the closing line.
ShortWrite ==
  /\ status = "up"
  /\ written < Len(log) \/ synced = Len(log)
  /\ ~EndsTorn
  /\ ~BehindLostLine
  /\ full' = TRUE
  /\ file' = Append(file, Torn)
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, syncing, synced, gate, now,
                 queue, answered, platter, lost, closedAt, known>>

\* The partial frame is cut off, by the server that has written it or by a start that finds it.
CutTail ==
  /\ status \in {"up", "recovering"}
  /\ EndsTorn
  /\ file' = SubSeq(file, 1, Len(file) - 1)
  /\ UNCHANGED <<holder, policy, status, run, passed, memory, platter, lost, closedAt, known>>

\* The closing line of an earlier run is cut off, to make room for more. If the process dies before
\* there is more, a start finds no line, and copies what lasts already.
Reopen ==
  /\ status = "up"
  /\ Closed
  /\ closedAt' = NoLine
  /\ lost' = FALSE
  /\ UNCHANGED <<holder, policy, status, run, passed, memory, file, platter, known>>

\* There is space again, and nothing is left over from when there was none.
Heal ==
  /\ status = "up"
  /\ full
  /\ written = Len(log)
  /\ ~EndsTorn
  /\ full' = FALSE
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, syncing, synced, gate, now,
                 queue, answered, disk, known>>

-----------------------------------------------------------------------------
\* Syncing: one fsync at a time. It covers what was written when it began; more arrives meanwhile.

FsyncBegin ==
  /\ status = "up"
  /\ syncing = 0
  /\ synced < written
  /\ syncing' = written
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, synced, gate, now, full, queue,
                 answered, disk, known>>

FsyncOk ==
  /\ status = "up"
  /\ syncing > 0
  /\ platter' = IF lost \/ platter > syncing THEN platter ELSE syncing
  /\ closedAt' = LineBehind(platter')
  /\ synced' = syncing
  /\ syncing' = 0
  /\ MoveGate(written, synced')
  /\ UNCHANGED <<holder, policy, status, run, log, written, now, full, queue, answered, file, lost,
                 known>>

\* The fsync fails, or that of a start, and the kernel may drop what it could not write (drops).
FsyncFails(drops) ==
  /\ \/ status = "up" /\ syncing > 0
     \/ status = "recovering" /\ ~EndsTorn
  /\ status' = "poisoned"
  /\ syncing' = 0
  /\ lost' = (lost \/ drops)
  /\ UNCHANGED <<holder, policy, run, log, passed, written, synced, gate, now, full, queue,
                 answered, file, platter, closedAt, known>>

FsyncFail == status \in {"up", "recovering"} /\ \E drops \in BOOLEAN : FsyncFails(drops)

\* Time moves on.
Tick(to) ==
  /\ status = "up"
  /\ policy = "everysec"
  /\ to > now
  /\ now' = to
  /\ UNCHANGED <<holder, policy, status, run, log, passed, written, syncing, synced, gate, full,
                 queue, answered, disk, known>>

-----------------------------------------------------------------------------
\* Ends

\* The process is killed, if there is one. The page cache stays.
Kill ==
  /\ Dies
  /\ GivesBack
  /\ UNCHANGED <<policy, run, passed, disk, known>>

\* The process stops by itself: it is poisoned, or its recovery has failed.
Stop ==
  /\ status \in {"poisoned", "recovering"}
  /\ Dies
  /\ GivesBack
  /\ UNCHANGED <<policy, run, passed, disk, known>>

\* A clean stop: everything is synced, and then the last line says so. That line is synced as well,
\* but nothing depends on it: without the line a start takes the file for unproven, and a start that
\* finds it counts on what stands in front of it and not on the line.
Close ==
  /\ status = "up"
  /\ syncing = 0
  /\ synced = Len(log)
  /\ ~EndsTorn
  /\ closedAt' = Len(file)
  /\ lost' = TRUE
  /\ Dies
  /\ GivesBack
  /\ UNCHANGED <<policy, run, passed, file, platter, known>>

\* The machine loses power, whatever the process was doing: the file keeps its first `kept` units,
\* and behind them perhaps a closing line (line) and a part of something more (torn). A cut is not
\* synced: the line may be one that had been cut off, if what it stood behind is all that is left,
\* and the part one of a frame or a line that had been. Whether there ever was one is not
\* remembered, and does no harm.
PowerLossTo(kept, line, torn) ==
  /\ kept \in platter..Len(Readable(file))
  /\ line => kept \in {closedAt, platter}
  /\ Dies
  /\ holder' = "nobody"
  /\ file' = SubSeq(file, 1, kept) \o (IF torn THEN <<Torn>> ELSE <<>>)
  /\ platter' = kept
  /\ lost' = FALSE
  /\ closedAt' = IF line THEN kept ELSE NoLine
  /\ LET gone == (acked \union shown) \ Range(Readable(file')) IN
       /\ acked' = IF MayLose(gone) THEN acked \ gone ELSE acked
       /\ shown' = IF MayLose(gone) THEN shown \ gone ELSE shown
  /\ UNCHANGED <<policy, run, passed>>

PowerLoss ==
  /\ TRUE
  /\ \E kept \in platter..Len(file), line, torn \in BOOLEAN : PowerLossTo(kept, line, torn)

-----------------------------------------------------------------------------
\* Recovery. Kill and PowerLoss may interrupt it anywhere: what is written again is what was there,
\* so that of a recovery that is interrupted nothing shows but that its pages may last.

\* A process starts, takes the directory and reads the file. While somebody else has the directory
\* it is refused before it has looked at anything.
RecoverBegin ==
  /\ status = "down"
  /\ holder = "nobody"
  /\ holder' = "server"
  /\ status' = IF Closed THEN "proven" ELSE "recovering"
  /\ log' = Readable(file)
  /\ UNCHANGED <<policy, run, passed, written, syncing, synced, gate, now, full, queue, answered,
                 disk, known>>

\* What it has read has been written again, and synced.
RecoverRewrite ==
  /\ status = "recovering"
  /\ ~EndsTorn
  /\ status' = "proven"
  /\ platter' = Len(log)
  /\ lost' = FALSE
  /\ closedAt' = LineBehind(platter')
  /\ UNCHANGED <<holder, policy, run, passed, memory, file, known>>

\* It opens the gate for what it has recovered, and takes requests.
Serve ==
  /\ status = "proven"
  /\ status' = "up"
  /\ run' = run + 1
  /\ written' = Len(log) /\ synced' = Len(log) /\ gate' = Len(log)
  /\ passed' = [i \in 1..Len(log) |-> 0]
  /\ UNCHANGED <<holder, policy, log, syncing, now, full, queue, answered, disk, known>>

-----------------------------------------------------------------------------
\* Another server on the same directory. What it would do there is what this one does, and nothing
\* of that is looked at: it must not begin.

OtherTakes ==
  /\ holder = "nobody"
  /\ holder' = "other"
  /\ UNCHANGED <<policy, status, run, passed, memory, disk, known>>

\* It ends, in whatever way.
OtherLeaves ==
  /\ holder = "other"
  /\ holder' = "nobody"
  /\ UNCHANGED <<policy, status, run, passed, memory, disk, known>>

-----------------------------------------------------------------------------
Next ==
  \/ \E c \in Connections : AppendFor(c) \/ Read(c) \/ Ask(c) \/ Reply(c) \/ Disconnect(c)
  \/ Expire
  \/ Write \/ WriteRefused \/ ShortWrite \/ CutTail \/ Reopen \/ Heal
  \/ FsyncBegin \/ FsyncOk \/ FsyncFail
  \/ \E to \in Nat : Tick(to)
  \/ Kill \/ Stop \/ Close \/ PowerLoss
  \/ RecoverBegin \/ RecoverRewrite \/ Serve
  \/ OtherTakes \/ OtherLeaves

\* What a server that lives does in the end. Write may be refused again and again, but not for
\* ever; an fsync returns.
Fairness ==
  /\ \A c \in Connections : WF_vars(Reply(c))
  /\ SF_vars(Write)
  /\ WF_vars(CutTail)
  /\ WF_vars(Reopen)
  /\ WF_vars(FsyncBegin)
  /\ WF_vars(FsyncOk \/ FsyncFail)
  /\ WF_vars(Stop)

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
\* Properties

IsUnits(s) == \A i \in DOMAIN s : s[i] \in [run : 1..run, lsn : Nat \ {0}]

TypeOK ==
  /\ policy \in Policies
  /\ status \in Statuses
  /\ holder \in Holders
  /\ IsUnits(log) /\ IsUnits(Readable(file))
  /\ platter \in 0..Len(Readable(file))
  /\ synced <= written /\ written <= Len(log)
  /\ synced <= gate /\ gate <= written
  /\ syncing = 0 \/ syncing \in (synced + 1)..written
  /\ \A i \in 1..gate : passed[i] <= now
  /\ closedAt \in {NoLine} \union 0..Len(file)
  /\ {lost, full} \subseteq BOOLEAN
  /\ \A c \in Connections : \A i \in DOMAIN queue[c] : queue[c][i].kind \in Kinds

\* Clients find these again: in the file at any time, so that a start at this very moment would
\* read them, and in the data of the server that serves.
Kept(units) ==
  /\ units \subseteq Range(Readable(file))
  /\ status \in {"up", "poisoned"} => units \subseteq Range(log)

\* An acknowledged write is never lost. Process death takes none of them under any policy; a loss
\* of power takes those that MayLose concedes (PowerLoss removes them from acked), and no others.
AckedSurvives == Kept(acked)

\* What a read has shown is never unseen, in the same sense.
NoDirtyRead == Kept(shown)

\* Replies leave in the order of their requests: those that a connection is still owed are the ones
\* that follow those that have left.
RepliesInOrder ==
  \A c \in Connections : \A i \in DOMAIN queue[c] : queue[c][i].n = answered[c] + i

\* What remains of a run is a prefix of what it executed, the runs follow each other, and LSNs have
\* no gaps: a unit executed on the state that all the units before it had made.
InOrder(s) ==
  \A i \in DOMAIN s : s[i].lsn = i /\ (i > 1 => s[i - 1].run <= s[i].run)
PrefixOrder == InOrder(log) /\ InOrder(Readable(file))

\* All that stands before a closing line lasts.
ClosedIsProven == closedAt <= platter

\* A server that has looked at the directory has it to itself.
OneWriter == status # "down" => holder = "server"

\* Every request is answered, or the server stops, or the client goes. (numbers: those of the
\* requests of a connection that are looked at)
Owed(c, n) == status = "up" /\ \E i \in DOMAIN queue[c] : queue[c][i].n = n
EndsFor(numbers) ==
  \A c \in Connections, n \in numbers : Owed(c, n) ~> ~Owed(c, n)

\* A poisoned server stops.
PoisonedStops == status = "poisoned" ~> status = "down"
=============================================================================
