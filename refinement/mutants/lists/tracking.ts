/** Bugs in client-side caching. */
import { refine, refineTracking, sim, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const UNIT = unit("impl/session/tracking.test.ts");
const STEPS = refineTracking(3000);
const REFINE = refine(6000, 1, "connection,strings,transactions,databases");

/** The mutants of client-side caching. */
export const trackingMutants: readonly Mutant[] = [
  {
    name: "changes-do-not-reach-caches",
    room: "session",
    find: "    if (this.tracker !== null) this.tracker.changed(bytes, offset, length, event);\n",
    replace: "",
    breaks: "nobody is told that a key has changed",
    checks: [REFINE, UNIT],
  },
  {
    name: "invalidation-depends-on-nothing",
    room: "session",
    find: "      this.#now(session, tracking, key, RUNNING);\n      return;",
    replace: "      this.#now(session, tracking, key, NOTHING);\n      return;",
    breaks: "an invalidation tells of a change before the disk has it",
    checks: [UNIT, STEPS, sim(60, 1, "caching")],
  },
  {
    name: "broadcast-depends-on-nothing",
    room: "session",
    find: "      this.#send(session, tracking, RUNNING, (writer) => {",
    replace: "      this.#send(session, tracking, NOTHING, (writer) => {",
    breaks: "who wants to know of all keys is told of a change before the disk has it",
    checks: [UNIT, STEPS],
  },
  {
    name: "told-within-the-transaction",
    room: "session",
    find: "  #owe(told: Told): void {\n",
    replace:
      "  #owe(told: Told): void {\n    this.#now(told.session, told.tracking, told.key, RUNNING);\n    if (told !== null) return;\n",
    breaks: "a client is told of its own changes before the messages of its transaction",
    checks: [unit("refinement/oracle/tracking.test.ts"), STEPS],
  },
  {
    name: "no-loop-hears-of-no-expiry",
    room: "session",
    find: '      const isOwn = cause === "command" && session === executor.client;',
    replace: "      const isOwn = session === executor.client;",
    breaks: "a client with NOLOOP keeps a key that has expired under its own hands",
    checks: [UNIT, STEPS],
  },
  {
    name: "forgets-without-a-word",
    room: "session",
    find: '      if (cause === "room") this.#now(session, tracking, key, NOTHING);',
    replace: '      if (cause === "room") continue;',
    breaks: "who has a key that is forgotten for room is not told",
    checks: [UNIT, STEPS],
  },
  {
    name: "caching-lasts",
    room: "session",
    find: '    if (lastCommand?.fullName.startsWith("client|") !== true) tracking.isCaching = false;\n',
    replace: "",
    breaks: "CLIENT CACHING YES means all commands from then on",
    checks: [REFINE],
  },
  {
    name: "flush-keeps-caches",
    room: "session",
    find: "    for (const session of inOrder(this.#sessions)) this.#tell(session, session.tracking!, null);\n",
    replace: "",
    breaks: "FLUSHALL tells nobody",
    checks: [REFINE, STEPS],
  },
  {
    name: "silence-hides-broadcasts",
    room: "server",
    find: "    if (core.instance.tracking.broadcasts.hasChanged) core.wake();\n",
    replace: "",
    breaks: "changes by a client that wants no replies are told when something else happens",
    checks: [UNIT],
  },
  {
    name: "redirection-tells-the-reader",
    room: "session",
    find: "    const target = redirection === 0 ? session : instance.clients.sessions.get(redirection);\n",
    replace:
      "    const target: Session | undefined =\n" +
      "      redirection < 0 ? instance.clients.sessions.get(redirection) : session;\n",
    breaks: "who has another connection told is told itself",
    checks: [STEPS],
  },
  {
    name: "caching-no-is-not-heard",
    room: "session",
    find: "    return this.isOptIn ? this.isCaching : !(this.isOptOut && this.isCaching);\n",
    replace: "    return this.isOptIn ? this.isCaching : true;\n",
    breaks: "what is read behind CLIENT CACHING NO is remembered",
    checks: [STEPS],
  },
  {
    name: "turn-tells-in-the-order-of-asking",
    room: "session",
    find: "  return [...sessions].sort((a, b) => a.id - b.id);\n",
    replace: "  return [...sessions];\n",
    breaks: "of two that have the same other one told, who has asked first is told of first",
    checks: [refineTracking(5000, 77)],
  },
  {
    name: "model-keeps-quiet-of-own-changes",
    room: "model",
    find: "  const isDue = key !== null && dueFor(state, key, name).includes(name);\n",
    replace: "  const isDue = key !== null && dueFor(state, key, name).length < 0;\n",
    breaks: "the model's transactions do not tell their client what they do to its cache",
    checks: [STEPS],
  },
  {
    name: "caches-are-not-compared",
    room: "refinement",
    within: "refinement/refine/tracking-check.ts",
    find: "      requireEqual(part, expected[part], actual[part]);\n",
    replace:
      "      if (this.#taken.length < 0) requireEqual(part, expected[part], actual[part]);\n",
    breaks: "pnpm refine does not compare what is remembered of caches",
    checks: [unit("refinement/refine/tracking-check.test.ts")],
  },
];
