declare global {
  /** Set to false before the first import, or by a bundler's define, to compile assertions out. */
  var VERIDIS_CHECKED: boolean | undefined;
}

/**
 * True when preconditions on hot paths are checked, which is the default.
 *
 * The published build defines `globalThis.VERIDIS_CHECKED` as `false`, so that every
 * `if (CHECKED) assert(…)` folds to nothing and is dropped. The bundler carries a constant into other
 * modules only from one that imports nothing: hence this file.
 */
export const CHECKED: boolean = globalThis.VERIDIS_CHECKED !== false;
