/**
 * The RDB format, version 10: a snapshot that redis-server 7.0.15 loads.
 *
 * Source: rdb.h of Redis, and the files that redis-server writes.
 */
import assert from "node:assert/strict";
import { smallInteger } from "../engine/integers.ts";
import { type EntryRef, type Keyspace, ValueType } from "../engine/keyspace.ts";
import { Crc64 } from "./crc64.ts";

/** Version and digits as a file starts with them. */
const MAGIC = "REDIS0010";

/** What may stand where a key could. */
const Opcode = { aux: 0xfa, resize: 0xfb, expiryMs: 0xfc, select: 0xfe, end: 0xff } as const;
/** The type byte of a string. */
const STRING = 0;

/** Lengths up to this stand in one byte, up to the next in two. */
const ONE_BYTE_MAX = 0x3f;
const TWO_BYTES_MAX = 0x3fff;
/** First bytes of longer lengths: 32 and 64 bits follow. */
const LENGTH_32 = 0x80;
const LENGTH_64 = 0x81;
/** First bytes of strings that are integers of 8, 16 and 32 bits. */
const INTEGER_8 = 0xc0;
const INTEGER_16 = 0xc1;
const INTEGER_32 = 0xc2;
/** Decimal digits of the longest 32-bit integer, its sign included. */
const INTEGER_MAX_LENGTH = 11;

const CHUNK_BYTES = 256 * 1024;

/** What a snapshot holds. */
export interface RdbContent {
  /** The databases by index. */
  readonly databases: readonly Keyspace[];
  /** Facts about the snapshot, by name: `redis-ver`, `ctime` … */
  readonly facts: Iterable<readonly [name: string, value: string]>;
  /** False writes zero in place of the checksum, which readers then do not check. */
  readonly checksum: boolean;
}

/** A file in memory, in the order of its pieces. */
export interface RdbFile {
  readonly chunks: readonly Uint8Array[];
  readonly lengthBytes: number;
}

/**
 * Writes a snapshot: every key with its value and expiry, those included whose time is past.
 *
 * Precondition: every value is a string.
 */
export function encodeRdb(content: RdbContent): RdbFile {
  const writer = new RdbWriter();
  writer.text(MAGIC);
  for (const [name, value] of content.facts) {
    writer.byte(Opcode.aux);
    writer.textString(name);
    writer.textString(value);
  }
  content.databases.forEach((keyspace, index) => {
    if (keyspace.size > 0) writeDatabase(writer, keyspace, index);
  });
  writer.byte(Opcode.end);
  return writer.finish(content.checksum);
}

function writeDatabase(writer: RdbWriter, keyspace: Keyspace, index: number): void {
  writer.byte(Opcode.select);
  writer.length(index);
  writer.byte(Opcode.resize);
  writer.length(keyspace.size);
  writer.length(keyspace.expiringCount);
  keyspace.forEach((ref) => {
    writeEntry(writer, keyspace, ref);
  });
}

function writeEntry(writer: RdbWriter, keyspace: Keyspace, ref: EntryRef): void {
  assert.equal(keyspace.type(ref), ValueType.string, "snapshots hold strings only");
  if (keyspace.hasExpiry(ref)) {
    writer.byte(Opcode.expiryMs);
    writer.int64(keyspace.expiryMs(ref));
  }
  const bytes = keyspace.bytes(ref);
  writer.byte(STRING);
  writer.string(bytes, keyspace.keyOffset(ref), keyspace.keyLength(ref));
  writer.string(bytes, keyspace.valueOffset(ref), keyspace.valueLength(ref));
}

/** Appends to a list of chunks, so that a large file is never copied as a whole. */
class RdbWriter {
  readonly #chunks: Uint8Array[] = [];
  #chunk = new Uint8Array(CHUNK_BYTES);
  #view = new DataView(this.#chunk.buffer);
  #at = 0;
  #fullBytes = 0;
  readonly #crc = new Crc64();

  byte(value: number): void {
    this.#room(1);
    this.#chunk[this.#at++] = value;
  }

  /** A length of at most 2^53 - 1, in the shortest form. */
  length(value: number): void {
    if (value <= ONE_BYTE_MAX) {
      this.byte(value);
    } else if (value <= TWO_BYTES_MAX) {
      this.byte(0x40 | (value >> 8));
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

  /** A string: as an integer where it is the decimal form of one of 32 bits, else its bytes. */
  string(bytes: Uint8Array, offset: number, length: number): void {
    if (length <= INTEGER_MAX_LENGTH && this.#integer(smallInteger(bytes, offset, length))) return;
    this.length(length);
    this.#bytes(bytes, offset, length);
  }

  /** ASCII text as a string. */
  textString(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.string(bytes, 0, bytes.length);
  }

  /** ASCII text without a length. */
  text(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.#bytes(bytes, 0, bytes.length);
  }

  int64(value: number | bigint): void {
    this.#room(8);
    this.#view.setBigInt64(this.#at, BigInt(value), true);
    this.#at += 8;
  }

  /** Ends the file with its checksum. */
  finish(checksum: boolean): RdbFile {
    this.#crc.update(this.#chunk, 0, this.#at);
    const [low, high] = checksum ? this.#crc.halves : [0, 0];
    const tail = new Uint8Array(8);
    const view = new DataView(tail.buffer);
    view.setUint32(0, low, true);
    view.setUint32(4, high, true);
    const chunks = [...this.#chunks, this.#chunk.subarray(0, this.#at), tail];
    return { chunks, lengthBytes: this.#fullBytes + this.#at + tail.length };
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

  #bytes(source: Uint8Array, offset: number, length: number): void {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      this.#room(1);
      const part = Math.min(end - at, CHUNK_BYTES - this.#at);
      this.#chunk.set(source.subarray(at, at + part), this.#at);
      this.#at += part;
      at += part;
    }
  }

  /** Starts a chunk when the present one has fewer than `bytes` left. */
  #room(bytes: number): void {
    if (this.#at + bytes <= CHUNK_BYTES) return;
    this.#crc.update(this.#chunk, 0, this.#at);
    this.#chunks.push(this.#chunk.subarray(0, this.#at));
    this.#fullBytes += this.#at;
    this.#chunk = new Uint8Array(CHUNK_BYTES);
    this.#view = new DataView(this.#chunk.buffer);
    this.#at = 0;
  }
}
