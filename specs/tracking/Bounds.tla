------------------------------- MODULE Bounds -------------------------------
(***************************************************************************)
(* Values of the constants of MCTracking, by configuration.                *)
(***************************************************************************)
GetX == <<"GET", "x">>
IncrX == <<"INCR", "x">>
Flush == <<"FLUSH", "all">>
SayYes == <<"CACHING", "yes">>
SayNo == <<"CACHING", "no">>
Read2 == <<"EXEC", "GET", "x", "INCR", "x">>
Write2 == <<"EXEC", "INCR", "x", "GET", "x">>
TrackOn == <<"TRACK", "on", "a">>
TrackOff == <<"TRACK", "off", "a">>
TrackOptIn == <<"TRACK", "optin", "a">>
TrackOptOut == <<"TRACK", "optout", "a">>
TrackNoLoop == <<"TRACK", "noloop", "a">>
TrackAll == <<"TRACK", "bcast", "a">>
TrackAllNoLoop == <<"TRACK", "bcast-noloop", "a">>
TrackThere == <<"TRACK", "on", "b">>
TrackAllThere == <<"TRACK", "bcast", "b">>

OneKey == <<"x">>

\* Commands under way: one of each client, or two of the one with a cache.
OneEach == [a |-> 1, b |-> 1, c |-> 1]
TwoOfA == [a |-> 2, b |-> 1]

\* Graph: every action, one client with a cache and one that writes.
GraphMenu ==
  [a |-> {TrackOn, TrackOptIn, TrackAll, GetX, SayYes}, b |-> {IncrX, Flush, Read2}]

\* Graph of others: a client that has another one told, or wants to know of nothing that it does itself.
GraphOthersMenu ==
  [a |-> {TrackThere, TrackNoLoop, TrackAllNoLoop, GetX, IncrX}, b |-> {Write2}]

\* Read: one client with a cache, and one that writes.
ReadMenu == [a |-> {TrackOn, GetX}, b |-> {IncrX, Flush}]

\* Modes: a client that chooses what it keeps.
ModesMenu == [a |-> {TrackOptIn, TrackOptOut, TrackOff, SayYes, SayNo, GetX}, b |-> {IncrX}]

\* Loop: a client that writes, too, and does not want to know of that, or does.
LoopMenu == [a |-> {TrackOn, TrackNoLoop, GetX, IncrX}, b |-> {IncrX}]

\* Pipeline: a client that asks for more before it is answered.
PipelineMenu == [a |-> {TrackOn, GetX, IncrX}, b |-> {IncrX}]

\* Broadcast: a client that wants to know of all keys, and one that writes.
BroadcastMenu == [a |-> {TrackAll, TrackAllNoLoop, GetX, IncrX}, b |-> {IncrX}]

\* Redirect: a client that has another one told, and one that writes.
RedirectMenu == [a |-> {TrackThere, TrackAllThere, GetX}, b |-> {}, c |-> {IncrX}]

\* Multi: transactions on both sides.
MultiMenu == [a |-> {TrackOn, Read2, Write2}, b |-> {Write2}]

=============================================================================
