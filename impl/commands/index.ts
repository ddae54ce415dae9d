import type { Command } from "../session/command.ts";
import { client } from "./connection/client.ts";
import { connection } from "./connection/connection.ts";
import { debug } from "./debug/debug.ts";
import { command } from "./introspection/command.ts";
import { latency } from "./introspection/latency.ts";
import { memory } from "./introspection/memory.ts";
import { slowlog } from "./introspection/slowlog.ts";
import { keys } from "./keys/index.ts";
import { replication } from "./replication/replication.ts";
import { waiting } from "./replication/wait.ts";
import { functions } from "./scripting/functions.ts";
import { config } from "./server/config.ts";
import { databases } from "./server/databases.ts";
import { server } from "./server/server.ts";
import { strings } from "./strings/index.ts";
import { transactions } from "./transactions/transactions.ts";

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
