------------------------------ MODULE AtomicKV ------------------------------
(***************************************************************************)
(* What a client may rely on: a store whose requests each take effect at   *)
(* one moment between being sent and being answered, a transaction as one  *)
(* request, and a history that a crash cuts no further back than anything  *)
(* that an answer has shown.                                               *)
(*                                                                         *)
(* There is no queue here, no mark and no log: a transaction is what the   *)
(* client has sent since its MULTI, and WATCH is a set of keys.            *)
(***************************************************************************)
EXTENDS Integers, Sequences

CONSTANTS Sessions, Keys

VARIABLES
  history,   \* the store after each change, the oldest first; the last is the present one
  past,      \* keys of the present store whose time is past: to clients they are absent
  calls,     \* by session: requests sent and not answered, each with its reply once it is done,
             \* and the position in the history that the reply shows
  watched,   \* by session: keys named by WATCH
  changed,   \* by session: those of them that have changed since
  shown      \* the highest position that an answer has shown

vars == <<history, past, calls, watched, changed, shown>>

Nothing == [val |-> "nil", expires |-> FALSE]
Pending == <<>>

Now == history[Len(history)]
End == Len(history) - 1

(***************************************************************************)
(* What a sequence of commands does to a store: m is [store, past,         *)
(* replies, wrote]. Who names a key whose time is past removes it.         *)
(***************************************************************************)
Seen(m, k) == IF k \in m.past THEN Nothing ELSE m.store[k]

Put(m, k, value, reply) ==
  [m EXCEPT !.store[k] = value, !.past = @ \ {k}, !.replies = Append(@, reply)]

Step(m, c) ==
  CASE c[1] = "GET" -> Put(m, c[2], Seen(m, c[2]), Seen(m, c[2]).val)
    [] c[1] \in {"SET", "SETX"} ->
         LET value == [val |-> c[3], expires |-> c[1] = "SETX"]
         IN  [Put(m, c[2], value, "OK") EXCEPT !.wrote = @ \cup {c[2]}]
    \* A script: both write; the one replies what it has read, the other an error.
    [] c[1] \in {"SWAP", "HALF"} ->
         LET value == [val |-> c[3], expires |-> FALSE]
             reply == IF c[1] = "SWAP" THEN Seen(m, c[2]).val ELSE "ERR"
         IN  [Put(m, c[2], value, reply) EXCEPT !.wrote = @ \cup {c[2]}]
    [] c[1] = "DEL" ->
         IF Seen(m, c[2]) = Nothing THEN Put(m, c[2], Nothing, "0")
         ELSE [Put(m, c[2], Nothing, "1") EXCEPT !.wrote = @ \cup {c[2]}]
    [] c[1] = "FAIL" -> [m EXCEPT !.replies = Append(@, "ERR")]
    [] c[1] = "UNWATCH" -> [m EXCEPT !.replies = Append(@, "OK")]

RECURSIVE Steps(_, _)
Steps(m, body) == IF body = <<>> THEN m ELSE Steps(Step(m, Head(body)), Tail(body))

Meaning(store, gone, body) ==
  Steps([store |-> store, past |-> gone, replies |-> <<>>, wrote |-> {}], body)

(***************************************************************************)
(* The kinds of requests: "command" (its body is one command), "exec" (the *)
(* body is what was queued), "abort" (EXEC after an error), "watch" (the   *)
(* body is the key), "forget" (UNWATCH, DISCARD), and "say", whose reply   *)
(* is known from what the client has sent.                                 *)
(***************************************************************************)
IsRequest(request) ==
  request.kind \in {"command", "exec", "abort", "watch", "forget", "say"}

Runs(s, request) ==
  request.kind = "command" \/ (request.kind = "exec" /\ changed[s] = {})

ReplyTo(s, request, meaning) ==
  CASE request.kind = "command" -> meaning.replies
    [] request.kind = "exec" ->
         IF Runs(s, request) THEN <<"array">> \o meaning.replies ELSE <<"nilarray">>
    [] request.kind = "abort" -> <<"EXECABORT">>
    [] request.kind \in {"watch", "forget"} -> <<"OK">>
    [] request.kind = "say" -> request.reply

ShowsData(request) == request.kind \in {"command", "exec"}

\* What a session watches, and what of it has changed, after request of s wrote to keys.
WatchedAfter(s, request) ==
  CASE request.kind = "watch" -> [watched EXCEPT ![s] = @ \cup {request.body[1]}]
    [] request.kind \in {"exec", "abort", "forget"} -> [watched EXCEPT ![s] = {}]
    [] OTHER -> watched

ChangedAfter(s, request, wrote) ==
  [t \in Sessions |->
     IF t = s /\ request.kind \in {"exec", "abort", "forget"} THEN {}
     ELSE changed[t] \cup (watched[t] \cap wrote)]

\* What the oldest request of s that is not done does.
MeaningOf(s, request) ==
  Meaning(Now, past, IF Runs(s, request) THEN request.body ELSE <<>>)

IsDone(call) == call.reply # Pending
Undone(s) == {i \in 1 .. Len(calls[s]) : ~IsDone(calls[s][i])}
Oldest(s) == CHOOSE i \in Undone(s) : \A j \in Undone(s) : i <= j

(***************************************************************************)
(* The actions.                                                            *)
(***************************************************************************)
\* A client sends any request at all.
Invoke(s) ==
  /\ Len(calls'[s]) = Len(calls[s]) + 1
  /\ LET request == calls'[s][Len(calls'[s])].request
     IN  /\ IsRequest(request)
         /\ calls' = [calls EXCEPT ![s] =
              Append(@, [request |-> request, reply |-> Pending, at |-> 0])]
  /\ UNCHANGED <<history, past, watched, changed, shown>>

Do(s) ==
  /\ Undone(s) # {}
  /\ LET i == Oldest(s)
         request == calls[s][i].request
         meaning == MeaningOf(s, request)
         changes == meaning.store # Now \/ meaning.wrote # {}
     IN  /\ history' = IF changes THEN Append(history, meaning.store) ELSE history
         /\ past' = meaning.past
         /\ calls' = [calls EXCEPT
              ![s][i].reply = ReplyTo(s, request, meaning),
              ![s][i].at = IF ShowsData(request) THEN Len(history') - 1 ELSE 0]
         /\ watched' = WatchedAfter(s, request)
         /\ changed' = ChangedAfter(s, request, meaning.wrote)
  /\ UNCHANGED shown

Respond(s) ==
  /\ calls[s] # <<>> /\ IsDone(Head(calls[s]))
  /\ calls' = [calls EXCEPT ![s] = Tail(@)]
  /\ shown' = IF Head(calls[s]).at > shown THEN Head(calls[s]).at ELSE shown
  /\ UNCHANGED <<history, past, watched, changed>>

\* A client is gone. What was done stays; what was not done never will be.
Drop(s) ==
  /\ calls' = [calls EXCEPT ![s] = <<>>]
  /\ watched' = [watched EXCEPT ![s] = {}]
  /\ changed' = [changed EXCEPT ![s] = {}]
  /\ UNCHANGED <<history, past, shown>>

\* The time of a key comes: to every client that is a change.
Expire(k) ==
  /\ Now[k].expires /\ k \notin past
  /\ past' = past \cup {k}
  /\ changed' = [t \in Sessions |-> changed[t] \cup (watched[t] \cap {k})]
  /\ UNCHANGED <<history, calls, watched, shown>>

\* A key whose time is past is removed: to no client is that a change.
Remove(k) ==
  /\ k \in past
  /\ history' = Append(history, [Now EXCEPT ![k] = Nothing])
  /\ past' = past \ {k}
  /\ UNCHANGED <<calls, watched, changed, shown>>

\* The end of the history that nobody has been shown may go. Times to live are judged anew.
Crash ==
  \E keep \in shown .. End :
    /\ history' = SubSeq(history, 1, keep + 1)
    /\ past' = {}
    /\ calls' = [s \in Sessions |-> <<>>]
    /\ watched' = [s \in Sessions |-> {}]
    /\ changed' = [s \in Sessions |-> {}]
    /\ UNCHANGED shown

Init ==
  /\ Len(history) >= 1
  /\ past = {}
  /\ calls = [s \in Sessions |-> <<>>]
  /\ watched = [s \in Sessions |-> {}]
  /\ changed = [s \in Sessions |-> {}]
  /\ shown = 0

Next ==
  \/ \E s \in Sessions : Invoke(s)
  \/ \E s \in Sessions : Do(s)
  \/ \E s \in Sessions : Respond(s)
  \/ \E s \in Sessions : Drop(s)
  \/ \E k \in Keys : Expire(k)
  \/ \E k \in Keys : Remove(k)
  \/ Crash

Spec == Init /\ [][Next]_vars
=============================================================================
