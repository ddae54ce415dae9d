/** Eviction: what happens when more memory is in use than `maxmemory` allows. */
import { assert, CHECKED } from "../assert.ts";
import type { Config } from "../config/config.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import type { Buggify } from "../ports/buggify.ts";
import type { Clock } from "../ports/clock.ts";
import type { ServerControl } from "../ports/server-control.ts";
import { type AccessHost, idleSeconds, lfuCounter, MAX_LFU_COUNTER } from "./access.ts";
import { EvictionPool } from "./eviction-pool.ts";
import { type MemoryHost, measureMemory } from "./memory-usage.ts";
import type { ExecutionObserver } from "./observer.ts";

/** What eviction needs of the instance whose memory it keeps. */
export interface EvictionHost extends AccessHost, MemoryHost {
  readonly clock: Clock;
  readonly control: ServerControl;
  readonly buggify: Buggify;
  readonly config: Config;
  readonly observer: ExecutionObserver | null;
  /** CLIENT PAUSE holds commands back. */
  readonly isPaused: boolean;
  /** Tells the latency monitor how long `event` took. */
  noteLatency(event: string, durationUs: number): void;
}

/**
 * `enough`: what is in use is within the limit, or nothing may be done about it now. `evicting`: the
 * time for one go is over, and the next loop turn goes on. `out`: nothing is left that may go.
 */
export type MemoryState = "enough" | "evicting" | "out";

/** Keys are evicted, or removed values freed, so many times between two looks at the clock. */
const STEPS_PER_LOOK = 16;
/** Elements of removed values that are freed between two looks at the memory. */
const FREED_PER_STEP = 512;

/**
 * Keeps what is in use within `maxmemory`, as its policy says.
 *
 * Before each request from a client keys go, one by one, until what is in use is within the limit;
 * each is a unit of its own in the log. How long that may take is bounded: what is left then goes on
 * in the next loop turns, and commands are executed meanwhile. Without a limit nothing is asked.
 *
 * Removed values whose blocks are not free yet are freed before another key goes.
 */
export class Eviction {
  readonly #host: EvictionHost;
  readonly #pool = new EvictionPool();
  /** What had come of it when the last request began: a script asks, in which memory changes. */
  state: MemoryState = "enough";
  /** The next loop turn is to go on. */
  isUnderWay = false;
  /** The policy under which the pool's scores were given. */
  #pooledPolicy = "";
  /** The database from which the random policies have taken a key last. */
  #lastRandom = 0;
  /** The database of the entry that was chosen last. */
  #database = 0;
  /** Since when the limit has been exceeded, in microseconds of the monotonic clock; null while it is not. */
  #exceededSinceUs: number | null = null;

  constructor(host: EvictionHost) {
    this.#host = host;
    host.config.onChange("maxmemory", () => this.#limitChanged());
  }

  /** What counts against the limit now, in bytes. What leaves to replicas and to the log does not. */
  get countedBytes(): number {
    const { data, statistics } = this.#host;
    return data.usedBytes + statistics.countedBesideDataBytes;
  }

  /** True when more is in use than is allowed. */
  get isOver(): boolean {
    const { maxMemoryBytes } = this.#host.settings;
    return maxMemoryBytes > 0 && this.countedBytes > maxMemoryBytes;
  }

  /** Evicts until what is in use is within the limit, or as long as one go may last. */
  perform(): MemoryState {
    // A data set that is loaded is taken as it is, and one that is paused does not change.
    const { persistence, isPaused } = this.#host;
    if (persistence.loading !== null || isPaused) {
      this.state = "enough";
      return this.state;
    }
    if (!this.isOver) this.state = "enough";
    else if (this.#host.settings.evictionOrder === "none") this.state = "out";
    else this.state = this.#evict();
    this.#timeExcess();
    return this.state;
  }

  /** Another limit: the end of this loop turn looks after it. */
  #limitChanged(): undefined {
    const { settings, control } = this.#host;
    const { maxMemoryBytes } = settings;
    this.isUnderWay = maxMemoryBytes > 0;
    if (!this.isUnderWay) return;
    // Until it is looked after, what has come of the last limit stands, for scripts as well.
    if (this.state !== "enough") this.#exceededSinceUs ??= this.#host.clock.monotonicUs();
    measureMemory(this.#host);
    if (!this.isOver) return;
    control.log(
      `WARNING: the new maxmemory value set via CONFIG SET (${maxMemoryBytes}) is smaller than the ` +
        `current memory usage (${this.countedBytes}). This will result in key eviction and/or the ` +
        "inability to accept new write commands depending on the maxmemory-policy.",
    );
  }

  /**
   * Goes on where the last go had no more time. Between requests, once in a loop turn.
   *
   * @returns true when there is more to do
   */
  proceed(): boolean {
    if (!this.isUnderWay) return false;
    this.isUnderWay = false;
    if (this.#host.settings.maxMemoryBytes > 0) this.perform();
    return this.isUnderWay;
  }

  /** How long the limit has been exceeded by now, in microseconds; 0 while it is not. */
  get exceededUs(): number {
    if (this.#exceededSinceUs === null) return 0;
    return this.#host.clock.monotonicUs() - this.#exceededSinceUs;
  }

  /** CONFIG RESETSTAT: a limit that is exceeded counts as exceeded from now on, one that is no more does not. */
  resetStatistics(): void {
    if (this.#host.settings.maxMemoryBytes === 0) this.#exceededSinceUs = null;
    if (this.#exceededSinceUs !== null) this.#exceededSinceUs = this.#host.clock.monotonicUs();
  }

  #evict(): MemoryState {
    const host = this.#host;
    const { data, time, settings } = host;
    const startUs = time.settle();
    const limitUs = timeLimitUs(settings.evictionTenacity);
    // As in Redis data must go for all that is too much now: what clients are told of it is no reason
    // for more of it to go.
    const enoughBytes = data.usedBytes - (this.countedBytes - settings.maxMemoryBytes);
    let state: MemoryState = "enough";
    for (let steps = 1; data.usedBytes > enoughBytes; steps++) {
      if (data.hasDetached) data.reclaim(FREED_PER_STEP);
      else if (!this.#evictOne()) {
        state = "out";
        break;
      }
      const isShort = CHECKED && host.buggify.fires("eviction of one key");
      const mayLook = steps % STEPS_PER_LOOK === 0;
      if (isShort || (mayLook && host.clock.monotonicUs() - startUs > limitUs)) {
        state = "evicting";
        break;
      }
    }
    this.isUnderWay = state === "evicting";
    if (CHECKED) assert(state !== "enough" || data.usedBytes <= enoughBytes, "enough has gone");
    host.noteLatency("eviction-cycle", time.settle() - startUs);
    return state;
  }

  /** Evicts the next key; false when none may go. */
  #evictOne(): boolean {
    const host = this.#host;
    const { data, observer } = host;
    const ref = this.#choose();
    if (ref === 0) return false;
    const database = this.#database;
    const key = observer === null ? null : data.keyOf(database, ref);
    const isTimed = host.settings.latencyThresholdMs > 0;
    const startUs = isTimed ? host.clock.monotonicUs() : 0;
    data.evict(database, ref);
    if (isTimed) host.noteLatency("eviction-del", host.clock.monotonicUs() - startUs);
    if (key !== null) observer!.evicts(database, key);
    return true;
  }

  /** The entry that is to go next, in `#database`; 0 when none may. */
  #choose(): EntryRef {
    const { evictionOrder } = this.#host.settings;
    return evictionOrder === "random" ? this.#chooseRandom() : this.#chooseScored();
  }

  /** Databases take turns. */
  #chooseRandom(): EntryRef {
    const { data, random, settings } = this.#host;
    const { databases } = data;
    for (let i = 0; i < databases.length; i++) {
      this.#lastRandom = (this.#lastRandom + 1) % databases.length;
      const keyspace = databases[this.#lastRandom]!;
      const ref = settings.evictsExpiring
        ? keyspace.randomExpiring(random)
        : keyspace.randomEntry(random);
      if (ref === 0) continue;
      this.#database = this.#lastRandom;
      return ref;
    }
    return 0;
  }

  /** Samples every database, and takes the best candidate of this sample and those before. */
  #chooseScored(): EntryRef {
    const { data, settings, random } = this.#host;
    const pool = this.#pool;
    if (this.#pooledPolicy !== settings.evictionPolicy) pool.clear();
    this.#pooledPolicy = settings.evictionPolicy;
    for (;;) {
      for (let database = 0; database < data.databases.length; database++) {
        const keyspace = data.databases[database]!;
        this.#database = database;
        this.#sampled = keyspace;
        const { evictionSamples } = settings;
        if (settings.evictsExpiring) keyspace.sampleExpiring(random, evictionSamples, this.#offer);
        else keyspace.sample(random, evictionSamples, this.#offer);
      }
      if (pool.size === 0) return 0;
      const ref = pool.takeBest(data.databases, settings.evictsExpiring);
      this.#database = pool.database;
      if (ref !== 0) return ref;
    }
  }

  /** The keyspace whose entries are offered to the pool. */
  #sampled!: Keyspace;
  readonly #offer = (ref: EntryRef): void => {
    const keyspace = this.#sampled;
    this.#pool.offer(this.#database, keyspace, ref, this.#score(keyspace, ref));
  };

  /** The higher, the better a candidate: idle time, how seldom it is asked for, or how soon it expires. */
  #score(keyspace: Keyspace, ref: EntryRef): number {
    const host = this.#host;
    if (host.settings.evictionOrder === "ttl") return -Number(keyspace.expiryMs(ref));
    const access = keyspace.access(ref);
    if (host.settings.lfu) return MAX_LFU_COUNTER - lfuCounter(host, access);
    return idleSeconds(host.time.nowMs, access);
  }

  #timeExcess(): void {
    const { clock, statistics } = this.#host;
    if (this.state !== "enough") {
      this.#exceededSinceUs ??= clock.monotonicUs();
    } else if (this.#exceededSinceUs !== null) {
      statistics.evictionExceededUs += this.exceededUs;
      this.#exceededSinceUs = null;
    }
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    const { maxMemoryBytes, evictionOrder } = this.#host.settings;
    assert(!this.isUnderWay || maxMemoryBytes > 0, "an eviction for no limit");
    assert(
      this.state === "enough" || maxMemoryBytes === 0 || this.#exceededSinceUs !== null,
      "a limit is exceeded since some time",
    );
    assert(
      evictionOrder !== "none" || this.#pool.size === 0 || this.#pooledPolicy !== "",
      "candidates of no policy",
    );
    this.#pool.verifyInvariants();
  }
}

/**
 * How long one go of eviction lasts, in microseconds: up to ten of `maxmemory-eviction-tenacity` 50
 * each, then 15 % more for each, to the end at 100.
 *
 * Source: the comments of Redis' redis.conf and https://github.com/redis/redis/pull/7653
 */
export function timeLimitUs(tenacity: number): number {
  if (tenacity <= 10) return 50 * tenacity;
  return tenacity < 100 ? Math.floor(500 * 1.15 ** (tenacity - 10)) : Number.POSITIVE_INFINITY;
}
