import { assert, CHECKED } from "../assert.ts";
import type { BlockRef } from "./arena.ts";
import type { Entries } from "./entries.ts";
import { takeMemory } from "./out-of-memory.ts";

/** The reference in a slot that nothing has used. */
export const EMPTY = 0;
/** The reference in a slot whose entry has left a table that is being emptied; no block has it. */
export const TOMBSTONE = 1;
/** A hash and a reference. */
const SLOT_BYTES = 8;

/**
 * One open-addressing table with linear probing: slots of a hash and a reference.
 *
 * Between an entry's home (`hash & mask`) and its slot no slot is empty. A table keeps at least
 * one empty slot, so that every probe ends.
 */
export class Table {
  /** Slot `i` is the hash at `2 * i` and the reference at `2 * i + 1`. */
  readonly slots: Int32Array;
  /** Number of slots, a power of two, less one. */
  readonly mask: number;
  /** Number of slots that hold an entry. */
  count = 0;

  /** @throws OutOfMemory */
  constructor(slotCount: number) {
    assert(slotCount >= 2 && (slotCount & (slotCount - 1)) === 0, "slots are a power of two");
    this.slots = new Int32Array(takeMemory(slotCount * SLOT_BYTES));
    this.mask = slotCount - 1;
  }

  /** Number of slots. */
  get slotCount(): number {
    return this.mask + 1;
  }

  /** The slot of a key, or -1. */
  find(entries: Entries, hash: number, bytes: Uint8Array, offset: number, length: number): number {
    const slots = this.slots;
    const mask = this.mask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const ref = slots[slot * 2 + 1]!;
      if (ref === EMPTY) return -1;
      if (slots[slot * 2] !== hash || ref === TOMBSTONE) continue;
      if (entries.keyEquals(ref, bytes, offset, length)) return slot;
    }
  }

  /** Reads the home slots of some hashes, so that they are in the processor's caches. Returns nothing of use. */
  prefetch(hashes: Int32Array, count: number): number {
    const slots = this.slots;
    const mask = this.mask;
    let sum = 0;
    for (let i = 0; i < count; i++) sum ^= slots[(hashes[i]! & mask) * 2]!;
    return sum;
  }

  /**
   * Puts the first reference with each of some hashes into `refs`: nearly always that of the key.
   * Precondition: there are no tombstones.
   *
   * @returns how many there are
   */
  likelyRefs(hashes: Int32Array, count: number, refs: Int32Array): number {
    const slots = this.slots;
    const mask = this.mask;
    let found = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!;
      let slot = hash & mask;
      while (slots[slot * 2] !== hash && slots[slot * 2 + 1] !== EMPTY) slot = (slot + 1) & mask;
      const ref = slots[slot * 2 + 1]!;
      if (ref !== EMPTY) refs[found++] = ref;
    }
    return found;
  }

  /** The slot of a reference under its key's hash, or -1. */
  slotOf(hash: number, ref: BlockRef): number {
    const slots = this.slots;
    const mask = this.mask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot * 2 + 1]!;
      if (held === ref) return slot;
      if (held === EMPTY) return -1;
    }
  }

  /** Adds a reference and returns its slot. Precondition: there are no tombstones. */
  insert(hash: number, ref: BlockRef): number {
    if (CHECKED) assert(this.count < this.mask, "a table keeps an empty slot");
    const slots = this.slots;
    const mask = this.mask;
    let slot = hash & mask;
    while (slots[slot * 2 + 1] !== EMPTY) slot = (slot + 1) & mask;
    slots[slot * 2] = hash;
    slots[slot * 2 + 1] = ref;
    this.count++;
    return slot;
  }

  /** Empties a slot and moves back what its entry had displaced. Precondition: there are no tombstones. */
  removeShifting(slot: number): void {
    const slots = this.slots;
    const mask = this.mask;
    let hole = slot;
    for (let next = (hole + 1) & mask; slots[next * 2 + 1] !== EMPTY; next = (next + 1) & mask) {
      const home = slots[next * 2]! & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      slots[hole * 2] = slots[next * 2]!;
      slots[hole * 2 + 1] = slots[next * 2 + 1]!;
      hole = next;
    }
    slots[hole * 2] = 0;
    slots[hole * 2 + 1] = EMPTY;
    this.count--;
  }

  /** Empties a slot of a table that takes no more insertions. */
  bury(slot: number): void {
    this.slots[slot * 2] = 0;
    this.slots[slot * 2 + 1] = TOMBSTONE;
    this.count--;
  }

  /** Visits the entries whose home is `bucket`. */
  visitHome(bucket: number, visit: (ref: BlockRef) => void): void {
    const slots = this.slots;
    const mask = this.mask;
    for (let slot = bucket; ; slot = (slot + 1) & mask) {
      const ref = slots[slot * 2 + 1]!;
      if (ref === EMPTY) return;
      if (ref !== TOMBSTONE && (slots[slot * 2]! & mask) === bucket) visit(ref);
    }
  }
}
