import assert from "node:assert/strict";
import type { Clock } from "../ports/clock.ts";
import type { OperatorLog } from "../ports/operator-log.ts";

/** How often it says how far the loading is. */
const EVERY_MS = 1000;

/** How far a start is with what it loads. */
export interface LoadingProgress {
  /** Bytes of all its files, and how many of them have been read. */
  readonly totalBytes: number;
  readonly loadedBytes: number;
  /** Keys in all databases. */
  readonly keys: number;
}

/** What is loaded: by Redis' short names, and as its last line begins. */
const SOURCES = { AOF: "DB loaded from append only file", RDB: "DB loaded from disk" } as const;

/** Tells the operator how far the loading is, by bytes and keys. */
export class LoadingReport {
  readonly #source: keyof typeof SOURCES;
  readonly #clock: Clock;
  readonly #log: OperatorLog;
  readonly #startedMs: number;
  #toldMs: number;

  constructor(source: keyof typeof SOURCES, clock: Clock, log: OperatorLog) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
    this.#startedMs = this.#nowMs;
    this.#toldMs = this.#startedMs;
  }

  /** Some has been loaded: says so once a second. */
  progress({ totalBytes, loadedBytes, keys }: LoadingProgress): void {
    assert.ok(0 <= loadedBytes && loadedBytes <= totalBytes, "more is loaded than there is");
    if (this.#nowMs - this.#toldMs < EVERY_MS) return;
    this.#toldMs = this.#nowMs;
    this.#log.notice(
      `Loading the ${this.#source}: ${loadedBytes} of ${totalBytes} bytes (${percent(loadedBytes, totalBytes)} %), ${keys} keys`,
    );
  }

  /** All is there. The line begins as Redis' does. */
  done({ totalBytes, keys }: LoadingProgress): void {
    assert.ok(this.#startedMs <= this.#toldMs && this.#toldMs <= this.#nowMs);
    const seconds = (this.#nowMs - this.#startedMs) / 1000;
    this.#log.notice(
      `${SOURCES[this.#source]}: ${seconds.toFixed(3)} seconds, ${totalBytes} bytes, ${keys} keys`,
    );
  }

  get #nowMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }
}

function percent(part: number, whole: number): number {
  return Math.floor((100 * part) / Math.max(1, whole));
}
