import assert from "node:assert/strict";

/**
 * When the gate passed the units that are not synced yet: as ranges, since it passes many at once.
 *
 * The queue is short: a range covers a millisecond, and the gate waits once the first is two
 * seconds old.
 */
export class PassedUnits {
  /** The last unit of each range, and when it was passed; both rise. */
  readonly #last: number[] = [];
  readonly #atMs: number[] = [];

  /** When the oldest was passed, in milliseconds; Infinity when there is none. */
  get oldestMs(): number {
    return this.#atMs.length === 0 ? Number.POSITIVE_INFINITY : this.#atMs[0]!;
  }

  /** The gate has passed every unit up to `lsn`. Those that it had passed before keep their time. */
  add(lsn: number, nowMs: number): void {
    const newest = this.#last.length - 1;
    assert.ok(newest < 0 || this.#atMs[newest]! <= nowMs, "time does not go back");
    if (newest >= 0 && this.#last[newest]! >= lsn) return;
    if (newest >= 0 && this.#atMs[newest] === nowMs) {
      this.#last[newest] = lsn;
      return;
    }
    this.#last.push(lsn);
    this.#atMs.push(nowMs);
  }

  /** Every unit up to `lsn` is synced. */
  synced(lsn: number): void {
    let count = 0;
    while (count < this.#last.length && this.#last[count]! <= lsn) count++;
    this.#last.splice(0, count);
    this.#atMs.splice(0, count);
    assert.ok(this.#last.length === 0 || this.#last[0]! > lsn, "what is synced is forgotten");
  }

  clear(): void {
    this.#last.length = 0;
    this.#atMs.length = 0;
  }

  /** Throws unless both columns rise and hold only what is not synced. */
  verifyInvariants(synced: number): void {
    assert.equal(this.#last.length, this.#atMs.length);
    for (let i = 0; i < this.#last.length; i++) {
      assert.ok(this.#last[i]! > (i === 0 ? synced : this.#last[i - 1]!));
      if (i > 0) assert.ok(this.#atMs[i]! > this.#atMs[i - 1]!);
    }
  }
}
