/** The commands on tallies. */
import type { Family } from "../command.ts";
import { keyed, takingMemory } from "../declare.ts";
import { mark, marks } from "./marks.ts";

/** The commands on tallies by name. */
export const markCommands: Family = {
  mark: takingMemory(keyed(2, mark)),
  marks: keyed(2, marks),
};
