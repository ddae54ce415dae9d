/**
 * Redis' ziplist, in which files from before Redis 7.0 have small values. It is only ever read.
 *
 * Bytes in all (32 bits), offset of the last entry (32), number of entries (16), the entries, and an
 * end mark. Integers are little-endian, but for the lengths of strings. An entry is the length of the
 * one before it (one byte, or five), an encoding, and the data.
 *
 * Source: ziplist.c of Redis describes it.
 */
import type { PackedReading } from "./packed-reading.ts";

const HEADER_BYTES = 10;
const END = 0xff;
/** The length of the entry before stands in four bytes behind this one. */
const LONG_PREVIOUS = 0xfe;
/** A header that says so does not know how many entries there are. */
const UNKNOWN_COUNT = 0xffff;
/** Encodings from here on are integers. */
const INTEGERS = 0xc0;
const INT_16 = 0xc0;
const INT_32 = 0xd0;
const INT_64 = 0xe0;
const INT_24 = 0xf0;
const INT_8 = 0xfe;
/** The integers 0 to 12 stand in the encoding itself. */
const FIRST_IMMEDIATE = 0xf1;
const LAST_IMMEDIATE = 0xfd;

/**
 * The number of entries of bytes from anywhere, -1 when they are no ziplist: every entry lies
 * within and knows the length of the one before, and the header is right.
 */
export function validateZiplist(bytes: Uint8Array, start: number, length: number): number {
  if (length < HEADER_BYTES + 1 || word(bytes, start) !== length) return -1;
  const end = start + length - 1;
  if (bytes[end] !== END) return -1;
  let count = 0;
  let last = start + HEADER_BYTES;
  let previousBytes = 0;
  for (let at = last; at < end; count++) {
    const size = validEntryBytes(bytes, at, end);
    if (size < 0 || previousLength(bytes, at) !== previousBytes) return -1;
    last = at;
    previousBytes = size;
    at += size;
  }
  // Without entries there is no last one, and any place within will do for Redis.
  const tail = start + word(bytes, start + 4);
  if (count === 0 ? tail > end : tail !== last) return -1;
  const known = bytes[start + 8]! | (bytes[start + 9]! << 8);
  return known === UNKNOWN_COUNT || known === count ? count : -1;
}

/** Where the first entry begins; -1 when there is none. */
export function firstZiplistEntry(bytes: Uint8Array, start: number): number {
  return placeOf(bytes, start + HEADER_BYTES);
}

/** Where the entry behind the one at `at` begins; -1 when that is the last one. */
export function nextZiplistEntry(bytes: Uint8Array, at: number): number {
  const encodingAt = at + previousWidth(bytes, at);
  return placeOf(bytes, encodingAt + headBytes(bytes, encodingAt) + dataBytes(bytes, encodingAt));
}

/** Reads the value of the entry at `at`. */
export function readZiplistEntry(bytes: Uint8Array, at: number, into: PackedReading): void {
  const encodingAt = at + previousWidth(bytes, at);
  const encoding = bytes[encodingAt]!;
  const data = encodingAt + headBytes(bytes, encodingAt);
  if (encoding < INTEGERS) {
    into.setBytes(bytes, data, dataBytes(bytes, encodingAt));
    return;
  }
  if (encoding === INT_64) {
    into.setInteger(word(bytes, data) | 0, word(bytes, data + 4) | 0);
    return;
  }
  const value = smallInteger(bytes, encoding, data);
  into.setInteger(value, value >> 31);
}

function smallInteger(bytes: Uint8Array, encoding: number, data: number): number {
  switch (encoding) {
    case INT_8:
      return (bytes[data]! << 24) >> 24;
    case INT_16:
      return ((bytes[data]! << 16) | (bytes[data + 1]! << 24)) >> 16;
    case INT_24:
      return ((bytes[data]! << 8) | (bytes[data + 1]! << 16) | (bytes[data + 2]! << 24)) >> 8;
    case INT_32:
      return word(bytes, data) | 0;
    default:
      return encoding - FIRST_IMMEDIATE;
  }
}

function placeOf(bytes: Uint8Array, at: number): number {
  return bytes[at] === END ? -1 : at;
}

/** Bytes of the entry at `at` if it is whole before `end`, else -1. */
function validEntryBytes(bytes: Uint8Array, at: number, end: number): number {
  const encodingAt = at + previousWidth(bytes, at);
  if (encodingAt >= end || !isEncoding(bytes[encodingAt]!)) return -1;
  const head = headBytes(bytes, encodingAt);
  if (encodingAt + head > end) return -1;
  const data = dataBytes(bytes, encodingAt);
  return data <= end - encodingAt - head ? encodingAt - at + head + data : -1;
}

function isEncoding(encoding: number): boolean {
  if (encoding < INTEGERS) return true;
  if (encoding >= FIRST_IMMEDIATE) return encoding <= INT_8;
  return (encoding & 0x0f) === 0;
}

function previousWidth(bytes: Uint8Array, at: number): 1 | 5 {
  return bytes[at]! < LONG_PREVIOUS ? 1 : 5;
}

function previousLength(bytes: Uint8Array, at: number): number {
  return bytes[at]! < LONG_PREVIOUS ? bytes[at]! : word(bytes, at + 1);
}

/** Bytes of an encoding with the length that it says. */
function headBytes(bytes: Uint8Array, encodingAt: number): 1 | 2 | 5 {
  const form = bytes[encodingAt]! >>> 6;
  if (form === 1) return 2;
  return form === 2 ? 5 : 1;
}

/** Bytes behind the encoding: a string's length, or an integer's width. */
function dataBytes(bytes: Uint8Array, encodingAt: number): number {
  const encoding = bytes[encodingAt]!;
  switch (encoding >>> 6) {
    case 0:
      return encoding;
    case 1:
      return ((encoding & 0x3f) << 8) | bytes[encodingAt + 1]!;
    case 2:
      return bigEndianWord(bytes, encodingAt + 1);
  }
  if (encoding === INT_16) return 2;
  if (encoding === INT_24) return 3;
  if (encoding === INT_32) return 4;
  if (encoding === INT_64) return 8;
  return encoding >= FIRST_IMMEDIATE && encoding <= LAST_IMMEDIATE ? 0 : 1;
}

/** An unsigned integer of 32 bits. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  );
}

function bigEndianWord(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at + 3]! | (bytes[at + 2]! << 8) | (bytes[at + 1]! << 16) | (bytes[at]! << 24)) >>> 0
  );
}
