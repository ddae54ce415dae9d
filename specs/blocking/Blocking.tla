------------------------------ MODULE Blocking ------------------------------
(***************************************************************************)
(* Clients of one server that wait for keys: a blocking command takes an   *)
(* element at once when a key has one, and waits in line otherwise, until  *)
(* an element comes, its time is up, somebody unblocks it, or it goes.     *)
(*                                                                         *)
(* A client sends a command, the server takes it, those who wait for what  *)
(* it has brought are served one by one, and replies wait for the gate:    *)
(* each is a step of its own. That nobody comes between a command and the  *)
(* last who is served after it, and that nobody is served inside an EXEC,  *)
(* are rules of this module (Idle, Serve), not of its grain.               *)
(*                                                                         *)
(* Sources: https://redis.io/docs/latest/commands/blpop/ and the behaviour *)
(* of redis-server 7.0.15.                                                 *)
(***************************************************************************)
EXTENDS Integers, Sequences, TLC

CONSTANTS
  Clients,    \* after a disconnect the name stands for the next connection
  Keys,
  Commands    \* what clients send: tuples of words, as in <<"RPUSH", "x", "1">>

VARIABLES
  up,         \* the server runs
  wire,       \* by client: commands sent and not yet taken by the server
  multi,      \* by client: MULTI has opened a queue
  queue,      \* by client: the queued commands
  line,       \* who waits, each with its command, in the order in which they began to
  ready,      \* keys that have come to be there for somebody who waits, in that order
  out,        \* by client: replies that have not left, each with the LSN that it waits for
  db,         \* the data in memory: a list of elements for each key
  log,        \* units; each a sequence of effects. The position of a unit is its LSN
  durable,    \* LSN up to which the log is durable under the policy: the gate
  busy,       \* the client whose EXEC is running, or Nobody
  results,    \* the replies of its commands so far
  effects     \* their effects so far

exec == <<busy, results, effects>>
vars == <<up, wire, multi, queue, line, ready, out, db, log, durable, exec>>

Nobody == "nobody"
Nil == <<"nil">>

(***************************************************************************)
(* What a command does when it runs: data, reply, effects, and the keys    *)
(* that come to be there. A blocking command says first whether its wait   *)
(* is "limited" or lasts "forever", then its keys: BLMOVE its source and   *)
(* its destination. Its effect is the plain command, without the wait.     *)
(***************************************************************************)
Name(c) == c[1]
IsBlocking(c) == Name(c) \in {"BLPOP", "BLMOVE"}
DataNames == {"RPUSH", "LPOP", "LMOVE", "DEL", "RENAME", "BLPOP", "BLMOVE"}

\* The keys that a blocking command takes from.
Sources(c) == IF Name(c) = "BLPOP" THEN SubSeq(c, 3, Len(c)) ELSE <<c[3]>>
TakesFrom(c, k) == \E i \in DOMAIN Sources(c) : Sources(c)[i] = k

IsThere(data, k) == data[k] # <<>>
\* Evaluated, because TLC would print it unevaluated where it writes behaviours.
NoData == TLCEval([k \in Keys |-> <<>>])

Nothing(data, reply) == [data |-> data, reply |-> reply, effects |-> <<>>, come |-> <<>>]

Push(data, k, e) ==
  [data |-> [data EXCEPT ![k] = Append(@, e)], reply |-> <<ToString(Len(data[k]) + 1)>>,
   effects |-> <<<<"RPUSH", k, e>>>>, come |-> IF IsThere(data, k) THEN <<>> ELSE <<k>>]

Pop(data, k) ==
  IF ~IsThere(data, k) THEN Nothing(data, Nil)
  ELSE [data |-> [data EXCEPT ![k] = Tail(@)], reply |-> <<Head(data[k])>>,
        effects |-> <<<<"LPOP", k>>>>, come |-> <<>>]

Move(data, from, to) ==
  IF ~IsThere(data, from) THEN Nothing(data, Nil)
  ELSE LET pushed == Push(Pop(data, from).data, to, Head(data[from]))
       IN  [data |-> pushed.data, reply |-> <<Head(data[from])>>,
            effects |-> <<<<"LMOVE", from, to>>>>,
            come |-> IF IsThere(data, to) THEN <<>> ELSE <<to>>]

Delete(data, k) ==
  IF ~IsThere(data, k) THEN Nothing(data, <<"0">>)
  ELSE [data |-> [data EXCEPT ![k] = <<>>], reply |-> <<"1">>,
        effects |-> <<<<"DEL", k>>>>, come |-> <<>>]

Rename(data, from, to) ==
  IF ~IsThere(data, from) THEN Nothing(data, <<"ERR">>)
  ELSE [data |-> [data EXCEPT ![to] = data[from], ![from] = <<>>], reply |-> <<"OK">>,
        effects |-> <<<<"RENAME", from, to>>>>, come |-> IF IsThere(data, to) THEN <<>> ELSE <<to>>]

\* A blocking command takes from one key.
Take(data, c, k) ==
  IF Name(c) = "BLMOVE" THEN Move(data, k, c[4])
  ELSE LET popped == Pop(data, k) IN [popped EXCEPT !.reply = <<k>> \o @]

\* The first of its keys that is there, in the order in which it names them.
FirstThere(data, c) == SelectSeq(Sources(c), LAMBDA k : IsThere(data, k))
MustWait(data, c) == IsBlocking(c) /\ FirstThere(data, c) = <<>>

Perform(data, c) ==
  CASE Name(c) = "RPUSH" -> Push(data, c[2], c[3])
    [] Name(c) = "LPOP" -> Pop(data, c[2])
    [] Name(c) = "LMOVE" -> Move(data, c[2], c[3])
    [] Name(c) = "DEL" -> Delete(data, c[2])
    [] Name(c) = "RENAME" -> Rename(data, c[2], c[3])
    [] IsBlocking(c) -> IF MustWait(data, c) THEN Nothing(data, Nil)
                        ELSE Take(data, c, FirstThere(data, c)[1])

RECURSIVE ApplyAll(_, _)
ApplyAll(data, unit) ==
  IF unit = <<>> THEN data ELSE ApplyAll(Perform(data, Head(unit)).data, Tail(unit))

\* The data that a log stands for.
RECURSIVE Recovered(_)
Recovered(units) ==
  IF units = <<>> THEN NoData
  ELSE ApplyAll(Recovered(SubSeq(units, 1, Len(units) - 1)), units[Len(units)])

(***************************************************************************)
(* Who waits, and for what.                                                *)
(***************************************************************************)
Waits(c) == \E i \in DOMAIN line : line[i].who = c
Without(waiters, c) == SelectSeq(waiters, LAMBDA w : w.who # c)

\* Those of some who wait that wait for a key, in their order: who is first is served first.
For(waiters, k) == SelectSeq(waiters, LAMBDA w : TakesFrom(w.command, k))

\* Keys that have come join the ready ones, each once, if somebody waits for them.
Joined(keys, come, waiters) ==
  keys \o SelectSeq(come, LAMBDA k : For(waiters, k) # <<>> /\ \A i \in DOMAIN keys : keys[i] # k)

\* A key that is gone when its turn comes, or that nobody waits for by then, is passed over.
RECURSIVE Passed(_, _, _)
Passed(keys, data, waiters) ==
  IF keys = <<>> THEN <<>>
  ELSE IF IsThere(data, Head(keys)) /\ For(waiters, Head(keys)) # <<>> THEN keys
  ELSE Passed(Tail(keys), data, waiters)

(***************************************************************************)
(* The server between two commands.                                        *)
(***************************************************************************)
\* One thread: while an EXEC runs, or somebody is to be served, nothing else happens.
Idle == up /\ busy = Nobody /\ ready = <<>>

Ready(c) == Idle /\ ~Waits(c) /\ wire[c] # <<>>
Next1(c) == Head(wire[c])

Taken(c) == wire' = [wire EXCEPT ![c] = Tail(@)]

\* A reply is the replies of the commands that it answers: of one, or of those of an EXEC.
Answer(c, replies, dep) == out' = [out EXCEPT ![c] = Append(@, [val |-> replies, dep |-> dep])]

\* The effects of one command, of one transaction, or of one client's turn are one unit.
Journaled(unit) == IF unit = <<>> THEN log ELSE Append(log, unit)

\* What a reply that consults the data waits for: the end of the log once its command has run. One
\* that hands out an element waits for the unit that removes it.
DataDependency == Len(log')

(***************************************************************************)
(* The actions.                                                            *)
(***************************************************************************)
\* What a client has sent leaves a MULTI open.
LeavesOpen(c) ==
  LET marks == SelectSeq(wire[c], LAMBDA m : Name(m) \in {"MULTI", "EXEC"})
  IN  IF marks = <<>> THEN multi[c] ELSE Name(marks[Len(marks)]) = "MULTI"

\* A client sends a command, whether or not earlier ones are answered: MULTI and EXEC in turn.
Send(c, command) ==
  /\ up
  /\ Name(command) \in {"MULTI", "UNBLOCK"} => ~LeavesOpen(c)
  /\ Name(command) = "EXEC" => LeavesOpen(c)
  /\ wire' = [wire EXCEPT ![c] = Append(@, command)]
  /\ UNCHANGED <<up, multi, queue, line, ready, out, db, log, durable, exec>>

\* A command runs, and finds what it needs or does not wait for it.
Run(c) ==
  /\ Ready(c) /\ ~multi[c] /\ Name(Next1(c)) \in DataNames /\ ~MustWait(db, Next1(c))
  /\ LET done == Perform(db, Next1(c))
     IN  /\ db' = done.data
         /\ log' = Journaled(done.effects)
         /\ ready' = Passed(Joined(ready, done.come, line), done.data, line)
         /\ Answer(c, <<done.reply>>, DataDependency)
  /\ Taken(c)
  /\ UNCHANGED <<up, multi, queue, line, durable, exec>>

\* A blocking command finds nothing: its client waits, behind those who wait already.
Wait(c) ==
  /\ Ready(c) /\ ~multi[c] /\ MustWait(db, Next1(c))
  /\ line' = Append(line, [who |-> c, command |-> Next1(c)])
  /\ Taken(c)
  /\ UNCHANGED <<up, multi, queue, ready, out, db, log, durable, exec>>

\* The first in line for the key that became ready first has its command run, on that key. Its
\* effects are a unit of their own. The key stays first while it is there and waited for.
Serve(c) ==
  /\ up /\ busy = Nobody /\ ready # <<>>
  /\ LET k == Head(ready)
         first == Head(For(line, k))
         done == Take(db, first.command, k)
         others == Without(line, c)
         rest == Joined(Tail(ready), done.come, others)
         stays == IsThere(done.data, k) /\ For(others, k) # <<>>
     IN  /\ c = first.who
         /\ line' = others
         /\ db' = done.data
         /\ log' = Journaled(done.effects)
         /\ ready' = IF stays THEN <<k>> \o rest ELSE Passed(rest, done.data, others)
         /\ Answer(c, <<done.reply>>, DataDependency)
  /\ UNCHANGED <<up, wire, multi, queue, durable, exec>>

IsLimited(c) == \E i \in DOMAIN line : line[i].who = c /\ line[i].command[2] = "limited"

\* The time of one who waits is up: that nothing has come so far is its reply.
Timeout(c) ==
  /\ Idle /\ IsLimited(c)
  /\ line' = Without(line, c)
  /\ Answer(c, <<Nil>>, Len(log))
  /\ UNCHANGED <<up, wire, multi, queue, ready, db, log, durable, exec>>

\* A client ends another's wait, as its time would, or finds that it does not wait.
Unblock(c) ==
  /\ Ready(c) /\ ~multi[c] /\ Name(Next1(c)) = "UNBLOCK"
  /\ LET other == Next1(c)[2]
         ends == other # c /\ Waits(other)
         own == [val |-> <<<<IF ends THEN "1" ELSE "0">>>>, dep |-> 0]
         others == [val |-> <<Nil>>, dep |-> Len(log)]
     IN  /\ line' = Without(line, other)
         /\ out' = [d \in Clients |->
              IF d = c THEN Append(out[d], own)
              ELSE IF d = other /\ ends THEN Append(out[d], others) ELSE out[d]]
  /\ Taken(c)
  /\ UNCHANGED <<up, multi, queue, ready, db, log, durable, exec>>

Multi(c) ==
  /\ Ready(c) /\ ~multi[c] /\ Name(Next1(c)) = "MULTI"
  /\ multi' = [multi EXCEPT ![c] = TRUE]
  /\ Taken(c) /\ Answer(c, <<<<"OK">>>>, 0)
  /\ UNCHANGED <<up, queue, line, ready, db, log, durable, exec>>

Queue(c) ==
  /\ Ready(c) /\ multi[c] /\ Name(Next1(c)) \in DataNames
  /\ queue' = [queue EXCEPT ![c] = Append(@, Next1(c))]
  /\ Taken(c) /\ Answer(c, <<<<"QUEUED">>>>, 0)
  /\ UNCHANGED <<up, multi, line, ready, db, log, durable, exec>>

ExecStart(c) ==
  /\ Ready(c) /\ multi[c] /\ Name(Next1(c)) = "EXEC"
  /\ busy' = c
  /\ multi' = [multi EXCEPT ![c] = FALSE]
  /\ UNCHANGED <<up, wire, queue, line, ready, out, db, log, durable, results, effects>>

\* The next queued command. Inside EXEC nothing waits: a blocking command that finds nothing says so.
\* Keys become ready, and nobody is served yet.
ExecNext(c) ==
  /\ up /\ busy = c /\ queue[c] # <<>>
  /\ LET done == Perform(db, Head(queue[c]))
     IN  /\ db' = done.data
         /\ results' = Append(results, done.reply)
         /\ effects' = effects \o done.effects
         /\ ready' = Joined(ready, done.come, line)
  /\ queue' = [queue EXCEPT ![c] = Tail(@)]
  /\ UNCHANGED <<up, wire, multi, line, out, log, durable, busy>>

ExecFinish(c) ==
  /\ up /\ busy = c /\ queue[c] = <<>>
  /\ log' = Journaled(effects)
  /\ ready' = Passed(ready, db, line)
  /\ Taken(c) /\ Answer(c, results, DataDependency)
  /\ busy' = Nobody /\ results' = <<>> /\ effects' = <<>>
  /\ UNCHANGED <<up, multi, queue, line, db, durable>>

\* The gate opens up to an LSN: one group commit may serve many.
Persist(upTo) ==
  /\ Idle /\ upTo \in durable + 1 .. Len(log)
  /\ durable' = upTo
  /\ UNCHANGED <<up, wire, multi, queue, line, ready, out, db, log, exec>>

\* The first reply of a client that has not left leaves, once what it depends on is durable.
MayLeave(reply) == reply.dep <= durable

Reply(c) ==
  /\ Idle /\ out[c] # <<>> /\ MayLeave(Head(out[c]))
  /\ out' = [out EXCEPT ![c] = Tail(@)]
  /\ UNCHANGED <<up, wire, multi, queue, line, ready, db, log, durable, exec>>

\* The connection ends: what was begun is dropped, its wait too; what has run stays.
Disconnect(c) ==
  /\ Idle
  /\ wire' = [wire EXCEPT ![c] = <<>>]
  /\ multi' = [multi EXCEPT ![c] = FALSE]
  /\ queue' = [queue EXCEPT ![c] = <<>>]
  /\ line' = Without(line, c)
  /\ out' = [out EXCEPT ![c] = <<>>]
  /\ UNCHANGED <<up, ready, db, log, durable, exec>>

\* Memory and connections are gone, and so may be any units that were not durable.
Crash(keep) ==
  /\ up /\ keep \in durable .. Len(log)
  /\ log' = SubSeq(log, 1, keep)
  /\ up' = FALSE
  /\ wire' = [c \in Clients |-> <<>>]
  /\ multi' = [c \in Clients |-> FALSE]
  /\ queue' = [c \in Clients |-> <<>>]
  /\ line' = <<>> /\ ready' = <<>>
  /\ out' = [c \in Clients |-> <<>>]
  /\ db' = NoData
  /\ busy' = Nobody /\ results' = <<>> /\ effects' = <<>>
  /\ UNCHANGED durable

\* Recovery makes all that remained durable before it serves anybody.
Restart ==
  /\ ~up
  /\ up' = TRUE
  /\ db' = Recovered(log)
  /\ durable' = Len(log)
  /\ UNCHANGED <<wire, multi, queue, line, ready, out, log, exec>>

Init ==
  /\ up = TRUE
  /\ wire = [c \in Clients |-> <<>>]
  /\ multi = [c \in Clients |-> FALSE]
  /\ queue = [c \in Clients |-> <<>>]
  /\ line = <<>> /\ ready = <<>>
  /\ out = [c \in Clients |-> <<>>]
  /\ db = NoData
  /\ log = <<>> /\ durable = 0
  /\ busy = Nobody /\ results = <<>> /\ effects = <<>>

Next ==
  \/ \E c \in Clients, command \in Commands : Send(c, command)
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
  \/ \E upTo \in durable + 1 .. Len(log) : Persist(upTo)
  \/ \E c \in Clients : Reply(c)
  \/ \E c \in Clients : Disconnect(c)
  \/ \E keep \in durable .. Len(log) : Crash(keep)
  \/ Restart

Spec == Init /\ [][Next]_vars

(***************************************************************************)
(* Invariants of the server alone.                                         *)
(***************************************************************************)
TypeOK ==
  /\ up \in BOOLEAN
  /\ \A c \in Clients : \A i \in DOMAIN out[c] : out[c][i].dep \in 0 .. Len(log)
  /\ durable \in 0 .. Len(log)
  /\ busy \in Clients \cup {Nobody}
  /\ \A i, j \in DOMAIN ready : ready[i] = ready[j] => i = j

\* A client waits for one thing at a time.
OneWaitEach == \A i, j \in DOMAIN line : line[i].who = line[j].who => i = j

\* Nothing waits inside MULTI: neither while a transaction is queued nor while it runs.
NothingWaitsInMulti == \A i \in DOMAIN line : ~multi[line[i].who] /\ busy # line[i].who

\* The log says what the memory says, whenever a crash could come between two commands.
LogIsData == up /\ busy = Nobody => Recovered(log) = db
=============================================================================
