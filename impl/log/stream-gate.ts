import assert from "node:assert/strict";

/**
 * How far the stream to the replicas may leave: a replica must not have what a crash can take back.
 *
 * Positions are offsets in the stream, which count bytes for all replicas alike.
 */
export class StreamGate {
  /** Bytes up to here may leave. */
  #openUpTo = 0;
  /** Where the stream ended after so many units; both columns rise. */
  readonly #offsets: number[] = [];
  readonly #units: number[] = [];

  /** The stream ends at `offset` once unit `end` has been executed. */
  add(offset: number, end: number): void {
    const newest = this.#units.length - 1;
    if (newest >= 0 && this.#units[newest] === end) {
      this.#offsets[newest] = offset;
      return;
    }
    assert.ok(newest < 0 || this.#units[newest]! < end);
    this.#offsets.push(offset);
    this.#units.push(end);
  }

  /** How many ends of units it remembers: those that the gate has not reached. */
  get size(): number {
    return this.#units.length;
  }

  /**
   * How much of a stream that ends at `offset` must not leave yet, in bytes from its end, when the
   * gate is at `gate` and the log ends at `end`.
   */
  heldBytes(offset: number, gate: number, end: number): number {
    while (this.#units.length > 0 && this.#units[0]! <= gate) {
      this.#openUpTo = this.#offsets.shift()!;
      this.#units.shift();
    }
    return gate >= end ? 0 : offset - this.#openUpTo;
  }
}
