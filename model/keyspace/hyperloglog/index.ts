/** The HyperLogLog commands. */
import type { Family } from "../command.ts";
import { ALL, keyed, plain, SECOND, takingMemory } from "../declare.ts";
import * as hyperloglog from "./hyperloglog.ts";

/** The HyperLogLog commands by name. */
export const hyperloglogCommands: Family = {
  pfadd: takingMemory(keyed(-2, hyperloglog.pfadd)),
  pfcount: keyed(-2, hyperloglog.pfcount, ALL),
  pfmerge: takingMemory(keyed(-2, hyperloglog.pfmerge, ALL)),
  pfdebug: takingMemory(keyed(3, hyperloglog.pfdebug, SECOND)),
  pfselftest: plain(1, hyperloglog.pfselftest),
};
