import type { Random } from "../ports/random.ts";
import { Arena, type BlockRef } from "./arena.ts";
import { assert, CHECKED } from "./assert.ts";
import { Entries } from "./entries.ts";
import { ExpiryIndex } from "./expiry-index.ts";
import { Handles } from "./handles.ts";
import { HashIndex, MAX_PREFETCH } from "./hash-index.ts";

export { MAX_PREFETCH };

/**
 * An entry: the address of its block, 32 bits whose meaning is the arena's (it can be negative);
 * 0 is "no entry". Invalid once the entry is written or removed.
 */
export type EntryRef = BlockRef;

/** What an entry's value is. */
export const ValueType = { string: 0, list: 1, set: 2, zset: 3, hash: 4, stream: 5 } as const;

/** Expiries that one sample looks at. */
const TTL_SAMPLES = 20;

/** How a keyspace is made. */
export interface KeyspaceOptions {
  /** The secret 64-bit key of the hash: two random 32-bit integers. */
  readonly hashKey: readonly [number, number];
  /** Bytes of an arena segment, a power of two of at least 1024. Default 1 MiB. */
  readonly segmentBytes?: number;
  /** Slots of an empty index, a power of two of at least 2. Default 16. */
  readonly initialSlots?: number;
  /** Index slots that each operation migrates during a rehash. Default 16; tests use fewer. */
  readonly slotsPerStep?: number;
}

/**
 * The keys of one database with their values and expiries.
 *
 * Keys and strings live outside the JavaScript heap, in an arena; an index finds them by a keyed
 * hash; collections are JavaScript objects behind handles. Looking up, inserting and replacing a
 * string allocates no JavaScript object, and no operation walks the keyspace.
 *
 * Any method that writes invalidates the references of the entries it writes, and only those.
 */
export class Keyspace {
  readonly #options: Required<KeyspaceOptions>;
  #entries: Entries;
  #index: HashIndex;
  #expiries: ExpiryIndex;
  #handles: Handles;
  #averageTtlMs = 0;
  /**
   * How often a key, its value or its expiry has been changed, while assertions are on: who changes
   * a key must tell it, and this shows whether there was something to tell.
   */
  mutations = 0;

  constructor(options: KeyspaceOptions) {
    this.#options = { segmentBytes: 1024 * 1024, initialSlots: 16, slotsPerStep: 16, ...options };
    this.#entries = new Entries(new Arena(this.#options.segmentBytes));
    this.#index = new HashIndex(this.#entries, this.#options);
    this.#expiries = new ExpiryIndex(this.#entries);
    this.#handles = new Handles();
  }

  /** Number of keys, expired ones that nobody has removed included. */
  get size(): number {
    return this.#index.size;
  }

  /** Number of keys with an expiry. */
  get expiringCount(): number {
    return this.#expiries.size;
  }

  /** Estimate of the mean time that expiring keys have left, as of the samples taken. */
  get averageTtlMs(): number {
    return this.#averageTtlMs;
  }

  /** Takes a sample of the expiries into `averageTtlMs`, with Redis' weights and rounding. */
  sampleTtl(nowMs: number): void {
    const mean = this.#expiries.meanLeftMs(nowMs, TTL_SAMPLES);
    if (this.#expiries.size === 0) this.#averageTtlMs = 0;
    if (mean === 0) return;
    const before = this.#averageTtlMs === 0 ? mean : this.#averageTtlMs;
    this.#averageTtlMs = Math.floor(before / 50) * 49 + Math.floor(mean / 50);
  }

  /** Bytes in use: blocks of entries, index, expiry index. Collections count their own. */
  get usedBytes(): number {
    return this.#entries.arena.liveBytes + this.#index.bytes + this.#expiries.bytes;
  }

  /** Bytes taken from the system: `usedBytes` and the arena's free blocks. */
  get reservedBytes(): number {
    return this.#entries.arena.reservedBytes + this.#index.bytes + this.#expiries.bytes;
  }

  /** Number of slots of the index; the new one's while its size changes. */
  get slotCount(): number {
    return this.#index.slotCount;
  }

  /** True while the index changes its size. */
  get rehashing(): boolean {
    return this.#index.rehashing;
  }

  /** The keyed hash of a key, a signed 32-bit integer: the same in every keyspace of the same `hashKey`. */
  hash(bytes: Uint8Array, offset: number, length: number): number {
    return this.#index.hash(bytes, offset, length);
  }

  /** `find` of a key whose hash is known. */
  findHashed(hash: number, bytes: Uint8Array, offset: number, length: number): EntryRef {
    const index = this.#index;
    index.step();
    return index.find(hash, bytes, offset, length);
  }

  /**
   * Brings the memory that the next look-ups of some keys will read into the processor's caches:
   * all their slots at once, then all their entries, so that they wait for memory together and not
   * one after another. Changes nothing.
   *
   * @param hashes the keys' hashes, of which the first `count` are meant
   */
  prefetch(hashes: Int32Array, count: number): void {
    this.#index.prefetch(hashes, count);
  }

  /** The entry of the key `bytes[offset..offset+length)`, expired or not; 0 when absent. Also takes one rehash step. */
  find(bytes: Uint8Array, offset: number, length: number): EntryRef {
    const index = this.#index;
    index.step();
    return index.find(index.hash(bytes, offset, length), bytes, offset, length);
  }

  /** One of `ValueType`. */
  type(ref: EntryRef): number {
    return this.#entries.type(ref);
  }

  /** How the value is held: a number of its type's own. */
  encoding(ref: EntryRef): number {
    return this.#entries.encoding(ref);
  }

  /** Changes the encoding's number, 0 to 15. */
  setEncoding(ref: EntryRef, encoding: number): void {
    this.#entries.setKind(ref, this.#entries.type(ref), encoding);
  }

  /** The segment that holds the entry's key and string. */
  bytes(ref: EntryRef): Uint8Array {
    return this.#entries.bytes(ref);
  }

  /** Where the key starts in `bytes`. */
  keyOffset(ref: EntryRef): number {
    return this.#entries.keyOffset(ref);
  }

  /** Length of the key in bytes. */
  keyLength(ref: EntryRef): number {
    return this.#entries.keyLength(ref);
  }

  /** Where the string starts in `bytes`. */
  valueOffset(ref: EntryRef): number {
    return this.#entries.valueOffset(ref);
  }

  /** Length of the string in bytes. Precondition: it is a string. */
  valueLength(ref: EntryRef): number {
    return this.#entries.valueLength(ref);
  }

  /** 24 bits of access metadata (LRU seconds or LFU), owned by the caller; 0 in a new entry, kept by every write. */
  access(ref: EntryRef): number {
    return this.#entries.access(ref);
  }

  /** Sets the access metadata, 0 to 2^24 - 1. */
  setAccess(ref: EntryRef, access: number): void {
    this.#entries.setAccess(ref, access);
  }

  /** Bytes of the entry's block, its share of the index not included. */
  entryBytes(ref: EntryRef): number {
    return this.#entries.blockBytes(ref);
  }

  /**
   * Inserts or replaces a string; the value may lie in this keyspace's own segments. Keeps an
   * existing expiry when `keepExpiry`, else drops it. Throws OutOfMemory, changing nothing.
   */
  setString(
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    encoding: number,
    keepExpiry: boolean,
  ): EntryRef {
    const index = this.#index;
    index.step();
    const hash = index.hash(keyBytes, keyOffset, keyLength);
    const present = index.find(hash, keyBytes, keyOffset, keyLength);
    if (present !== 0) {
      const ref = this.#replaceString(present, valueBytes, valueOffset, valueLength, encoding);
      if (!keepExpiry) this.clearExpiry(ref);
      return ref;
    }
    return this.addString(
      hash,
      keyBytes,
      keyOffset,
      keyLength,
      valueBytes,
      valueOffset,
      valueLength,
      encoding,
    );
  }

  /**
   * Inserts a string. As `setString` for a key that is known to be absent, without looking it up
   * again.
   *
   * @param hash the key's
   */
  addString(
    hash: number,
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    encoding: number,
  ): EntryRef {
    if (CHECKED) this.mutations++;
    const index = this.#index;
    const entries = this.#entries;
    if (CHECKED) {
      assert(hash === index.hash(keyBytes, keyOffset, keyLength), "the hash is not the key's");
      assert(index.find(hash, keyBytes, keyOffset, keyLength) === 0, "the key is there already");
    }
    index.reserve();
    const ref = entries.create(keyBytes, keyOffset, keyLength, valueLength, false);
    entries.setKind(ref, ValueType.string, encoding);
    entries.writeValue(ref, valueBytes, valueOffset, valueLength);
    index.insert(hash, ref);
    return ref;
  }

  /**
   * Gives an entry, whatever its type, a string. As `setString` for a key that is known to be
   * there, without looking it up again.
   */
  replaceString(
    ref: EntryRef,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    encoding: number,
    keepExpiry: boolean,
  ): EntryRef {
    if (CHECKED) this.mutations++;
    const written = this.#replaceString(ref, valueBytes, valueOffset, valueLength, encoding);
    if (!keepExpiry) this.clearExpiry(written);
    return written;
  }

  #replaceString(
    present: EntryRef,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    encoding: number,
  ): EntryRef {
    const entries = this.#entries;
    if (!entries.fits(present, valueLength)) {
      const ref = this.#createLike(present, valueLength, false);
      entries.setKind(ref, ValueType.string, encoding);
      entries.writeValue(ref, valueBytes, valueOffset, valueLength);
      this.#moveTo(present, ref);
      return ref;
    }
    this.#releaseObject(present);
    entries.setKind(present, ValueType.string, encoding);
    entries.setValueLength(present, valueLength);
    entries.writeValue(present, valueBytes, valueOffset, valueLength);
    return present;
  }

  /**
   * Gives a string entry a value of `valueLength` bytes: the old bytes stay as far as they fit, new
   * ones are zero. Keeps the expiry. Long values get room to grow.
   */
  resizeString(ref: EntryRef, valueLength: number, encoding: number): EntryRef {
    if (CHECKED) this.mutations++;
    const entries = this.#entries;
    const oldLength = entries.valueLength(ref);
    const kept = Math.min(oldLength, valueLength);
    let resized = ref;
    if (entries.fits(ref, valueLength)) {
      entries.setValueLength(ref, valueLength);
      entries.setKind(ref, ValueType.string, encoding);
    } else {
      resized = this.#createLike(ref, valueLength, valueLength > oldLength);
      entries.setKind(resized, ValueType.string, encoding);
      entries.writeValue(resized, entries.bytes(ref), entries.valueOffset(ref), kept);
      this.#moveTo(ref, resized);
    }
    const start = entries.valueOffset(resized);
    if (kept < valueLength) entries.bytes(resized).fill(0, start + kept, start + valueLength);
    return resized;
  }

  /** Inserts or replaces a value that is a JavaScript object. `type` is not string. */
  setObject(
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    type: number,
    encoding: number,
    object: object,
    keepExpiry: boolean,
  ): EntryRef {
    if (CHECKED) this.mutations++;
    if (CHECKED) assert(type !== ValueType.string, "a string is no object");
    const index = this.#index;
    const entries = this.#entries;
    index.step();
    const hash = index.hash(keyBytes, keyOffset, keyLength);
    const present = index.find(hash, keyBytes, keyOffset, keyLength);
    if (present !== 0) return this.#replaceByObject(present, type, encoding, object, keepExpiry);
    index.reserve();
    const ref = entries.create(keyBytes, keyOffset, keyLength, 0, false);
    entries.setKind(ref, type, encoding);
    entries.setHandle(ref, this.#handles.add(object));
    index.insert(hash, ref);
    return ref;
  }

  #replaceByObject(
    present: EntryRef,
    type: number,
    encoding: number,
    object: object,
    keepExpiry: boolean,
  ): EntryRef {
    const entries = this.#entries;
    let ref = present;
    if (entries.type(present) !== ValueType.string) {
      this.#handles.replace(entries.handle(present), object);
      entries.setKind(present, type, encoding);
    } else {
      if (!entries.fits(present, 0)) {
        ref = this.#createLike(present, 0, false);
        this.#moveTo(present, ref);
      }
      entries.setKind(ref, type, encoding);
      entries.setHandle(ref, this.#handles.add(object));
    }
    if (!keepExpiry) this.clearExpiry(ref);
    return ref;
  }

  /** The object of an entry that is not a string. */
  object(ref: EntryRef): object {
    return this.#handles.get(this.#entries.handle(ref));
  }

  /** Removes an entry with its expiry. */
  remove(ref: EntryRef): void {
    if (CHECKED) this.mutations++;
    this.clearExpiry(ref);
    this.#releaseObject(ref);
    this.#index.remove(ref);
    this.#entries.free(ref);
  }

  /**
   * Moves an entry to another key of this keyspace; value, encoding, access and expiry go along.
   *
   * @param replaced that key's present entry, which is removed; 0 when it is absent
   */
  rename(
    ref: EntryRef,
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    replaced: EntryRef = 0,
  ): EntryRef {
    if (CHECKED) this.mutations++;
    const index = this.#index;
    const entries = this.#entries;
    const hash = index.hash(keyBytes, keyOffset, keyLength);
    if (CHECKED) {
      const present = index.find(hash, keyBytes, keyOffset, keyLength);
      assert(present === replaced, "the new key exists as another entry than the one to replace");
    }
    const isString = entries.type(ref) === ValueType.string;
    const valueLength = isString ? entries.valueLength(ref) : 0;
    const renamed = entries.create(keyBytes, keyOffset, keyLength, valueLength, false);
    // Not before there is memory for the new one.
    if (replaced !== 0) this.remove(replaced);
    entries.copyHeader(ref, renamed);
    this.#expiries.move(renamed);
    if (isString) {
      entries.writeValue(renamed, entries.bytes(ref), entries.valueOffset(ref), valueLength);
    } else {
      entries.setHandle(renamed, entries.handle(ref));
    }
    index.remove(ref);
    entries.free(ref);
    index.insert(hash, renamed);
    return renamed;
  }

  /** True when the entry has an expiry. */
  hasExpiry(ref: EntryRef): boolean {
    return this.#entries.expiryPosition(ref) >= 0;
  }

  /** Milliseconds since the epoch; a bigint only when that is not a safe integer. Precondition: `hasExpiry`. */
  expiryMs(ref: EntryRef): number | bigint {
    if (CHECKED) assert(this.hasExpiry(ref), "the entry has no expiry");
    return this.#expiries.atMs(this.#entries.expiryPosition(ref));
  }

  /**
   * Makes room for one more expiry, so that the next `setExpiryMs` finds memory. Throws OutOfMemory,
   * changing nothing.
   */
  reserveExpiry(): void {
    this.#expiries.reserve();
  }

  /**
   * Sets or changes the expiry: milliseconds since the epoch, any signed 64-bit integer. Throws
   * OutOfMemory, changing nothing.
   */
  setExpiryMs(ref: EntryRef, atMs: number | bigint): void {
    if (CHECKED) this.mutations++;
    this.#expiries.set(ref, atMs);
  }

  /** Drops the expiry, if there is one. */
  clearExpiry(ref: EntryRef): void {
    if (this.#entries.expiryPosition(ref) < 0) return;
    if (CHECKED) this.mutations++;
    this.#expiries.remove(ref);
  }

  /** True when the entry has an expiry that is before `nowMs` (Redis: now > when). */
  isExpired(ref: EntryRef, nowMs: number): boolean {
    const position = this.#entries.expiryPosition(ref);
    return position >= 0 && this.#expiries.isPast(position, nowMs);
  }

  /** The entry with the earliest expiry, if that is before `nowMs`; else 0. */
  earliestExpired(nowMs: number): EntryRef {
    return this.#expiries.earliestPast(nowMs);
  }

  /**
   * One SCAN step from `cursor`, an unsigned 32-bit integer (0 starts): visits the entries of one
   * home bucket and returns the next cursor, 0 at the end. A key that is there from the first step
   * to the last is visited at least once, however the index grows and shrinks between steps. The
   * visitor must not write.
   */
  scan(cursor: number, visit: (ref: EntryRef) => void): number {
    return this.#index.scan(cursor, visit);
  }

  /** Visits every entry once. The visitor must not write. */
  forEach(visit: (ref: EntryRef) => void): void {
    this.#index.forEach(visit);
  }

  /** A uniformly drawn entry; 0 when empty. */
  randomEntry(random: Random): EntryRef {
    return this.#index.randomEntry(random);
  }

  /** Forgets everything without walking it. */
  clear(): void {
    if (CHECKED) this.mutations++;
    const entries = new Entries(new Arena(this.#options.segmentBytes));
    this.#index = new HashIndex(entries, this.#options);
    this.#entries = entries;
    this.#expiries = new ExpiryIndex(entries);
    this.#handles = new Handles();
    this.#averageTtlMs = 0;
  }

  /** Migrates up to `slots` slots if a rehash is under way; true while one is. */
  rehashStep(slots: number): boolean {
    return this.#index.migrate(slots);
  }

  /** A block for an entry's key and a string of `valueLength`, with its header's metadata. */
  #createLike(ref: EntryRef, valueLength: number, growing: boolean): EntryRef {
    const entries = this.#entries;
    const bytes = entries.bytes(ref);
    const keyLength = entries.keyLength(ref);
    const like = entries.create(bytes, entries.keyOffset(ref), keyLength, valueLength, growing);
    entries.copyHeader(ref, like);
    return like;
  }

  /** Lets `moved`, made by `#createLike` of `ref`, take its place. */
  #moveTo(ref: EntryRef, moved: EntryRef): void {
    this.#index.replace(ref, moved);
    this.#expiries.move(moved);
    this.#releaseObject(ref);
    this.#entries.free(ref);
  }

  #releaseObject(ref: EntryRef): void {
    if (this.#entries.type(ref) !== ValueType.string)
      this.#handles.release(this.#entries.handle(ref));
  }

  /** Throws AssertionError when any internal rule is broken (index, arena, free lists, expiry index, handles, accounting). Its cost is that of a walk over everything. */
  verifyInvariants(): void {
    const entries = this.#entries;
    let blocks = 0;
    let expiring = 0;
    const handles = new Set<number>();
    let objects = 0;
    entries.arena.verify((own) => {
      this.#index.forEach((ref) => {
        blocks++;
        if (entries.expiryPosition(ref) >= 0) expiring++;
        if (entries.type(ref) !== ValueType.string) {
          objects++;
          this.#handles.get(entries.handle(ref));
          handles.add(entries.handle(ref));
        }
        own(ref, entries.heldBytes(ref));
      });
    });
    this.#index.verify();
    this.#expiries.verify();
    this.#handles.verify();
    assert(blocks === this.#index.size, "the index's size differs from its entries");
    assert(expiring === this.#expiries.size, "expiring entries differ from the expiry index");
    assert(objects === this.#handles.size, "object entries differ from the handles in use");
    assert(objects === handles.size, "two entries share a handle");
  }
}
