------------------------------- MODULE Bounds -------------------------------
(***************************************************************************)
(* Values of the constants of MCTransactions, by configuration.            *)
(***************************************************************************)
Get == <<"GET", "x">>
Set1 == <<"SET", "x", "1">>
Set2 == <<"SET", "x", "2">>
SetX == <<"SETX", "x", "1">>
Del == <<"DEL", "x">>
Fail == <<"FAIL">>
Swap2 == <<"SWAP", "x", "2">>
Half1 == <<"HALF", "x", "1">>
Half2 == <<"HALF", "x", "2">>
Bad == <<"BAD">>
OpenMulti == <<"MULTI">>
Exec == <<"EXEC">>
DropMulti == <<"DISCARD">>
WatchX == <<"WATCH", "x">>
UnwatchAll == <<"UNWATCH">>

EmptyLog == <<>>
ExpiringLog == <<<<[key |-> "x", val |-> "1", ttl |-> "ahead"]>>>>

\* Graph: every command.
GraphMenu ==
  [a |-> {Get, SetX, Del, Fail, Bad, OpenMulti, Exec, DropMulti, WatchX, UnwatchAll},
   b |-> {Get, Set2, Swap2, Half2}]

\* Pipeline: one session, all that concerns a queue.
PipelineMenu == [a |-> {Get, Set1, Fail, Bad, OpenMulti, Exec, DropMulti}]

\* Watch: one session with transactions, one that writes.
WatchMenu == [a |-> {Set1, OpenMulti, Exec, DropMulti, WatchX, UnwatchAll}, b |-> {Set2}]

\* Expiry: two sessions that read and write a key that expires, and again.
ExpiryMenu == [a |-> {Get, SetX}, b |-> {Get, Del, WatchX}]

\* Gate: reads and writes of two sessions, pipelined.
GateMenu == [a |-> {Get, Set1}, b |-> {Get, Del}]

\* Errors: one session, pipelined.
ErrorsMenu == [a |-> {Set1, Half1, Fail, Bad, OpenMulti, Exec, DropMulti}]

\* Everything at once.
EverythingMenu ==
  [a |-> {Get, SetX, Fail, Bad, OpenMulti, Exec, DropMulti, WatchX, UnwatchAll},
   b |-> {Get, Set2, Del}]
=============================================================================
