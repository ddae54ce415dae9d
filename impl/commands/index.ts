import type { Command } from "../session/command.ts";
import { client } from "./client.ts";
import { command } from "./command.ts";
import { config } from "./config.ts";
import { connection } from "./connection.ts";
import { transactions } from "./transactions.ts";

/** Every command of the server, family by family. */
export const commands: readonly Command[] = [
  ...connection,
  ...client,
  ...command,
  ...config,
  ...transactions,
];
