import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { copyBytes, equalBytes, equalWords } from "../resp/copy.ts";

/** Lengths from this one on do not fit in half a word. */
const LONG = 0xffff;
/** The first word of an element whose two lengths follow in words of their own. */
const LONG_MARK = -1;
/** Longer names are compared by a native call, which costs the same at any length. */
const MAX_WORDWISE_BYTES = 96;
/** The smallest block. */
const MIN_BYTES = 16;

/** What `readMember` has read: where the name lies, and the score. */
export interface ScoredMember {
  nameBytes: Uint8Array;
  nameOffset: number;
  nameLength: number;
  score: number;
}

/**
 * Elements of collections as blocks of an arena: a name with a value (a hash's field), a name alone
 * (a set's member), or a name with a score (a sorted set's member).
 *
 * | words | hold |
 * |---|---|
 * | 1 | length of the name (low half), of the value (high half); -1 when one needs more than 16 bits |
 * | 2 | after -1 only: length of the name, of the value |
 * | 2 | with scores only: the score's bits, the high half first |
 *
 * Then the name's bytes, and the value's.
 */
export class Elements {
  readonly arena: Arena;
  readonly #scoreBytes: number;
  readonly #score = new Float64Array(1);
  readonly #scoreWords = new Int32Array(this.#score.buffer);

  constructor(arena: Arena, scored: boolean) {
    this.arena = arena;
    this.#scoreBytes = scored ? 8 : 0;
  }

  /** The segment that holds the element. */
  bytes(ref: BlockRef): Uint8Array {
    if (CHECKED) assert(ref !== 0, "no element");
    return this.arena.bytes[ref >>> this.arena.grainShift]!;
  }

  nameLength(ref: BlockRef): number {
    const lengths = this.#word(ref, 0);
    return lengths === LONG_MARK ? this.#word(ref, 1) : lengths & 0xffff;
  }

  valueLength(ref: BlockRef): number {
    const lengths = this.#word(ref, 0);
    return lengths === LONG_MARK ? this.#word(ref, 2) : lengths >>> 16;
  }

  /** Where the name starts in `bytes`. */
  nameOffset(ref: BlockRef): number {
    return ((ref & this.arena.grainMask) << 4) + this.#headBytes(ref);
  }

  /** Where the value starts in `bytes`. */
  valueOffset(ref: BlockRef): number {
    return this.nameOffset(ref) + this.nameLength(ref);
  }

  /** Bytes that the element was allocated for. */
  heldBytes(ref: BlockRef): number {
    const held = this.#headBytes(ref) + this.nameLength(ref) + this.valueLength(ref);
    return Math.max(MIN_BYTES, held);
  }

  /** Bytes of the element's block. */
  blockBytes(ref: BlockRef): number {
    return this.arena.blockBytes(ref, this.heldBytes(ref));
  }

  nameEquals(ref: BlockRef, bytes: Uint8Array, offset: number, length: number): boolean {
    const { words, grainShift, grainMask } = this.arena;
    const segment = words[ref >>> grainShift]!;
    const at = (ref & grainMask) << 2;
    const lengths = segment[at]!;
    const long = lengths === LONG_MARK;
    if ((long ? segment[at + 1] : lengths & 0xffff) !== length) return false;
    if (length > MAX_WORDWISE_BYTES) {
      return equalBytes(this.bytes(ref), this.nameOffset(ref), bytes, offset, length);
    }
    const nameAt = at + (long ? 3 : 1) + (this.#scoreBytes >>> 2);
    return equalWords(segment, nameAt, bytes, offset, length);
  }

  /** The score. Precondition: elements have scores. */
  score(ref: BlockRef): number {
    if (CHECKED) assert(this.#scoreBytes > 0, "elements without scores");
    const at = this.#scoreWord(ref);
    this.#scoreWords[1] = this.#word(ref, at);
    this.#scoreWords[0] = this.#word(ref, at + 1);
    return this.#score[0]!;
  }

  /** Reads name and score together. Precondition: elements have scores. */
  readMember(ref: BlockRef, into: ScoredMember): void {
    if (CHECKED) assert(ref !== 0 && this.#scoreBytes > 0, "an element with a score");
    const { words, bytes, grainShift, grainMask } = this.arena;
    const segment = ref >>> grainShift;
    const grain = ref & grainMask;
    const own = words[segment]!;
    const at = grain << 2;
    const lengths = own[at]!;
    const isLong = lengths === LONG_MARK;
    const scoreAt = at + (isLong ? 3 : 1);
    this.#scoreWords[1] = own[scoreAt]!;
    this.#scoreWords[0] = own[scoreAt + 1]!;
    into.nameBytes = bytes[segment]!;
    into.nameOffset = (scoreAt + 2) << 2;
    into.nameLength = isLong ? own[at + 1]! : lengths & 0xffff;
    into.score = this.#score[0]!;
  }

  setScore(ref: BlockRef, score: number): void {
    if (CHECKED) assert(this.#scoreBytes > 0 && !Number.isNaN(score), "a score is a number");
    const at = this.#scoreWord(ref);
    this.#score[0] = score;
    this.#setWord(ref, at, this.#scoreWords[1]!);
    this.#setWord(ref, at + 1, this.#scoreWords[0]!);
  }

  /** A new element with a copy of name and value, its score 0. @throws OutOfMemory */
  create(
    name: Uint8Array,
    nameOffset: number,
    nameLength: number,
    value: Uint8Array,
    valueOffset: number,
    valueLength: number,
  ): BlockRef {
    const long = nameLength >= LONG || valueLength >= LONG;
    const head = (long ? 12 : 4) + this.#scoreBytes;
    const held = Math.max(MIN_BYTES, head + nameLength + valueLength);
    const ref = this.arena.allocate(held);
    if (long) {
      this.#setWord(ref, 0, LONG_MARK);
      this.#setWord(ref, 1, nameLength);
      this.#setWord(ref, 2, valueLength);
    } else {
      this.#setWord(ref, 0, nameLength | (valueLength << 16));
    }
    if (this.#scoreBytes > 0) this.setScore(ref, 0);
    const bytes = this.bytes(ref);
    const at = ((ref & this.arena.grainMask) << 4) + head;
    copyBytes(name, nameOffset, bytes, at, nameLength);
    copyBytes(value, valueOffset, bytes, at + nameLength, valueLength);
    if (CHECKED) assert(this.heldBytes(ref) === held, "an element is freed as it was allocated");
    return ref;
  }

  /** Overwrites the value if the block is the right one for the new length; false when the element must move. */
  overwrite(ref: BlockRef, value: Uint8Array, offset: number, length: number): boolean {
    const nameLength = this.nameLength(ref);
    const long = nameLength >= LONG || length >= LONG;
    if (long !== (this.#word(ref, 0) === LONG_MARK)) return false;
    const needed = Math.max(MIN_BYTES, this.#headBytes(ref) + nameLength + length);
    if (!this.arena.fits(ref, this.heldBytes(ref), needed)) return false;
    if (long) this.#setWord(ref, 2, length);
    else this.#setWord(ref, 0, nameLength | (length << 16));
    copyBytes(value, offset, this.bytes(ref), this.valueOffset(ref), length);
    return true;
  }

  free(ref: BlockRef): void {
    this.arena.free(ref, this.heldBytes(ref));
  }

  #headBytes(ref: BlockRef): number {
    return (this.#word(ref, 0) === LONG_MARK ? 12 : 4) + this.#scoreBytes;
  }

  #scoreWord(ref: BlockRef): number {
    return this.#word(ref, 0) === LONG_MARK ? 3 : 1;
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
