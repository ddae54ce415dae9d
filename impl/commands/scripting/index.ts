import type { Command } from "../../session/command.ts";
import { EVAL, EVAL_RO, EVALSHA, EVALSHA_RO } from "./eval.ts";
import { FUNCTION } from "./function.ts";
import { SCRIPT } from "./script.ts";

/** Scripts; and of functions as much as there is without any: nothing but to flush. */
export const scripting: readonly Command[] = [EVAL, EVAL_RO, EVALSHA, EVALSHA_RO, FUNCTION, SCRIPT];
