/** What clients were told, what is served, and what of the one is missing in the other. */

/** What is served: values by key; keys that are not there are missing. */
export type Served = ReadonlyMap<string, string>;

/** That a client was told of a write. */
export interface Evidence {
  /** When the client learned of it, in milliseconds of the harness' clock. */
  readonly atMs: number;
  /** When it had asked. */
  readonly askedMs: number;
}

/** Something that a client was told of and that is missing. */
export interface Loss {
  /** A writer, or a counter by its keys. */
  readonly whose: string;
  /** Rises with time. */
  readonly number: number;
  readonly evidence: Evidence;
  /** What is wrong with that, where it is. */
  readonly wrong: string;
}
