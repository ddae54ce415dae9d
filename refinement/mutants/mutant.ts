/** What a planted bug is, and what a check is that must notice it. */

/** The part of the product that a mutant breaks. */
export type Room =
  | "model"
  | "oracle glue"
  | "engine"
  | "keyspace"
  | "parser"
  | "reply writer"
  | "session"
  | "commands"
  | "scripting"
  | "expiry"
  | "effects"
  | "config"
  | "log"
  | "server"
  | "refinement"
  | "lint"
  | "checkers"
  | "workbench"
  | "simulator";

/**
 * A known bug: one edit of one file, and the checks that are expected to notice it.
 *
 * The file is the one that holds the text, so that a mutant follows its code when that moves.
 */
export interface Mutant {
  /** Unique; words joined by dashes. */
  readonly name: string;
  readonly room: Room;
  /** The text that is edited; it occurs exactly once in the sources, or in those of `within`. */
  readonly find: string;
  readonly replace: string;
  /** Where to look: the beginning of the paths, relative to the repository, of a text that stands elsewhere too. */
  readonly within?: string;
  /** What is wrong with the mutant, in one line. */
  readonly breaks: string;
  /** The checks that should notice, the first that is expected to comes first. */
  readonly checks: readonly Check[];
  /** Left out of the default run. */
  readonly onlyInFull?: true;
  /** The mutant is expected to run for ever: being stopped at the time limit is being caught. */
  readonly hangs?: true;
}

/** What the output of a check says. */
export type Judgement =
  | { readonly _tag: "Passed" }
  /** The check has found a bug: what differed, and after how much work. */
  | { readonly _tag: "Caught"; readonly what: string; readonly after: string }
  /** The check failed for another reason, which proves nothing. */
  | { readonly _tag: "Broken"; readonly why: string };

/** A check of bounded size with a fixed seed. */
export interface Check {
  /** As a reader would type it; checks of equal names are the same check. */
  readonly name: string;
  /** Arguments for Node, relative to the repository. */
  readonly args: readonly string[];
  /** The files of unit tests that it consists of, when it does. */
  readonly unitFiles?: readonly string[];
  /** A file that it writes and that is judged in place of its output, relative to the repository. */
  readonly report?: string;
  /** Longest time that it may take, on a machine that is busy with other things. */
  readonly limitMs: number;
  /** Reads the output, or the report if there is one. */
  judge(output: string, code: number | null): Judgement;
}
