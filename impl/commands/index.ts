import type { Command } from "../session/command.ts";
import { client } from "./client.ts";
import { command } from "./command.ts";
import { config } from "./config.ts";
import { connection } from "./connection.ts";
import { databases } from "./databases.ts";
import { debug } from "./debug.ts";
import { functions } from "./functions.ts";
import { keys } from "./keys.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { replication } from "./replication.ts";
import { server } from "./server.ts";
import { slowlog } from "./slowlog.ts";
import { strings } from "./strings.ts";
import { transactions } from "./transactions.ts";
import { waiting } from "./wait.ts";

/** Every command of the server, family by family. */
export const commands: readonly Command[] = [
  ...strings,
  ...keys,
  ...databases,
  ...transactions,
  ...connection,
  ...client,
  ...command,
  ...config,
  ...server,
  ...memory,
  ...slowlog,
  ...latency,
  ...debug,
  ...functions,
  ...waiting,
  ...replication,
];
