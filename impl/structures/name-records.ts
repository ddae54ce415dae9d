import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { Elements } from "./elements.ts";
import { ScoreOrder, type ScoreOrderOptions } from "./score-order.ts";

/**
 * Names in the order of their bytes, each with a record of some words: the groups of a stream, the
 * consumers of a group. It is a view: `open` puts it on one set of records after the other.
 *
 * A record stays where it is until it is removed, so that others may refer to it. Its words are
 * its owner's; what they refer to is freed by the owner, before.
 */
export class NameRecords {
  readonly #arena: Arena;
  readonly #elements: Elements;
  readonly #order: ScoreOrder;
  readonly #words: number;
  readonly #blank: Uint8Array;

  /** @param words of each record */
  constructor(arena: Arena, words: number, options: ScoreOrderOptions = {}) {
    this.#arena = arena;
    // Every score is 0, so that names alone decide.
    this.#elements = new Elements(arena, true);
    this.#order = new ScoreOrder(arena, this.#elements, options);
    this.#words = words;
    this.#blank = new Uint8Array(words * 4);
  }

  /** The header; 0 when nothing is open. */
  get ref(): BlockRef {
    return this.#order.ref;
  }

  /** Number of records. */
  get length(): number {
    return this.#order.length;
  }

  /** Makes an empty set of records and opens it. @throws OutOfMemory */
  create(): BlockRef {
    return this.#order.create();
  }

  open(ref: BlockRef): void {
    this.#order.open(ref);
  }

  /** The record of a name; 0 when there is none. */
  find(name: Uint8Array, offset: number, length: number): BlockRef {
    if (!this.#order.seekName(name, offset, length, false)) return 0;
    const record = this.#order.element;
    return this.#elements.nameEquals(record, name, offset, length) ? record : 0;
  }

  /** Adds a record of zeros under a name that has none. @throws OutOfMemory */
  add(name: Uint8Array, offset: number, length: number): BlockRef {
    const blank = this.#blank;
    const record = this.#elements.create(name, offset, length, blank, 0, blank.length);
    try {
      this.#order.insert(0, record);
    } catch (error) {
      this.#elements.free(record);
      throw error;
    }
    return record;
  }

  /** Removes a record, which needs no memory. */
  remove(record: BlockRef): void {
    this.#order.remove(0, record);
    this.#elements.free(record);
  }

  /** The record at a position in the order of names, from 0 on; 0 when there is none. `next` goes on behind it. */
  at(position: number): BlockRef {
    return this.#order.seekRank(position) ? this.#order.element : 0;
  }

  /** The record behind the one that `at` or `next` has found last; 0 at the end. Nothing may have changed since. */
  next(): BlockRef {
    return this.#order.next() ? this.#order.element : 0;
  }

  /** The segment that holds a record with its name. */
  bytes(record: BlockRef): Uint8Array {
    return this.#elements.bytes(record);
  }

  nameOffset(record: BlockRef): number {
    return this.#elements.nameOffset(record);
  }

  nameLength(record: BlockRef): number {
    return this.#elements.nameLength(record);
  }

  /** A word of a record, signed. */
  word(record: BlockRef, word: number): number {
    if (CHECKED) assert(word >= 0 && word < this.#words, "a word of the record");
    const bytes = this.#elements.bytes(record);
    const at = this.#elements.valueOffset(record) + word * 4;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  setWord(record: BlockRef, word: number, value: number): void {
    if (CHECKED) assert(word >= 0 && word < this.#words, "a word of the record");
    const bytes = this.#elements.bytes(record);
    const at = this.#elements.valueOffset(record) + word * 4;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  /** Frees the header when no record is left. */
  drop(): void {
    if (CHECKED) assert(this.length === 0, "the records go first");
    const gone = this.#order.release(1);
    if (CHECKED) assert(gone, "an empty order is its header");
  }

  /** Visits every block with the bytes it was allocated for, the header's included. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    this.#order.visitBlocks(visit);
    for (let record = this.at(0); record !== 0; record = this.next()) {
      visit(record, this.#elements.heldBytes(record));
    }
  }

  /** Bytes of all blocks. */
  get bytesHeld(): number {
    let held = this.#order.bytesHeld;
    for (let record = this.at(0); record !== 0; record = this.next()) {
      held += this.#arena.blockBytes(record, this.#elements.heldBytes(record));
    }
    return held;
  }

  /** Checks order and records. Throws AssertionError. */
  verifyInvariants(): void {
    this.#order.verifyInvariants();
    for (let record = this.at(0); record !== 0; record = this.next()) {
      assert(this.#elements.valueLength(record) === this.#words * 4, "a record has its words");
    }
  }
}
