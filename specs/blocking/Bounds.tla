------------------------------- MODULE Bounds -------------------------------
(***************************************************************************)
(* Values of the constants of MCBlocking, by configuration.                *)
(***************************************************************************)
PushX == <<"RPUSH", "x", "1">>
PushY1 == <<"RPUSH", "y", "1">>
DelX == <<"DEL", "x">>
RenameXY == <<"RENAME", "x", "y">>
PopX == <<"BLPOP", "limited", "x">>
PopXForEver == <<"BLPOP", "forever", "x">>
PopXY == <<"BLPOP", "limited", "x", "y">>
PopYX == <<"BLPOP", "forever", "y", "x">>
MoveXY == <<"BLMOVE", "forever", "x", "y">>
UnblockA == <<"UNBLOCK", "a">>
OpenMulti == <<"MULTI">>
Exec == <<"EXEC">>

\* Graph: every command, two clients that wait and one that brings.
GraphMenu ==
  [a |-> {PopXY, MoveXY}, b |-> {PopYX},
   c |-> {PushX, RenameXY, DelX, UnblockA, OpenMulti, Exec}]

\* Line: three clients, each of which waits for one key, or brings to it.
LineMenu == [a |-> {PopX}, b |-> {PopXForEver}, c |-> {PushX}]

\* Keys: one client that waits for two keys, one that brings to both in a transaction.
KeysMenu == [a |-> {PopYX}, b |-> {PushX, PushY1, OpenMulti, Exec}]

\* Chain: who is served brings to the key of the next.
ChainMenu == [a |-> {MoveXY}, b |-> {PopYX}, c |-> {PushX}]

\* Multi: a client that pops inside MULTI, and one that brings, waits and unblocks.
MultiMenu == [a |-> {PopX, OpenMulti, Exec}, b |-> {PushX, UnblockA}]

\* Gate: a client that waits, and one that brings, takes and has more under way.
GateMenu == [a |-> {PopX}, b |-> {PushX, PopXForEver}]
=============================================================================
