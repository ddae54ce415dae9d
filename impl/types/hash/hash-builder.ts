import { assert, CHECKED } from "../../assert.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { ElementTable } from "../../structures/element-table.ts";
import {
  appendEntry,
  EMPTY_LISTPACK_BYTES,
  firstEntry,
  makeListpack,
  nextEntry,
  readEntry,
  totalBytes,
} from "../../structures/listpack.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import { PackedValue } from "../../structures/packed-value.ts";
import type { EncodingLimits } from "../limits.ts";
import { PACKED, TABLE } from "./kinds.ts";

/** No small hash takes more bytes: larger ones are tables whatever the limits. */
export const MAX_PACKED_BYTES = 2 ** 28;
const INITIAL_BYTES = 256;
/** How many elements `discard` frees at once. */
const ALL = 2 ** 20;

/** Frees the open table, which no entry has. */
export function discard(table: ElementTable): void {
  while (!table.release(ALL));
}

/**
 * Makes a hash of fields that come one by one from a file: small as long as the limits allow it.
 * `begin`, then `add`; then `finish` or `abandon`.
 */
export class HashBuilder {
  readonly #table: ElementTable;
  readonly #limits: EncodingLimits;
  readonly #packed = new PackedValue();
  readonly #name = new PackedReading();
  readonly #value = new PackedReading();
  /** The listpack in the making. */
  #bytes = new Uint8Array(0);
  /** The names in it. */
  readonly #names = new Set<string>();
  #isTable = false;
  #takesLong = false;

  /** @param table which nobody else opens meanwhile */
  constructor(table: ElementTable, limits: EncodingLimits) {
    this.#table = table;
    this.#limits = limits;
  }

  /** @param takesLong long texts leave a small hash small, as in a file that has it packed */
  begin(takesLong: boolean): void {
    this.#takesLong = takesLong;
    this.#isTable = false;
    this.#bytes = new Uint8Array(INITIAL_BYTES);
    makeListpack(this.#bytes, 0);
    this.#names.clear();
  }

  /**
   * Adds a field, whose bytes are copied.
   *
   * @returns false, nothing being added, when there is one of this name
   * @throws OutOfMemory, everything being abandoned
   */
  add(
    name: Uint8Array,
    nameOffset: number,
    nameLength: number,
    value: Uint8Array,
    valueOffset: number,
    valueLength: number,
  ): boolean {
    if (!this.#isTable) {
      const text = Buffer.from(name.buffer, name.byteOffset + nameOffset, nameLength);
      const key = text.toString("latin1");
      if (this.#names.has(key)) return false;
      const most = this.#takesLong ? MAX_PACKED_BYTES : this.#limits.hashMaxListpackValueBytes;
      const isSmall =
        nameLength <= most &&
        valueLength <= most &&
        this.#names.size < this.#limits.hashMaxListpackEntries &&
        totalBytes(this.#bytes, 0) + nameLength + valueLength < MAX_PACKED_BYTES;
      if (isSmall) {
        this.#names.add(key);
        this.#append(name, nameOffset, nameLength);
        this.#append(value, valueOffset, valueLength);
        return true;
      }
      this.#become();
    }
    return this.#addToTable(name, nameOffset, nameLength, value, valueOffset, valueLength);
  }

  #append(text: Uint8Array, offset: number, length: number): void {
    this.#packed.setText(text, offset, length);
    const needed = totalBytes(this.#bytes, 0) + this.#packed.size;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(needed * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    appendEntry(this.#bytes, 0, this.#packed);
  }

  #become(): void {
    this.#table.create();
    this.#isTable = true;
    const bytes = this.#bytes;
    for (let at = firstEntry(bytes, 0); at !== -1; at = nextEntry(bytes, at)) {
      readEntry(bytes, at, this.#name);
      at = nextEntry(bytes, at);
      readEntry(bytes, at, this.#value);
      const name = this.#name.text();
      const value = this.#value.text();
      const isNew = this.#addToTable(
        name.bytes,
        name.offset,
        name.length,
        value.bytes,
        value.offset,
        value.length,
      );
      if (CHECKED) assert(isNew, "the names in a listpack are different");
    }
  }

  #addToTable(
    name: Uint8Array,
    nameOffset: number,
    nameLength: number,
    value: Uint8Array,
    valueOffset: number,
    valueLength: number,
  ): boolean {
    const table = this.#table;
    const hash = table.hash(name, nameOffset, nameLength);
    if (table.find(hash, name, nameOffset, nameLength) !== 0) return false;
    try {
      table.add(hash, name, nameOffset, nameLength, value, valueOffset, valueLength);
    } catch (error) {
      this.abandon();
      throw error;
    }
    return true;
  }

  /** Gives a key of `to`, whatever it held, the hash. @throws OutOfMemory, changing nothing */
  finish(to: Keyspace, key: Uint8Array, offset: number, length: number): EntryRef {
    if (CHECKED) assert(this.#isTable || this.#names.size > 0, "no hash is empty");
    let ref: EntryRef;
    try {
      ref = this.#isTable
        ? to.setRoot(key, offset, length, this.#table.ref, TABLE, false)
        : this.#store(to, key, offset, length);
    } catch (error) {
      this.abandon();
      throw error;
    }
    this.#forget();
    return ref;
  }

  #store(to: Keyspace, key: Uint8Array, offset: number, length: number): EntryRef {
    const total = totalBytes(this.#bytes, 0);
    if (CHECKED) assert(total > EMPTY_LISTPACK_BYTES, "fields take bytes");
    return to.setBytes(key, offset, length, this.#bytes, 0, total, PACKED, false);
  }

  /** Frees what there is. */
  abandon(): void {
    if (this.#isTable) discard(this.#table);
    this.#forget();
  }

  /** Nothing of a hash stays on the JavaScript heap. */
  #forget(): void {
    this.#isTable = false;
    this.#bytes = new Uint8Array(0);
    this.#names.clear();
  }
}
