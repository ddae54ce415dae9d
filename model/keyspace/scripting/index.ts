/** The commands of scripts and functions. */
import type { Family } from "../command.ts";
import { container, plain } from "../declare.ts";
import * as functions from "./functions.ts";

/** The commands of scripts and functions by name. */
export const scriptingCommands: Family = {
  function: container({ flush: plain(-2, functions.functionFlush) }),
  script: container({ flush: plain(-2, functions.scriptFlush) }),
};
