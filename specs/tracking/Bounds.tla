------------------------------- MODULE Bounds -------------------------------
(***************************************************************************)
(* Values of the constants of MCTracking, by configuration.                *)
(***************************************************************************)
GetX == <<"GET", "x">>
GetY == <<"GET", "y">>
IncrX == <<"INCR", "x">>
IncrY == <<"INCR", "y">>
Flush == <<"FLUSH", "all">>
Say1 == <<"CACHING", "said">>
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
TwoKeys == <<"x", "y">>

\* Graph: every action, one client with a cache and one that writes.
GraphMenu ==
  [a |-> {TrackOn, TrackOptIn, TrackAll, GetX, Say1}, b |-> {IncrX, Flush, Read2}]

\* Read: one client with a cache, pipelined, and one that writes.
ReadMenu == [a |-> {TrackOn, GetX}, b |-> {IncrX, Flush}]

\* Modes: a client that chooses what it keeps.
ModesMenu == [a |-> {TrackOptIn, TrackOptOut, TrackOff, Say1, GetX}, b |-> {IncrX}]

\* Loop: a client that writes, too, and does not want to know of that.
LoopMenu == [a |-> {TrackNoLoop, GetX, IncrX}, b |-> {IncrX}]

\* Broadcast: clients that want to know of all keys, two of them.
BroadcastMenu == [a |-> {TrackAll, TrackAllNoLoop, GetX, IncrX}, b |-> {IncrX, IncrY}]

\* Redirect: a client that has another one told, and one that writes.
RedirectMenu == [a |-> {TrackThere, TrackAllThere, GetX}, b |-> {}, c |-> {IncrX}]

\* Multi: transactions on both sides.
MultiMenu == [a |-> {TrackOn, Read2, Write2}, b |-> {Write2}]

\* Large: all of it at once.
LargeMenu ==
  [a |-> {TrackOn, TrackNoLoop, TrackAll, TrackOptIn, Say1, GetX, IncrX, Read2},
   b |-> {IncrX, Flush, Write2}]
=============================================================================
