import { assert, CHECKED } from "../../assert.ts";
import type { Arena, BlockRef } from "../../engine/arena.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { appendEntry, EMPTY_LISTPACK_BYTES, makeListpack } from "../../structures/listpack.ts";
import { PackedValue } from "../../structures/packed-value.ts";
import type { EncodingLimits } from "../limits.ts";
import { LARGE, MAX_PACKED_BYTES, PACKED } from "./kinds.ts";
import { type LargeOptions, LargeSortedSet } from "./large.ts";
import { setScore } from "./packed-score.ts";

/** When what was built becomes a listpack. */
export type SmallWhen =
  /** The limits allow it. */
  | "limits allow"
  /** There are not too many members, however long they are: they were packed elsewhere. */
  | "few"
  | "never";

/**
 * Makes a sorted set of members that come one by one. All of it is in blocks of the arena until it
 * is clear that it is a small one. `begin`, then `add` or `put`; then `finish` or `abandon`.
 */
export class SortedSetBuilder {
  readonly large: LargeSortedSet;
  readonly #limits: EncodingLimits;
  readonly #packed = new PackedValue();
  /** The longest name. */
  #longest = 0;
  #packedBytes = EMPTY_LISTPACK_BYTES;

  constructor(
    arena: Arena,
    hashKey: readonly [number, number],
    limits: EncodingLimits,
    options: LargeOptions,
  ) {
    this.large = new LargeSortedSet(arena, hashKey, options);
    this.#limits = limits;
  }

  /** Reads the lowest member into `name…` and `score`; false when there is none. */
  first(): boolean {
    return this.#readIf(this.large.order.seekRank(0));
  }

  /** Reads the next member; false at the end. */
  next(): boolean {
    return this.#readIf(this.large.order.next());
  }

  #readIf(isThere: boolean): boolean {
    if (isThere) this.large.read(this.large.order.element);
    return isThere;
  }

  get nameBytes(): Uint8Array {
    return this.large.nameBytes;
  }

  get nameOffset(): number {
    return this.large.nameOffset;
  }

  get nameLength(): number {
    return this.large.nameLength;
  }

  /** The score of the member that was read, or that `add` has found there. */
  get score(): number {
    return this.large.score;
  }

  /** Members so far. */
  get length(): number {
    return this.large.length;
  }

  /** @throws OutOfMemory */
  begin(): void {
    this.#longest = 0;
    this.#packedBytes = EMPTY_LISTPACK_BYTES;
    this.large.create();
  }

  /**
   * Adds a member, whose bytes are copied.
   *
   * @returns false, nothing being added, when there is one of this name: its score is in `score`
   * @throws OutOfMemory, everything being abandoned
   */
  add(name: Uint8Array, offset: number, length: number, score: number): boolean {
    const { large } = this;
    const hash = large.hash(name, offset, length);
    if (large.find(hash, name, offset, length)) return false;
    try {
      large.add(hash, name, offset, length, score);
    } catch (error) {
      this.abandon();
      throw error;
    }
    if (length > this.#longest) this.#longest = length;
    return true;
  }

  /** Gives the member that `add` has found there another score. @throws OutOfMemory, everything being abandoned */
  put(score: number): void {
    try {
      this.large.setScore(score);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Gives a key of `to`, whatever it held, the sorted set. @throws OutOfMemory, changing nothing */
  finish(
    to: Keyspace,
    key: Uint8Array,
    keyOffset: number,
    keyLength: number,
    small: SmallWhen,
  ): EntryRef {
    const { large } = this;
    if (CHECKED) assert(large.length > 0, "no sorted set is empty");
    try {
      if (!this.#isSmall(small)) {
        return to.setRoot(key, keyOffset, keyLength, large.ref, LARGE, false);
      }
      const bytes = this.#pack();
      const ref = to.setBytes(key, keyOffset, keyLength, bytes, 0, bytes.length, PACKED, false);
      this.abandon();
      return ref;
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Gives the root of what was built away: it is the caller's. */
  get root(): BlockRef {
    return this.large.ref;
  }

  #isSmall(small: SmallWhen): boolean {
    const { zsetMaxListpackEntries, zsetMaxListpackValueBytes } = this.#limits;
    if (small === "never" || this.large.length > zsetMaxListpackEntries) return false;
    if (small === "limits allow" && this.#longest > zsetMaxListpackValueBytes) return false;
    this.#measure();
    return this.#packedBytes <= MAX_PACKED_BYTES;
  }

  #measure(): void {
    const { large } = this;
    const packed = this.#packed;
    let total = EMPTY_LISTPACK_BYTES;
    for (let more = large.order.seekRank(0); more; more = large.order.next()) {
      large.read(large.order.element);
      packed.setText(large.nameBytes, large.nameOffset, large.nameLength);
      total += packed.size;
      setScore(packed, large.score);
      total += packed.size;
    }
    this.#packedBytes = total;
  }

  #pack(): Uint8Array {
    const { large } = this;
    const packed = this.#packed;
    const bytes = new Uint8Array(this.#packedBytes);
    makeListpack(bytes, 0);
    for (let more = large.order.seekRank(0); more; more = large.order.next()) {
      large.read(large.order.element);
      packed.setText(large.nameBytes, large.nameOffset, large.nameLength);
      appendEntry(bytes, 0, packed);
      setScore(packed, large.score);
      appendEntry(bytes, 0, packed);
    }
    return bytes;
  }

  /** Frees what there is, at once: it was being made. */
  abandon(): void {
    this.large.discard();
  }
}
