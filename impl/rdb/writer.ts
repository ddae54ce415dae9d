import { assert, CHECKED } from "../assert.ts";
import { smallInteger } from "../engine/integers.ts";
import { Crc64 } from "./crc64.ts";
import {
  COMPRESSED,
  COMPRESSED_MIN_LENGTH,
  INTEGER_8,
  INTEGER_16,
  INTEGER_32,
  INTEGER_MAX_LENGTH,
  LENGTH_14,
  LENGTH_32,
  LENGTH_64,
  ONE_BYTE_MAX,
  TWO_BYTES_MAX,
} from "./form.ts";
import { compress } from "./lzf-compress.ts";

const CHUNK_BYTES = 256 * 1024;

/** Takes `bytes[0..length)`, which are good until it returns. */
export type RdbSink = (bytes: Uint8Array, length: number) => void;

/** A file in memory, in the order of its pieces. */
export interface RdbFile {
  readonly chunks: readonly Uint8Array[];
  readonly lengthBytes: number;
}

/**
 * Writes the parts that RDB files are made of: bytes, lengths, integers, strings.
 *
 * It appends to a list of chunks, so that a large file is never copied as a whole.
 */
export class RdbWriter {
  readonly #chunkBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #chunk: Uint8Array;
  #view: DataView;
  #at = 0;
  #fullBytes = 0;
  readonly #crc = new Crc64();
  readonly #compresses: boolean;
  readonly #sink: RdbSink | null;

  /**
   * @param chunkBytes the length of each chunk, at least 8
   * @param compresses whether long strings are compressed where that saves something
   * @param sink takes each chunk when it is full, so that no more than one is kept
   */
  constructor(chunkBytes = CHUNK_BYTES, compresses = false, sink: RdbSink | null = null) {
    if (CHECKED) assert(chunkBytes >= 8, "an integer lies in one chunk");
    this.#chunkBytes = chunkBytes;
    this.#compresses = compresses;
    this.#sink = sink;
    this.#chunk = new Uint8Array(chunkBytes);
    this.#view = new DataView(this.#chunk.buffer);
  }

  /** Bytes written so far. */
  get lengthBytes(): number {
    return this.#fullBytes + this.#at;
  }

  /** One byte. */
  byte(value: number): void {
    this.#room(1);
    this.#chunk[this.#at++] = value;
  }

  /** A length of at most 2^53 - 1, in the shortest form. */
  length(value: number): void {
    if (CHECKED) assert(value >= 0 && Number.isSafeInteger(value), "a length");
    if (value <= ONE_BYTE_MAX) {
      this.byte(value);
    } else if (value <= TWO_BYTES_MAX) {
      this.byte(LENGTH_14 | (value >> 8));
      this.byte(value & 0xff);
    } else if (value <= 0xffffffff) {
      this.byte(LENGTH_32);
      this.#uint32(value, false);
    } else {
      this.byte(LENGTH_64);
      this.#uint32(Math.floor(value / 2 ** 32), false);
      this.#uint32(value >>> 0, false);
    }
  }

  /** A number of unsigned 64 bits in the form of a length. */
  uint64(value: bigint): void {
    if (CHECKED) assert(BigInt.asUintN(64, value) === value, "a number of 64 bits");
    if (value <= 0xffffffffn) {
      this.length(Number(value));
      return;
    }
    this.byte(LENGTH_64);
    this.#uint32(Number(value >> 32n), false);
    this.#uint32(Number(value & 0xffffffffn), false);
  }

  /** Bytes without a length. */
  raw(bytes: Uint8Array, offset: number, length: number): void {
    this.#append(bytes, offset, length);
  }

  /**
   * A string: as an integer where it is the decimal form of one of 32 bits, compressed where that is
   * wanted and saves something, else its bytes.
   */
  string(bytes: Uint8Array, offset: number, length: number): void {
    if (length <= INTEGER_MAX_LENGTH && this.#integer(smallInteger(bytes, offset, length))) return;
    if (this.#compresses && length >= COMPRESSED_MIN_LENGTH) {
      const compressed = compress(bytes, offset, length);
      if (compressed !== null) {
        this.byte(COMPRESSED);
        this.length(compressed.length);
        this.length(length);
        this.#append(compressed.bytes, 0, compressed.length);
        return;
      }
    }
    this.length(length);
    this.#append(bytes, offset, length);
  }

  /** ASCII text as a string. */
  textString(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.string(bytes, 0, bytes.length);
  }

  /** ASCII text without a length. */
  text(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.#append(bytes, 0, bytes.length);
  }

  /** A signed integer of 64 bits, little-endian. */
  int64(value: number | bigint): void {
    this.#room(8);
    this.#view.setBigInt64(this.#at, BigInt(value), true);
    this.#at += 8;
  }

  /** A copy of what was written so far, in one piece. */
  bytes(): Uint8Array {
    return Buffer.concat([...this.#chunks, this.#chunk.subarray(0, this.#at)]);
  }

  /** Ends the file with its checksum, or with zero in its place. A sink has taken all of it then. */
  finish(checksum: boolean): RdbFile {
    this.#crc.update(this.#chunk, 0, this.#at);
    const [low, high] = checksum ? this.#crc.halves : [0, 0];
    const tail = new Uint8Array(8);
    const view = new DataView(tail.buffer);
    view.setUint32(0, low, true);
    view.setUint32(4, high, true);
    this.#sink?.(this.#chunk, this.#at);
    this.#sink?.(tail, tail.length);
    const chunks = [...this.#chunks, this.#chunk.subarray(0, this.#at), tail];
    return { chunks, lengthBytes: this.lengthBytes + tail.length };
  }

  /** True when `value` is an integer of 32 bits and has been written as one. */
  #integer(value: number): boolean {
    if (value >= -0x80 && value <= 0x7f) {
      this.byte(INTEGER_8);
      this.byte(value & 0xff);
      return true;
    }
    if (value >= -0x8000 && value <= 0x7fff) {
      this.byte(INTEGER_16);
      this.byte(value & 0xff);
      this.byte((value >> 8) & 0xff);
      return true;
    }
    if (value >= -0x80000000 && value <= 0x7fffffff) {
      this.byte(INTEGER_32);
      this.#uint32(value >>> 0, true);
      return true;
    }
    return false;
  }

  #uint32(value: number, littleEndian: boolean): void {
    this.#room(4);
    this.#view.setUint32(this.#at, value, littleEndian);
    this.#at += 4;
  }

  #append(source: Uint8Array, offset: number, length: number): void {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      this.#room(1);
      const part = Math.min(end - at, this.#chunkBytes - this.#at);
      this.#chunk.set(source.subarray(at, at + part), this.#at);
      this.#at += part;
      at += part;
    }
  }

  /** Starts a chunk when the present one has fewer than `bytes` left. */
  #room(bytes: number): void {
    if (this.#at + bytes <= this.#chunkBytes) return;
    this.#crc.update(this.#chunk, 0, this.#at);
    if (this.#sink !== null) {
      this.#sink(this.#chunk, this.#at);
      this.#fullBytes += this.#at;
      this.#at = 0;
      return;
    }
    this.#chunks.push(this.#chunk.subarray(0, this.#at));
    this.#fullBytes += this.#at;
    this.#chunk = new Uint8Array(this.#chunkBytes);
    this.#view = new DataView(this.#chunk.buffer);
    this.#at = 0;
  }
}
