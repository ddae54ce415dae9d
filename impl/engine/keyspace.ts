import { assert, CHECKED } from "../assert.ts";
import type { Random } from "../ports/random.ts";
import { Arena, type BlockRef } from "./arena.ts";
import { DetachedValues } from "./detached-values.ts";
import { Entries, HEADER_BYTES, ROOTED } from "./entries.ts";
import { ExpiryIndex } from "./expiry-index.ts";
import { HashIndex, type HashIndexOptions, MAX_PREFETCH } from "./hash-index.ts";
import { NO_ROOTED_VALUES, type RootedOwners, type RootedOwnersOf } from "./rooted-values.ts";

export { MAX_PREFETCH, ROOTED };

/**
 * An entry: the address of its block, 32 bits whose meaning is the arena's (it can be negative);
 * 0 is "no entry". Invalid once the entry is written or removed.
 */
export type EntryRef = BlockRef;

/**
 * What an entry's value is: a type's number above, 0 to 7, its encoding's below, 0 to 15. The encodings
 * from `ROOTED` on are those of values that own blocks, which the keyspace's `RootedValues` knows.
 */
export function kindOf(type: number, encoding: number): number {
  if (CHECKED) assert(type >= 0 && type < 8 && encoding >= 0 && encoding < 16, "type, encoding");
  return (type << 4) | encoding;
}

/** Free blocks that cost about as much to tidy as one element costs to free. */
const TIDIED_PER_ELEMENT = 2;
/** Memory of removed values that goes back to the system in a loop turn, or one value's. */
const RELEASED_BYTES = 32 * 1024 * 1024;
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
  /** Who owns the values that have blocks of their own. Default: there are none. */
  readonly rooted?: RootedOwnersOf;
}

/**
 * The keys of one database with their values and expiries.
 *
 * Keys and values live outside the JavaScript heap, in an arena; an index finds them by a keyed
 * hash. A value is bytes behind its key or, when it is rooted, blocks that only its type knows.
 * Looking up, inserting and replacing allocates no JavaScript object, and no operation walks the
 * keyspace. A rooted value that is removed, replaced or expired is detached: `reclaim` frees its
 * blocks a few at a time.
 *
 * Any method that writes invalidates the references of the entries it writes, and only those.
 */
export class Keyspace {
  /** Where its blocks are. A rooted value's belong to `rooted` alone. */
  readonly arena: Arena;
  /** The owner of its rooted values. */
  readonly rooted: RootedOwners;
  readonly #indexOptions: HashIndexOptions;
  readonly #entries: Entries;
  readonly #detached: DetachedValues;
  #index: HashIndex;
  #expiries: ExpiryIndex;
  #averageTtlMs = 0;
  /**
   * How often a key, its value or its expiry has been changed, while assertions are on: who changes
   * a key must tell it, and this shows whether there was something to tell.
   */
  mutations = 0;
  /** Under test: what is written means the same as before. */
  isRearranging = false;
  #isWalking = false;
  /** Told of each entry of a key that had none; null while nobody asks. It must not change keys. */
  onNewKey: ((keyspace: Keyspace, ref: EntryRef) => void) | null = null;

  constructor(options: KeyspaceOptions) {
    const { hashKey, segmentBytes = 1024 * 1024, initialSlots = 16, slotsPerStep = 16 } = options;
    this.arena = new Arena(segmentBytes);
    this.rooted = options.rooted?.(this.arena, hashKey) ?? NO_ROOTED_VALUES;
    this.#indexOptions = { hashKey, initialSlots, slotsPerStep };
    this.#entries = new Entries(this.arena);
    this.#detached = new DetachedValues(this.#entries, this.rooted);
    this.#index = new HashIndex(this.#entries, this.#indexOptions);
    this.#expiries = new ExpiryIndex(this.#entries);
  }

  // ---- A walk that meets every key as it was when the walk began

  /** True from `beginWalk` to `endWalk`. */
  get isWalking(): boolean {
    return this.#isWalking;
  }

  /**
   * Begins a walk: whoever walks meets every entry that is there now, by `scan`, and each one that is
   * to be changed or removed before that (`isWalked`), and says so (`setWalked`).
   */
  beginWalk(): void {
    assert(!this.#isWalking, "one walk at a time");
    this.#isWalking = true;
    this.#entries.beginWalk();
  }

  /** The walk has met all entries. */
  endWalk(): void {
    this.#isWalking = false;
    if (CHECKED) this.#verifyWalked();
  }

  /** True when the walk has met the entry, or the entry is younger than the walk. */
  isWalked(ref: EntryRef): boolean {
    return this.#entries.isWalked(ref);
  }

  /** The walk has met the entry. */
  setWalked(ref: EntryRef): void {
    this.#entries.setWalked(ref);
  }

  #verifyWalked(): void {
    this.forEach((ref) => {
      assert(this.#entries.isWalked(ref), "an entry that no walk has met");
    });
  }

  /** Under test: an entry is changed or removed, or something within its value. */
  mutated(ref: EntryRef): void {
    this.mutations++;
    const isInTime = this.#entries.isWalked(ref) || this.isRearranging;
    assert(isInTime, "a key changes before the walk has met it");
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

  /** Bytes in use: blocks of entries and values, detached ones included; index, expiry index. */
  get usedBytes(): number {
    return this.arena.liveBytes + this.#index.bytes + this.#expiries.bytes;
  }

  /** Bytes taken from the system: `usedBytes` and the arena's free blocks. */
  get reservedBytes(): number {
    return this.arena.reservedBytes + this.#index.bytes + this.#expiries.bytes;
  }

  /** How much of `usedBytes` finds the keys: the index, and the headers of the entries. */
  get indexBytes(): number {
    return this.#index.bytes + this.size * HEADER_BYTES;
  }

  /** How much of `usedBytes` knows which keys expire. */
  get expiryIndexBytes(): number {
    return this.#expiries.bytes;
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

  /** The number of the value's type. */
  type(ref: EntryRef): number {
    return this.#entries.type(ref);
  }

  /** How the value is held: a number of its type's own. */
  encoding(ref: EntryRef): number {
    return this.#entries.encoding(ref);
  }

  /** Type and encoding: see `kindOf`. */
  kind(ref: EntryRef): number {
    return this.#entries.kind(ref);
  }

  /** Changes the encoding's number to one that is rooted if the present one is. */
  setEncoding(ref: EntryRef, encoding: number): void {
    const entries = this.#entries;
    if (CHECKED)
      assert(entries.isRooted(ref) === encoding >= ROOTED, "the value stays where it is");
    entries.setKind(ref, kindOf(entries.type(ref), encoding));
  }

  /** True when the value owns blocks. */
  isRooted(ref: EntryRef): boolean {
    return this.#entries.isRooted(ref);
  }

  /** The first block of a rooted value. */
  root(ref: EntryRef): BlockRef {
    return this.#entries.root(ref);
  }

  /** The segment that holds the entry's key, and its value unless that is rooted. */
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

  /** Where a value that is not rooted starts in `bytes`. */
  valueOffset(ref: EntryRef): number {
    return this.#entries.valueOffset(ref);
  }

  /** Length of a value that is not rooted, in bytes. */
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

  /** Bytes of the entry's block, its share of the index and a rooted value's blocks not included. */
  entryBytes(ref: EntryRef): number {
    return this.#entries.blockBytes(ref);
  }

  /**
   * Inserts or replaces a value of bytes, which may lie in this keyspace's own segments. Keeps an
   * existing expiry when `keepExpiry`, else drops it. Throws OutOfMemory, changing nothing.
   */
  setBytes(
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    kind: number,
    keepExpiry: boolean,
  ): EntryRef {
    const index = this.#index;
    index.step();
    const hash = index.hash(keyBytes, keyOffset, keyLength);
    const present = index.find(hash, keyBytes, keyOffset, keyLength);
    if (present !== 0) {
      const ref = this.#replaceBytes(present, valueBytes, valueOffset, valueLength, kind);
      if (!keepExpiry) this.clearExpiry(ref);
      return ref;
    }
    return this.addBytes(
      hash,
      keyBytes,
      keyOffset,
      keyLength,
      valueBytes,
      valueOffset,
      valueLength,
      kind,
    );
  }

  /**
   * Inserts a value of bytes. As `setBytes` for a key that is known to be absent, without looking it up
   * again.
   *
   * @param hash the key's
   */
  addBytes(
    hash: number,
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    kind: number,
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
    entries.setKind(ref, kind);
    entries.writeValue(ref, valueBytes, valueOffset, valueLength);
    index.insert(hash, ref);
    if (this.onNewKey !== null) this.onNewKey(this, ref);
    return ref;
  }

  /**
   * Gives an entry, whatever it holds, a value of bytes. As `setBytes` for a key that is known to be
   * there, without looking it up again.
   */
  replaceBytes(
    ref: EntryRef,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    kind: number,
    keepExpiry: boolean,
  ): EntryRef {
    if (CHECKED) this.mutated(ref);
    const written = this.#replaceBytes(ref, valueBytes, valueOffset, valueLength, kind);
    if (!keepExpiry) this.clearExpiry(written);
    return written;
  }

  /**
   * As `addBytes` or `replaceBytes` with a value that lies in memory which nobody else will use: it
   * stays where it is, and what lies in front of it is overwritten.
   *
   * @param present the key's entry; 0 when it is absent
   * @returns 0, and has changed nothing, where an entry cannot be around it
   */
  takeBytes(
    hash: number,
    present: EntryRef,
    memory: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueOffset: number,
    valueLength: number,
    kind: number,
    keepExpiry: boolean,
  ): EntryRef {
    const entries = this.#entries;
    const index = this.#index;
    if (present === 0) index.reserve();
    const ref = entries.createAround(memory, keyOffset, keyLength, valueOffset, valueLength);
    if (ref === 0) return 0;
    if (CHECKED && present === 0) this.mutations++;
    if (present !== 0) {
      if (CHECKED) this.mutated(present);
      entries.copyHeader(present, ref);
      entries.setKind(ref, kind);
      this.#moveTo(present, ref);
      if (!keepExpiry) this.clearExpiry(ref);
      return ref;
    }
    entries.setKind(ref, kind);
    index.insert(hash, ref);
    if (this.onNewKey !== null) this.onNewKey(this, ref);
    return ref;
  }

  #replaceBytes(
    present: EntryRef,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    kind: number,
  ): EntryRef {
    const entries = this.#entries;
    if (!this.#keepsBlock(present, valueLength)) {
      const ref = this.#createLike(present, valueLength, false);
      entries.setKind(ref, kind);
      entries.writeValue(ref, valueBytes, valueOffset, valueLength);
      this.#moveTo(present, ref);
      return ref;
    }
    entries.setKind(present, kind);
    entries.setValueLength(present, valueLength);
    entries.writeValue(present, valueBytes, valueOffset, valueLength);
    return present;
  }

  /**
   * Gives an entry that is not rooted a value of `valueLength` bytes: the old bytes stay as far as they fit, new
   * ones are zero. Keeps the expiry. Long values get room to grow.
   */
  resizeBytes(ref: EntryRef, valueLength: number, kind: number): EntryRef {
    if (CHECKED) this.mutated(ref);
    const entries = this.#entries;
    const oldLength = entries.valueLength(ref);
    const kept = Math.min(oldLength, valueLength);
    let resized = ref;
    if (entries.fits(ref, valueLength)) {
      entries.setValueLength(ref, valueLength);
      entries.setKind(ref, kind);
    } else {
      resized = this.#createLike(ref, valueLength, valueLength > oldLength);
      entries.setKind(resized, kind);
      entries.writeValue(resized, entries.bytes(ref), entries.valueOffset(ref), kept);
      this.#moveTo(ref, resized);
    }
    const start = entries.valueOffset(resized);
    if (kept < valueLength) entries.bytes(resized).fill(0, start + kept, start + valueLength);
    return resized;
  }

  /**
   * Inserts or replaces a rooted value, which from then on is the keyspace's. Keeps an existing
   * expiry when `keepExpiry`, else drops it. Throws OutOfMemory, changing nothing: the value is
   * still the caller's.
   *
   * @param kind of an encoding from `ROOTED` on
   */
  setRoot(
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    root: BlockRef,
    kind: number,
    keepExpiry: boolean,
  ): EntryRef {
    if (CHECKED) assert((kind & ROOTED) !== 0, "the kind of a rooted value");
    const index = this.#index;
    const entries = this.#entries;
    index.step();
    const hash = index.hash(keyBytes, keyOffset, keyLength);
    const present = index.find(hash, keyBytes, keyOffset, keyLength);
    if (present !== 0) return this.replaceRoot(present, root, kind, keepExpiry);
    if (CHECKED) this.mutations++;
    index.reserve();
    const ref = entries.create(keyBytes, keyOffset, keyLength, 0, false);
    entries.setKind(ref, kind);
    entries.setRoot(ref, root);
    index.insert(hash, ref);
    if (this.onNewKey !== null) this.onNewKey(this, ref);
    return ref;
  }

  /**
   * Gives an entry, whatever it holds, a rooted value. As `setRoot` for a key that is known to be
   * there, without looking it up again; so a value that outgrows its entry becomes a rooted one.
   */
  replaceRoot(ref: EntryRef, root: BlockRef, kind: number, keepExpiry: boolean): EntryRef {
    if (CHECKED) assert((kind & ROOTED) !== 0, "the kind of a rooted value");
    if (CHECKED) this.mutated(ref);
    const entries = this.#entries;
    let replaced = ref;
    if (!this.#keepsBlock(ref, 0)) {
      replaced = this.#createLike(ref, 0, false);
      entries.setKind(replaced, kind);
      entries.setRoot(replaced, root);
      this.#moveTo(ref, replaced);
    } else {
      entries.setKind(ref, kind);
      entries.setRoot(ref, root);
    }
    if (!keepExpiry) this.clearExpiry(replaced);
    return replaced;
  }

  /** Removes an entry with its expiry. A rooted value's blocks are freed by `reclaim`. */
  remove(ref: EntryRef): void {
    if (CHECKED) this.mutated(ref);
    this.clearExpiry(ref);
    this.#index.remove(ref);
    this.#discard(ref);
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
    if (CHECKED) this.mutated(ref);
    const index = this.#index;
    const entries = this.#entries;
    const hash = index.hash(keyBytes, keyOffset, keyLength);
    if (CHECKED) {
      const present = index.find(hash, keyBytes, keyOffset, keyLength);
      assert(present === replaced, "the new key exists as another entry than the one to replace");
    }
    const isRooted = entries.isRooted(ref);
    const valueLength = isRooted ? 0 : entries.valueLength(ref);
    const renamed = entries.create(keyBytes, keyOffset, keyLength, valueLength, false);
    // Not before there is memory for the new one.
    if (replaced !== 0) this.remove(replaced);
    entries.copyHeader(ref, renamed);
    this.#expiries.move(renamed);
    if (isRooted) entries.setRoot(renamed, entries.root(ref));
    else entries.writeValue(renamed, entries.bytes(ref), entries.valueOffset(ref), valueLength);
    index.remove(ref);
    entries.free(ref);
    index.insert(hash, renamed);
    if (this.onNewKey !== null) this.onNewKey(this, renamed);
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
    if (CHECKED) this.mutated(ref);
    this.#expiries.set(ref, atMs);
  }

  /** Drops the expiry, if there is one. */
  clearExpiry(ref: EntryRef): void {
    if (this.#entries.expiryPosition(ref) < 0) return;
    if (CHECKED) this.mutated(ref);
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

  /** A uniformly drawn entry of those with an expiry; 0 when there is none. */
  randomExpiring(random: Random): EntryRef {
    return this.#expiries.randomEntry(random);
  }

  /** Visits up to `count` entries of a sample, each once. The visitor must not write. */
  sample(random: Random, count: number, visit: (ref: EntryRef) => void): void {
    this.#index.sample(random, count, visit);
  }

  /**
   * Visits a sample of `count` entries with an expiry, drawn one by one, so that one may come twice;
   * all of them when they are fewer. The visitor must not write.
   */
  sampleExpiring(random: Random, count: number, visit: (ref: EntryRef) => void): void {
    this.#expiries.sample(random, count, visit);
  }

  /** The hash of an entry's key. */
  entryHash(ref: EntryRef): number {
    const entries = this.#entries;
    return this.#index.hash(entries.bytes(ref), entries.keyOffset(ref), entries.keyLength(ref));
  }

  /**
   * True when `ref`, which may have become invalid, is an entry whose key has that hash: the one that
   * it was or, what is as good as impossible, another one of the same hash.
   */
  holds(hash: number, ref: EntryRef): boolean {
    return this.#index.holds(hash, ref);
  }

  /** Forgets everything, detached values included, without walking it. */
  clear(): void {
    // Not before there is memory for the new one.
    this.#index = new HashIndex(this.#entries, this.#indexOptions);
    this.#expiries = new ExpiryIndex(this.#entries);
    this.#detached.clear();
    this.arena.clear();
    this.#averageTtlMs = 0;
  }

  /** Values that are detached and not free yet. */
  get detachedCount(): number {
    return this.#detached.size;
  }

  /**
   * Frees about `elements` elements or nodes of detached values, makes emptied segments whole, and
   * gives memory back.
   *
   * @returns how much of `elements` was not needed
   */
  reclaim(elements: number): number {
    const left = this.#detached.release(elements);
    if (this.arena.releaseDropped(RELEASED_BYTES)) return 0;
    if (this.arena.untidy) this.arena.tidy(elements * TIDIED_PER_ELEMENT);
    return left;
  }

  /** Migrates up to `slots` slots if a rehash is under way; true while one is. */
  rehashStep(slots: number): boolean {
    return this.#index.migrate(slots);
  }

  /** True when an entry's block is right for a value of `valueLength` bytes in place of its own. */
  #keepsBlock(ref: EntryRef, valueLength: number): boolean {
    // A rooted value leaves with the block of its entry.
    return !this.#entries.isRooted(ref) && this.#entries.fits(ref, valueLength);
  }

  /** A block for an entry's key and a value of `valueLength`, with its header's metadata. */
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
    this.#discard(ref);
  }

  /** Frees the block of an entry that neither index knows any more, and detaches a rooted value. */
  #discard(ref: EntryRef): void {
    if (this.#entries.isRooted(ref)) this.#detached.add(ref);
    else this.#entries.free(ref);
  }

  /** Throws AssertionError when any internal rule is broken (index, arena, free lists, expiry index, ownership of blocks, accounting). Its cost is that of a walk over everything. */
  verifyInvariants(): void {
    const { arena } = this;
    const entries = this.#entries;
    let size = 0;
    let expiring = 0;
    this.#detached.verify();
    arena.verify((own) => {
      const visit = (ref: EntryRef): void => {
        own(ref, entries.heldBytes(ref));
        if (entries.isRooted(ref)) {
          this.rooted.visitBlocks(entries.kind(ref), entries.root(ref), own);
        }
      };
      this.#index.forEach((ref) => {
        size++;
        if (entries.expiryPosition(ref) >= 0) expiring++;
        visit(ref);
      });
      this.#detached.forEach(visit);
    });
    this.#index.verify();
    this.#expiries.verify();
    if (!this.#isWalking) this.#verifyWalked();
    assert(size === this.#index.size, "the index's size differs from its entries");
    assert(expiring === this.#expiries.size, "expiring entries differ from the expiry index");
  }
}
