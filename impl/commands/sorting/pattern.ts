import { copyBytes } from "../../resp/copy.ts";
import type { Call } from "../../session/call.ts";
import { openHash } from "../../types/hash/hash-view.ts";
import { HASH_TYPE } from "../../types/hash/kinds.ts";
import { STRING_TYPE } from "../../types/string/index.ts";

const STAR = 0x2a;
const HASH_SIGN = 0x23;
const MINUS = 0x2d;
const GREATER = 0x3e;
const NO_BYTES = new Uint8Array(0);

/**
 * A pattern of SORT's BY or GET: a key with the element in the place of its first star, or a field
 * of the hash that is there; `#` is the element itself. Redis reads patterns as C strings, up to a
 * zero byte, but copies all of their bytes.
 */
export class SortPattern {
  /** It names another key for each element. */
  readonly isVariable: boolean;
  /** What `find` has found: bytes that are good until the next change. */
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  length = 0;
  readonly #isElement: boolean;
  readonly #pattern: Uint8Array;
  readonly #star: number;
  /** Where the key ends in the pattern. */
  readonly #keyEnd: number;
  /** Where the field begins; -1 without one. */
  readonly #field: number;
  #key = NO_BYTES;

  /** @param pattern a view of the request, which outlives the pattern */
  constructor(pattern: Uint8Array) {
    this.#pattern = pattern;
    const zero = pattern.indexOf(0);
    const seen = zero < 0 ? pattern.length : zero;
    const star = pattern.indexOf(STAR);
    this.isVariable = star >= 0 && star < seen;
    this.#isElement = seen === 1 && pattern[0] === HASH_SIGN;
    this.#star = star;
    const arrow = this.isVariable ? arrowBehind(pattern, star + 1, seen) : -1;
    this.#keyEnd = arrow < 0 ? pattern.length : arrow;
    this.#field = arrow < 0 ? -1 : arrow + 2;
  }

  /** Finds what the pattern stands for where the element is this one; false when that is nothing. */
  find(call: Call, element: Uint8Array, offset: number, length: number): boolean {
    if (this.#isElement) return this.#found(element, offset, length);
    if (!this.isVariable) return false;
    const pattern = this.#pattern;
    const star = this.#star;
    const behind = this.#keyEnd - star - 1;
    const keyLength = star + length + behind;
    if (this.#key.length < keyLength) {
      this.#key = new Uint8Array(keyLength * 2);
      copyBytes(pattern, 0, this.#key, 0, star);
    }
    const key = this.#key;
    copyBytes(element, offset, key, star, length);
    copyBytes(pattern, star + 1, key, star + length, behind);
    const ref = call.lookupReadOf(key, 0, keyLength);
    if (ref === 0) return false;
    const { keyspace } = call;
    if (this.#field < 0) {
      if (keyspace.type(ref) !== STRING_TYPE) return false;
      return this.#found(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
    }
    if (keyspace.type(ref) !== HASH_TYPE) return false;
    const hash = openHash(keyspace, ref);
    if (!hash.find(pattern, this.#field, pattern.length - this.#field)) return false;
    return this.#found(hash.valueBytes, hash.valueOffset, hash.valueLength);
  }

  #found(bytes: Uint8Array, offset: number, length: number): true {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    return true;
  }
}

/** Where an arrow with something behind it stands before `end`; -1 where there is none. */
function arrowBehind(pattern: Uint8Array, from: number, end: number): number {
  for (let i = from; i + 1 < end; i++) {
    if (pattern[i] === MINUS && pattern[i + 1] === GREATER) return i + 2 < end ? i : -1;
  }
  return -1;
}
