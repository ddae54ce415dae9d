import { assert, CHECKED } from "../assert.ts";
import { copyBytes, equalBytes, equalWords } from "../resp/copy.ts";
import type { Arena, BlockRef } from "./arena.ts";
import { GRAIN_BYTES, grainsOf } from "./size-class.ts";

/** The largest key and the largest string value, in bytes (Redis' proto-max-bulk-len default). */
export const MAX_LENGTH_BYTES = 512 * 1024 * 1024;

/** Bytes of an entry's header. */
export const HEADER_BYTES = 16;
const KEY_LENGTH = 0;
const VALUE = 1;
const META = 2;
const EXPIRY = 3;
const HEADER_WORDS = HEADER_BYTES / 4;
/** Longer keys are compared by a native call, which costs the same at any length. */
const MAX_WORDWISE_BYTES = 96;
/** A usual key ends here: half of the entries cross into another line of the cache. */
const SECOND_LINE_WORDS = 8;
const ACCESS_MASK = 0xffffff;
const TYPE_SHIFT = 28;
const KIND_SHIFT = 24;
/** Of a kind's eight bits the first is no part of it. */
const TYPE_MASK = 7;
const KIND_MASK = 0x7f;
/** The bit that `walked` compares. */
const MARK = 1 << 31;
/** The encodings with this bit are those of rooted values. */
export const ROOTED = 8;
const ROOTED_BIT = ROOTED << KIND_SHIFT;

/**
 * The entries of a keyspace as blocks of an arena: a header of four words, the key's bytes, then
 * the value's, unless it is a rooted one, which has blocks of its own.
 *
 * | word | holds |
 * |---|---|
 * | 0 | length of the key |
 * | 1 | length of the value, or the reference of its root |
 * | 2 | mark (1 bit); kind: type (3) and encoding (4, the first of which says rooted); access (24) |
 * | 3 | position in the expiry index plus one; 0 without expiry. Detached: the next entry |
 */
export class Entries {
  readonly arena: Arena;
  /** The mark of entries that a walk has met, and of new ones: `MARK` or 0. It changes with each walk. */
  #mark = 0;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** The segment that holds the entry. */
  bytes(ref: BlockRef): Uint8Array {
    if (CHECKED) assert(ref !== 0, "no entry");
    return this.arena.bytes[ref >>> this.arena.grainShift]!;
  }

  /**
   * Reads the first two cache lines of some entries, so that they are in the processor's caches.
   * Returns nothing of use.
   */
  prefetch(refs: Int32Array, count: number): number {
    const { words, grainShift, grainMask } = this.arena;
    const lastWord = grainMask * 4 + 3;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const segment = words[refs[i]! >>> grainShift]!;
      const at = (refs[i]! & grainMask) << 2;
      sum ^= segment[at]! ^ segment[(at + SECOND_LINE_WORDS) & lastWord]!;
    }
    return sum;
  }

  /** Where the key starts in `bytes`. */
  keyOffset(ref: BlockRef): number {
    return ((ref & this.arena.grainMask) << 4) + HEADER_BYTES;
  }

  keyLength(ref: BlockRef): number {
    return this.#word(ref, KEY_LENGTH);
  }

  /** Where the value starts in `bytes`. */
  valueOffset(ref: BlockRef): number {
    return this.keyOffset(ref) + this.#word(ref, KEY_LENGTH);
  }

  /** Length of a value that is not rooted. */
  valueLength(ref: BlockRef): number {
    if (CHECKED) assert(!this.isRooted(ref), "a rooted value has no length");
    return this.#word(ref, VALUE);
  }

  setValueLength(ref: BlockRef, length: number): void {
    if (CHECKED) assert(!this.isRooted(ref), "a rooted value has no length");
    this.#setWord(ref, VALUE, length);
  }

  /** True when the value has blocks of its own. */
  isRooted(ref: BlockRef): boolean {
    return (this.#word(ref, META) & ROOTED_BIT) !== 0;
  }

  /** The first block of a rooted value. */
  root(ref: BlockRef): BlockRef {
    if (CHECKED) assert(this.isRooted(ref), "the value has no root");
    return this.#word(ref, VALUE);
  }

  setRoot(ref: BlockRef, root: BlockRef): void {
    if (CHECKED) assert(this.isRooted(ref) && root !== 0, "a root, for a rooted value");
    this.#setWord(ref, VALUE, root);
  }

  /** Type and encoding in seven bits. */
  kind(ref: BlockRef): number {
    return (this.#word(ref, META) >>> KIND_SHIFT) & KIND_MASK;
  }

  type(ref: BlockRef): number {
    return (this.#word(ref, META) >>> TYPE_SHIFT) & TYPE_MASK;
  }

  /** From now on no entry has been met by the walk that begins. Precondition: the last one met all. */
  beginWalk(): void {
    this.#mark ^= MARK;
  }

  /** True when the walk has met the entry, or it is younger than the walk. */
  isWalked(ref: BlockRef): boolean {
    return ((this.#word(ref, META) ^ this.#mark) & MARK) === 0;
  }

  setWalked(ref: BlockRef): void {
    this.#setWord(ref, META, (this.#word(ref, META) & ~MARK) | this.#mark);
  }

  encoding(ref: BlockRef): number {
    return (this.#word(ref, META) >>> KIND_SHIFT) & 15;
  }

  access(ref: BlockRef): number {
    return this.#word(ref, META) & ACCESS_MASK;
  }

  setAccess(ref: BlockRef, access: number): void {
    if (CHECKED) assert((access & ~ACCESS_MASK) === 0, "access metadata has 24 bits");
    this.#setWord(ref, META, (this.#word(ref, META) & ~ACCESS_MASK) | access);
  }

  /** Sets type and encoding, keeping mark and access metadata. */
  setKind(ref: BlockRef, kind: number): void {
    if (CHECKED) assert(kind >= 0 && kind <= KIND_MASK, "a kind has seven bits");
    const kept = this.#word(ref, META) & (MARK | ACCESS_MASK);
    this.#setWord(ref, META, kept | (kind << KIND_SHIFT));
  }

  /** Position in the expiry index; -1 without expiry. */
  expiryPosition(ref: BlockRef): number {
    return this.#word(ref, EXPIRY) - 1;
  }

  setExpiryPosition(ref: BlockRef, position: number): void {
    this.#setWord(ref, EXPIRY, position + 1);
  }

  /** The detached entry after this one; 0 is none. */
  next(ref: BlockRef): BlockRef {
    return this.#word(ref, EXPIRY);
  }

  setNext(ref: BlockRef, next: BlockRef): void {
    this.#setWord(ref, EXPIRY, next);
  }

  /** Bytes that header, key and value take together, a rooted value's blocks not included. */
  heldBytes(ref: BlockRef): number {
    const value = this.isRooted(ref) ? 0 : this.#word(ref, VALUE);
    return HEADER_BYTES + this.#word(ref, KEY_LENGTH) + value;
  }

  /** Bytes of the entry's block. */
  blockBytes(ref: BlockRef): number {
    return this.arena.blockBytes(ref, this.heldBytes(ref));
  }

  /** True when the entry's block is the right one for a value of `valueLength` bytes as well. */
  fits(ref: BlockRef, valueLength: number): boolean {
    const needed = HEADER_BYTES + this.keyLength(ref) + valueLength;
    return this.arena.fits(ref, this.heldBytes(ref), needed);
  }

  /** True when the entry's key is `bytes[offset..offset+length)`. */
  keyEquals(ref: BlockRef, bytes: Uint8Array, offset: number, length: number): boolean {
    const { words, grainShift, grainMask } = this.arena;
    const segment = words[ref >>> grainShift]!;
    const at = (ref & grainMask) << 2;
    if (segment[at + KEY_LENGTH] !== length) return false;
    if (length > MAX_WORDWISE_BYTES) {
      return equalBytes(this.bytes(ref), this.keyOffset(ref), bytes, offset, length);
    }
    return equalWords(segment, at + HEADER_WORDS, bytes, offset, length);
  }

  /**
   * A new block with the key written, the value's word set and room for `valueLength` bytes whose
   * content is arbitrary; kind, access and expiry are zero.
   */
  create(
    key: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueLength: number,
    growing: boolean,
  ): BlockRef {
    if (CHECKED) assert(keyLength <= MAX_LENGTH_BYTES, "key length");
    if (CHECKED) assert(valueLength <= MAX_LENGTH_BYTES, "value length");
    const needed = HEADER_BYTES + keyLength + valueLength;
    const ref = growing ? this.arena.allocateGrowing(needed) : this.arena.allocate(needed);
    this.#begin(ref, keyLength, valueLength);
    copyBytes(key, keyOffset, this.bytes(ref), this.keyOffset(ref), keyLength);
    return ref;
  }

  /**
   * As `create`, around a value, whose key lies in front of it, in memory which the arena may adopt:
   * there must be room for header and key, so that the block begins at a grain's multiple.
   *
   * @returns 0, and has changed nothing, where that is not so
   */
  createAround(
    memory: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueOffset: number,
    valueLength: number,
  ): BlockRef {
    const at = valueOffset - keyLength - HEADER_BYTES;
    const heldBytes = HEADER_BYTES + keyLength + valueLength;
    const end = at + grainsOf(heldBytes) * GRAIN_BYTES;
    const begins = memory.byteOffset + at;
    if (at < 0 || end > memory.length || begins % GRAIN_BYTES !== 0) return 0;
    if (!this.arena.isDedicated(heldBytes)) return 0;
    const ref = this.arena.adopt(memory.subarray(at, end));
    if (CHECKED) assert(keyOffset + keyLength <= valueOffset, "the key lies in front of the value");
    memory.copyWithin(at + HEADER_BYTES, keyOffset, keyOffset + keyLength);
    this.#begin(ref, keyLength, valueLength);
    return ref;
  }

  /** Writes the header of a new entry. */
  #begin(ref: BlockRef, keyLength: number, valueLength: number): void {
    const words = this.arena.words[ref >>> this.arena.grainShift]!;
    const at = (ref & this.arena.grainMask) << 2;
    words[at + KEY_LENGTH] = keyLength;
    words[at + VALUE] = valueLength;
    words[at + META] = this.#mark;
    words[at + EXPIRY] = 0;
  }

  /** Writes the value's bytes; its length is set already. */
  writeValue(ref: BlockRef, source: Uint8Array, offset: number, length: number): void {
    copyBytes(source, offset, this.bytes(ref), this.valueOffset(ref), length);
  }

  /** Frees the entry's block. */
  free(ref: BlockRef): void {
    this.arena.free(ref, this.heldBytes(ref));
  }

  /** Copies kind, access and expiry position. */
  copyHeader(from: BlockRef, to: BlockRef): void {
    this.#setWord(to, META, this.#word(from, META));
    this.#setWord(to, EXPIRY, this.#word(from, EXPIRY));
  }

  #word(ref: BlockRef, word: number): number {
    const arena = this.arena;
    return arena.words[ref >>> arena.grainShift]![((ref & arena.grainMask) << 2) + word]!;
  }

  #setWord(ref: BlockRef, word: number, value: number): void {
    const arena = this.arena;
    arena.words[ref >>> arena.grainShift]![((ref & arena.grainMask) << 2) + word] = value;
  }
}
