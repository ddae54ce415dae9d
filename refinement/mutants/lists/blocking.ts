/** Bugs in waiting for keys: who is served, from what, when, and what of it is told. */
import { refineBlocking } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const REFINE = refineBlocking(6000);

/** The mutants of waiting for keys. */
export const blockingMutants: readonly Mutant[] = [
  {
    name: "last-come-first-served",
    room: "session",
    find: "    for (const [session, wait] of waiters) if (wait.type === type) yield session;\n",
    replace:
      "    for (const [session, wait] of [...waiters].reverse())\n" +
      "      if (wait.type === type) yield session;\n",
    breaks: "of those who wait for a key the one that began last is served first",
    checks: [REFINE],
  },
  {
    name: "first-ready-key-only",
    room: "session",
    find: "ready !== null; ready = keys.takeReady()) {",
    replace: "ready !== null; ready = null) {",
    breaks: "a wake-up is lost: somebody goes on waiting for a key that is there",
    checks: [REFINE],
  },
  {
    name: "element-is-given-and-kept",
    room: "commands",
    find: '  list.deleteRange(end === "left" ? 0 : length - count, count);\n',
    replace:
      '  if (call.origin === "served") return;\n' +
      '  list.deleteRange(end === "left" ? 0 : length - count, count);\n',
    breaks: "an element that somebody has waited for goes to the next one too",
    checks: [REFINE],
  },
  {
    name: "served-inside-exec",
    room: "commands",
    find: '    instance.executor.run(session, queued.record, queued.request, "exec");\n',
    replace:
      '    instance.executor.run(session, queued.record, queued.request, "exec");\n' +
      "    const { waits } = instance.clients;\n" +
      "    const ready = waits.keys.takeReady();\n" +
      '    const [waiter] = [...waits.of("keys")];\n' +
      "    if (ready !== null && waiter !== undefined) {\n" +
      "      instance.executor.serve(waiter, ready.key);\n" +
      "    }\n",
    breaks: "who waits is served before the transaction that brings the key has ended",
    checks: [REFINE],
  },
  {
    name: "waits-inside-exec",
    room: "session",
    find: '    return this.depth === 0 && this.origin !== "replay";\n',
    replace: '    return this.origin !== "replay";\n',
    breaks: "a blocking command waits inside EXEC",
    checks: [REFINE],
  },
  {
    name: "served-before-the-gate",
    room: "session",
    within: "impl/session/serve.ts",
    find: "  outbox.close(gate.end, gate);\n",
    replace: "  outbox.close(Math.min(gate.end, gate.gate), gate);\n",
    breaks:
      "the reply that hands out an element waits for what lasts already and not for its removal",
    checks: [REFINE],
  },
];
