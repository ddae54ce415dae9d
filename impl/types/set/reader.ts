import { assert, CHECKED } from "../../assert.ts";
import type { Arena, BlockRef } from "../../engine/arena.ts";
import { drawBelow } from "../../engine/draw.ts";
import type { Random } from "../../ports/random.ts";
import { ElementTable } from "../../structures/element-table.ts";
import { Int64, MAX_INT64_TEXT } from "../../structures/int64.ts";
import { findInteger, intsetCount, readInteger } from "../../structures/intset.ts";

/** Slots of the smallest table: six members. */
const MIN_SLOTS = 8;
const SLOTS_PER_STEP = 8;
const NO_BYTES = new Uint8Array(0);

/** A table for the members of sets in an arena, not open yet. */
export function memberTable(arena: Arena, hashKey: readonly [number, number]): ElementTable {
  const options = { hashKey, scored: false, minSlots: MIN_SLOTS, slotsPerStep: SLOTS_PER_STEP };
  return new ElementTable(arena, options);
}

/**
 * Reads one set after the other, in either form: a member is `bytes[offset..offset + memberLength)`
 * once it has been read, until the next one is or until the set changes.
 */
export class SetReader {
  /** The table that is open while `isTable`. */
  readonly table: ElementTable;
  isTable = false;
  /** Number of members. */
  length = 0;
  /** The member that was read last. */
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  memberLength = 0;
  /** What `scan` has found. */
  readonly places: number[] = [];
  /** What tells the member that was read last from others: its block, or its position. */
  place = 0;
  /** The member that was read last from an intset, or the argument that was parsed last. */
  protected readonly integer = new Int64();
  /** The intset: its bytes and where they begin. */
  protected intset: Uint8Array = NO_BYTES;
  protected start = 0;
  readonly #digits = new Uint8Array(MAX_INT64_TEXT);
  #hash = 0;
  /** Where to go on: the next batch of a table, the next of the batch, or of an intset. */
  #batch = -1;
  #next = 0;

  constructor(arena: Arena, hashKey: readonly [number, number]) {
    this.table = memberTable(arena, hashKey);
  }

  /** Opens an intset that begins at `start`. */
  openIntset(bytes: Uint8Array, start: number): this {
    this.isTable = false;
    this.intset = bytes;
    this.start = start;
    this.length = intsetCount(bytes, start);
    return this;
  }

  /** Opens a table by its header. */
  openTable(root: BlockRef): this {
    this.isTable = true;
    this.table.open(root);
    this.length = this.table.count;
    return this;
  }

  /** Whether a member is in the set. */
  has(bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.isTable) {
      return this.table.find(this.table.hash(bytes, offset, length), bytes, offset, length) !== 0;
    }
    if (!this.integer.parse(bytes, offset, length)) return false;
    return findInteger(this.intset, this.start, this.integer.low, this.integer.high) >= 0;
  }

  /** Whether the member that another reader has read last is in the set. */
  hasMemberOf(other: SetReader): boolean {
    const { bytes, offset, memberLength } = other;
    if (this.isTable) return this.table.find(other.hash, bytes, offset, memberLength) !== 0;
    if (other.isTable) return this.has(bytes, offset, memberLength);
    const { low, high } = other.integer;
    return findInteger(this.intset, this.start, low, high) >= 0;
  }

  /** The hash of the member that was read last: that of every table of this keyspace. */
  get hash(): number {
    if (this.isTable) return this.#hash;
    return this.table.hash(this.bytes, this.offset, this.memberLength);
  }

  /** Whether the member that was read last is an integer. */
  get isInteger(): boolean {
    return !this.isTable || this.integer.parse(this.bytes, this.offset, this.memberLength);
  }

  /** Goes before the first member. */
  rewind(): void {
    this.#batch = 0;
    this.#next = 0;
    this.table.found = 0;
  }

  /** Reads the next member; false behind the last one. Precondition: no change since `rewind`. */
  next(): boolean {
    if (!this.isTable) {
      if (this.#next === this.length) return false;
      this.#readAt(this.#next++);
      return true;
    }
    const { table } = this;
    while (this.#next === table.found) {
      if (this.#batch === -1) return false;
      this.#batch = table.gather(this.#batch);
      this.#next = 0;
    }
    this.#hash = table.hashes[this.#next]!;
    this.#readElement(table.refs[this.#next++]!);
    return true;
  }

  /** Nothing: every member is found at once, by its position or its slot. */
  beginDraws(): void {}

  /** Reads a member that is drawn, each with the same chance; `hash` is void then. Precondition: there is one. */
  draw(random: Random): void {
    if (CHECKED) assert(this.length > 0, "a member to draw");
    if (!this.isTable) {
      this.#readAt(drawBelow(random, this.length));
      return;
    }
    this.#readElement(this.table.random(random));
  }

  /**
   * Finds some members from a cursor on, for `at`: all of an intset, whatever the cursor.
   *
   * @param most of a table, but for those of its last bucket
   * @returns the cursor to go on from, 0 at the end
   */
  scan(start: number, most: number, buckets: number): number {
    const { places, table } = this;
    places.length = 0;
    if (!this.isTable) {
      for (let position = 0; position < this.length; position++) places.push(position);
      return 0;
    }
    let cursor = start;
    let left = buckets;
    do {
      cursor = table.scan(cursor);
      for (let i = 0; i < table.found; i++) places.push(table.refs[i]!);
    } while (cursor !== 0 && left-- > 0 && places.length < most);
    return cursor;
  }

  /** Reads the member at a place, which `scan` has found or `place` has named. `hash` is void then. */
  at(place: number): void {
    if (this.isTable) this.#readElement(place);
    else this.#readAt(place);
  }

  #readElement(ref: BlockRef): void {
    const { elements } = this.table;
    this.place = ref;
    this.bytes = elements.bytes(ref);
    this.offset = elements.nameOffset(ref);
    this.memberLength = elements.nameLength(ref);
  }

  #readAt(position: number): void {
    readInteger(this.intset, this.start, position, this.integer);
    this.place = position;
    this.bytes = this.#digits;
    this.offset = this.integer.format(this.#digits, MAX_INT64_TEXT);
    this.memberLength = MAX_INT64_TEXT - this.offset;
  }
}
