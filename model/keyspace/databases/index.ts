/** The commands about databases as wholes. */
import type { Family } from "../command.ts";
import { plain } from "../declare.ts";
import * as databases from "./databases.ts";

/** The commands about databases by name. */
export const databaseCommands: Family = {
  select: plain(2, databases.select),
  swapdb: plain(3, databases.swapdb),
  dbsize: plain(1, databases.dbsize),
  flushdb: plain(-1, databases.flushdb),
  flushall: plain(-1, databases.flushall),
};
