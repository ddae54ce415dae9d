import type { Command } from "../../session/command.ts";
import { EVAL, EVAL_RO, EVALSHA, EVALSHA_RO } from "./eval.ts";
import { FCALL, FCALL_RO } from "./fcall.ts";
import { FUNCTION } from "./function.ts";
import { SCRIPT } from "./script.ts";

/** Scripts and functions. */
export const scripting: readonly Command[] = [
  EVAL,
  EVAL_RO,
  EVALSHA,
  EVALSHA_RO,
  FCALL,
  FCALL_RO,
  FUNCTION,
  SCRIPT,
];
