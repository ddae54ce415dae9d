import type { Command } from "../../session/command.ts";
import { DBSIZE, FLUSHALL, FLUSHDB, SELECT, SWAPDB } from "./databases.ts";

/** Databases as wholes. Redis' documentation has them among the commands of the server. */
export const databases: readonly Command[] = [DBSIZE, FLUSHALL, FLUSHDB, SELECT, SWAPDB];
