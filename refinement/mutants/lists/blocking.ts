/** Bugs in waiting for keys: who is served, from what, when, and what of it is told. */
import { oracle, refine, refineBlocking, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const REFINE = refineBlocking(6000);
const FAMILIES = "lists,zsets,keys,databases,transactions,connection";
const COMMANDS = refine(12_000, 1, FAMILIES);
const STREAMS = refine(15_000, 1, "streams,keys,databases,transactions,connection");
const ORACLE = oracle(12_000, 1, FAMILIES);

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
    find: '    else if (!instance.executor.run(session, record, request, "exec")) {\n      leaveQueue(call, queue, i + 1, audible);\n      return;\n    }\n',
    replace:
      '    else if (!instance.executor.run(session, record, request, "exec")) {\n      leaveQueue(call, queue, i + 1, audible);\n      return;\n    }\n' +
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
  {
    name: "swapped-is-not-ready",
    room: "session",
    find: "        if (waited.isThere) this.#look(waited);\n",
    replace: "        if (waited.isThere) continue;\n",
    breaks: "SWAPDB brings a key, and who waits for it is not served",
    checks: [COMMANDS],
  },
  {
    name: "unblocked-as-time",
    room: "commands",
    find: 'request.is(3, "error") ? "error" : "timeout");',
    replace: 'request.is(3, "error") ? "timeout" : "timeout");',
    breaks: "CLIENT UNBLOCK with ERROR ends a wait as its time does",
    checks: [COMMANDS],
  },
  {
    name: "served-from-the-first-named",
    room: "session",
    find: "  const { readyArgument } = session.blocked!.again!;\n",
    replace:
      "  const readyArgument = Math.min(...session.blocked!.again!.keyArguments.values());\n",
    breaks: "who waits for several keys looks at the first of them, whichever is ready",
    checks: [COMMANDS],
  },
  {
    name: "model-renames-without-arrival",
    room: "model",
    find: "  return become(storeAnew(drop(call, from), database, to, entry), done);\n",
    replace: "  return become(store(drop(call, from), database, to, entry), done);\n",
    breaks: "the model does not serve who waits for a key over which another one is moved",
    checks: [ORACLE],
  },
  {
    name: "model-serves-the-last",
    room: "model",
    find: "    const line = state.waiting.filter((waiter) => waitsFor(waiter, database, key));\n",
    replace:
      "    const line = state.waiting.filter((waiter) => waitsFor(waiter, database, key)).reverse();\n",
    breaks: "the model serves who began to wait last",
    checks: [ORACLE],
  },
  {
    name: "model-forgets-what-exec-brings",
    room: "model",
    find: "    state = outcome.state;\n    const after = sessionOf(state, call.sessionId);\n",
    replace:
      "    state = { ...outcome.state, ready: [] };\n" +
      "    const after = sessionOf(state, call.sessionId);\n",
    breaks: "the model forgets what a transaction has brought",
    checks: [ORACLE],
  },
  {
    name: "reader-judged-again-when-served",
    room: "commands",
    find: "  if (!isServed && !mayRead(call, reading)) return;\n",
    replace: "  if (!mayRead(call, reading)) return;\n",
    breaks:
      "XREAD that waits for two keys fails when one has come, because the other has another type",
    checks: [STREAMS],
  },
  {
    name: "dollar-means-when-served",
    room: "commands",
    find: "    words[i + streams] = id.text;\n",
    replace: "",
    breaks: "XREAD that waits with $ runs again with what $ means then, and finds nothing new",
    checks: [STREAMS],
  },
  {
    name: "reader-not-told-of-the-end",
    room: "commands",
    find: "    ...(groupAt > 0 && { endsWithKey: true }),\n",
    replace: "",
    breaks: "XREADGROUP goes on waiting for a stream that is gone",
    checks: [STREAMS],
  },
  {
    name: "ended-group-is-no-arrival",
    room: "commands",
    find: 'groupDestroy: arrivalEvent("stream", "xgroup-destroy"),',
    replace: 'groupDestroy: keyEvent("stream", "xgroup-destroy"),',
    breaks: "XREADGROUP goes on waiting in a group that is gone",
    checks: [unit("impl/server/waiting.test.ts")],
  },
  {
    name: "tick-ends-keys-and-tells-nobody",
    room: "server",
    find: "    if (!this.#isStopping && instance.clients.waits.keys.hasReady) this.serveReady();\n",
    replace: "",
    breaks: "XREADGROUP is not told that its stream is gone when time has ended it",
    checks: [unit("impl/server/waiting.test.ts")],
  },
  {
    name: "model-reader-judged-by-every-key",
    room: "model",
    find: "    if (call.come !== undefined) return yield* readServed(call, options, call.come);\n",
    replace: "",
    breaks: "XREAD that has waited reads every stream that it names",
    checks: [STREAMS],
  },
  {
    name: "dollar-is-the-last-entry-of-then",
    room: "commands",
    find: "    words[i + streams] = id.text;\n",
    replace: "",
    breaks: "who waits for what comes behind the last entry misses what has come",
    checks: [REFINE],
  },
  {
    name: "who-is-passed-over-counts-as-served",
    room: "session",
    find: '    if (origin === "served" && session.goesOnWaiting) this.#served = null;\n    const',
    replace: "    const",
    breaks: "the time-out of a reader is told as if it had been served",
    checks: [REFINE],
  },
];
