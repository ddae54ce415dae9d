/** The commands that sort. */
import type { Family } from "../command.ts";
import { keyed, takingMemory } from "../declare.ts";
import { sort, sortReadOnly } from "./sort.ts";

/** The commands that sort by name. */
export const sortingCommands: Family = {
  sort: takingMemory(keyed(-2, sort)),
  sort_ro: keyed(-2, sortReadOnly),
};
