import assert from "node:assert/strict";
import { CHECKED, assert as check } from "../assert.ts";

/**
 * Which of a connection's unsent reply bytes wait for which unit of the log.
 *
 * Bytes in front of the first mark may leave. From a mark on they wait until the gate has reached
 * its unit; replies leave in order, so a later one never waits for less. Replies whose units are to
 * stand in the same frame share a mark.
 */
export class ReplyMarks {
  /** Where each mark begins, in bytes from the first unsent one; the first `#count` are meant, and rise. */
  readonly #starts: number[] = [];
  /** The unit that it waits for; as many, and they rise. */
  readonly #units: number[] = [];
  /** The arrays are not cut: they would be allocated again for the next reply. */
  #count = 0;

  /** The unit that the first waiting byte waits for; Infinity when none waits. */
  get awaited(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#units[0]!;
  }

  /**
   * A reply that begins at `start` depends on unit `dependency`.
   *
   * @param gate units up to here need no mark
   * @param written units beyond are still to be written, all in one frame
   */
  add(start: number, dependency: number, gate: number, written: number): void {
    if (CHECKED) {
      check(
        start >= 0 && dependency >= 0,
        "a reply begins in the unsent bytes, and waits for a unit",
      );
    }
    const newest = this.#count - 1;
    if (newest < 0) {
      if (dependency <= gate) return;
    } else {
      if (dependency <= this.#units[newest]!) return;
      if (this.#units[newest]! > written) {
        this.#units[newest] = dependency;
        return;
      }
    }
    this.#starts[this.#count] = start;
    this.#units[this.#count] = dependency;
    this.#count++;
  }

  /**
   * How many of `length` unsent bytes may leave now. Marks that the gate has reached are forgotten.
   */
  passable(gate: number, length: number): number {
    let reached = 0;
    while (reached < this.#count && this.#units[reached]! <= gate) reached++;
    if (reached > 0) {
      for (let i = reached; i < this.#count; i++) {
        this.#starts[i - reached] = this.#starts[i]!;
        this.#units[i - reached] = this.#units[i]!;
      }
      this.#count -= reached;
    }
    if (CHECKED)
      check(this.#count === 0 || this.awaited > gate, "what the gate has reached is forgotten");
    return this.#count === 0 ? length : Math.min(this.#starts[0]!, length);
  }

  /** The first `count` bytes have left. */
  sent(count: number): void {
    if (CHECKED) {
      const mayLeave = this.#count === 0 || count <= this.#starts[0]!;
      check(mayLeave, "bytes have left that wait for the gate");
    }
    for (let i = 0; i < this.#count; i++) {
      this.#starts[i] = Math.max(0, this.#starts[i]! - count);
    }
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#count = 0;
  }

  /** Throws unless both columns rise, and every mark has bytes behind it. */
  verifyInvariants(lengthBytes: number): void {
    assert.ok(this.#count <= this.#starts.length && this.#starts.length === this.#units.length);
    assert.ok(this.#count === 0 || this.#starts[this.#count - 1]! < lengthBytes);
    for (let i = 1; i < this.#count; i++) {
      assert.ok(this.#starts[i]! >= this.#starts[i - 1]!);
      assert.ok(this.#units[i]! > this.#units[i - 1]!);
    }
  }
}
