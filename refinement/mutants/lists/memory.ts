/** Bugs in what keeps memory within `maxmemory`. */
import { oracle, refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const EVICTION = unit("impl/session/eviction.test.ts");
const POOL = unit("impl/session/eviction-pool.test.ts");
const FAMILIES = "server,transactions,strings,keys";
const REFINE = refine(12_000, 1, FAMILIES);

/** The mutants of eviction. */
export const memoryMutants: readonly Mutant[] = [
  {
    name: "volatile-random-takes-any-key",
    room: "session",
    find: "? keyspace.randomExpiring(random)",
    replace: "? keyspace.randomEntry(random)",
    breaks: "a volatile policy evicts keys that should live for ever",
    checks: [EVICTION, REFINE],
  },
  {
    name: "volatile-lru-samples-any-key",
    room: "session",
    find: "if (settings.evictsExpiring) keyspace.sampleExpiring(random, evictionSamples, this.#offer);\n        else keyspace",
    replace: "keyspace",
    breaks:
      "a volatile policy looks among keys that should live for ever, and finds none that may go",
    checks: [EVICTION],
    hangs: true,
  },
  {
    name: "pool-keeps-persisted-keys",
    room: "session",
    find: "if (!expiring || keyspace.hasExpiry(ref)) return ref;",
    replace: "return ref;",
    breaks: "a key that was sampled before PERSIST is evicted by a volatile policy",
    checks: [POOL],
  },
  {
    name: "pool-keeps-ghosts",
    room: "session",
    find: "if (!keyspace.holds(this.#hashes[at]!, ref)) continue;",
    replace: "if (!keyspace.holds(this.#hashes[at]!, ref) && at === 0) continue;",
    breaks: "a reference to a key that is gone is evicted",
    checks: [POOL],
  },
  {
    name: "lru-evicts-the-latest",
    room: "session",
    find: "return idleSeconds(host.time.nowMs, access);",
    replace: "return -idleSeconds(host.time.nowMs, access);",
    breaks: "LRU evicts what was asked for last",
    checks: [EVICTION],
  },
  {
    name: "lfu-evicts-the-favourites",
    room: "session",
    find: "return MAX_LFU_COUNTER - lfuCounter(host, access);",
    replace: "return lfuCounter(host, access);",
    breaks: "LFU evicts what is asked for most",
    checks: [EVICTION],
  },
  {
    name: "ttl-evicts-the-longest-lived",
    room: "session",
    find: "return -Number(keyspace.expiryMs(ref));",
    replace: "return Number(keyspace.expiryMs(ref));",
    breaks: "volatile-ttl evicts what would have lived longest",
    checks: [EVICTION],
  },
  {
    name: "output-limit-waits-for-the-transport",
    room: "server",
    find: "if (session.outbox.length > core.limits.leastOutputBytes) this.#checkOutput();",
    replace: "",
    breaks: "a reply beyond client-output-buffer-limit is sent all the same",
    checks: [unit("impl/server/output-limits.test.ts")],
  },
  {
    name: "evicted-key-has-no-effect-of-its-own",
    room: "effects",
    find: "    this.#statistics.evictedKeys++;\n    this.effects.commit();",
    replace: "    this.#statistics.evictedKeys++;\n    this.effects.begun;",
    breaks: "an evicted key goes with the command that follows, whatever becomes of that",
    checks: [REFINE, EVICTION],
  },
  {
    name: "large-value-costs-other-keys",
    room: "session",
    find: "if (data.hasDetached) data.reclaim(FREED_PER_STEP);\n      else if (!this.#evictOne()) {",
    replace: "if (!this.#evictOne()) {",
    breaks: "while a large value is freed bit by bit, all other keys go",
    checks: [EVICTION],
  },
  {
    name: "eviction-during-pause",
    room: "session",
    find: "if (persistence.loading !== null || isPaused) {",
    replace: "if (persistence.loading !== null) {",
    breaks: "keys go during CLIENT PAUSE, while replicas are to catch up",
    checks: [EVICTION],
  },
  {
    name: "interrupted-eviction-refuses",
    room: "session",
    find: 'instance.eviction.perform() !== "out")',
    replace: 'instance.eviction.perform() === "enough")',
    breaks: "writes are refused while eviction has only run out of time",
    checks: [EVICTION],
  },
  {
    name: "resetstat-forgets-the-excess",
    room: "session",
    find: "if (this.#exceededSinceUs !== null) this.#exceededSinceUs = this.#host.clock.monotonicUs();",
    replace: "this.#exceededSinceUs = null;",
    breaks: "after CONFIG RESETSTAT a limit that stays exceeded counts as kept",
    checks: [EVICTION],
  },
  {
    name: "interrupted-eviction-is-forgotten",
    room: "session",
    find: 'this.isUnderWay = state === "evicting";',
    replace: "this.isUnderWay = false;",
    breaks: "an eviction that has run out of time waits for the next command",
    checks: [EVICTION],
  },
  {
    name: "exec-takes-memory-unasked",
    room: "session",
    find: "return session.queue.some(({ judged, isIdle }) => judged.takesMemory && !isIdle);",
    replace: "return false;",
    breaks: "a transaction that was queued in time fills the memory beyond its limit",
    checks: [REFINE],
  },
  {
    name: "model-forgets-that-appending-takes-memory",
    room: "model",
    find: "append: takingMemory(keyed(3, strings.append)),",
    replace: "append: keyed(3, strings.append),",
    breaks: "the model lets APPEND run where there is no memory",
    checks: [unit("refinement/families.test.ts"), oracle(20_000, 1, "server,strings")],
  },
  {
    name: "model-lets-immortal-keys-go",
    room: "model",
    find: "isForAll || expireAtMs !== null",
    replace: "isForAll || expireAtMs !== undefined",
    breaks: "the model wants keys to go that would never expire, under policies that keep them",
    checks: [REFINE],
  },
];
