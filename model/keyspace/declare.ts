/** The forms in which families declare their commands. */
import { answer } from "./call.ts";
import type { Command, Family, Meaning } from "./command.ts";
import { help } from "./shapes.ts";

/** A command without keys. */
export const plain = (arity: number, meaning: Meaning): Command => ({ arity, meaning });

/** Positions of keys: the first, the last, and how far one is from the next. */
type KeyRange = readonly [first: number, last: number, step: number];

/** A command with keys; by default the first argument is the only one. */
export const keyed = (
  arity: number,
  meaning: Meaning,
  [first, last, step]: KeyRange = [1, 1, 1],
): Command => ({ arity, meaning, keys: { first, last, step } });

/** Every argument is a key. */
export const ALL: KeyRange = [1, -1, 1];
/** Every argument is a key but for the last one. */
export const BUT_LAST: KeyRange = [1, -2, 1];
/** Every other argument is a key. */
export const PAIRS: KeyRange = [1, -1, 2];
/** The first two arguments are keys. */
export const TWO: KeyRange = [1, 2, 1];
/** The argument behind the subcommand is the only key. */
export const SECOND: KeyRange = [2, 2, 1];

/** A command whose keys follow their number, which stands at that position; another may come first. */
export const counted = (
  arity: number,
  meaning: Meaning,
  count: number,
  first?: number,
): Command => ({
  arity,
  meaning,
  keys: first === undefined ? { count } : { count, first },
});

/** A command whose first argument is a key, and whose result an option from that position on may store. */
export const storing = (arity: number, meaning: Meaning, from: number): Command => ({
  arity,
  meaning,
  keys: { first: 1, last: 1, step: 1, behind: { words: ["store", "storedist"], from } },
});

/** A command that may take more memory. */
export const takingMemory = (command: Command): Command => ({ ...command, takesMemory: true });

/** A command that does not wait for EXEC. */
export const immediate = (arity: number, meaning: Meaning): Command => ({
  arity,
  meaning,
  isImmediate: true,
});

/** A command with subcommands, HELP among them, that is never called without one. */
export const container = (subcommands: Family): Command => ({
  arity: -2,
  meaning: () => {
    throw new Error("a container's arity demands a subcommand");
  },
  subcommands: { ...subcommands, help: plain(2, (call) => answer(call, help(call))) },
});
