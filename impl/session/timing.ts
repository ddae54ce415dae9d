import { assert, CHECKED } from "../assert.ts";
import type { Clock } from "../ports/clock.ts";
import type { CommandRecord } from "./command-table.ts";
import type { Settings } from "./settings.ts";

/** An access mark has 24 bits of seconds, which wrap after 194 days. */
export const ACCESS_MASK = 0xffffff;

/** The clock of access marks. */
export function accessSeconds(nowMs: number): number {
  return Math.floor(nowMs / 1000) & ACCESS_MASK;
}

/**
 * What time it is, read once for a batch of requests, and how long commands take.
 *
 * Reading the clock costs as much as a short command: durations of constant-time commands are
 * measured together and shared out.
 */
export class Timing {
  readonly #clock: Clock;
  readonly #settings: Settings;
  /** Wall-clock time of the present batch, in milliseconds. All expiry is judged by it. */
  nowMs: number;
  /** The same in the form of access marks. */
  nowAccess: number;
  /** Commands whose duration is not yet attributed: see `settle`. */
  readonly #deferred: CommandRecord[] = [];
  /** How often in a row each of them ran. */
  readonly #deferredTimes: number[] = [];
  #deferredCount = 0;
  /** Their sum. */
  #deferredCalls = 0;
  #spanStartUs: number;
  #isFrozen = false;

  constructor(clock: Clock, settings: Settings) {
    this.#clock = clock;
    this.#settings = settings;
    this.nowMs = clock.wallMs();
    this.nowAccess = accessSeconds(this.nowMs);
    this.#spanStartUs = clock.monotonicUs();
  }

  /** Wall-clock time now, while a log is replayed too, where time stands still. */
  get wallMs(): number {
    return this.#clock.wallMs();
  }

  /** Reads the clocks: once per batch of requests, before the first of them runs. */
  beginBatch(): void {
    if (!this.#isFrozen) {
      this.nowMs = this.#clock.wallMs();
      this.nowAccess = accessSeconds(this.nowMs);
    }
    this.#spanStartUs = this.#clock.monotonicUs();
  }

  /** While a script runs that was left time stands still, whatever batches there are. */
  freeze(isFrozen: boolean): void {
    this.settle();
    this.#isFrozen = isFrozen;
  }

  /**
   * Attributes the time since the last reading to the commands that ran since, in equal parts.
   *
   * @returns the reading, in microseconds of the monotonic clock
   */
  settle(): number {
    const nowUs = this.#clock.monotonicUs();
    if (this.#deferredCalls > 0) {
      const share = (nowUs - this.#spanStartUs) / this.#deferredCalls;
      for (let i = 0; i < this.#deferredCount; i++) {
        const record = this.#deferred[i]!;
        const calls = this.#deferredTimes[i]!;
        record.microseconds += share * calls;
        if (this.#settings.latencyTracking) record.observe(share, calls);
      }
      this.#deferredCount = 0;
      this.#deferredCalls = 0;
    }
    this.#spanStartUs = nowUs;
    return nowUs;
  }

  /** Leaves a command's duration to the next `settle`. Repetitions are counted together. */
  defer(record: CommandRecord): void {
    this.#deferredCalls++;
    const last = this.#deferredCount - 1;
    if (last >= 0 && this.#deferred[last] === record) {
      this.#deferredTimes[last] = this.#deferredTimes[last]! + 1;
      return;
    }
    this.#deferred[this.#deferredCount] = record;
    this.#deferredTimes[this.#deferredCount++] = 1;
    if (CHECKED) assert(this.#deferredCount <= this.#deferredCalls, "a run of commands has one");
  }

  /** Throws when the deferred calls are not the sum of their runs. */
  verifyInvariants(): void {
    let calls = 0;
    for (let i = 0; i < this.#deferredCount; i++) {
      assert(this.#deferredTimes[i]! > 0, "a run of commands has one");
      calls += this.#deferredTimes[i]!;
    }
    assert(calls === this.#deferredCalls, "deferred calls are counted by their runs");
    assert(this.nowMs === 0 || this.nowAccess === accessSeconds(this.nowMs), "two clocks differ");
  }
}
