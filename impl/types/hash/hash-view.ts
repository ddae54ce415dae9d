import { assert, CHECKED } from "../../assert.ts";
import type { Arena, BlockRef } from "../../engine/arena.ts";
import { drawBelow } from "../../engine/draw.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import type { RootedValues } from "../../engine/rooted-values.ts";
import type { Random } from "../../ports/random.ts";
import { ElementTable } from "../../structures/element-table.ts";
import {
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  endOffset,
  entryBytes,
  entryCount,
  findEntry,
  firstEntry,
  insertEntry,
  isCanonical,
  makeListpack,
  nextEntry,
  readEntry,
  replaceEntry,
  totalBytes,
  verifyListpack,
} from "../../structures/listpack.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import { PackedValue } from "../../structures/packed-value.ts";
import type { EncodingLimits } from "../limits.ts";
import { discard, HashBuilder, MAX_PACKED_BYTES } from "./hash-builder.ts";
import { HASH_TYPE, PACKED, TABLE } from "./kinds.ts";

const NO_BYTES = new Uint8Array(0);
const EMPTY_LISTPACK = new Uint8Array(EMPTY_LISTPACK_BYTES);
makeListpack(EMPTY_LISTPACK, 0);

/** How tables are made; tests take fewer slots. */
export interface HashTableOptions {
  readonly minSlots: number;
  readonly slotsPerStep: number;
}
const TABLES: HashTableOptions = { minSlots: 8, slotsPerStep: 8 };

/**
 * The hashes of one keyspace, seen one at a time: `open` puts the view on one. It alone knows how a
 * hash is held: as a listpack of names and values in turn behind the key while it is small, as a
 * table when the limits say so, and a table it stays.
 *
 * What `next`, `draw` and `at` have found is in `name…` and `value…`, what `find` has found in
 * `value…`: bytes that are good until the next change. OutOfMemory changes nothing but, at most, the encoding.
 */
export class HashView implements RootedValues {
  keyspace!: Keyspace;
  /** The entry that is open; changes may move it. */
  ref: EntryRef = 0;
  /** Fields. */
  length = 0;
  /** True while the open hash is a table. */
  isTable = false;
  nameBytes: Uint8Array = NO_BYTES;
  nameOffset = 0;
  nameLength = 0;
  valueBytes: Uint8Array = NO_BYTES;
  valueOffset = 0;
  valueLength = 0;
  /** Names what was found last, among those of this hash, until the next change. */
  place = 0;
  /** What `scan` has found, for `at`. */
  readonly places: number[] = [];

  /** Makes hashes of fields that come one by one. */
  readonly builder: HashBuilder;
  readonly #limits: EncodingLimits;
  readonly #table: ElementTable;
  /** A table in the making, or on its way out. */
  readonly #other: ElementTable;
  readonly #packedName = new PackedValue();
  readonly #packedValue = new PackedValue();
  readonly #nameReading = new PackedReading();
  readonly #valueReading = new PackedReading();
  /** Where the listpack is. */
  #bytes: Uint8Array = NO_BYTES;
  #start = 0;
  /** Where `next` goes on: an entry of the listpack, a position in the table; -1 at the end. */
  #next = -1;
  /** How many of what the table has gathered `next` has returned. */
  #returned = 0;

  constructor(
    arena: Arena,
    hashKey: readonly [number, number],
    limits: EncodingLimits,
    options: HashTableOptions = TABLES,
  ) {
    this.#limits = limits;
    this.#table = new ElementTable(arena, { ...options, hashKey, scored: false });
    this.#other = new ElementTable(arena, { ...options, hashKey, scored: false });
    this.builder = new HashBuilder(this.#other, limits);
  }

  /** Puts the view on the hash of an entry. */
  open(keyspace: Keyspace, ref: EntryRef): this {
    if (CHECKED) assert(keyspace.type(ref) === HASH_TYPE, "the entry's value is a hash");
    this.keyspace = keyspace;
    this.ref = ref;
    this.isTable = keyspace.isRooted(ref);
    if (this.isTable) {
      this.#table.open(keyspace.root(ref));
      this.length = this.#table.count;
    } else {
      this.#locate();
      this.length = entryCount(this.#bytes, this.#start) >>> 1;
    }
    return this;
  }

  #locate(): void {
    this.#bytes = this.keyspace.bytes(this.ref);
    this.#start = this.keyspace.valueOffset(this.ref);
  }

  /** Makes an absent key a hash without fields, which must get one, and opens it. @throws OutOfMemory */
  create(keyspace: Keyspace, hash: number, key: Uint8Array, offset: number, length: number): this {
    const ref = keyspace.addBytes(
      hash,
      key,
      offset,
      length,
      EMPTY_LISTPACK,
      0,
      EMPTY_LISTPACK_BYTES,
      PACKED,
    );
    return this.open(keyspace, ref);
  }

  /** True when there is a field of this name: its value has been found. */
  find(bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.isTable) {
      const table = this.#table;
      const ref = table.find(table.hash(bytes, offset, length), bytes, offset, length);
      if (ref === 0) return false;
      this.#foundElement(ref);
      return true;
    }
    this.#packedName.setText(bytes, offset, length);
    const at = findEntry(this.#bytes, firstEntry(this.#bytes, this.#start), this.#packedName, 1);
    if (at === -1) return false;
    this.place = at;
    this.#readValue(at + entryBytes(this.#bytes, at));
    return true;
  }

  #foundElement(ref: BlockRef): void {
    const { elements } = this.#table;
    this.place = ref;
    this.nameBytes = elements.bytes(ref);
    this.nameOffset = elements.nameOffset(ref);
    this.nameLength = elements.nameLength(ref);
    this.valueBytes = this.nameBytes;
    this.valueOffset = this.nameOffset + this.nameLength;
    this.valueLength = elements.valueLength(ref);
  }

  #foundEntry(at: number): void {
    const name = this.#nameReading;
    const bytes = this.#bytes;
    this.place = at;
    readEntry(bytes, at, name);
    name.text();
    this.nameBytes = name.bytes;
    this.nameOffset = name.offset;
    this.nameLength = name.length;
    this.#readValue(at + entryBytes(bytes, at));
  }

  #readValue(at: number): void {
    const value = this.#valueReading;
    readEntry(this.#bytes, at, value);
    value.text();
    this.valueBytes = value.bytes;
    this.valueOffset = value.offset;
    this.valueLength = value.length;
  }

  /** Finds again what stood at a place. */
  at(place: number): void {
    if (this.isTable) this.#foundElement(place);
    else this.#foundEntry(place);
  }

  /** Makes the hash a table if a text of so many bytes must not be in a small one. @throws OutOfMemory */
  convertFor(textBytes: number): void {
    if (!this.isTable && textBytes > this.#limits.hashMaxListpackValueBytes) this.#become();
  }

  /**
   * Gives a field a value. Neither may lie in this keyspace's own segments.
   *
   * @returns true when the field is new
   * @throws OutOfMemory
   */
  set(
    name: Uint8Array,
    nameOffset: number,
    nameLength: number,
    value: Uint8Array,
    valueOffset: number,
    valueLength: number,
  ): boolean {
    if (CHECKED) this.keyspace.mutated(this.ref);
    if (!this.isTable) {
      const most = this.#limits.hashMaxListpackValueBytes;
      const isShort = nameLength <= most && valueLength <= most;
      if (isShort) {
        const added = this.#setPacked(
          name,
          nameOffset,
          nameLength,
          value,
          valueOffset,
          valueLength,
        );
        if (added !== null) return added;
      }
      this.#become();
    }
    const table = this.#table;
    const hash = table.hash(name, nameOffset, nameLength);
    if (table.find(hash, name, nameOffset, nameLength) !== 0) {
      table.setValue(value, valueOffset, valueLength);
      return false;
    }
    table.add(hash, name, nameOffset, nameLength, value, valueOffset, valueLength);
    this.length = table.count;
    return true;
  }

  /** As `set`, in the listpack; null, nothing being changed, when the hash must be a table for it. */
  #setPacked(
    name: Uint8Array,
    nameOffset: number,
    nameLength: number,
    value: Uint8Array,
    valueOffset: number,
    valueLength: number,
  ): boolean | null {
    const packedName = this.#packedName;
    const packedValue = this.#packedValue;
    packedName.setText(name, nameOffset, nameLength);
    packedValue.setText(value, valueOffset, valueLength);
    const first = firstEntry(this.#bytes, this.#start);
    const found = findEntry(this.#bytes, first, packedName, 1);
    const isNew = found === -1;
    if (this.length + (isNew ? 1 : 0) > this.#limits.hashMaxListpackEntries) return null;
    const total = totalBytes(this.#bytes, this.#start);
    if (isNew) {
      const grown = total + packedName.size + packedValue.size;
      if (grown > MAX_PACKED_BYTES) return null;
      this.#resize(grown);
      insertEntry(this.#bytes, this.#start, endOffset(this.#bytes, this.#start), packedName);
      insertEntry(this.#bytes, this.#start, endOffset(this.#bytes, this.#start), packedValue);
      this.length++;
      return true;
    }
    const old = found + entryBytes(this.#bytes, found);
    const change = packedValue.size - entryBytes(this.#bytes, old);
    if (total + change > MAX_PACKED_BYTES) return null;
    const oldAt = old - this.#start;
    if (change > 0) this.#resize(total + change);
    replaceEntry(this.#bytes, this.#start, this.#start + oldAt, packedValue);
    if (change < 0) this.#shrink();
    return false;
  }

  /** Makes room for a listpack of so many bytes. */
  #resize(bytes: number): void {
    const { keyspace } = this;
    if (bytes > keyspace.valueLength(this.ref)) {
      this.ref = keyspace.resizeBytes(this.ref, bytes, PACKED);
      this.#locate();
    }
  }

  /** Gives back what the listpack does not need; without memory for a smaller block it keeps that. */
  #shrink(): void {
    const { keyspace } = this;
    const bytes = totalBytes(this.#bytes, this.#start);
    try {
      this.ref = keyspace.resizeBytes(this.ref, bytes, PACKED);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
    this.#locate();
  }

  /** Turns the listpack into a table. */
  #become(): void {
    const { keyspace } = this;
    const root = this.#copyTo(this.#other);
    try {
      this.ref = keyspace.replaceRoot(this.ref, root, TABLE, true);
    } catch (error) {
      discard(this.#other);
      throw error;
    }
    this.isTable = true;
    this.#table.open(root);
    if (CHECKED) assert(this.#table.count === this.length, "a conversion keeps every field");
  }

  /** Makes a table with all fields. @throws OutOfMemory, nothing being left behind */
  #copyTo(table: ElementTable): BlockRef {
    const root = table.create();
    try {
      for (this.rewind(); this.next(); ) this.#addFound(table);
    } catch (error) {
      discard(table);
      throw error;
    }
    return root;
  }

  #addFound(table: ElementTable): void {
    const { nameBytes, nameOffset, nameLength } = this;
    table.add(
      table.hash(nameBytes, nameOffset, nameLength),
      nameBytes,
      nameOffset,
      nameLength,
      this.valueBytes,
      this.valueOffset,
      this.valueLength,
    );
  }

  /** Deletes a field; false when there is none. Never fails. */
  delete(name: Uint8Array, offset: number, length: number): boolean {
    if (!this.find(name, offset, length)) return false;
    if (CHECKED) this.keyspace.mutated(this.ref);
    if (this.isTable) {
      this.#table.remove();
      this.length = this.#table.count;
    } else {
      deleteEntries(this.#bytes, this.#start, this.place, 2);
      this.length--;
      this.#shrink();
    }
    return true;
  }

  /** The next `next` is the first field. */
  rewind(): void {
    this.#returned = 0;
    if (this.isTable) {
      this.#next = 0;
      this.#table.found = 0;
    } else {
      this.#next = firstEntry(this.#bytes, this.#start);
    }
  }

  /** Finds the next field; false at the end. A change in between makes it void. */
  next(): boolean {
    if (!this.isTable) {
      if (this.#next === -1) return false;
      this.#foundEntry(this.#next);
      this.#next = nextEntry(this.#bytes, nextEntry(this.#bytes, this.#next));
      return true;
    }
    const table = this.#table;
    while (this.#returned === table.found) {
      if (this.#next === -1) return false;
      this.#next = table.gather(this.#next);
      this.#returned = 0;
    }
    this.#foundElement(table.refs[this.#returned++]!);
    return true;
  }

  /** Prepares for `draw`. */
  beginDraws(): void {
    this.places.length = 0;
    if (this.isTable) return;
    const bytes = this.#bytes;
    let at = firstEntry(bytes, this.#start);
    for (; at !== -1; at = nextEntry(bytes, nextEntry(bytes, at))) this.places.push(at);
  }

  /** Finds a field, each with the same chance. `beginDraws` has come before, and no change since. */
  draw(random: Random): void {
    if (this.isTable) this.#foundElement(this.#table.random(random));
    else this.#foundEntry(this.places[drawBelow(random, this.places.length)]!);
  }

  /**
   * One step of a scan from `cursor` on: the places of some fields, at most as many steps as
   * `buckets` or until there are `count`, go to `places`. What is there from the first step to the
   * last is found, whatever the table does meanwhile; a small hash comes at once.
   *
   * @returns the next cursor; 0 at the end
   */
  scan(cursor: number, count: number, buckets: number): number {
    const { places } = this;
    if (!this.isTable) {
      this.beginDraws();
      return 0;
    }
    places.length = 0;
    const table = this.#table;
    let next = cursor;
    let left = buckets;
    do {
      next = table.scan(next);
      for (let i = 0; i < table.found; i++) places.push(table.refs[i]!);
    } while (next !== 0 && left-- > 0 && places.length < count);
    return next;
  }

  /** Bytes of the table's blocks; 0 of a small hash. */
  get heldBytes(): number {
    return this.isTable ? this.#table.bytesHeld : 0;
  }

  /** Slots of the table. */
  get slotCount(): number {
    return this.#table.slotCount;
  }

  /**
   * Gives a key of `to` the open hash; see `ValueType.copy`.
   *
   * @param target the view of `to`
   */
  copy(to: Keyspace, target: HashView, key: Uint8Array, offset: number, length: number): EntryRef {
    if (!this.isTable) {
      const total = totalBytes(this.#bytes, this.#start);
      return to.setBytes(key, offset, length, this.#bytes, this.#start, total, PACKED, false);
    }
    const root = this.#copyTo(target.#other);
    return target.#store(to, root, key, offset, length);
  }

  #store(to: Keyspace, root: BlockRef, key: Uint8Array, offset: number, length: number): EntryRef {
    try {
      return to.setRoot(key, offset, length, root, TABLE, false);
    } catch (error) {
      discard(this.#other);
      throw error;
    }
  }

  /** Where a small hash is, as the listpack of names and values in turn: bytes that hold it. */
  get packedBytes(): Uint8Array {
    if (CHECKED) assert(!this.isTable, "a small hash");
    return this.#bytes;
  }

  /** Where it begins in them. */
  get packedOffset(): number {
    return this.#start;
  }

  /** How many bytes it has. */
  get packedLength(): number {
    return totalBytes(this.#bytes, this.#start);
  }

  release(_kind: number, root: BlockRef, budget: number): boolean {
    this.#other.open(root);
    return this.#other.release(budget);
  }

  visitBlocks(
    _kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void {
    this.#other.open(root);
    this.#other.visitBlocks(visit);
  }

  /** Checks the open hash. Throws AssertionError. */
  verifyInvariants(): void {
    assert(this.length > 0, "no hash is empty");
    if (this.isTable) {
      this.#table.verifyInvariants();
      assert(this.#table.count === this.length, "a table's length");
      return;
    }
    const bytes = this.#bytes;
    const start = this.#start;
    verifyListpack(bytes, start);
    const count = entryCount(bytes, start);
    assert(count === this.length * 2, "every name has a value");
    assert(totalBytes(bytes, start) <= this.keyspace.valueLength(this.ref), "the value has room");
    assert(isCanonical(bytes, start, this.#nameReading, this.#packedName), "shortest encodings");
    const names = new Set<string>();
    for (this.rewind(); this.next(); ) {
      const at = this.nameOffset;
      names.add(Buffer.from(this.nameBytes.subarray(at, at + this.nameLength)).toString("latin1"));
    }
    assert(names.size === this.length, "a field is there twice");
  }
}

/** The view of a keyspace's hashes, on the hash of an entry. */
export function openHash(keyspace: Keyspace, ref: EntryRef): HashView {
  return hashView(keyspace).open(keyspace, ref);
}

/** The view of a keyspace's hashes. */
export function hashView(keyspace: Keyspace): HashView {
  const view = keyspace.rooted.of(HASH_TYPE);
  assert(view instanceof HashView, "the owner of a keyspace's hashes is their view");
  return view;
}
