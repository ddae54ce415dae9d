/** The command table: every command that the checks draw from. */

import { connectionCommands, unknownCommands } from "./connection.ts";
import type { CommandEntry } from "./grammar.ts";
import { keyCommands } from "./keys.ts";
import { serverCommands } from "./server.ts";
import { stringCommands } from "./strings.ts";
import { transactionCommands } from "./transactions.ts";

/** The entries by family. A name may occur more than once; its declarations add up. */
export const families: Readonly<Record<string, ReadonlyArray<CommandEntry>>> = {
  strings: stringCommands,
  keys: keyCommands,
  transactions: transactionCommands,
  connection: connectionCommands,
  server: serverCommands,
  unknown: unknownCommands,
};

/** All entries. */
export const commandTable: ReadonlyArray<CommandEntry> = Object.values(families).flat();

const timedNames = new Set(commandTable.filter((entry) => entry.timed).map((entry) => entry.name));

/** True when the reply or effect of the command depends on the millisecond at which it runs. */
export function isTimed(name: string): boolean {
  return timedNames.has(name);
}
