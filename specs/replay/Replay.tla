------------------------------- MODULE Replay -------------------------------
(***************************************************************************)
(* Walks through recorded traces.  The initial state chooses the trace, so *)
(* that one run of TLC judges many.  A module that replays the traces of a *)
(* specification conjoins Is("Action") with the action itself, applied to  *)
(* what the event says.                                                    *)
(***************************************************************************)
EXTENDS Naturals, Sequences, TLC, TraceData

VARIABLES trace,  \* the number of the trace
          at      \* the number of the next event

Begin  == Traces[trace].begin
Events == Traces[trace].events
Event  == Events[at]

ReplayInit == trace \in 1..Len(Traces) /\ at = 1

(* The next event is of this name, and it is not the last one: a trace     *)
(* that was cut off ends in an event that nothing takes.                   *)
Is(name) == /\ at < Len(Events)
            /\ Event.action = name
            /\ at' = at + 1
            /\ UNCHANGED trace

(* The explicit end.                                                       *)
AtEnd == /\ at = Len(Events)
         /\ Event.action = "End"
         /\ at' = at + 1
         /\ UNCHANGED trace

(* A constraint that never constrains: it says how far each trace came.    *)
Report == PrintT(<<"@replay", trace, at>>)
=============================================================================
