/** The commands for tests. */
import type { Family } from "../command.ts";
import { plain } from "../declare.ts";
import { debug } from "./debug.ts";

/** The commands for tests by name. */
export const debugCommands: Family = {
  debug: { ...plain(-2, debug), isGuarded: true },
};
