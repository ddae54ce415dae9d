/** Mutants that applications notice: what their workloads are held against. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

function workload(name: string) {
  return unit(`tests-redis/clients/${name}.test.ts`);
}

/** The mutants that the workloads of applications catch. */
export const applicationMutants: readonly Mutant[] = [
  {
    name: "application-script-forgotten-silently",
    room: "commands",
    find: 'const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";',
    replace: 'const NO_SCRIPT = "ERR No matching script. Please use EVAL.";',
    within: "impl/",
    breaks: "clients do not learn that they must send a script again",
    checks: [workload("ioredis-scripts"), workload("rate-limit-redis")],
  },
  {
    name: "application-script-not-logged",
    room: "session",
    find: "const isSilenced = (this.#replication & REPLICATION.log) === 0;",
    replace: "const isSilenced = (this.#replication & REPLICATION.log) !== 0;",
    breaks: "what scripts write does not outlive a restart",
    checks: [workload("bullmq")],
  },
  {
    name: "application-pattern-after-channel",
    room: "session",
    find: "    if (!isMeant) continue;",
    replace: "    if (!isMeant || receivers > 0) continue;",
    breaks: "patterns hear only what no channel's listener hears",
    checks: [workload("graphql-redis-subscriptions")],
  },
  {
    name: "script-argument-loses-its-sign",
    room: "scripting",
    find: "if ((n | 0) === n && n !== 0) return String(n);",
    replace: "if ((n | 0) === n) return String(n);",
    breaks: "an argument of minus zero is zero",
    checks: [unit("impl/scripting/machine/numbers.test.ts")],
  },
];
