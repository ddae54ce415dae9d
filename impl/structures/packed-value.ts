import { assert, CHECKED } from "../assert.ts";
import { copyBytes, equalBytes } from "../resp/copy.ts";
import { Int64 } from "./int64.ts";

/** Bytes of the longest head: an integer of 64 bits with its encoding. */
const MAX_HEAD_BYTES = 9;
/** Strings from this length on have their length in two bytes with the encoding. */
const MEDIUM_STRING_BYTES = 64;
/** Strings from this length on have their length in four bytes. */
const LONG_STRING_BYTES = 4096;
const NO_BYTES = new Uint8Array(0);

/**
 * Bytes of the back length of an entry whose encoding and data take `bodyBytes`. The borders are
 * Redis', which leaves the last value of each width to the next one.
 */
export function backLengthBytes(bodyBytes: number): number {
  if (bodyBytes <= 127) return 1;
  if (bodyBytes < 16_383) return 2;
  if (bodyBytes < 2_097_151) return 3;
  return bodyBytes < 268_435_455 ? 4 : 5;
}

/**
 * A value as an entry of a listpack, ready to be sought or written. It is reused.
 *
 * An entry is a head (the encoding, with an integer's value or a string's length), a string's
 * bytes, and the back length. Every value has one encoding, the shortest, so that two values are
 * equal exactly if their entries' bytes are.
 */
export class PackedValue {
  readonly head = new Uint8Array(MAX_HEAD_BYTES);
  headBytes = 0;
  /** A string's bytes stay where they are. */
  data: Uint8Array = NO_BYTES;
  dataOffset = 0;
  dataBytes = 0;
  /** Bytes of head and data. */
  bodyBytes = 0;
  /** Bytes of the whole entry. */
  size = 0;
  /** The last byte of head and data. */
  lastByte = 0;
  readonly #integer = new Int64();

  /** The value that clients see as these bytes: an integer if they are the text of one. */
  setText(bytes: Uint8Array, offset: number, length: number): void {
    if (length > 0 && bytes[offset]! <= 0x39 && this.#integer.parse(bytes, offset, length)) {
      this.setInteger(this.#integer.low, this.#integer.high);
      return;
    }
    this.data = bytes;
    this.dataOffset = offset;
    this.dataBytes = length;
    const head = this.head;
    if (length < MEDIUM_STRING_BYTES) {
      head[0] = 0x80 | length;
      this.headBytes = 1;
    } else if (length < LONG_STRING_BYTES) {
      head[0] = 0xe0 | (length >>> 8);
      head[1] = length;
      this.headBytes = 2;
    } else {
      head[0] = 0xf0;
      writeWord(head, 1, length);
      this.headBytes = 5;
    }
    this.#measure();
  }

  /** A signed 64-bit integer as two words. */
  setInteger(low: number, high: number): void {
    const head = this.head;
    this.data = NO_BYTES;
    this.dataOffset = 0;
    this.dataBytes = 0;
    if (high !== low >> 31) {
      head[0] = 0xf4;
      writeWord(head, 1, low);
      writeWord(head, 5, high);
      this.headBytes = 9;
    } else if (low >= 0 && low <= 127) {
      head[0] = low;
      this.headBytes = 1;
    } else if (low >= -4096 && low <= 4095) {
      head[0] = 0xc0 | ((low >>> 8) & 0x1f);
      head[1] = low;
      this.headBytes = 2;
    } else {
      writeWord(head, 1, low);
      if (low >= -0x8000 && low <= 0x7fff) this.headBytes = 3;
      else this.headBytes = low >= -0x800000 && low <= 0x7fffff ? 4 : 5;
      head[0] = 0xf1 + this.headBytes - 3;
    }
    this.#measure();
  }

  #measure(): void {
    const { headBytes, dataBytes } = this;
    this.bodyBytes = headBytes + dataBytes;
    this.lastByte =
      dataBytes > 0 ? this.data[this.dataOffset + dataBytes - 1]! : this.head[headBytes - 1]!;
    this.size = this.bodyBytes + backLengthBytes(this.bodyBytes);
    if (CHECKED) assert(this.size >= 2 && this.headBytes <= MAX_HEAD_BYTES, "an entry's size");
  }

  /** True when the entry at `at` is this value. */
  equals(bytes: Uint8Array, at: number): boolean {
    const { head, headBytes, dataBytes } = this;
    for (let i = 0; i < headBytes; i++) if (bytes[at + i] !== head[i]) return false;
    return (
      dataBytes === 0 || equalBytes(bytes, at + headBytes, this.data, this.dataOffset, dataBytes)
    );
  }

  /** Writes the entry's `size` bytes. Precondition: the data does not lie behind `at` in `target`. */
  write(target: Uint8Array, at: number): void {
    const { head, headBytes, dataBytes, bodyBytes } = this;
    for (let i = 0; i < headBytes; i++) target[at + i] = head[i]!;
    copyBytes(this.data, this.dataOffset, target, at + headBytes, dataBytes);
    writeBackLength(target, at + bodyBytes, bodyBytes);
  }
}

/** The lowest seven bits come last; all but the first byte have the high bit, since it is read backwards. */
function writeBackLength(target: Uint8Array, at: number, bodyBytes: number): void {
  const width = backLengthBytes(bodyBytes);
  let rest = bodyBytes;
  for (let i = width - 1; i > 0; i--) {
    target[at + i] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at] = rest;
}

function writeWord(target: Uint8Array, at: number, word: number): void {
  target[at] = word;
  target[at + 1] = word >>> 8;
  target[at + 2] = word >>> 16;
  target[at + 3] = word >>> 24;
}
