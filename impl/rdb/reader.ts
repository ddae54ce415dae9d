import { assert, CHECKED } from "../assert.ts";
import { MAX_LENGTH_BYTES } from "../engine/entries.ts";
import { Crc64 } from "./crc64.ts";
import {
  COMPRESSED,
  INTEGER_8,
  INTEGER_16,
  INTEGER_32,
  INTEGER_MAX_LENGTH,
  LENGTH_14,
  LENGTH_32,
  LENGTH_64,
  ONE_BYTE_MAX,
} from "./form.ts";
import { decompress } from "./lzf.ts";

const TWO_32 = 2 ** 32;
/** Lengths from here on are special forms of a string. */
const SPECIAL = 0xc0;
const NOTHING = new Uint8Array(0);
/** How much of a source is read at once. */
const WINDOW_BYTES = 256 * 1024;
/** A checksum of nothing that is asked for. */
const UNCHECKED: readonly [low: number, high: number] = [0, 0];

/** What `damage` says of a value that is whole and has no elements: Redis passes over its key. */
export const EMPTY_VALUE = "a value without elements";

/** Where bytes come from that are read piece by piece. */
export interface RdbSource {
  /** How many bytes are still to come. */
  readonly leftBytes: number;
  /**
   * Reads the next bytes into `into[start..)`, as many as there is room for or as are left.
   * Whatever it throws goes to who reads.
   *
   * @returns how many; fewer than one when there are none, whatever was expected
   */
  read(into: Uint8Array, start: number): number;
}

/**
 * Reads the parts that RDB files are made of, as `RdbWriter` and redis-server write them: from bytes,
 * or from a source, of which no more is in memory than a window and the string that is read.
 *
 * What is read may be damaged: then `damage` says how, and everything that is read from there on is
 * zero or empty. Callers look at it where a value ends.
 */
export class RdbReader {
  #bytes: Uint8Array;
  #view: DataView;
  #end: number;
  #at: number;
  readonly #source: RdbSource | null;
  /** Where `#bytes[0]` is among all bytes. */
  #base = 0;
  /** Of what went before `#crcFrom`; null when nobody wants it. */
  readonly #crc: Crc64 | null;
  #crcFrom: number;
  #damage: string | null = null;
  /** An integer that was read as a string, in decimal. */
  readonly #digits = Buffer.alloc(INTEGER_MAX_LENGTH);
  /** Where the string that was last read lies: valid until the next one is read. */
  stringBytes: Uint8Array = NOTHING;
  /** Its first byte there. */
  stringOffset = 0;
  /** How many bytes it has. */
  stringLength = 0;

  /**
   * Reads `bytes[start..end)`, and what `source` has behind them.
   *
   * @param checks whether `checksum` is wanted
   */
  constructor(
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
    source: RdbSource | null = null,
    checks = false,
  ) {
    assert(start >= 0 && start <= end && end <= bytes.length, "a range of the bytes");
    this.#source = source;
    this.#crc = checks ? new Crc64() : null;
    this.#crcFrom = start;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  /** Reads all that a source has. */
  static of(source: RdbSource, checks: boolean): RdbReader {
    return new RdbReader(NOTHING, 0, 0, source, checks);
  }

  /** Where the next part begins, counted from the first of all bytes. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** The checksum of all before the next part: low half and high half. Zero unless it is wanted. */
  checksum(): readonly [low: number, high: number] {
    const crc = this.#crc;
    if (crc === null) return UNCHECKED;
    crc.update(this.#bytes, this.#crcFrom, this.#at - this.#crcFrom);
    this.#crcFrom = this.#at;
    return crc.halves;
  }

  /** What is wrong with the bytes read so far; null while nothing is. */
  get damage(): string | null {
    return this.#damage;
  }

  /** True when everything is read. */
  get atEnd(): boolean {
    return this.#at === this.#end && (this.#source?.leftBytes ?? 0) === 0;
  }

  /** Goes on behind a value that is whole and has no elements. */
  forgetEmptiness(): void {
    if (CHECKED) assert(this.#damage === EMPTY_VALUE, "only that is no damage");
    this.#damage = null;
  }

  /** One byte. */
  byte(): number {
    return this.#has(1) ? this.#bytes[this.#at++]! : 0;
  }

  /** A length of at most 2^53 - 1. */
  length(): number {
    const length = this.#lengthFrom(this.byte());
    return this.#damage === null ? length : 0;
  }

  /** A number of unsigned 64 bits in the form of a length. */
  uint64(): bigint {
    const first = this.byte();
    if (first !== LENGTH_64) return BigInt(this.#lengthFrom(first));
    const high = this.#uint32();
    return (BigInt(high) << 32n) | BigInt(this.#uint32());
  }

  /** Bytes without a length: see `stringBytes`. */
  raw(length: number): void {
    if (this.#has(length)) this.#found(this.#bytes, this.#at, length);
    else this.#found(NOTHING, 0, 0);
    if (this.#damage === null) this.#at += length;
  }

  /** A signed integer of 64 bits, little-endian. */
  int64(): bigint {
    if (!this.#has(8)) return 0n;
    const value = this.#view.getBigInt64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** A signed integer of 32 bits, little-endian. */
  int32(): number {
    if (!this.#has(4)) return 0;
    const value = this.#view.getInt32(this.#at, true);
    this.#at += 4;
    return value;
  }

  /** A string in any of its forms: see `stringBytes`. */
  string(): void {
    const first = this.byte();
    if (first >= SPECIAL) {
      this.#special(first);
    } else {
      const length = this.#lengthFrom(first);
      if (this.#has(length)) this.#found(this.#bytes, this.#at, length);
      if (this.#damage === null) this.#at += length;
    }
    if (this.#damage !== null) this.#found(NOTHING, 0, 0);
    if (CHECKED) {
      assert(this.stringOffset + this.stringLength <= this.stringBytes.length, "a string's range");
    }
  }

  /** Says what is wrong: the first thing counts. */
  damaged(what: string): void {
    this.#damage ??= what;
  }

  #special(first: number): void {
    if (first === INTEGER_8) this.#integer(1);
    else if (first === INTEGER_16) this.#integer(2);
    else if (first === INTEGER_32) this.#integer(4);
    else if (first === COMPRESSED) this.#compressed();
    else this.damaged("a string of an unknown form");
  }

  #integer(bytes: 1 | 2 | 4): void {
    if (!this.#has(bytes)) return;
    const at = this.#at;
    this.#at += bytes;
    const view = this.#view;
    let value = view.getInt8(at);
    if (bytes === 2) value = view.getInt16(at, true);
    else if (bytes === 4) value = view.getInt32(at, true);
    this.#found(this.#digits, 0, this.#digits.write(String(value), "latin1"));
  }

  #compressed(): void {
    const heldBytes = this.length();
    const length = this.length();
    if (this.#isTooLong(length) || !this.#has(heldBytes)) return;
    const from = this.#at;
    this.#at += heldBytes;
    const bytes = decompress(this.#bytes, from, heldBytes, length);
    if (bytes === null) this.damaged("a compressed string does not have its length");
    else this.#found(bytes, 0, length);
  }

  #found(bytes: Uint8Array, offset: number, length: number): void {
    this.stringBytes = bytes;
    this.stringOffset = offset;
    this.stringLength = length;
  }

  #lengthFrom(first: number): number {
    if (first <= ONE_BYTE_MAX) return first;
    if (first < LENGTH_32) return ((first & ~LENGTH_14) << 8) | this.byte();
    if (first === LENGTH_32) return this.#uint32();
    if (first === LENGTH_64) {
      const length = this.#uint32() * TWO_32 + this.#uint32();
      if (Number.isSafeInteger(length)) return length;
    }
    this.damaged("no length");
    return 0;
  }

  #uint32(): number {
    if (!this.#has(4)) return 0;
    const value = this.#view.getUint32(this.#at, false);
    this.#at += 4;
    return value;
  }

  /** True when `bytes` more can be read. */
  #has(bytes: number): boolean {
    if (this.#damage === null && this.#end - this.#at < bytes) this.#fill(bytes);
    return this.#damage === null;
  }

  /** No string is longer than this server holds. */
  #isTooLong(length: number): boolean {
    if (length > MAX_LENGTH_BYTES) this.damaged("a string is longer than 512 MB");
    return length > MAX_LENGTH_BYTES;
  }

  /**
   * Reads on until `bytes` are there, into a new window: a string of the old one stays where it is.
   */
  #fill(bytes: number): void {
    const source = this.#source;
    const left = this.#end - this.#at;
    if (source === null || left + source.leftBytes < bytes) {
      this.damaged("the bytes end early");
      return;
    }
    if (this.#isTooLong(bytes)) return;
    this.checksum();
    const window = new Uint8Array(Math.max(bytes, WINDOW_BYTES));
    window.set(this.#bytes.subarray(this.#at, this.#end));
    this.#base += this.#at;
    this.#bytes = window;
    this.#view = new DataView(window.buffer);
    this.#at = 0;
    this.#end = left;
    this.#crcFrom = 0;
    while (this.#end < bytes) {
      const count = source.read(window.subarray(0, this.#windowEnd(window)), this.#end);
      if (count < 1) break;
      this.#end += count;
    }
    if (this.#end < bytes) this.damaged("the bytes end early");
  }

  #windowEnd(window: Uint8Array): number {
    return Math.min(window.length, this.#end + this.#source!.leftBytes);
  }
}
