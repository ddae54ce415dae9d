import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { drawBelow } from "../engine/draw.ts";
import { halfSipHash13 } from "../engine/hash.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import { nextCursor } from "../engine/scan-cursor.ts";
import type { Random } from "../ports/random.ts";
import { Elements } from "./elements.ts";

/** The reference in a slot that nothing has used. */
const EMPTY = 0;
/** The reference in a slot whose element has left a table that is being emptied. */
const TOMBSTONE = 1;
/** A hash and a reference. */
const SLOT_BYTES = 8;
/** A table's greatest size: 2 GiB. */
const MAX_SLOTS = 2 ** 28;
/** Random probes before `random` counts instead: at a tenth full they all miss once in 10^11. */
const RANDOM_PROBES = 256;
/** What `gather` hands out at once: as many cache misses overlap. */
const GATHERED = 32;
/** While freeing, so many slots cost as much as one element. */
const SLOTS_PER_ELEMENT = 8;

const HEADER_BYTES = 32;
const COUNT = 0;
const TABLE = 1;
const MASK = 2;
const OLD_TABLE = 3;
const OLD_MASK = 4;
const MIGRATED = 5;
const HELD = 6;
const TYPE = 7;

const NO_WORDS = new Int32Array(0);

/** How the tables of an arena are made. */
export interface ElementTableOptions {
  /** The secret key of the hash. */
  readonly hashKey: readonly [number, number];
  /** Elements have a score. */
  readonly scored: boolean;
  /** Slots of an empty table, a power of two; it never has fewer. */
  readonly minSlots: number;
  /** Slots that each change migrates while a rehash is under way. */
  readonly slotsPerStep: number;
}

/**
 * A large hash or set, or the members of a large sorted set: a hash table of elements, all of it in
 * blocks of an arena. This is a view: `open` puts it on one table after the other.
 *
 * It is the keyspace's index in small: open addressing with linear probing, slots of a hash and a
 * reference; it doubles when three quarters full and quarters when less than a tenth full, and each
 * change migrates a few slots, so that none is long. Additions go to the current table; what
 * leaves the old one leaves a tombstone.
 *
 * Header, in words: elements, table, its mask, old table (0: none), its mask, old slots that are
 * migrated, 16-byte pieces of all blocks, one word for the type.
 *
 * What reading returns holds until the next change. OutOfMemory leaves all as it was.
 */
export class ElementTable {
  readonly elements: Elements;
  /** The header; 0 when no table is open. */
  ref: BlockRef = 0;
  /** Elements. */
  count = 0;
  /** What `scan` and `gather` have found, and how many they are. */
  refs: Int32Array = new Int32Array(64);
  found = 0;
  /** The hashes of what `gather` has found: those of every table of this keyspace. */
  readonly hashes = new Int32Array(GATHERED);
  /** A digest of what `gather` has read ahead, lest a compiler leave the reading out. */
  gathered = 0;

  readonly #arena: Arena;
  readonly #key0: number;
  readonly #key1: number;
  readonly #minSlots: number;
  readonly #slotsPerStep: number;

  #table: BlockRef = 0;
  #words: Int32Array = NO_WORDS;
  /** The first slot's word. */
  #base = 0;
  #mask = 0;
  #oldTable: BlockRef = 0;
  #oldWords: Int32Array = NO_WORDS;
  #oldBase = 0;
  #oldMask = 0;
  #migrated = 0;
  #held = 0;
  /** Where the last search found. */
  #foundOld = false;
  #foundSlot = -1;

  constructor(arena: Arena, options: ElementTableOptions) {
    const { minSlots } = options;
    assert(minSlots >= 2 && (minSlots & (minSlots - 1)) === 0, "slots are a power of two");
    this.#arena = arena;
    this.elements = new Elements(arena, options.scored);
    [this.#key0, this.#key1] = options.hashKey;
    this.#minSlots = minSlots;
    this.#slotsPerStep = options.slotsPerStep;
  }

  /** Bytes of all blocks, the header's and the elements' included. */
  get bytesHeld(): number {
    return this.#held * 16;
  }

  /** True while elements migrate. */
  get rehashing(): boolean {
    return this.#oldTable !== 0;
  }

  /** Slots; the new table's while elements migrate. */
  get slotCount(): number {
    return this.#mask + 1;
  }

  /** The header's word for the type. */
  get typeWord(): number {
    return this.#header(TYPE);
  }

  set typeWord(value: number) {
    this.#setHeader(TYPE, value);
  }

  /** Makes an empty table and opens it. @throws OutOfMemory */
  create(): BlockRef {
    const ref = this.#arena.allocate(HEADER_BYTES);
    let table: BlockRef;
    try {
      table = this.#newTable(this.#minSlots);
    } catch (error) {
      this.#arena.free(ref, HEADER_BYTES);
      throw error;
    }
    this.ref = ref;
    this.#setHeader(COUNT, 0);
    this.#setHeader(TABLE, table);
    this.#setHeader(MASK, this.#minSlots - 1);
    this.#setHeader(OLD_TABLE, 0);
    this.#setHeader(OLD_MASK, 0);
    this.#setHeader(MIGRATED, 0);
    this.#setHeader(HELD, (HEADER_BYTES + this.#tableBytes(table, this.#minSlots)) >>> 4);
    this.#setHeader(TYPE, 0);
    this.open(ref);
    return ref;
  }

  /** Puts the view on a table. */
  open(ref: BlockRef): void {
    if (CHECKED) assert(ref !== 0, "no table");
    const { words, grainShift, grainMask } = this.#arena;
    const header = words[ref >>> grainShift]!;
    const at = (ref & grainMask) << 2;
    this.ref = ref;
    this.count = header[at + COUNT]!;
    const table = header[at + TABLE]!;
    this.#table = table;
    this.#words = words[table >>> grainShift]!;
    this.#base = (table & grainMask) << 2;
    this.#mask = header[at + MASK]!;
    this.#migrated = header[at + MIGRATED]!;
    this.#held = header[at + HELD]! >>> 0;
    this.#foundSlot = -1;
    const old = header[at + OLD_TABLE]!;
    this.#oldTable = old;
    if (old === 0) return;
    this.#oldWords = words[old >>> grainShift]!;
    this.#oldBase = (old & grainMask) << 2;
    this.#oldMask = header[at + OLD_MASK]!;
  }

  #save(): void {
    const { words, grainShift, grainMask } = this.#arena;
    const header = words[this.ref >>> grainShift]!;
    const at = (this.ref & grainMask) << 2;
    header[at + COUNT] = this.count;
    header[at + TABLE] = this.#table;
    header[at + MASK] = this.#mask;
    header[at + OLD_TABLE] = this.#oldTable;
    header[at + OLD_MASK] = this.#oldMask;
    header[at + MIGRATED] = this.#migrated;
    header[at + HELD] = this.#held;
  }

  /** The keyed hash of a name. */
  hash(bytes: Uint8Array, offset: number, length: number): number {
    return halfSipHash13(this.#key0, this.#key1, bytes, offset, length);
  }

  /** The element of a name whose hash is `hash`, 0 when there is none. Changes follow what was found last. */
  find(hash: number, bytes: Uint8Array, offset: number, length: number): BlockRef {
    if (CHECKED) assert(this.ref !== 0, "a table is open");
    const { elements } = this;
    this.#foundOld = false;
    let words = this.#words;
    let base = this.#base;
    let mask = this.#mask;
    for (;;) {
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const at = base + slot * 2;
        const ref = words[at + 1]!;
        if (ref === EMPTY) break;
        if (words[at] !== hash || ref === TOMBSTONE) continue;
        if (!elements.nameEquals(ref, bytes, offset, length)) continue;
        this.#foundSlot = slot;
        return ref;
      }
      if (this.#foundOld || this.#oldTable === 0) break;
      this.#foundOld = true;
      words = this.#oldWords;
      base = this.#oldBase;
      mask = this.#oldMask;
    }
    this.#foundSlot = -1;
    return 0;
  }

  /** Adds an element whose name, with the hash `hash`, is absent. @throws OutOfMemory */
  add(
    hash: number,
    name: Uint8Array,
    nameOffset: number,
    nameLength: number,
    value: Uint8Array,
    valueOffset: number,
    valueLength: number,
  ): BlockRef {
    if (CHECKED) {
      assert(this.find(hash, name, nameOffset, nameLength) === 0, "a name is added once");
    }
    const { elements } = this;
    const ref = elements.create(name, nameOffset, nameLength, value, valueOffset, valueLength);
    if ((this.count + 1) * 4 > (this.#mask + 1) * 3) {
      try {
        this.#startRehash((this.#mask + 1) * 2);
      } catch (error) {
        elements.free(ref);
        this.#save();
        throw error;
      }
    }
    this.#foundSlot = this.#put(hash, ref);
    this.#foundOld = false;
    this.count++;
    this.#held += elements.blockBytes(ref) >>> 4;
    this.#migrate(this.#slotsPerStep);
    this.#save();
    return ref;
  }

  /** Gives the element that was found last another value, and returns where it is then. @throws OutOfMemory */
  setValue(value: Uint8Array, offset: number, length: number): BlockRef {
    const { elements } = this;
    const ref = this.#foundRef();
    if (elements.overwrite(ref, value, offset, length)) return ref;
    const bytes = elements.bytes(ref);
    const nameOffset = elements.nameOffset(ref);
    const nameLength = elements.nameLength(ref);
    const moved = elements.create(bytes, nameOffset, nameLength, value, offset, length);
    this.#foundWords()[this.#foundAt() + 1] = moved;
    this.#held += (elements.blockBytes(moved) - elements.blockBytes(ref)) >> 4;
    elements.free(ref);
    this.#save();
    return moved;
  }

  /** Removes and frees the element that was found last. */
  remove(): void {
    const ref = this.#foundRef();
    this.#held -= this.elements.blockBytes(ref) >>> 4;
    this.elements.free(ref);
    if (this.#foundOld) this.#bury(this.#foundSlot);
    else this.#removeShifting(this.#foundSlot);
    this.#foundSlot = -1;
    this.count--;
    const slots = this.#mask + 1;
    if (this.#oldTable === 0 && slots > this.#minSlots && this.count * 10 < slots) this.#shrink();
    this.#migrate(this.#slotsPerStep);
    this.#save();
  }

  /** A uniformly drawn element, which counts as found; 0 when there is none. */
  random(random: Random): BlockRef {
    if (this.count === 0) return 0;
    const old = this.#oldTable === 0 ? 0 : this.#oldMask + 1 - this.#migrated;
    const positions = this.#mask + 1 + old;
    // Every element has one slot: a random slot in use is a random element.
    for (let probe = 0; probe < RANDOM_PROBES; probe++) {
      const ref = this.#seekPosition(drawBelow(random, positions));
      if (ref !== 0) return ref;
    }
    let skip = drawBelow(random, this.count);
    for (let position = 0; ; position++) {
      const ref = this.#seekPosition(position);
      if (ref !== 0 && skip-- === 0) return ref;
    }
  }

  /** Finds the element at a position among the table's slots and the old one's rest; 0 when it has none. */
  #seekPosition(position: number): BlockRef {
    this.#foundOld = position > this.#mask;
    this.#foundSlot = this.#foundOld ? position - this.#mask - 1 + this.#migrated : position;
    const ref = this.#foundWords()[this.#foundAt() + 1]!;
    return ref === TOMBSTONE ? 0 : ref;
  }

  /**
   * Visits all elements in steps, from position 0 on: puts some into `refs` and `hashes`, `found`
   * of them, and returns the position to go on from, -1 at the end. Positions hold until the next
   * change. The elements are read ahead, so that their cache misses overlap.
   */
  gather(position: number): number {
    const { refs, hashes } = this;
    const old = this.#oldTable === 0 ? 0 : this.#oldMask + 1;
    const end = this.#mask + 1 + old;
    let found = 0;
    let next = position;
    for (; next < end && found < GATHERED; next++) {
      const inOld = next > this.#mask;
      const slots = inOld ? this.#oldWords : this.#words;
      const at = inOld ? this.#oldBase + (next - this.#mask - 1) * 2 : this.#base + next * 2;
      const ref = slots[at + 1]!;
      if (ref === EMPTY || ref === TOMBSTONE) continue;
      hashes[found] = slots[at]!;
      refs[found++] = ref;
    }
    this.#readAhead(found);
    this.found = found;
    return next === end ? -1 : next;
  }

  /** Reads the heads of the first `found` of `refs`, so that their cache misses overlap. */
  #readAhead(found: number): void {
    const { words, grainShift, grainMask } = this.#arena;
    const { refs } = this;
    let sum = 0;
    for (let i = 0; i < found; i++) {
      sum ^= words[refs[i]! >>> grainShift]![(refs[i]! & grainMask) << 2]!;
    }
    this.gathered = sum;
  }

  /**
   * One step of a scan: puts the elements of the home bucket that `cursor` names into `refs`, in
   * both tables while elements migrate, and returns the next cursor, 0 at the end. Cursors are the
   * keyspace's, with the same guarantee: what is there all the time is found.
   */
  scan(cursor: number): number {
    this.found = 0;
    if (this.#oldTable === 0) {
      this.#collectHome(this.#words, this.#base, this.#mask, cursor & this.#mask);
      return nextCursor(cursor, this.#mask);
    }
    const small = Math.min(this.#mask, this.#oldMask);
    const large = Math.max(this.#mask, this.#oldMask);
    this.#collect(small, cursor & small);
    let next = cursor;
    do {
      this.#collect(large, next & large);
      next = nextCursor(next, large);
    } while ((next & (small ^ large)) !== 0);
    return next;
  }

  /** Collects a home bucket of that of the two tables which has this mask. */
  #collect(mask: number, bucket: number): void {
    if (mask === this.#mask) this.#collectHome(this.#words, this.#base, mask, bucket);
    else this.#collectHome(this.#oldWords, this.#oldBase, mask, bucket);
  }

  #collectHome(words: Int32Array, base: number, mask: number, bucket: number): void {
    for (let slot = bucket; ; slot = (slot + 1) & mask) {
      const ref = words[base + slot * 2 + 1]!;
      if (ref === EMPTY) return;
      if (ref === TOMBSTONE || (words[base + slot * 2]! & mask) !== bucket) continue;
      if (this.found === this.refs.length) {
        const grown = new Int32Array(this.found * 2);
        grown.set(this.refs);
        this.refs = grown;
      }
      this.refs[this.found++] = ref;
    }
  }

  /**
   * Frees about `budget` elements of a table that no key has any more; true when the table and its
   * header are gone. Until then it is only good for another call, and for `visitBlocks`.
   */
  release(budget: number): boolean {
    if (CHECKED)
      assert(this.ref !== 0 && budget > 0, "a table is open, and something is to be done");
    let left = budget * SLOTS_PER_ELEMENT;
    while (left > 0) {
      const old = this.#oldTable !== 0;
      const words = old ? this.#oldWords : this.#words;
      const base = old ? this.#oldBase : this.#base;
      const slots = (old ? this.#oldMask : this.#mask) + 1;
      let slot = this.#migrated;
      let found = 0;
      for (; slot < slots && left > 0 && found < GATHERED; slot++, left--) {
        const at = base + slot * 2 + 1;
        const ref = words[at]!;
        if (ref === EMPTY || ref === TOMBSTONE) continue;
        this.refs[found++] = ref;
        words[at] = EMPTY;
        left -= SLOTS_PER_ELEMENT;
      }
      this.#readAhead(found);
      for (let i = 0; i < found; i++) {
        const ref = this.refs[i]!;
        this.#held -= this.elements.blockBytes(ref) >>> 4;
        this.elements.free(ref);
      }
      this.count -= found;
      this.#migrated = slot;
      if (slot < slots) continue;
      this.#freeTable(old ? this.#oldTable : this.#table, slots);
      this.#migrated = 0;
      if (!old) {
        if (CHECKED) assert(this.count === 0 && this.bytesHeld === HEADER_BYTES, "all is freed");
        this.#arena.free(this.ref, HEADER_BYTES);
        this.ref = 0;
        return true;
      }
      this.#oldTable = 0;
    }
    this.#save();
    return false;
  }

  /** Visits every block with the bytes it was allocated for, the header's included. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    visit(this.ref, HEADER_BYTES);
    visit(this.#table, (this.#mask + 1) * SLOT_BYTES);
    if (this.#oldTable !== 0) visit(this.#oldTable, (this.#oldMask + 1) * SLOT_BYTES);
    for (let position = 0; position !== -1; ) {
      position = this.gather(position);
      const refs = this.refs.slice(0, this.found);
      for (const ref of refs) visit(ref, this.elements.heldBytes(ref));
    }
  }

  #put(hash: number, ref: BlockRef): number {
    const words = this.#words;
    const base = this.#base;
    const mask = this.#mask;
    let slot = hash & mask;
    while (words[base + slot * 2 + 1] !== EMPTY) slot = (slot + 1) & mask;
    words[base + slot * 2] = hash;
    words[base + slot * 2 + 1] = ref;
    return slot;
  }

  /** Empties a slot and moves back what its element had displaced. */
  #removeShifting(slot: number): void {
    const words = this.#words;
    const base = this.#base;
    const mask = this.#mask;
    let hole = slot;
    let next = (hole + 1) & mask;
    while (words[base + next * 2 + 1] !== EMPTY) {
      const home = words[base + next * 2]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        words[base + hole * 2] = words[base + next * 2]!;
        words[base + hole * 2 + 1] = words[base + next * 2 + 1]!;
        hole = next;
      }
      next = (next + 1) & mask;
    }
    words[base + hole * 2] = 0;
    words[base + hole * 2 + 1] = EMPTY;
  }

  #bury(slot: number): void {
    this.#oldWords[this.#oldBase + slot * 2] = 0;
    this.#oldWords[this.#oldBase + slot * 2 + 1] = TOMBSTONE;
  }

  #startRehash(slots: number): void {
    if (this.#oldTable !== 0) this.#migrate(this.#oldMask + 1);
    if (slots > MAX_SLOTS) throw new OutOfMemory("a table is at its greatest size");
    const table = this.#newTable(slots);
    this.#oldTable = this.#table;
    this.#oldWords = this.#words;
    this.#oldBase = this.#base;
    this.#oldMask = this.#mask;
    this.#migrated = 0;
    this.#table = table;
    this.#words = this.#arena.words[table >>> this.#arena.grainShift]!;
    this.#base = (table & this.#arena.grainMask) << 2;
    this.#mask = slots - 1;
    this.#held += this.#tableBytes(table, slots) >>> 4;
  }

  /** Begins to move to a smaller table; without memory for it the large one stays. */
  #shrink(): void {
    try {
      this.#startRehash(Math.max(this.#minSlots, this.slotCount / 4));
    } catch (error) {
      if (error instanceof OutOfMemory) return;
      throw error;
    }
  }

  #migrate(slots: number): void {
    if (this.#oldTable === 0) return;
    const end = Math.min(this.#migrated + slots, this.#oldMask + 1);
    for (let slot = this.#migrated; slot < end; slot++) {
      const at = this.#oldBase + slot * 2;
      const ref = this.#oldWords[at + 1]!;
      if (ref === EMPTY || ref === TOMBSTONE) continue;
      const to = this.#put(this.#oldWords[at]!, ref);
      if (this.#foundOld && this.#foundSlot === slot) {
        this.#foundOld = false;
        this.#foundSlot = to;
      }
      this.#bury(slot);
    }
    this.#migrated = end;
    if (end <= this.#oldMask) return;
    this.#freeTable(this.#oldTable, this.#oldMask + 1);
    this.#oldTable = 0;
    this.#oldMask = 0;
    this.#oldWords = NO_WORDS;
    this.#migrated = 0;
  }

  #newTable(slots: number): BlockRef {
    const { words, grainShift, grainMask } = this.#arena;
    const byteLength = slots * SLOT_BYTES;
    const ref = this.#arena.allocate(byteLength);
    // Above a quarter of a segment a block has its own memory, which comes zeroed.
    const table = words[ref >>> grainShift]!;
    const at = (ref & grainMask) << 2;
    if (byteLength <= (grainMask + 1) * 4) table.fill(EMPTY, at, at + slots * 2);
    else if (CHECKED) assert(table[1] === EMPTY && table[slots * 2 - 1] === EMPTY, "zeroed memory");
    return ref;
  }

  #freeTable(table: BlockRef, slots: number): void {
    this.#held -= this.#tableBytes(table, slots) >>> 4;
    this.#arena.free(table, slots * SLOT_BYTES);
  }

  #tableBytes(table: BlockRef, slots: number): number {
    return this.#arena.blockBytes(table, slots * SLOT_BYTES);
  }

  #foundWords(): Int32Array {
    return this.#foundOld ? this.#oldWords : this.#words;
  }

  #foundAt(): number {
    return (this.#foundOld ? this.#oldBase : this.#base) + this.#foundSlot * 2;
  }

  #foundRef(): BlockRef {
    if (CHECKED) assert(this.#foundSlot >= 0, "an element was found");
    const ref = this.#foundWords()[this.#foundAt() + 1]!;
    if (CHECKED) assert(ref !== EMPTY && ref !== TOMBSTONE, "what was found is still there");
    return ref;
  }

  #header(word: number): number {
    const { words, grainShift, grainMask } = this.#arena;
    return words[this.ref >>> grainShift]![((this.ref & grainMask) << 2) + word]!;
  }

  #setHeader(word: number, value: number): void {
    const { words, grainShift, grainMask } = this.#arena;
    words[this.ref >>> grainShift]![((this.ref & grainMask) << 2) + word] = value;
  }

  /** Checks slots, elements, counts and bytes. Throws AssertionError. */
  verifyInvariants(): void {
    assert(this.count * 4 <= this.slotCount * 3, "the table is overfull");
    assert(this.slotCount >= this.#minSlots, "the table is too small");
    assert(this.#header(COUNT) === this.count, "the header's count is the view's");
    assert(this.#header(HELD) >>> 0 === this.#held, "the header's bytes are the view's");
    if (this.#oldTable === 0) assert(this.#migrated === 0, "nothing migrates without an old table");
    else assert(this.#oldMask !== this.#mask, "a rehash changes the size");
    const current = this.#verifyTable(this.#words, this.#base, this.#mask, false);
    const old = this.rehashing
      ? this.#verifyTable(this.#oldWords, this.#oldBase, this.#oldMask, true)
      : 0;
    assert(current + old === this.count, "the count is that of the slots in use");
    let held = 0;
    this.visitBlocks((ref, byteLength) => {
      held += this.#arena.blockBytes(ref, byteLength);
    });
    assert(held === this.bytesHeld, "the bytes are those of the blocks");
  }

  #verifyTable(words: Int32Array, base: number, mask: number, old: boolean): number {
    const { elements } = this;
    let count = 0;
    for (let slot = 0; slot <= mask; slot++) {
      const ref = words[base + slot * 2 + 1]!;
      if (!old) assert(ref !== TOMBSTONE, "a tombstone in the current table");
      if (ref === EMPTY || ref === TOMBSTONE) continue;
      if (old) assert(slot >= this.#migrated, "an element in a migrated slot");
      const hash = words[base + slot * 2]!;
      const length = elements.nameLength(ref);
      const bytes = elements.bytes(ref);
      const offset = elements.nameOffset(ref);
      assert(this.hash(bytes, offset, length) === hash, "a slot's hash is not its name's");
      assert(
        this.find(hash, bytes, offset, length) === ref,
        "an element cannot be found, or is there twice",
      );
      assert(this.#foundOld === old && this.#foundSlot === slot, "an element has two slots");
      count++;
    }
    this.#foundSlot = -1;
    return count;
  }
}
