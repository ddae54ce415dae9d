/**
 * Redis' listpack, byte for byte, on a range of bytes that begins at `start`:
 *
 * | bytes | hold |
 * |---|---|
 * | 4 | bytes of the whole, little-endian |
 * | 2 | number of entries, little-endian; 65535 when there are more than it can say |
 * | … | entries: encoding, data, back length |
 * | 1 | 255, the end |
 *
 * An entry is named by its offset in the bytes, -1 being none. Reading allocates nothing. Whoever
 * writes makes room first: `entryBytes` and `PackedValue.size` say how much.
 *
 * Source: the layout of Redis 7.0 (listpack.c).
 */
import { assert, CHECKED } from "../assert.ts";
import { copyBytes } from "../resp/copy.ts";
import type { PackedReading } from "./packed-reading.ts";
import { backLengthBytes, type PackedValue } from "./packed-value.ts";

/** Bytes before the first entry. */
export const LISTPACK_HEADER_BYTES = 6;
/** Bytes of a listpack without entries. */
export const EMPTY_LISTPACK_BYTES = LISTPACK_HEADER_BYTES + 1;
/** Redis makes no listpack longer than this. */
export const MAX_LISTPACK_BYTES = 2 ** 30;

const END = 0xff;
const UNKNOWN_COUNT = 0xffff;

/** Writes an empty listpack: `EMPTY_LISTPACK_BYTES`. */
export function makeListpack(bytes: Uint8Array, start: number): void {
  setTotalBytes(bytes, start, EMPTY_LISTPACK_BYTES);
  setCount(bytes, start, 0);
  bytes[start + LISTPACK_HEADER_BYTES] = END;
}

/** Bytes of the whole. */
export function totalBytes(bytes: Uint8Array, start: number): number {
  return word(bytes, start);
}

/** The number of entries; they are counted one by one when the header cannot say. */
export function entryCount(bytes: Uint8Array, start: number): number {
  const known = knownCount(bytes, start);
  if (known !== UNKNOWN_COUNT) return known;
  let count = 0;
  let at = start + LISTPACK_HEADER_BYTES;
  for (; bytes[at] !== END; at += entryBytes(bytes, at)) count++;
  return count;
}

/** Bytes of the entry at `at`. */
export function entryBytes(bytes: Uint8Array, at: number): number {
  const encoding = bytes[at]!;
  if (encoding < 0x80) return 2;
  if (encoding < 0xc0) return (encoding & 0x3f) + 2;
  if (encoding < 0xe0) return 3;
  const body = bodyBytes(bytes, at);
  return body + backLengthBytes(body);
}

/** Bytes of encoding and data. */
function bodyBytes(bytes: Uint8Array, at: number): number {
  const encoding = bytes[at]!;
  if (encoding < 0x80) return 1;
  if (encoding < 0xc0) return (encoding & 0x3f) + 1;
  if (encoding < 0xe0) return 2;
  if (encoding < 0xf0) return (((encoding & 0x0f) << 8) | bytes[at + 1]!) + 2;
  if (encoding === 0xf0) return word(bytes, at + 1) + 5;
  if (CHECKED) assert(encoding <= 0xf4, "no entry begins here");
  return encoding === 0xf4 ? 9 : encoding - 0xf1 + 3;
}

/** The first entry, or -1. */
export function firstEntry(bytes: Uint8Array, start: number): number {
  const at = start + LISTPACK_HEADER_BYTES;
  return bytes[at] === END ? -1 : at;
}

/** The last entry, or -1. */
export function lastEntry(bytes: Uint8Array, start: number): number {
  return previousEntry(bytes, start, endOffset(bytes, start));
}

/** The entry behind one, or -1. */
export function nextEntry(bytes: Uint8Array, at: number): number {
  const next = at + entryBytes(bytes, at);
  return bytes[next] === END ? -1 : next;
}

/** The entry before one, or before the end mark; -1 when there is none. */
export function previousEntry(bytes: Uint8Array, start: number, at: number): number {
  if (at === start + LISTPACK_HEADER_BYTES) return -1;
  let from = at - 1;
  let body = bytes[from]! & 127;
  for (let shift = 7; (bytes[from]! & 128) !== 0; shift += 7) {
    from--;
    body |= (bytes[from]! & 127) << shift;
  }
  if (CHECKED) assert(from - body >= start + LISTPACK_HEADER_BYTES, "a back length leads outside");
  return from - body;
}

/** Where the end mark is: an entry put there is appended. */
export function endOffset(bytes: Uint8Array, start: number): number {
  return start + totalBytes(bytes, start) - 1;
}

/** The entry at an index, from the end when it is negative; -1 when there is none. It is sought from the nearer end. */
export function entryAt(bytes: Uint8Array, start: number, index: number): number {
  const count = entryCount(bytes, start);
  const wanted = index < 0 ? count + index : index;
  if (wanted < 0 || wanted >= count) return -1;
  if (wanted < count - wanted) {
    let at = start + LISTPACK_HEADER_BYTES;
    for (let skip = wanted; skip > 0; skip--) at += entryBytes(bytes, at);
    return at;
  }
  let at = endOffset(bytes, start);
  for (let back = count - wanted; back > 0; back--) at = previousEntry(bytes, start, at);
  return at;
}

/** Reads the entry at `at`. */
export function readEntry(bytes: Uint8Array, at: number, into: PackedReading): void {
  const encoding = bytes[at]!;
  if (encoding < 0x80) into.setInteger(encoding, 0);
  else if (encoding < 0xc0) into.setBytes(bytes, at + 1, encoding & 0x3f);
  else if (encoding < 0xe0) readWord(into, (((encoding & 0x1f) << 8) | bytes[at + 1]!) << 19, 19);
  else if (encoding < 0xf0) {
    into.setBytes(bytes, at + 2, ((encoding & 0x0f) << 8) | bytes[at + 1]!);
  } else if (encoding === 0xf0) into.setBytes(bytes, at + 5, word(bytes, at + 1));
  else if (encoding === 0xf4) into.setInteger(word(bytes, at + 1), word(bytes, at + 5));
  else if (encoding === 0xf3) readWord(into, word(bytes, at + 1), 0);
  else if (encoding === 0xf2) readWord(into, word(bytes, at) & ~0xff, 8);
  else readWord(into, (bytes[at + 1]! | (bytes[at + 2]! << 8)) << 16, 16);
}

/** An integer whose sign is the word's highest bit. */
function readWord(into: PackedReading, shifted: number, shift: number): void {
  const low = shifted >> shift;
  into.setInteger(low, low >> 31);
}

/**
 * The first entry from `from` on that is the value, or -1. Between two entries that are compared
 * `skip` are passed over: 1 finds among the names of pairs.
 */
export function findEntry(
  bytes: Uint8Array,
  from: number,
  value: PackedValue,
  skip: number,
): number {
  if (from === -1) return -1;
  // Names often differ in their last byte only, and most differ there.
  const first = value.head[0]!;
  const last = value.lastByte;
  const lastAt = value.bodyBytes - 1;
  let at = from;
  let passing = 0;
  for (;;) {
    const encoding = bytes[at]!;
    if (passing === 0) {
      if (encoding === first && bytes[at + lastAt] === last && value.equals(bytes, at)) return at;
      passing = skip;
    } else passing--;
    // The two usual lengths in line: a call costs as much as the rest.
    if (encoding < 0x80) at += 2;
    else if (encoding < 0xc0) at += (encoding & 0x3f) + 2;
    else if (encoding === END) return -1;
    else at += entryBytes(bytes, at);
  }
}

/** Puts a value before the entry at `at` or, at the end mark, behind all. Precondition: there is room for `value.size` more bytes. */
export function insertEntry(
  bytes: Uint8Array,
  start: number,
  at: number,
  value: PackedValue,
): void {
  const total = openGap(bytes, start, at, at, value.size);
  value.write(bytes, at);
  addCount(bytes, start, 1);
  if (CHECKED) assert(bytes[start + total - 1] === END, "an insertion keeps the end");
}

/** Puts a value behind all. Precondition: there is room for `value.size` more bytes. */
export function appendEntry(bytes: Uint8Array, start: number, value: PackedValue): void {
  insertEntry(bytes, start, endOffset(bytes, start), value);
}

/** Puts a value in an entry's place. Precondition: there is room for what it is longer. */
export function replaceEntry(
  bytes: Uint8Array,
  start: number,
  at: number,
  value: PackedValue,
): void {
  openGap(bytes, start, at, at + entryBytes(bytes, at), value.size);
  value.write(bytes, at);
  if (CHECKED) assert(entryBytes(bytes, at) === value.size, "a written entry has its size");
}

/** Deletes up to `count` entries from `at` on; what was behind them is at `at` then. Returns how many they were. */
export function deleteEntries(bytes: Uint8Array, start: number, at: number, count: number): number {
  let to = at;
  let deleted = 0;
  for (; deleted < count && bytes[to] !== END; deleted++) to += entryBytes(bytes, to);
  openGap(bytes, start, at, to, 0);
  addCount(bytes, start, -deleted);
  return deleted;
}

/** Appends the entries of another listpack that lie from `from` to before `to`, which are `count`. Precondition: there is room for `to - from` more bytes. */
export function appendRange(
  bytes: Uint8Array,
  start: number,
  source: Uint8Array,
  from: number,
  to: number,
  count: number,
): void {
  const end = endOffset(bytes, start);
  copyBytes(source, from, bytes, end, to - from);
  bytes[end + to - from] = END;
  setTotalBytes(bytes, start, end + to - from + 1 - start);
  addCount(bytes, start, count);
}

/** Puts a gap of `size` bytes in the place of those from `from` to before `to`; returns the new total. */
function openGap(bytes: Uint8Array, start: number, from: number, to: number, size: number): number {
  const total = totalBytes(bytes, start);
  const changed = total + size - (to - from);
  if (CHECKED) {
    assert(start + LISTPACK_HEADER_BYTES <= from && to < start + total, "within the listpack");
    assert(changed <= MAX_LISTPACK_BYTES && start + changed <= bytes.length, "room is made first");
  }
  if (size !== to - from) {
    const end = start + total - 1;
    // Queues work at the end, where nothing but its mark moves.
    if (to === end) bytes[from + size] = END;
    else bytes.copyWithin(from + size, to, end + 1);
    setTotalBytes(bytes, start, changed);
  }
  return changed;
}

/**
 * The number of entries of bytes from anywhere, -1 when they are no listpack: every entry lies
 * within, its back length is its length, and the header is right.
 */
export function validateListpack(bytes: Uint8Array, start: number, length: number): number {
  if (length < EMPTY_LISTPACK_BYTES || length > MAX_LISTPACK_BYTES) return -1;
  if (totalBytes(bytes, start) !== length || bytes[start + length - 1] !== END) return -1;
  const end = start + length - 1;
  let count = 0;
  let at = start + LISTPACK_HEADER_BYTES;
  while (at < end) {
    const size = validEntryBytes(bytes, at, end);
    if (size < 0) return -1;
    at += size;
    count++;
  }
  const known = knownCount(bytes, start);
  return known === UNKNOWN_COUNT || known === count ? count : -1;
}

/** Bytes of the entry at `at` if it is whole before `end`, else -1. */
function validEntryBytes(bytes: Uint8Array, at: number, end: number): number {
  const encoding = bytes[at]!;
  if (encoding > 0xf4 || at + headBytes(encoding) > end) return -1;
  const body = bodyBytes(bytes, at);
  // A length of 2^31 and more reads as a negative one.
  if (body < headBytes(encoding) || body > end - at) return -1;
  const size = body + backLengthBytes(body);
  if (size > end - at) return -1;
  let rest = body;
  for (let i = size - 1; i > body; i--) {
    if (bytes[at + i] !== ((rest & 127) | 128)) return -1;
    rest >>>= 7;
  }
  return bytes[at + body] === rest ? size : -1;
}

/** Bytes that say how long an entry is. */
function headBytes(encoding: number): number {
  if (encoding < 0xe0) return 1;
  if (encoding < 0xf0) return 2;
  return encoding === 0xf0 ? 5 : 1;
}

/**
 * True when every entry is encoded as this room encodes its value. A valid listpack from elsewhere
 * that is not must be built anew: a search compares encodings.
 */
export function isCanonical(
  bytes: Uint8Array,
  start: number,
  reading: PackedReading,
  value: PackedValue,
): boolean {
  for (let at = firstEntry(bytes, start); at !== -1; at = nextEntry(bytes, at)) {
    readEntry(bytes, at, reading);
    reading.text();
    value.setText(reading.bytes, reading.offset, reading.length);
    if (!value.equals(bytes, at)) return false;
  }
  return true;
}

/** Checks the whole, forwards and backwards. Throws AssertionError. */
export function verifyListpack(bytes: Uint8Array, start: number): void {
  const total = totalBytes(bytes, start);
  const count = validateListpack(bytes, start, total);
  assert(count >= 0, "the bytes are a listpack");
  let met = 0;
  let at = lastEntry(bytes, start);
  for (; at !== -1; at = previousEntry(bytes, start, at)) met++;
  assert(met === count, "as many entries backwards as forwards");
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function setTotalBytes(bytes: Uint8Array, start: number, total: number): void {
  bytes[start] = total;
  bytes[start + 1] = total >>> 8;
  bytes[start + 2] = total >>> 16;
  bytes[start + 3] = total >>> 24;
}

function knownCount(bytes: Uint8Array, start: number): number {
  return bytes[start + 4]! | (bytes[start + 5]! << 8);
}

/** A count that has become unknown stays so, as in Redis. */
function addCount(bytes: Uint8Array, start: number, delta: number): void {
  const known = knownCount(bytes, start);
  if (known !== UNKNOWN_COUNT) setCount(bytes, start, Math.min(known + delta, UNKNOWN_COUNT));
}

function setCount(bytes: Uint8Array, start: number, count: number): void {
  bytes[start + 4] = count;
  bytes[start + 5] = count >>> 8;
}
