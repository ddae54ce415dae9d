/** The command table: every command that the checks draw from, in one list. */

import type { CommandEntry } from "./grammar.ts";
import { keyCommands } from "./keys.ts";
import { stringCommands } from "./strings.ts";
import { transactionCommands } from "./transactions.ts";

/** All entries. A name may occur more than once; its declarations add up. */
export const commandTable: ReadonlyArray<CommandEntry> = [
  ...stringCommands,
  ...keyCommands,
  ...transactionCommands,
];

const timedNames = new Set(commandTable.filter((entry) => entry.timed).map((entry) => entry.name));

/** True when the reply or effect of the command depends on the millisecond at which it runs. */
export function isTimed(name: string): boolean {
  return timedNames.has(name);
}
