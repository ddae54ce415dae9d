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

  /** The offset up to which the stream may leave when the gate is at `gate`. */
  openUpTo(gate: number): number {
    while (this.#units.length > 0 && this.#units[0]! <= gate) {
      this.#openUpTo = this.#offsets.shift()!;
      this.#units.shift();
    }
    return this.#openUpTo;
  }
}
