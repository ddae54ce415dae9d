/** The commands of scripts and functions. */
import type { Family } from "../command.ts";
import { container, counted, plain } from "../declare.ts";
import * as scripts from "./eval.ts";
import * as functions from "./functions.ts";

/** The commands of scripts and functions by name. */
export const scriptingCommands: Family = {
  eval: counted(-3, scripts.evaluate(false), 2),
  eval_ro: counted(-3, scripts.evaluate(true), 2),
  evalsha: counted(-3, scripts.evaluateSha(false), 2),
  evalsha_ro: counted(-3, scripts.evaluateSha(true), 2),
  function: container({ flush: plain(-2, functions.functionFlush) }),
  script: container({
    load: plain(3, scripts.scriptLoad),
    exists: plain(-3, scripts.scriptExists),
    flush: plain(-2, functions.scriptFlush),
    kill: plain(2, scripts.scriptKill),
  }),
};
