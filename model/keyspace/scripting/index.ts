/** The commands of scripts and functions. */
import type { Family } from "../command.ts";
import { container, counted, plain, takingMemory } from "../declare.ts";
import * as scripts from "./eval.ts";
import * as functions from "./functions.ts";

/** The commands of scripts and functions by name. */
export const scriptingCommands: Family = {
  eval: counted(-3, scripts.evaluate(false), 2),
  eval_ro: counted(-3, scripts.evaluate(true), 2),
  evalsha: counted(-3, scripts.evaluateSha(false), 2),
  evalsha_ro: counted(-3, scripts.evaluateSha(true), 2),
  fcall: { ...counted(-3, functions.fcall(false), 2), takesMemory: functions.takesMemory },
  fcall_ro: { ...counted(-3, functions.fcall(true), 2), takesMemory: functions.takesMemory },
  function: container({
    load: takingMemory(plain(-3, functions.functionLoad)),
    delete: plain(3, functions.functionDelete),
    list: plain(-2, functions.functionList),
    dump: plain(2, functions.functionDump),
    restore: takingMemory(plain(-3, functions.functionRestore)),
    flush: plain(-2, functions.functionFlush),
    kill: plain(2, scripts.scriptKill),
    stats: plain(2, functions.functionStats),
  }),
  script: container({
    load: plain(3, scripts.scriptLoad),
    exists: plain(-3, scripts.scriptExists),
    flush: plain(-2, functions.scriptFlush),
    kill: plain(2, scripts.scriptKill),
  }),
};
