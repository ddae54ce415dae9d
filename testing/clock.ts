/** Virtual time. */
import assert from "node:assert/strict";
import type { Clock } from "../impl/ports/clock.ts";

/** When virtual time begins, in milliseconds since the epoch: some day in 2023. */
export const EPOCH_MS = 1_700_000_000_000;

/** A clock that moves when it is told to, and never back. */
export class VirtualClock implements Clock {
  #us = 0;
  /** So much time passes with each look at the monotonic clock: for scripts that run for long. */
  usPerLook = 0;

  /** Microseconds since the clock was made. */
  get us(): number {
    return this.#us;
  }

  /** Milliseconds since the clock was made, a fraction included. */
  get ms(): number {
    return this.#us / 1000;
  }

  /** Moves to a moment, in microseconds since the clock was made, which is not in the past. */
  moveTo(us: number): void {
    assert.ok(Number.isInteger(us) && us >= this.#us, `time runs back from ${this.#us} to ${us}`);
    this.#us = us;
  }

  /** Lets `ms` milliseconds pass. */
  advance(ms: number): void {
    this.moveTo(this.#us + ms * 1000);
  }

  wallMs(): number {
    return EPOCH_MS + Math.floor(this.#us / 1000);
  }

  wallUs(): number {
    return EPOCH_MS * 1000 + this.#us;
  }

  monotonicUs(): number {
    this.#us += this.usPerLook;
    return this.#us;
  }
}
