------------------------------ MODULE TraceData ------------------------------
(* A stand-in: replaying writes the recorded traces into a module of this   *)
(* name.                                                                    *)
Traces == << [begin |-> [run |-> "none"], events |-> << [action |-> "End"] >>] >>
=============================================================================
