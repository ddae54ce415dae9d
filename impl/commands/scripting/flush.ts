import type { Call } from "../../session/call.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { flag, oneOf, optional } from "../shared/arguments.ts";

/** The mode of FUNCTION FLUSH and SCRIPT FLUSH. */
export const MODE: Argument = optional(oneOf("async", flag("async"), flag("sync")));

/** What their help says of the modes. */
export const FLUSH_HELP = [
  "Without a mode, lazyfree-lazy-user-flush decides. Modes are:",
  "* ASYNC: free the memory in the background.",
  "* SYNC: free it at once.",
] as const;

/** True when the only option, at argument 2, is absent, ASYNC or SYNC. */
export function hasFlushMode(call: Call): boolean {
  const { request } = call;
  if (request.argc === 2) return true;
  return request.argc === 3 && (request.is(2, "async") || request.is(2, "sync"));
}
