/** Which session may have which key in its cache, off the JavaScript heap. */
import { assert, CHECKED } from "../assert.ts";
import { type EntryRef, Keyspace } from "../engine/keyspace.ts";
import type { Random } from "../ports/random.ts";
import { latin1 } from "../resp/request.ts";
import { verifyValues } from "../types/index.ts";
import { rootedValues } from "../types/rooted.ts";
import { setsOf } from "../types/set/sets.ts";

/** Digits of the greatest id of a session. */
const ID_BYTES = 16;

/**
 * Keys, whatever database they were read in, each with the ids of the sessions that have read it
 * since it was last told to have changed. Ids of sessions that are gone stay until then.
 *
 * It is a keyspace of its own that holds a set of integers for each key: see ADR 26.
 */
export class TrackingTable {
  readonly #keyspace: Keyspace;
  readonly #digits = Buffer.alloc(ID_BYTES);
  /** How many ids there are, counted for each key that they stand at. */
  #items = 0;

  /** @param hashKey the secret key of its hash */
  constructor(hashKey: readonly [number, number]) {
    this.#keyspace = new Keyspace({ hashKey, rooted: rootedValues });
  }

  /** Number of keys. */
  get size(): number {
    return this.#keyspace.size;
  }

  /** Number of ids, counted for each key that they stand at. */
  get items(): number {
    return this.#items;
  }

  /** Bytes in use. */
  get usedBytes(): number {
    return this.#keyspace.usedBytes;
  }

  /** A session has read the key `bytes[offset..offset + length)`. @throws OutOfMemory, changing nothing */
  remember(bytes: Uint8Array, offset: number, length: number, id: number): void {
    const keyspace = this.#keyspace;
    const digits = this.#digits;
    const count = digits.write(String(id), 0, "latin1");
    const ref = keyspace.find(bytes, offset, length);
    const sets = setsOf(keyspace);
    if (ref !== 0) {
      if (sets.view.open(keyspace, ref).add(digits, 0, count)) this.#items++;
      return;
    }
    const { builder } = sets;
    builder.start();
    builder.add(digits, 0, count);
    builder.store(keyspace, bytes, offset, length);
    this.#items++;
  }

  /** The key's entry; 0 when nobody has read it. */
  find(bytes: Uint8Array, offset: number, length: number): EntryRef {
    return this.#keyspace.find(bytes, offset, length);
  }

  /** A key drawn at random. Precondition: there is one. */
  draw(random: Random): EntryRef {
    const ref = this.#keyspace.randomEntry(random);
    assert(ref !== 0, "a key is drawn from some");
    return ref;
  }

  /** An entry's key, one character per byte. */
  keyOf(ref: EntryRef): string {
    const keyspace = this.#keyspace;
    return latin1(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
  }

  /** Who has read an entry's key, by id. */
  idsOf(ref: EntryRef): readonly number[] {
    const ids: number[] = [];
    const view = setsOf(this.#keyspace).view.open(this.#keyspace, ref);
    for (view.rewind(); view.next(); ) {
      ids.push(Number(latin1(view.bytes, view.offset, view.memberLength)));
    }
    if (CHECKED) assert(ids.length > 0, "a key that nobody has read is not remembered");
    return ids.sort((a, b) => a - b);
  }

  /** Nobody has read an entry's key. */
  forget(ref: EntryRef): void {
    this.#items -= setsOf(this.#keyspace).view.open(this.#keyspace, ref).length;
    this.#keyspace.remove(ref);
  }

  /** Nobody has read anything. */
  clear(): void {
    if (this.#keyspace.size > 0) this.#keyspace.clear();
    this.#items = 0;
  }

  /** Frees some of what was forgotten: see `Keyspace.reclaim`. True when there may be more. */
  reclaim(elements: number): boolean {
    return this.#keyspace.reclaim(elements) === 0;
  }

  /** Migrates up to `slots` slots of the index if it changes its size. */
  rehashStep(slots: number): void {
    this.#keyspace.rehashStep(slots);
  }

  /** Every key with the ids at it: for the abstraction function. */
  entries(): ReadonlyMap<string, readonly number[]> {
    const refs: EntryRef[] = [];
    this.#keyspace.forEach((ref) => void refs.push(ref));
    return new Map(refs.map((ref) => [this.keyOf(ref), this.idsOf(ref)]));
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    this.#keyspace.verifyInvariants();
    verifyValues(this.#keyspace);
    let items = 0;
    for (const ids of this.entries().values()) items += ids.length;
    assert(items === this.#items, "ids are counted as they stand in the table");
  }
}
