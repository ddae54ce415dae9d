import type { Arena, BlockRef } from "./arena.ts";
import { assert, CHECKED } from "./assert.ts";
import { copyBytes, equalBytes, equalWords } from "./copy.ts";

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
const ENCODING_SHIFT = 24;

/**
 * The entries of a keyspace as blocks of an arena: a header of four words, the key's bytes, then a
 * string's bytes.
 *
 * | word | holds |
 * |---|---|
 * | 0 | length of the key |
 * | 1 | length of the string, or the handle of the object |
 * | 2 | type (4 bits), encoding (4), access (24) |
 * | 3 | position in the expiry index plus one; 0 without expiry |
 */
export class Entries {
  readonly arena: Arena;

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

  /** Where the string starts in `bytes`. */
  valueOffset(ref: BlockRef): number {
    return this.keyOffset(ref) + this.#word(ref, KEY_LENGTH);
  }

  /** Length of the string. */
  valueLength(ref: BlockRef): number {
    if (CHECKED) assert(this.type(ref) === 0, "only strings have a length");
    return this.#word(ref, VALUE);
  }

  setValueLength(ref: BlockRef, length: number): void {
    this.#setWord(ref, VALUE, length);
  }

  /** Handle of the object. */
  handle(ref: BlockRef): number {
    if (CHECKED) assert(this.type(ref) !== 0, "strings have no handle");
    return this.#word(ref, VALUE);
  }

  setHandle(ref: BlockRef, handle: number): void {
    this.#setWord(ref, VALUE, handle);
  }

  type(ref: BlockRef): number {
    return this.#word(ref, META) >>> TYPE_SHIFT;
  }

  encoding(ref: BlockRef): number {
    return (this.#word(ref, META) >>> ENCODING_SHIFT) & 15;
  }

  access(ref: BlockRef): number {
    return this.#word(ref, META) & ACCESS_MASK;
  }

  setAccess(ref: BlockRef, access: number): void {
    if (CHECKED) assert((access & ~ACCESS_MASK) === 0, "access metadata has 24 bits");
    this.#setWord(ref, META, (this.#word(ref, META) & ~ACCESS_MASK) | access);
  }

  /** Sets type and encoding, keeping the access metadata. */
  setKind(ref: BlockRef, type: number, encoding: number): void {
    if (CHECKED) assert(type >= 0 && type < 15 && encoding >= 0 && encoding < 16, "type, encoding");
    this.#setWord(
      ref,
      META,
      (type << TYPE_SHIFT) | (encoding << ENCODING_SHIFT) | this.access(ref),
    );
  }

  /** Position in the expiry index; -1 without expiry. */
  expiryPosition(ref: BlockRef): number {
    return this.#word(ref, EXPIRY) - 1;
  }

  setExpiryPosition(ref: BlockRef, position: number): void {
    this.#setWord(ref, EXPIRY, position + 1);
  }

  /** Bytes that header, key and string take together. */
  heldBytes(ref: BlockRef): number {
    const string = this.type(ref) === 0 ? this.#word(ref, VALUE) : 0;
    return HEADER_BYTES + this.#word(ref, KEY_LENGTH) + string;
  }

  /** Bytes of the entry's block. */
  blockBytes(ref: BlockRef): number {
    return this.arena.blockBytes(ref, this.heldBytes(ref));
  }

  /** True when the entry's block is the right one for a string of `valueLength` bytes as well. */
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
   * content is arbitrary; type, encoding, access and expiry are zero.
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
    const words = this.arena.words[ref >>> this.arena.grainShift]!;
    const at = (ref & this.arena.grainMask) << 2;
    words[at + KEY_LENGTH] = keyLength;
    words[at + VALUE] = valueLength;
    words[at + META] = 0;
    words[at + EXPIRY] = 0;
    copyBytes(key, keyOffset, this.bytes(ref), this.keyOffset(ref), keyLength);
    return ref;
  }

  /** Writes the string's bytes; its length is set already. */
  writeValue(ref: BlockRef, source: Uint8Array, offset: number, length: number): void {
    copyBytes(source, offset, this.bytes(ref), this.valueOffset(ref), length);
  }

  /** Frees the entry's block. */
  free(ref: BlockRef): void {
    this.arena.free(ref, this.heldBytes(ref));
  }

  /** Copies type, encoding, access and expiry position. */
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
