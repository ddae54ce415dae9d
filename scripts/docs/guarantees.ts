/**
 * What Veridis promises, and for each promise where every link of its chain of evidence is: the
 * one declaration behind docs/VERIFICATION.md.
 */

/** One promise to users. */
export interface Guarantee {
  readonly title: string;
  /** What a user may rely on, in a sentence or two. */
  readonly promise: string;
  /** The specification, and its properties that state the promise. */
  readonly spec: string;
  readonly properties: readonly string[];
  /** Functions of the model, as `file#function`. */
  readonly model: readonly string[];
  /** The production code that keeps the promise. */
  readonly impl: readonly string[];
  /** The commands that hold it, without `pnpm`. */
  readonly checks: readonly string[];
  /** Planted bugs of `pnpm mutants` that break it. */
  readonly mutants: readonly string[];
}

/** Every promise that a specification states. */
export const GUARANTEES: readonly Guarantee[] = [];
