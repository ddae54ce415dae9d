import { AssertionError } from "node:assert";

declare global {
  /** Set to false before the first import, or by a bundler's define, to compile assertions out. */
  var VERIDIS_CHECKED: boolean | undefined;
}

/**
 * True when preconditions on hot paths are checked, which is the default.
 *
 * The published build defines `globalThis.VERIDIS_CHECKED` as `false`, so that every
 * `if (CHECKED) assert(…)` folds to nothing and is dropped.
 */
export const CHECKED: boolean = globalThis.VERIDIS_CHECKED !== false;

/** Throws AssertionError with `message` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError({ message, stackStartFn: assert });
}
