------------------------- MODULE TrackingGuarantees -------------------------
(***************************************************************************)
(* What a client with a cache may rely on.                                 *)
(*                                                                         *)
(* It is said of a client that does what the manual says: it keeps what    *)
(* it has read under the mode that it has asked for, drops what it is told *)
(* or what it changes itself, drops all of it when the mode or a           *)
(* connection changes, and, where another of its connections is told in    *)
(* its place, does not keep what was invalid before it arrived. The        *)
(* variables below record what such clients have; no action of Tracking    *)
(* reads them.                                                             *)
(***************************************************************************)
EXTENDS Integers, Sequences, TLC

CONSTANTS Clients, KeyOrder, Commands

VARIABLES up, wire, how, to, said, table, noted, out, db, log, durable,
  busy, todo, results, effects, own, behind

T == INSTANCE Tracking

VARIABLES
  cache,    \* by client and key: what the client keeps, or Absent
  asked,    \* by client: requests not answered, each with the keys that it may keep from the answer
  knows,    \* by client: the mode that its requests so far lead to
  tells,    \* by client: who is told in its place, as far as it knows; Gone once that is gone
  means,    \* by client: its next command reads for its cache, or not, since it has said so
  cause,    \* by client: for each item in its outbox the unit that it tells of, 0 for none
  shown     \* the last unit that an invalidation has told of which has left

ghosts == <<cache, asked, knows, tells, means, cause, shown>>
all == <<T!vars, ghosts>>

Keys == T!Keys
Absent == "absent"

(***************************************************************************)
(* The records.                                                            *)
(***************************************************************************)
CommandsOf(command) ==
  CASE T!Name(command) = "EXEC" -> T!Pairs(command)
    [] T!Name(command) \in T!DataNames -> <<command>>
    [] OTHER -> <<>>

Keeps(c) == CASE knows[c] = "off" \/ tells[c] = T!Gone -> FALSE
              [] knows[c] = "optin" -> means[c]
              [] knows[c] = "optout" -> ~means[c]
              [] OTHER -> TRUE

NoCache == [k \in Keys |-> Absent]

\* A change of the mode: nothing is kept of what was asked before.
RecordSend(c, command) ==
  LET isTrack == T!Name(command) = "TRACK"
      takes == isTrack /\ ~T!Refused(knows[c], command[2])
      before == IF isTrack THEN [i \in DOMAIN asked[c] |-> [asked[c][i] EXCEPT !.keeps = {}]]
                ELSE asked[c]
      request == [about |-> CommandsOf(command), keeps |-> IF Keeps(c) THEN Keys ELSE {}]
  IN  /\ asked' = [asked EXCEPT ![c] = Append(before, request)]
      /\ cache' = IF isTrack THEN [cache EXCEPT ![c] = NoCache] ELSE cache
      /\ knows' = IF takes THEN [knows EXCEPT ![c] = command[2]] ELSE knows
      /\ tells' = IF takes THEN [tells EXCEPT ![c] = IF command[2] = "off" THEN c ELSE command[3]]
                  ELSE tells
      /\ means' = CASE T!Name(command) = "CACHING" /\ T!MaySay(knows[c], command[2]) ->
                         [means EXCEPT ![c] = TRUE]
                    [] T!Name(command) \in {"TRACK", "CACHING"} ->
                         [means EXCEPT ![c] = @ /\ knows'[c] # "off"]
                    [] OTHER -> [means EXCEPT ![c] = FALSE]
      /\ UNCHANGED <<cause, shown>>

\* The server has done something: for each item that is new, what it tells of. A key that is forgotten
\* for room has not changed.
RecordStep(tellsOf) ==
  /\ cause' = [c \in Clients |->
       cause[c] \o [i \in 1 .. Len(out'[c]) - Len(out[c]) |->
         IF out'[c][Len(out[c]) + i].val[1] = "reply" THEN 0 ELSE tellsOf]]
  /\ UNCHANGED <<cache, asked, knows, tells, means, shown>>

RecordNothing == UNCHANGED ghosts

\* What the commands of a request leave in the cache, from their replies.
RECURSIVE After(_, _, _, _)
After(kept, about, replies, keeps) ==
  IF about = <<>> THEN kept
  ELSE LET command == Head(about)
           changed == T!Changes(command)
           next == IF changed # <<>>
                   THEN [k \in Keys |-> IF changed[1] \in {k, T!All} THEN Absent ELSE kept[k]]
                   ELSE IF command[2] \in keeps THEN [kept EXCEPT ![command[2]] = Head(replies)]
                   ELSE kept
       IN  After(next, Tail(about), Tail(replies), keeps)

\* Whose caches a client is told about: its own, and those that it is told of in their place.
Concerns(d, c) == IF d = c THEN tells[c] = c ELSE tells[c] = d

Drops(words, k) == LET keys == {words[i] : i \in 2 .. Len(words)} IN k \in keys \/ T!All \in keys

\* Something has arrived at a client.
RecordReply(d) ==
  LET item == Head(out[d])
      word == item.val[1]
  IN  /\ cause' = [cause EXCEPT ![d] = Tail(@)]
      /\ shown' = IF Head(cause[d]) > shown THEN Head(cause[d]) ELSE shown
      /\ IF word = "reply"
         THEN LET request == Head(asked[d])
                  kept == After(cache[d], request.about, Tail(item.val), request.keeps)
              IN  /\ asked' = [asked EXCEPT ![d] = Tail(@)]
                  /\ cache' = [cache EXCEPT ![d] = kept]
         ELSE IF word = "broken"
         THEN /\ cache' = [cache EXCEPT ![d] = NoCache]
              /\ UNCHANGED asked
         ELSE /\ cache' = [c \in Clients |->
                   IF Concerns(d, c)
                   THEN [k \in Keys |-> IF Drops(item.val, k) THEN Absent ELSE cache[c][k]]
                   ELSE cache[c]]
              /\ asked' = [c \in Clients |->
                   IF d # c /\ Concerns(d, c)
                   THEN [i \in DOMAIN asked[c] |->
                          [asked[c][i] EXCEPT !.keeps = {k \in @ : ~Drops(item.val, k)}]]
                   ELSE asked[c]]
      /\ UNCHANGED <<knows, tells, means>>

\* A connection is gone: its cache, and the caches of those that it was told for.
RecordDrop(d) ==
  /\ asked' = [c \in Clients |->
       IF c = d THEN <<>>
       ELSE IF tells[c] = d THEN [i \in DOMAIN asked[c] |-> [asked[c][i] EXCEPT !.keeps = {}]]
       ELSE asked[c]]
  /\ cache' = [c \in Clients |-> IF c = d \/ tells[c] = d THEN NoCache ELSE cache[c]]
  /\ tells' = [c \in Clients |-> IF c = d THEN c ELSE IF tells[c] = d THEN T!Gone ELSE tells[c]]
  /\ knows' = [knows EXCEPT ![d] = "off"]
  /\ means' = [means EXCEPT ![d] = FALSE]
  /\ cause' = [cause EXCEPT ![d] = <<>>]
  /\ UNCHANGED shown

RecordCrash ==
  /\ asked' = [c \in Clients |-> <<>>]
  /\ cache' = [c \in Clients |-> NoCache]
  /\ tells' = [c \in Clients |-> c]
  /\ knows' = [c \in Clients |-> "off"]
  /\ means' = [c \in Clients |-> FALSE]
  /\ cause' = [c \in Clients |-> <<>>]
  /\ UNCHANGED shown

RecordInit ==
  /\ asked = [c \in Clients |-> <<>>]
  /\ cache = [c \in Clients |-> NoCache]
  /\ tells = [c \in Clients |-> c]
  /\ knows = [c \in Clients |-> "off"]
  /\ means = [c \in Clients |-> FALSE]
  /\ cause = [c \in Clients |-> <<>>]
  /\ shown = 0

(***************************************************************************)
(* The guarantees by name.                                                 *)
(***************************************************************************)
\* Something on its way to a client will have a cache drop a key.
Arriving(c, k) ==
  \E d \in Clients : Concerns(d, c) /\ \E i \in DOMAIN out[d] :
    out[d][i].val[1] = "invalid" /\ Drops(out[d][i].val, k)
\* The answer to a change of its own, which it drops the key by, or a newer value.
Answered(c, k) ==
  \E i \in DOMAIN asked[c] : \E j \in DOMAIN asked[c][i].about :
    LET changed == T!Changes(asked[c][i].about[j]) IN changed # <<>> /\ changed[1] \in {k, T!All}
\* It will be told when the turn or the transaction ends.
Pending(c, k) ==
  \/ noted[k] # T!Clean
  \/ busy = c /\ \E i \in DOMAIN own : own[i] \in {k, T!All}
  \/ busy # T!Nobody /\ \E i \in DOMAIN behind : Drops(behind[i].val, k)

\* A cache that is no longer right is being told so: what says so is on its way.
NoStaleCache ==
  up => \A c \in Clients, k \in Keys :
    cache[c][k] \notin {Absent, ToString(db[k])} => Arriving(c, k) \/ Answered(c, k) \/ Pending(c, k)

\* An invalidation waits for the change that it tells of, and neither it nor what stands in front of it
\* waits for anything later: once somebody may be shown the change, nothing holds it back.
DueIsFree ==
  \A c \in Clients : \A i \in DOMAIN out[c] :
    cause[c][i] > 0 => \A j \in 1 .. i : out[c][j].dep <= cause[c][i]

\* Nobody learns from an invalidation of a change that a crash could take back.
ToldIsDurable == shown <= durable

\* A client is told of what its own request does behind the reply, and within a transaction of nothing.
NewItems(c) == SubSeq(out'[c], Len(out[c]) + 1, Len(out'[c]))
BehindTheReply ==
  [][\A c \in Clients :
       /\ Len(wire'[c]) < Len(wire[c]) /\ NewItems(c) # <<>> => NewItems(c)[1].val[1] = "reply"
       /\ busy = c /\ busy' = c => out'[c] = out[c]]_all

\* Who may have a key in its cache, and is remembered no more to have it, is told at once or behind its
\* own transaction: also what it could know itself.
Learns(c, k) == \E i \in DOMAIN NewItems(c) : NewItems(c)[i].val[1] = "invalid" /\ Drops(NewItems(c)[i].val, k)
IsLookedAfter(c) == how[c] \in {"on", "optin", "optout"} /\ how'[c] = how[c] /\ to[c] = c
ForgottenIsTold ==
  [][\A c \in Clients : up' /\ IsLookedAfter(c) =>
       /\ \A k \in Keys : c \in table[k] /\ c \notin table'[k] =>
            Learns(c, k) \/ (busy' = c /\ \E i \in DOMAIN own' : own'[i] \in {k, T!All})
       /\ busy = c /\ busy' = T!Nobody => \A i \in DOMAIN own : Learns(c, own[i])]_all

\* Who does not want to know of its own changes is told of none, neither behind the reply nor at the
\* end of the turn. That a key has expired under a read is no change of its own.
IsNoLoop(c) == T!IsNoLoop(how[c]) /\ to[c] = c /\ \A d \in Clients \ {c} : to[d] # c
NoLoopIsKept ==
  [][\A c \in Clients : up' /\ IsNoLoop(c) =>
       \A i \in DOMAIN NewItems(c) :
         NewItems(c)[i].val[1] = "invalid" =>
           IF Len(wire'[c]) < Len(wire[c])
           THEN T!Name(Head(wire[c])) = "GET" \/ Drops(NewItems(c)[i].val, T!All)
           ELSE \A k \in Keys : noted[k] = c => ~Drops(NewItems(c)[i].val, k)]_all
=============================================================================
