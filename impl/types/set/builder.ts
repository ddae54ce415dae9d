import { assert, CHECKED } from "../../assert.ts";
import type { Arena } from "../../engine/arena.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { ElementTable } from "../../structures/element-table.ts";
import { Int64, MAX_INT64_TEXT } from "../../structures/int64.ts";
import {
  addInteger,
  bytesWith,
  findInteger,
  intsetBytes,
  intsetCount,
  makeIntset,
  readInteger,
} from "../../structures/intset.ts";
import type { EncodingLimits } from "../limits.ts";
import { INTSET_KIND, TABLE_KIND } from "./kinds.ts";
import { memberTable, type SetReader } from "./reader.ts";

/** A buffer above this size does not outlive the set that was built in it. */
const KEPT_BYTES = 64 * 1024;
/** What is freed at once of a table that was built for nothing. */
const RELEASED_AT_ONCE = 1 << 20;
/** No intset is longer, whatever the directive says. */
const MAX_INTSET_ENTRIES = 2 ** 30;
const NO_BYTES = new Uint8Array(0);

/**
 * Builds a set that no key has yet, so that running out of memory has changed nothing: from `start`
 * on members are added, until `store`, `replace` or `discard` ends it.
 */
export class SetBuilder {
  readonly #table: ElementTable;
  readonly #limits: EncodingLimits;
  readonly #integer = new Int64();
  #intset = new Uint8Array(1024);
  #isTable = false;

  constructor(arena: Arena, hashKey: readonly [number, number], limits: EncodingLimits) {
    this.#table = memberTable(arena, hashKey);
    this.#limits = limits;
  }

  /** Most members of an intset. */
  get maxIntegers(): number {
    return Math.min(this.#limits.setMaxIntsetEntries, MAX_INTSET_ENTRIES);
  }

  /** Number of members so far. */
  get length(): number {
    return this.#isTable ? this.#table.count : intsetCount(this.#intset, 0);
  }

  /** Begins a set without members. */
  start(): void {
    if (CHECKED) assert(!this.#isTable, "one set is built at a time");
    makeIntset(this.#intset, 0);
  }

  /** Begins one that is a table, whatever its members will be. @throws OutOfMemory, ending it */
  startTable(): void {
    this.start();
    this.#table.create();
    this.#isTable = true;
  }

  /** Adds a member; false when it is there. @throws OutOfMemory: the caller discards */
  add(bytes: Uint8Array, offset: number, length: number): boolean {
    if (!this.#isTable) {
      if (this.#integer.parse(bytes, offset, length)) {
        const { low, high } = this.#integer;
        if (findInteger(this.#intset, 0, low, high) >= 0) return false;
        if (intsetCount(this.#intset, 0) < this.maxIntegers) {
          this.#addInteger(low, high);
          return true;
        }
      }
      this.#toTable();
    }
    const hash = this.#table.hash(bytes, offset, length);
    return this.#addElement(hash, bytes, offset, length);
  }

  /** Adds the member that a reader has read last, as `add`. */
  addMemberOf(reader: SetReader): boolean {
    const { bytes, offset, memberLength } = reader;
    if (!this.#isTable) return this.add(bytes, offset, memberLength);
    return this.#addElement(reader.hash, bytes, offset, memberLength);
  }

  /** Opens what has been built in a reader, until the end. */
  read(reader: SetReader): SetReader {
    if (this.#isTable) return reader.openTable(this.#table.ref);
    return reader.openIntset(this.#intset, 0);
  }

  /** Gives a key the set, whatever it held, without an expiry. @throws OutOfMemory, discarding it */
  store(keyspace: Keyspace, key: Uint8Array, keyOffset: number, keyLength: number): EntryRef {
    return this.#hand(
      (bytes, length) =>
        keyspace.setBytes(key, keyOffset, keyLength, bytes, 0, length, INTSET_KIND, false),
      (root) => keyspace.setRoot(key, keyOffset, keyLength, root, TABLE_KIND, false),
    );
  }

  /** Puts the set in the place of an entry's value. @throws OutOfMemory, discarding it */
  replace(keyspace: Keyspace, ref: EntryRef): EntryRef {
    return this.#hand(
      (bytes, length) => keyspace.replaceBytes(ref, bytes, 0, length, INTSET_KIND, true),
      (root) => keyspace.replaceRoot(ref, root, TABLE_KIND, true),
    );
  }

  /** Forgets what has been built. */
  discard(): void {
    if (this.#isTable) while (!this.#table.release(RELEASED_AT_ONCE));
    this.#end();
  }

  #hand(
    asBytes: (bytes: Uint8Array, length: number) => EntryRef,
    asRoot: (root: number) => EntryRef,
  ): EntryRef {
    if (CHECKED) assert(this.length > 0, "no set is empty");
    let ref: EntryRef;
    try {
      if (this.#isTable) ref = asRoot(this.#table.ref);
      else ref = asBytes(this.#intset, intsetBytes(this.#intset, 0));
    } catch (error) {
      this.discard();
      throw error;
    }
    this.#end();
    return ref;
  }

  #end(): void {
    this.#isTable = false;
    if (this.#intset.length > KEPT_BYTES) this.#intset = new Uint8Array(KEPT_BYTES);
  }

  #addInteger(low: number, high: number): void {
    const needed = bytesWith(this.#intset, 0, low, high);
    if (needed > this.#intset.length) {
      const grown = new Uint8Array(needed * 2);
      grown.set(this.#intset);
      this.#intset = grown;
    }
    addInteger(this.#intset, 0, low, high);
  }

  #addElement(hash: number, bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.#table.find(hash, bytes, offset, length) !== 0) return false;
    this.#table.add(hash, bytes, offset, length, NO_BYTES, 0, 0);
    return true;
  }

  /** What has been an intset so far becomes a table. */
  #toTable(): void {
    const table = this.#table;
    const text = new Uint8Array(MAX_INT64_TEXT);
    const integer = new Int64();
    table.create();
    this.#isTable = true;
    for (let i = 0; i < intsetCount(this.#intset, 0); i++) {
      readInteger(this.#intset, 0, i, integer);
      const offset = integer.format(text, MAX_INT64_TEXT);
      const length = MAX_INT64_TEXT - offset;
      this.#addElement(table.hash(text, offset, length), text, offset, length);
    }
  }
}
