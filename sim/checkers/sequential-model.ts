/** What an object does when operations come one at a time. */

/** Stands for the result of an operation that nobody saw return. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A result, when it is known. */
export type Seen<Result> = Result | typeof UNKNOWN;

/** A sequential specification. All functions are pure; states are never changed. */
export interface SequentialModel<State, Op, Result> {
  readonly initial: State;
  /** The state after `op`, or null when `op` cannot have shown `result` in this state. */
  step(state: State, op: Op, result: Seen<Result>): State | null;
  /** Equal strings exactly for equal states. */
  key(state: State): string;
  /** Operations of different partitions do not influence each other. Without it all is one. */
  partition?(op: Op): string;
  /** Whether the operation never changes any state: explanations leave out such operations. */
  reads?(op: Op): boolean;
  /** An operation and its result, for people. */
  describe(op: Op, result: Seen<Result>): string;
}
