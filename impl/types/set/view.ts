import { assert, CHECKED } from "../../assert.ts";
import type { Arena } from "../../engine/arena.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import {
  addInteger,
  bytesWith,
  findInteger,
  intsetBytes,
  removeInteger,
} from "../../structures/intset.ts";
import type { SetBuilder } from "./builder.ts";
import { Encoding, INTSET_KIND, SET_TYPE } from "./kinds.ts";
import { SetReader } from "./reader.ts";

const NO_BYTES = new Uint8Array(0);

/**
 * The set of an entry, one after the other: it alone knows how sets are held, and changes that when
 * Redis does: a member that is no integer, or one more than `set-max-intset-entries`, makes a
 * table, which it stays.
 */
export class SetView extends SetReader {
  /** The entry, which moves as the set grows and shrinks. */
  ref: EntryRef = 0;
  #keyspace!: Keyspace;
  readonly #builder: SetBuilder;

  constructor(arena: Arena, hashKey: readonly [number, number], builder: SetBuilder) {
    super(arena, hashKey);
    this.#builder = builder;
  }

  /** Puts the view on an entry's set. */
  open(keyspace: Keyspace, ref: EntryRef): this {
    if (CHECKED) assert(keyspace.type(ref) === SET_TYPE, "a set");
    this.#keyspace = keyspace;
    this.ref = ref;
    if (keyspace.encoding(ref) === Encoding.hashtable) this.openTable(keyspace.root(ref));
    else this.openIntset(keyspace.bytes(ref), keyspace.valueOffset(ref));
    return this;
  }

  /** Adds a member; false when it is there. @throws OutOfMemory, changing nothing */
  add(bytes: Uint8Array, offset: number, length: number): boolean {
    const added = this.isTable
      ? this.#addElement(bytes, offset, length)
      : this.#addToIntset(bytes, offset, length);
    if (added && CHECKED) assert(this.has(bytes, offset, length), "what is added is there");
    return added;
  }

  #addElement(bytes: Uint8Array, offset: number, length: number): boolean {
    const { table } = this;
    const hash = table.hash(bytes, offset, length);
    if (table.find(hash, bytes, offset, length) !== 0) return false;
    table.add(hash, bytes, offset, length, NO_BYTES, 0, 0);
    if (CHECKED) this.#keyspace.mutated(this.ref);
    this.length++;
    return true;
  }

  #addToIntset(bytes: Uint8Array, offset: number, length: number): boolean {
    const { integer } = this;
    const keyspace = this.#keyspace;
    if (!integer.parse(bytes, offset, length)) return this.#addToTable(bytes, offset, length);
    const { low, high } = integer;
    if (findInteger(this.intset, this.start, low, high) >= 0) return false;
    if (this.length >= this.#builder.maxIntegers) return this.#addToTable(bytes, offset, length);
    const needed = bytesWith(this.intset, this.start, low, high);
    const ref = keyspace.resizeBytes(this.ref, needed, INTSET_KIND);
    addInteger(keyspace.bytes(ref), keyspace.valueOffset(ref), low, high);
    this.open(keyspace, ref);
    return true;
  }

  /** The intset becomes a table, with that member. */
  #addToTable(bytes: Uint8Array, offset: number, length: number): boolean {
    const builder = this.#builder;
    builder.startTable();
    try {
      for (this.rewind(); this.next(); ) builder.addMemberOf(this);
      builder.add(bytes, offset, length);
    } catch (error) {
      builder.discard();
      throw error;
    }
    this.open(this.#keyspace, builder.replace(this.#keyspace, this.ref));
    return true;
  }

  /** Removes a member; false when it is not there. Needs no memory. */
  remove(bytes: Uint8Array, offset: number, length: number): boolean {
    if (!this.has(bytes, offset, length)) return false;
    this.#removeFound();
    if (CHECKED) assert(!this.has(bytes, offset, length), "what is removed is gone");
    return true;
  }

  /** Removes the member that `draw` has read. */
  removeDrawn(): void {
    this.#removeFound();
  }

  #removeFound(): void {
    const keyspace = this.#keyspace;
    this.length--;
    if (CHECKED) keyspace.mutated(this.ref);
    if (this.isTable) {
      this.table.remove();
      return;
    }
    removeInteger(this.intset, this.start, this.integer.low, this.integer.high);
    this.#trim();
  }

  /** Lets the entry be as long as the intset is; without memory for that it stays longer. */
  #trim(): void {
    const keyspace = this.#keyspace;
    try {
      const needed = intsetBytes(this.intset, this.start);
      this.open(keyspace, keyspace.resizeBytes(this.ref, needed, INTSET_KIND));
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
  }

  /** Whether a set of the same members would be a table as soon as they are added. */
  needsTable(): boolean {
    if (this.length > this.#builder.maxIntegers) return true;
    if (!this.isTable) return false;
    for (this.rewind(); this.next(); ) if (!this.isInteger) return true;
    return false;
  }

  /** Makes the table an intset if its members allow that, and if there is memory. */
  rebuild(): void {
    if (!this.isTable || this.needsTable()) return;
    const builder = this.#builder;
    builder.start();
    for (this.rewind(); this.next(); ) builder.addMemberOf(this);
    try {
      this.open(this.#keyspace, builder.replace(this.#keyspace, this.ref));
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
  }
}
