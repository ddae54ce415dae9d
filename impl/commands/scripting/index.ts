import type { Command } from "../../session/command.ts";
import { FUNCTION } from "./function.ts";
import { SCRIPT } from "./script.ts";

/** FUNCTION and SCRIPT, as far as they go without scripting: there is nothing but to flush. */
export const scripting: readonly Command[] = [FUNCTION, SCRIPT];
