---------------------------- MODULE Transactions ----------------------------
(***************************************************************************)
(* Sessions of one server: MULTI, EXEC, DISCARD, WATCH and UNWATCH over a  *)
(* store whose effects go to a log, with the gate between the two.         *)
(*                                                                         *)
(* A client sends a command, the server takes it, the reply waits for the  *)
(* gate, and leaves: four steps, so that other sessions, the passing of    *)
(* time, a disconnect or a crash may come between any two of them. EXEC    *)
(* begins, runs its commands one by one and finishes: that nobody comes    *)
(* between is a rule of this module (Idle), not of its grain.              *)
(*                                                                         *)
(* What must hold is said in AtomicKV; that it does, in                    *)
(* TransactionsRefinement. Sources:                                        *)
(* https://redis.io/docs/latest/develop/interact/transactions/             *)
(* and the behaviour of redis-server 7.0.15.                               *)
(***************************************************************************)
EXTENDS Integers, Sequences

CONSTANTS
  Sessions,   \* clients; after a disconnect the name stands for the next connection
  Keys,
  Commands,   \* what clients send: tuples of words, as in <<"SET", "x", "1">>
  FirstLog    \* what the log holds when the server starts for the first time

VARIABLES
  up,         \* the server runs
  wire,       \* by session: commands sent and not yet taken by the server
  multi,      \* by session: MULTI has opened a queue
  queue,      \* by session: the queued commands
  spoiled,    \* by session: a command was refused while queueing
  dirty,      \* by session: a watched key has changed
  watch,      \* by session and key: "no", "yes", or "expired" (past its time when WATCH ran)
  out,        \* by session: replies that have not left, each with the LSN that it waits for
  db,         \* the data in memory
  log,        \* units; each a sequence of effects. The position of a unit is its LSN
  durable,    \* LSN up to which the log is durable under the policy: the gate
  busy,       \* the session whose EXEC is running, or Nobody
  results,    \* the replies of its commands so far
  effects     \* their effects so far

vars == <<up, wire, multi, queue, spoiled, dirty, watch, out, db, log, durable, busy,
          results, effects>>
session == <<multi, queue, spoiled, dirty, watch>>
exec == <<busy, results, effects>>

Nobody == "nobody"
Nil == "nil"

(***************************************************************************)
(* The data. A value has a time to live ("ahead") or none, and its time    *)
(* may be "past": then the key counts as gone, and is still there until    *)
(* somebody comes upon it.                                                 *)
(***************************************************************************)
Absent == [val |-> Nil, ttl |-> "none"]
NoData == [k \in Keys |-> Absent]

IsThere(data, k) == data[k] # Absent
IsPast(data, k) == data[k].ttl = "past"

\* An effect sets a key, or deletes it when its value is Nil.
Effect(k, value) == [key |-> k, val |-> value.val, ttl |-> value.ttl]

RECURSIVE ApplyAll(_, _)
ApplyAll(data, unit) ==
  IF unit = <<>> THEN data
  ELSE LET e == Head(unit)
       IN  ApplyAll([data EXCEPT ![e.key] = [val |-> e.val, ttl |-> e.ttl]], Tail(unit))

\* The data that a log stands for. The clock of the run that replays it may be behind that of the
\* run that wrote it, so every time to live is ahead again.
RECURSIVE Recovered(_)
Recovered(units) ==
  IF units = <<>> THEN NoData
  ELSE ApplyAll(Recovered(SubSeq(units, 1, Len(units) - 1)), units[Len(units)])

(***************************************************************************)
(* What a command does when it runs: data, reply (one word), effects, and  *)
(* the keys that it touches for WATCH, in order, each with whether the key *)
(* is there afterwards.                                                    *)
(***************************************************************************)
Name(c) == c[1]
ScriptNames == {"SWAP", "HALF"}
DataNames == {"GET", "SET", "SETX", "DEL", "FAIL"} \cup ScriptNames
KeysOf(c) == IF Name(c) \in DataNames \ {"FAIL"} THEN {c[2]} ELSE {}

Touch(k, there) == [key |-> k, there |-> there]

\* Every access to a key whose time is past removes it first: an effect of its own.
Find(data, k) ==
  IF IsPast(data, k)
  THEN [data |-> [data EXCEPT ![k] = Absent],
        effects |-> <<Effect(k, Absent)>>,
        touches |-> <<Touch(k, FALSE)>>]
  ELSE [data |-> data, effects |-> <<>>, touches |-> <<>>]

Store(data, k, value) ==
  LET found == Find(data, k)
  IN  [data |-> [found.data EXCEPT ![k] = value],
       reply |-> "OK",
       effects |-> Append(found.effects, Effect(k, value)),
       touches |-> Append(found.touches, Touch(k, TRUE))]

Get(data, k) ==
  LET found == Find(data, k)
  IN  [data |-> found.data, reply |-> found.data[k].val, effects |-> found.effects,
       touches |-> found.touches]

Delete(data, k) ==
  LET found == Find(data, k)
  IN  IF ~IsThere(found.data, k)
      THEN [data |-> found.data, reply |-> "0", effects |-> found.effects,
            touches |-> found.touches]
      ELSE [data |-> [data EXCEPT ![k] = Absent], reply |-> "1",
            effects |-> <<Effect(k, Absent)>>, touches |-> <<Touch(k, FALSE)>>]

Nothing(data, reply) == [data |-> data, reply |-> reply, effects |-> <<>>, touches |-> <<>>]

\* A script is one command made of several. SWAP reads its key and writes it; HALF writes it and
\* fails before it would delete it again.
Body(c) ==
  CASE Name(c) = "SWAP" -> <<<<"GET", c[2]>>, <<"SET", c[2], c[3]>>>>
    [] Name(c) = "HALF" -> <<<<"SET", c[2], c[3]>>, <<"FAIL">>, <<"DEL", c[2]>>>>

RECURSIVE Perform(_, _)
RECURSIVE Script(_, _)

\* An error ends a script where it is, and what it has written stays. Else its reply is that of its
\* first command.
Script(data, body) ==
  LET first == Perform(data, Head(body))
  IN  IF first.reply = "ERR" \/ Len(body) = 1 THEN first
      ELSE LET rest == Script(first.data, Tail(body))
           IN  [data |-> rest.data,
                reply |-> IF rest.reply = "ERR" THEN "ERR" ELSE first.reply,
                effects |-> first.effects \o rest.effects,
                touches |-> first.touches \o rest.touches]

Perform(data, c) ==
  CASE Name(c) = "GET" -> Get(data, c[2])
    [] Name(c) = "SET" -> Store(data, c[2], [val |-> c[3], ttl |-> "none"])
    [] Name(c) = "SETX" -> Store(data, c[2], [val |-> c[3], ttl |-> "ahead"])
    [] Name(c) = "DEL" -> Delete(data, c[2])
    [] Name(c) \in ScriptNames -> Script(data, Body(c))
    [] Name(c) = "FAIL" -> Nothing(data, "ERR")
    [] Name(c) = "UNWATCH" -> Nothing(data, "OK")   \* queued: EXEC has unwatched already

(***************************************************************************)
(* WATCH. A change of a watched key marks the session dirty, which then    *)
(* needs no further marks. A key that was past its time when WATCH ran is  *)
(* absent to the client: its removal is no change.                         *)
(***************************************************************************)
NoWatch == [k \in Keys |-> "no"]

\* The marks after a touch: m is [watch, dirty].
Mark(m, touch) ==
  LET Forgiven(s) == m.watch[s][touch.key] = "expired" /\ ~touch.there
      Hit(s) == m.watch[s][touch.key] # "no" /\ ~Forgiven(s)
  IN  [watch |-> [s \in Sessions |->
                    IF Hit(s) THEN NoWatch
                    ELSE IF Forgiven(s) THEN [m.watch[s] EXCEPT ![touch.key] = "yes"]
                    ELSE m.watch[s]],
       dirty |-> [s \in Sessions |-> m.dirty[s] \/ Hit(s)]]

RECURSIVE MarkAll(_, _)
MarkAll(m, touches) ==
  IF touches = <<>> THEN m ELSE MarkAll(Mark(m, Head(touches)), Tail(touches))

MarkTouched(touches) ==
  LET m == MarkAll([watch |-> watch, dirty |-> dirty], touches)
  IN  watch' = m.watch /\ dirty' = m.dirty

\* A watched key has been changed, or its time has come since WATCH without anybody noticing.
HasChanged(s) == dirty[s] \/ \E k \in Keys : watch[s][k] = "yes" /\ IsPast(db, k)

(***************************************************************************)
(* The server between two commands.                                        *)
(***************************************************************************)
\* One thread: while an EXEC runs, nothing else does.
Idle == up /\ busy = Nobody

Ready(s) == Idle /\ wire[s] # <<>>
Next1(s) == Head(wire[s])

\* The server is done with the next command of s; its reply waits for LSN dep.
Answer(s, reply, dep) ==
  /\ wire' = [wire EXCEPT ![s] = Tail(@)]
  /\ out' = [out EXCEPT ![s] = Append(@, [val |-> reply, dep |-> dep])]

\* The effects of one command or transaction are one unit.
Journaled(unit) == IF unit = <<>> THEN log ELSE Append(log, unit)

\* What a reply that consults the data waits for: the end of the log once its command has run. One
\* number for all keys: what a read has seen, a deleted key included, lies before it.
DataDependency == Len(log')

EndTransaction(s) ==
  /\ multi' = [multi EXCEPT ![s] = FALSE]
  /\ queue' = [queue EXCEPT ![s] = <<>>]
  /\ spoiled' = [spoiled EXCEPT ![s] = FALSE]

Forget(s) ==
  /\ dirty' = [dirty EXCEPT ![s] = FALSE]
  /\ watch' = [watch EXCEPT ![s] = NoWatch]

(***************************************************************************)
(* The actions.                                                            *)
(***************************************************************************)
\* A client sends a command, whether or not earlier ones are answered.
Send(s, c) ==
  /\ up
  /\ wire' = [wire EXCEPT ![s] = Append(@, c)]
  /\ UNCHANGED <<up, session, out, db, log, durable, exec>>

RunData(s, c) ==
  LET done == Perform(db, c)
  IN  /\ db' = done.data
      /\ log' = Journaled(done.effects)
      /\ MarkTouched(done.touches)
      /\ Answer(s, <<done.reply>>, DataDependency)
      /\ UNCHANGED <<up, multi, queue, spoiled, durable, exec>>

\* A command runs.
Run(s) ==
  /\ Ready(s) /\ ~multi[s] /\ Name(Next1(s)) \in DataNames
  /\ \A k \in KeysOf(Next1(s)) : ~IsPast(db, k)
  /\ RunData(s, Next1(s))

\* A command runs and comes upon a key whose time is past.
RunExpired(s) ==
  /\ Ready(s) /\ ~multi[s] /\ Name(Next1(s)) \in DataNames
  /\ \E k \in KeysOf(Next1(s)) : IsPast(db, k)
  /\ RunData(s, Next1(s))

\* No such command, or not so many arguments.
Refuse(s) ==
  /\ Ready(s) /\ Name(Next1(s)) = "BAD"
  /\ spoiled' = [spoiled EXCEPT ![s] = multi[s]]
  /\ Answer(s, <<"ERR">>, 0)
  /\ UNCHANGED <<up, multi, queue, dirty, watch, db, log, durable, exec>>

\* A command of transactions in the wrong place: an error that spoils nothing.
Misuse(s) ==
  /\ Ready(s)
  /\ IF multi[s] THEN Name(Next1(s)) \in {"MULTI", "WATCH"}
                 ELSE Name(Next1(s)) \in {"EXEC", "DISCARD"}
  /\ Answer(s, <<"ERR">>, 0)
  /\ UNCHANGED <<up, session, db, log, durable, exec>>

Multi(s) ==
  /\ Ready(s) /\ ~multi[s] /\ Name(Next1(s)) = "MULTI"
  /\ multi' = [multi EXCEPT ![s] = TRUE]
  /\ Answer(s, <<"OK">>, 0)
  /\ UNCHANGED <<up, queue, spoiled, dirty, watch, db, log, durable, exec>>

\* A command is queued. What would never run is not kept.
Queue(s) ==
  /\ Ready(s) /\ multi[s] /\ Name(Next1(s)) \in DataNames \cup {"UNWATCH"}
  /\ queue' = IF spoiled[s] \/ dirty[s] THEN queue
              ELSE [queue EXCEPT ![s] = Append(@, Next1(s))]
  /\ Answer(s, <<"QUEUED">>, 0)
  /\ UNCHANGED <<up, multi, spoiled, dirty, watch, db, log, durable, exec>>

Watch(s) ==
  /\ Ready(s) /\ ~multi[s] /\ Name(Next1(s)) = "WATCH"
  /\ LET k == Next1(s)[2]
     IN  watch' = IF dirty[s] \/ watch[s][k] # "no" THEN watch
                  ELSE [watch EXCEPT ![s][k] = IF IsPast(db, k) THEN "expired" ELSE "yes"]
  /\ Answer(s, <<"OK">>, 0)
  /\ UNCHANGED <<up, multi, queue, spoiled, dirty, db, log, durable, exec>>

Unwatch(s) ==
  /\ Ready(s) /\ ~multi[s] /\ Name(Next1(s)) = "UNWATCH"
  /\ Forget(s)
  /\ Answer(s, <<"OK">>, 0)
  /\ UNCHANGED <<up, multi, queue, spoiled, db, log, durable, exec>>

Discard(s) ==
  /\ Ready(s) /\ multi[s] /\ Name(Next1(s)) = "DISCARD"
  /\ EndTransaction(s) /\ Forget(s)
  /\ Answer(s, <<"OK">>, 0)
  /\ UNCHANGED <<up, db, log, durable, exec>>

\* EXEC of a transaction in which a command was refused.
ExecAbort(s) ==
  /\ Ready(s) /\ multi[s] /\ Name(Next1(s)) = "EXEC" /\ spoiled[s]
  /\ EndTransaction(s) /\ Forget(s)
  /\ Answer(s, <<"EXECABORT">>, 0)
  /\ UNCHANGED <<up, db, log, durable, exec>>

\* EXEC after a watched key has changed.
ExecNil(s) ==
  /\ Ready(s) /\ multi[s] /\ Name(Next1(s)) = "EXEC" /\ ~spoiled[s] /\ HasChanged(s)
  /\ EndTransaction(s) /\ Forget(s)
  /\ UNCHANGED <<up, db, log, durable, exec>>
  /\ Answer(s, <<"nilarray">>, DataDependency)

\* EXEC that runs. Its own writes mark nobody's WATCH of this session: it watches no more.
ExecStart(s) ==
  /\ Ready(s) /\ multi[s] /\ Name(Next1(s)) = "EXEC" /\ ~spoiled[s] /\ ~HasChanged(s)
  /\ busy' = s
  /\ multi' = [multi EXCEPT ![s] = FALSE]
  /\ Forget(s)
  /\ UNCHANGED <<up, wire, queue, spoiled, out, db, log, durable, results, effects>>

\* The next queued command. An error is its reply and stops nothing.
ExecNext(s) ==
  /\ up /\ busy = s /\ queue[s] # <<>>
  /\ LET done == Perform(db, Head(queue[s]))
     IN  /\ db' = done.data
         /\ MarkTouched(done.touches)
         /\ results' = Append(results, done.reply)
         /\ effects' = effects \o done.effects
  /\ queue' = [queue EXCEPT ![s] = Tail(@)]
  /\ UNCHANGED <<up, wire, multi, spoiled, out, log, durable, busy>>

ExecFinish(s) ==
  /\ up /\ busy = s /\ queue[s] = <<>>
  /\ log' = Journaled(effects)
  /\ Answer(s, <<"array">> \o results, DataDependency)
  /\ busy' = Nobody /\ results' = <<>> /\ effects' = <<>>
  /\ UNCHANGED <<up, session, db, durable>>

\* The time of a key comes. Nobody has noticed yet.
Pass(k) ==
  /\ Idle /\ db[k].ttl = "ahead"
  /\ db' = [db EXCEPT ![k].ttl = "past"]
  /\ UNCHANGED <<up, wire, session, out, log, durable, exec>>

\* A key whose time is past is removed in the background.
ActiveExpire(k) ==
  /\ Idle /\ IsPast(db, k)
  /\ LET found == Find(db, k)
     IN  /\ db' = found.data
         /\ log' = Journaled(found.effects)
         /\ MarkTouched(found.touches)
  /\ UNCHANGED <<up, wire, multi, queue, spoiled, out, durable, exec>>

\* The gate opens up to an LSN: one group commit may serve many.
Persist(upTo) ==
  /\ Idle /\ upTo \in durable + 1 .. Len(log)
  /\ durable' = upTo
  /\ UNCHANGED <<up, wire, session, out, db, log, exec>>

\* The first reply of a session that has not left leaves, once what it depends on is durable.
MayLeave(reply) == reply.dep <= durable

Reply(s) ==
  /\ Idle /\ out[s] # <<>> /\ MayLeave(Head(out[s]))
  /\ out' = [out EXCEPT ![s] = Tail(@)]
  /\ UNCHANGED <<up, wire, session, db, log, durable, exec>>

\* The connection ends: what was begun is dropped, what has run stays.
Disconnect(s) ==
  /\ Idle
  /\ wire' = [wire EXCEPT ![s] = <<>>]
  /\ out' = [out EXCEPT ![s] = <<>>]
  /\ EndTransaction(s) /\ Forget(s)
  /\ UNCHANGED <<up, db, log, durable, exec>>

\* Memory and connections are gone, and so may be any units that were not durable.
Crash(keep) ==
  /\ up /\ keep \in durable .. Len(log)
  /\ log' = SubSeq(log, 1, keep)
  /\ up' = FALSE
  /\ wire' = [s \in Sessions |-> <<>>]
  /\ out' = [s \in Sessions |-> <<>>]
  /\ multi' = [s \in Sessions |-> FALSE]
  /\ queue' = [s \in Sessions |-> <<>>]
  /\ spoiled' = [s \in Sessions |-> FALSE]
  /\ dirty' = [s \in Sessions |-> FALSE]
  /\ watch' = [s \in Sessions |-> NoWatch]
  /\ db' = NoData
  /\ busy' = Nobody /\ results' = <<>> /\ effects' = <<>>
  /\ UNCHANGED durable

\* Recovery makes all that remained durable before it serves anybody.
Restart ==
  /\ ~up
  /\ up' = TRUE
  /\ db' = Recovered(log)
  /\ durable' = Len(log)
  /\ UNCHANGED <<wire, session, out, log, exec>>

Init ==
  /\ up = TRUE
  /\ wire = [s \in Sessions |-> <<>>]
  /\ multi = [s \in Sessions |-> FALSE]
  /\ queue = [s \in Sessions |-> <<>>]
  /\ spoiled = [s \in Sessions |-> FALSE]
  /\ dirty = [s \in Sessions |-> FALSE]
  /\ watch = [s \in Sessions |-> NoWatch]
  /\ out = [s \in Sessions |-> <<>>]
  /\ log = FirstLog
  /\ db = Recovered(FirstLog)
  /\ durable = Len(FirstLog)
  /\ busy = Nobody /\ results = <<>> /\ effects = <<>>

Next ==
  \/ \E s \in Sessions, c \in Commands : Send(s, c)
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
  \/ \E upTo \in durable + 1 .. Len(log) : Persist(upTo)
  \/ \E s \in Sessions : Reply(s)
  \/ \E s \in Sessions : Disconnect(s)
  \/ \E keep \in durable .. Len(log) : Crash(keep)
  \/ Restart

Spec == Init /\ [][Next]_vars

(***************************************************************************)
(* Invariants of the server alone.                                         *)
(***************************************************************************)
TypeOK ==
  /\ up \in BOOLEAN
  /\ \A s \in Sessions :
       /\ multi[s] \in BOOLEAN /\ spoiled[s] \in BOOLEAN /\ dirty[s] \in BOOLEAN
       /\ \A k \in Keys : watch[s][k] \in {"no", "yes", "expired"}
       /\ \A i \in 1 .. Len(out[s]) : out[s][i].dep \in 0 .. Len(log)
  /\ \A k \in Keys : db[k].ttl \in {"none", "ahead", "past"}
  /\ durable \in 0 .. Len(log)
  /\ busy \in Sessions \cup {Nobody}

\* Outside MULTI there is no queue and nothing to spoil; a dirty session watches nothing further.
SessionRules ==
  \A s \in Sessions :
    /\ ~multi[s] => ~spoiled[s] /\ (queue[s] # <<>> => busy = s)
    /\ dirty[s] => watch[s] = NoWatch

\* The log says what the memory says, whenever a crash could come between two commands.
LogIsData ==
  Idle => \A k \in Keys :
            /\ Recovered(log)[k].val = db[k].val
            /\ (Recovered(log)[k].ttl = "none") = (db[k].ttl = "none")
=============================================================================
