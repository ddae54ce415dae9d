import { assert, CHECKED } from "../assert.ts";
import type { Random } from "../ports/random.ts";
import type { BlockRef } from "./arena.ts";
import { drawBelow } from "./draw.ts";
import type { Entries } from "./entries.ts";
import { halfSipHash13 } from "./hash.ts";
import { OutOfMemory } from "./out-of-memory.ts";
import { nextCursor } from "./scan-cursor.ts";
import { EMPTY, Table, TOMBSTONE } from "./table.ts";

/** A hash table's greatest size; its words then still have indexes below 2^31. */
const MAX_SLOTS = 2 ** 29;
/** Random probes before `randomEntry` counts instead: at a tenth full they all miss once in 10^11. */
const RANDOM_PROBES = 256;

/** Slots that a sample looks at for each entry that it wants: a table is a tenth full at least. */
const SAMPLE_SLOTS = 10;

/** The most keys of one `prefetch`. */
export const MAX_PREFETCH = 16;

/** How a `HashIndex` is made. */
export interface HashIndexOptions {
  /** The secret key of the hash. */
  readonly hashKey: readonly [number, number];
  /** Slots of an empty index, a power of two; it never has fewer. */
  readonly initialSlots: number;
  /** Slots that each operation migrates while a rehash is under way. */
  readonly slotsPerStep: number;
}

/**
 * From keys to entries: one table, or two while entries migrate from the previous to the current.
 *
 * The index doubles when three quarters full and quarters when less than a tenth full. Each
 * operation migrates a few slots, in order, so that none is long. Insertions go to the current
 * table; what leaves the previous one leaves a tombstone.
 */
export class HashIndex {
  readonly #entries: Entries;
  readonly #k0: number;
  readonly #k1: number;
  readonly #minSlots: number;
  readonly #slotsPerStep: number;
  #current: Table;
  #previous: Table | null = null;
  /** Slots of the previous table below this are migrated. */
  #migrated = 0;
  /** The table and slot of the last `find` that found; others check that they still hold. */
  #foundTable: Table;
  #foundSlot = 0;
  readonly #prefetchedRefs = new Int32Array(MAX_PREFETCH);
  /** A digest of what `prefetch` has read, lest a compiler leave the reading out. */
  prefetched = 0;

  constructor(entries: Entries, options: HashIndexOptions) {
    this.#entries = entries;
    [this.#k0, this.#k1] = options.hashKey;
    this.#minSlots = options.initialSlots;
    this.#slotsPerStep = options.slotsPerStep;
    this.#current = new Table(options.initialSlots);
    this.#foundTable = this.#current;
  }

  /** Number of entries. */
  get size(): number {
    return this.#current.count + (this.#previous === null ? 0 : this.#previous.count);
  }

  /** Bytes of the tables. */
  get bytes(): number {
    const previous = this.#previous === null ? 0 : this.#previous.slots.length;
    return (this.#current.slots.length + previous) * 4;
  }

  /** Number of slots; the new table's while entries migrate. */
  get slotCount(): number {
    return this.#current.slotCount;
  }

  /** True while entries migrate. */
  get rehashing(): boolean {
    return this.#previous !== null;
  }

  /** The keyed hash of a key. */
  hash(bytes: Uint8Array, offset: number, length: number): number {
    return halfSipHash13(this.#k0, this.#k1, bytes, offset, length);
  }

  /** The entry of a key whose hash is `hash`; 0 when absent. */
  find(hash: number, bytes: Uint8Array, offset: number, length: number): BlockRef {
    let table = this.#current;
    let slot = table.find(this.#entries, hash, bytes, offset, length);
    if (slot < 0) {
      if (this.#previous === null) return 0;
      table = this.#previous;
      slot = table.find(this.#entries, hash, bytes, offset, length);
      if (slot < 0) return 0;
    }
    this.#foundTable = table;
    this.#foundSlot = slot;
    return table.slots[slot * 2 + 1]!;
  }

  /** See `Keyspace.prefetch`. What a rehash has yet to migrate is left out. */
  prefetch(hashes: Int32Array, count: number): void {
    const slots = this.#current.prefetch(hashes, count);
    const refs = this.#prefetchedRefs;
    const found = this.#current.likelyRefs(hashes, count, refs);
    this.prefetched = slots ^ this.#entries.prefetch(refs, found);
  }

  /** Makes room for one more entry. Throws OutOfMemory when there is none, changing nothing. */
  reserve(): void {
    if ((this.size + 1) * 4 <= this.#current.slotCount * 3) return;
    this.#finish();
    this.#startRehash(this.#current.slotCount * 2);
  }

  /** Adds an entry whose key is absent. Precondition: there is room. */
  insert(hash: number, ref: BlockRef): void {
    if (CHECKED) assert((this.size + 1) * 4 <= this.#current.slotCount * 3, "no room is reserved");
    this.#foundSlot = this.#current.insert(hash, ref);
    this.#foundTable = this.#current;
  }

  /** Removes an entry. */
  remove(ref: BlockRef): void {
    this.#locate(ref);
    if (this.#foundTable === this.#current) this.#current.removeShifting(this.#foundSlot);
    else this.#foundTable.bury(this.#foundSlot);
    if (this.#previous !== null || this.#current.slotCount <= this.#minSlots) return;
    if (this.size * 10 < this.#current.slotCount) this.#shrink();
  }

  /** Begins to move to a smaller table; without memory for it the large one stays. */
  #shrink(): void {
    try {
      this.#startRehash(Math.max(this.#minSlots, this.#current.slotCount / 4));
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
  }

  /** Points an entry's slot to where the entry has moved. */
  replace(ref: BlockRef, moved: BlockRef): void {
    this.#locate(ref);
    this.#foundTable.slots[this.#foundSlot * 2 + 1] = moved;
  }

  /** Migrates the slots that one operation pays for. */
  step(): void {
    if (this.#previous !== null) this.migrate(this.#slotsPerStep);
  }

  /** Migrates up to `slots` slots; true while a rehash is under way. */
  migrate(slots: number): boolean {
    const previous = this.#previous;
    if (previous === null) return false;
    const end = Math.min(this.#migrated + slots, previous.slotCount);
    for (let slot = this.#migrated; slot < end; slot++) {
      const ref = previous.slots[slot * 2 + 1]!;
      if (ref === EMPTY || ref === TOMBSTONE) continue;
      this.#current.insert(previous.slots[slot * 2]!, ref);
      previous.bury(slot);
    }
    this.#migrated = end;
    if (end < previous.slotCount) return true;
    this.#previous = null;
    this.#foundTable = this.#current;
    this.#foundSlot = 0;
    return false;
  }

  /**
   * One SCAN step: visits the entries of the home bucket that `cursor` names, in both tables while
   * entries migrate, and returns the next cursor, 0 at the end.
   *
   * The cursor counts in reversed binary, high bits first, as Redis' does: the buckets of a larger
   * table that a smaller one's bucket splits into follow one another, so that a change of size
   * between two steps skips none.
   */
  scan(cursor: number, visit: (ref: BlockRef) => void): number {
    const current = this.#current;
    const previous = this.#previous;
    if (previous === null) {
      current.visitHome(cursor & current.mask, visit);
      return nextCursor(cursor, current.mask);
    }
    const [small, large] = previous.mask < current.mask ? [previous, current] : [current, previous];
    small.visitHome(cursor & small.mask, visit);
    let next = cursor;
    do {
      large.visitHome(next & large.mask, visit);
      next = nextCursor(next, large.mask);
    } while ((next & (small.mask ^ large.mask)) !== 0);
    return next;
  }

  /** Visits every entry once. */
  forEach(visit: (ref: BlockRef) => void): void {
    if (this.#previous !== null) visitAll(this.#previous, visit);
    visitAll(this.#current, visit);
  }

  /** A uniformly drawn entry; 0 when empty. */
  randomEntry(random: Random): BlockRef {
    const size = this.size;
    if (size === 0) return 0;
    const old = this.#previous === null ? 0 : this.#previous.slotCount - this.#migrated;
    for (let probe = 0; probe < RANDOM_PROBES; probe++) {
      const ref = this.#unmigrated(drawBelow(random, old + this.#current.slotCount));
      if (ref !== EMPTY && ref !== TOMBSTONE) return ref;
    }
    let skip = drawBelow(random, size);
    for (let position = 0; ; position++) {
      const ref = this.#unmigrated(position);
      if (ref !== EMPTY && ref !== TOMBSTONE && skip-- === 0) return ref;
    }
  }

  /**
   * Visits up to `count` entries that lie one behind the other from a drawn slot on: a sample, since
   * their order is that of a keyed hash. In a sparse table it may be smaller, of one at least.
   */
  sample(random: Random, count: number, visit: (ref: BlockRef) => void): void {
    const old = this.#previous === null ? 0 : this.#previous.slotCount - this.#migrated;
    const positions = old + this.#current.slotCount;
    let position = drawBelow(random, positions);
    let left = Math.min(count, this.size);
    for (let steps = Math.min(positions, count * SAMPLE_SLOTS); left > 0 && steps > 0; steps--) {
      const ref = this.#unmigrated(position);
      if (ref !== EMPTY && ref !== TOMBSTONE) {
        visit(ref);
        left--;
      }
      if (++position === positions) position = 0;
    }
    if (count > 0 && this.size > 0 && left === Math.min(count, this.size)) {
      visit(this.randomEntry(random));
    }
  }

  /** True when an entry whose key has that hash has that reference. Any reference may be asked for. */
  holds(hash: number, ref: BlockRef): boolean {
    if (this.#current.slotOf(hash, ref) >= 0) return true;
    return this.#previous !== null && this.#previous.slotOf(hash, ref) >= 0;
  }

  /** The reference at a position among the current table's slots and the previous one's rest. */
  #unmigrated(position: number): BlockRef {
    const current = this.#current;
    if (position < current.slotCount) return current.slots[position * 2 + 1]!;
    const slot = position - current.slotCount + this.#migrated;
    return this.#previous!.slots[slot * 2 + 1]!;
  }

  #locate(ref: BlockRef): void {
    if (this.#foundTable.slots[this.#foundSlot * 2 + 1] === ref) return;
    const entries = this.#entries;
    const hash = this.hash(entries.bytes(ref), entries.keyOffset(ref), entries.keyLength(ref));
    let table = this.#current;
    let slot = table.slotOf(hash, ref);
    if (slot < 0 && this.#previous !== null) {
      table = this.#previous;
      slot = table.slotOf(hash, ref);
    }
    assert(slot >= 0, "the entry is not in the index");
    this.#foundTable = table;
    this.#foundSlot = slot;
  }

  #startRehash(slotCount: number): void {
    if (CHECKED) assert(this.#previous === null, "one rehash at a time");
    if (slotCount > MAX_SLOTS) throw new OutOfMemory("the index is at its greatest size");
    const next = new Table(slotCount);
    this.#previous = this.#current;
    this.#current = next;
    this.#migrated = 0;
  }

  /** Ends a rehash at once. Steps are sized so that the size changes again only after the end. */
  #finish(): void {
    if (this.#previous !== null) this.migrate(this.#previous.slotCount);
  }

  /** Checks both tables; with the arena's check that each block is found, this is all of it. */
  verify(): void {
    const previous = this.#previous;
    const current = this.#current;
    assert(this.size * 4 <= current.slotCount * 3, "the index is overfull");
    assert(current.slotCount >= this.#minSlots, "the index is too small");
    this.#verifyTable(current, 0);
    if (previous === null) {
      return;
    }
    assert(previous.slotCount !== current.slotCount, "a rehash changes the size");
    assert(this.#migrated < previous.slotCount, "a rehash outlived its end");
    this.#verifyTable(previous, this.#migrated);
  }

  #verifyTable(table: Table, from: number): void {
    let count = 0;
    for (let slot = 0; slot <= table.mask; slot++) {
      const ref = table.slots[slot * 2 + 1]!;
      if (table === this.#current) assert(ref !== TOMBSTONE, "a tombstone in the current table");
      if (ref === EMPTY || ref === TOMBSTONE) continue;
      assert(slot >= from, "an entry in a migrated slot");
      this.#verifySlot(table, slot, ref);
      count++;
    }
    assert(count === table.count, "a table's count differs from its slots");
  }

  #verifySlot(table: Table, slot: number, ref: BlockRef): void {
    const entries = this.#entries;
    const bytes = entries.bytes(ref);
    const hash = this.hash(bytes, entries.keyOffset(ref), entries.keyLength(ref));
    assert(table.slots[slot * 2] === hash, "a slot's hash is not its key's");
    assert(table.slotOf(hash, ref) === slot, "an entry cannot be reached, or has two slots");
    const found = this.find(hash, bytes, entries.keyOffset(ref), entries.keyLength(ref));
    assert(found === ref, "a key is there twice");
  }
}

function visitAll(table: Table, visit: (ref: BlockRef) => void): void {
  for (let at = 1; at < table.slots.length; at += 2) {
    const ref = table.slots[at]!;
    if (ref !== EMPTY && ref !== TOMBSTONE) visit(ref);
  }
}
