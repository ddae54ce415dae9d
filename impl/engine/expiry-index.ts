import { assert, CHECKED } from "../assert.ts";
import type { Random } from "../ports/random.ts";
import type { BlockRef } from "./arena.ts";
import { drawBelow } from "./draw.ts";
import type { Entries } from "./entries.ts";
import { takeMemory } from "./out-of-memory.ts";

/** Nodes of a chunk: 12 KiB, so that the heap grows without copying what it holds. */
const CHUNK_SHIFT = 10;
const CHUNK_NODES = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_NODES - 1;
/** Words of a node: the high and the low half of the time, the entry. */
const NODE_WORDS = 3;
const HIGH = 0;
const LOW = 1;
const REF = 2;
const TWO_32 = 2 ** 32;

/**
 * The entries that expire, ordered by time: a heap with four children to a node, outside the
 * JavaScript heap. Each entry's header holds its position, so that any can be removed or changed.
 *
 * Times are signed 64-bit milliseconds since the epoch, exact.
 */
export class ExpiryIndex {
  readonly #entries: Entries;
  readonly #chunks: Int32Array[] = [];
  #size = 0;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** Number of entries that expire. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the heap. */
  get bytes(): number {
    return this.#chunks.length * CHUNK_NODES * NODE_WORDS * 4;
  }

  /** The time at a position; a bigint only when it is not a safe integer. */
  atMs(position: number): number | bigint {
    const high = this.#word(position, HIGH);
    const low = this.#word(position, LOW) >>> 0;
    const atMs = high * TWO_32 + low;
    if (Number.isSafeInteger(atMs)) return atMs;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** True when the time at a position is before `nowMs`, a safe integer. */
  isPast(position: number, nowMs: number): boolean {
    // Beyond 2^53 the sum is rounded, never past a safe integer.
    return nowMs > this.#word(position, HIGH) * TWO_32 + (this.#word(position, LOW) >>> 0);
  }

  /** The entry with the earliest time, if that is before `nowMs`; else 0. */
  earliestPast(nowMs: number): BlockRef {
    return this.#size > 0 && this.isPast(0, nowMs) ? this.#word(0, REF) : 0;
  }

  /** A uniformly drawn entry; 0 when none expires. */
  randomEntry(random: Random): BlockRef {
    return this.#size === 0 ? 0 : this.#word(drawBelow(random, this.#size), REF);
  }

  /** Visits `count` entries, each drawn by itself; every one when they are not more. */
  sample(random: Random, count: number, visit: (ref: BlockRef) => void): void {
    if (this.#size <= count) {
      for (let position = 0; position < this.#size; position++) visit(this.#word(position, REF));
      return;
    }
    for (let left = count; left > 0; left--) visit(this.randomEntry(random));
  }

  /**
   * The mean time left at `nowMs` of `count` entries, or of all when they are fewer; those whose
   * time is past do not count. 0 when none is left.
   */
  meanLeftMs(nowMs: number, count: number): number {
    const stride = Math.max(1, Math.floor(this.#size / count));
    let sumMs = 0;
    let counted = 0;
    for (let position = 0; position < this.#size; position += stride) {
      const leftMs = Number(this.atMs(position)) - nowMs;
      if (leftMs <= 0) continue;
      sumMs += leftMs;
      counted++;
    }
    return counted === 0 ? 0 : Math.floor(sumMs / counted);
  }

  /** Makes room for one more entry. Throws OutOfMemory when there is none, changing nothing. */
  reserve(): void {
    if (this.#size >> CHUNK_SHIFT < this.#chunks.length) return;
    this.#chunks.push(new Int32Array(takeMemory(CHUNK_NODES * NODE_WORDS * 4)));
  }

  /** Gives an entry a time, its first or another one. Throws OutOfMemory, changing nothing. */
  set(ref: BlockRef, atMs: number | bigint): void {
    const high = highHalf(atMs);
    const low = lowHalf(atMs);
    let position = this.#entries.expiryPosition(ref);
    if (position < 0) {
      this.reserve();
      position = this.#size++;
    }
    this.#settle(position, high, low, ref);
  }

  /** Takes an entry out. */
  remove(ref: BlockRef): void {
    const position = this.#entries.expiryPosition(ref);
    if (CHECKED) assert(position >= 0, "the entry has no expiry");
    this.#entries.setExpiryPosition(ref, -1);
    const last = --this.#size;
    if (position !== last) {
      const lastRef = this.#word(last, REF);
      this.#settle(position, this.#word(last, HIGH), this.#word(last, LOW), lastRef);
    }
    // One chunk is kept, so that a size that swings around a boundary does not allocate.
    if (this.#chunks.length * CHUNK_NODES - last > 2 * CHUNK_NODES) this.#chunks.pop();
  }

  /** Follows an entry that has moved; its header is copied already. */
  move(ref: BlockRef): void {
    const position = this.#entries.expiryPosition(ref);
    if (position >= 0) this.#chunk(position)[this.#at(position) + REF] = ref;
  }

  /** Puts a node where it belongs, starting from a free position. */
  #settle(free: number, high: number, low: number, ref: BlockRef): void {
    let position = free;
    while (position > 0) {
      const parent = (position - 1) >> 2;
      if (!this.#isBefore(high, low, parent)) break;
      this.#moveNode(parent, position);
      position = parent;
    }
    if (position === free) position = this.#sink(free, high, low);
    this.#write(position, high, low, ref);
  }

  /** Moves earlier children up from a free position; returns where it ends. */
  #sink(free: number, high: number, low: number): number {
    let position = free;
    for (;;) {
      const child = this.#earliestChild(position);
      if (child < 0 || this.#isBefore(high, low, child)) return position;
      this.#moveNode(child, position);
      position = child;
    }
  }

  #earliestChild(position: number): number {
    const first = position * 4 + 1;
    if (first >= this.#size) return -1;
    const end = Math.min(first + 4, this.#size);
    let earliest = first;
    for (let child = first + 1; child < end; child++) {
      if (this.#isBefore(this.#word(child, HIGH), this.#word(child, LOW), earliest)) {
        earliest = child;
      }
    }
    return earliest;
  }

  #isBefore(high: number, low: number, position: number): boolean {
    const otherHigh = this.#word(position, HIGH);
    if (high !== otherHigh) return high < otherHigh;
    return low >>> 0 < this.#word(position, LOW) >>> 0;
  }

  #moveNode(from: number, to: number): void {
    this.#write(to, this.#word(from, HIGH), this.#word(from, LOW), this.#word(from, REF));
  }

  #write(position: number, high: number, low: number, ref: BlockRef): void {
    const chunk = this.#chunk(position);
    const at = this.#at(position);
    chunk[at + HIGH] = high;
    chunk[at + LOW] = low;
    chunk[at + REF] = ref;
    this.#entries.setExpiryPosition(ref, position);
  }

  #chunk(position: number): Int32Array {
    return this.#chunks[position >> CHUNK_SHIFT]!;
  }

  #at(position: number): number {
    return (position & CHUNK_MASK) * NODE_WORDS;
  }

  #word(position: number, word: number): number {
    return this.#chunk(position)[this.#at(position) + word]!;
  }

  /** Checks the order and that each entry's header names its position. Throws AssertionError. */
  verify(): void {
    const room = this.#chunks.length * CHUNK_NODES;
    assert(
      room >= this.#size && room - this.#size <= 2 * CHUNK_NODES,
      "chunks of the expiry index",
    );
    for (let position = 0; position < this.#size; position++) {
      const ref = this.#word(position, REF);
      assert(this.#entries.expiryPosition(ref) === position, "an entry's expiry position");
      const parent = (position - 1) >> 2;
      if (position === 0) continue;
      const early = this.#isBefore(this.#word(position, HIGH), this.#word(position, LOW), parent);
      assert(!early, "the expiry index is out of order");
    }
  }
}

function highHalf(atMs: number | bigint): number {
  if (typeof atMs === "bigint") {
    if (CHECKED) assert(BigInt.asIntN(64, atMs) === atMs, "a time has 64 bits");
    return Number(atMs >> 32n);
  }
  if (CHECKED) assert(Number.isSafeInteger(atMs), "a time is an exact integer");
  return Math.floor(atMs / TWO_32);
}

function lowHalf(atMs: number | bigint): number {
  return typeof atMs === "bigint" ? Number(BigInt.asIntN(32, atMs)) : atMs | 0;
}
