/** The HyperLogLog commands. */
import type { Family } from "../command.ts";
import { ALL, keyed, plain, SECOND } from "../declare.ts";
import * as hyperloglog from "./hyperloglog.ts";

/** The HyperLogLog commands by name. */
export const hyperloglogCommands: Family = {
  pfadd: keyed(-2, hyperloglog.pfadd),
  pfcount: keyed(-2, hyperloglog.pfcount, ALL),
  pfmerge: keyed(-2, hyperloglog.pfmerge, ALL),
  pfdebug: keyed(3, hyperloglog.pfdebug, SECOND),
  pfselftest: plain(1, hyperloglog.pfselftest),
};
