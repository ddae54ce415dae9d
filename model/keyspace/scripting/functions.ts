/** Scripts and functions: only that there are none to flush. */
import { answer, become, misused } from "../call.ts";
import type { Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { type Bytes, ok } from "../reply.ts";
import { NO_KEYS } from "../state.ts";
import { word } from "../text.ts";

const isFlushMode = (mode: Bytes | undefined): boolean =>
  mode === undefined || ["sync", "async"].includes(word(mode));

/** FUNCTION FLUSH [ASYNC | SYNC] */
export const functionFlush: Meaning = (call) => {
  if (call.args.length > 3) return misused(call);
  return isFlushMode(call.args[2]) ? answer(call, ok) : fail("FunctionFlushMode");
};

/** SCRIPT FLUSH [ASYNC | SYNC] */
export const scriptFlush: Meaning = (call) =>
  call.args.length <= 3 && isFlushMode(call.args[2])
    ? become({ ...call.state, scripts: NO_KEYS })
    : fail("ScriptFlushMode");
