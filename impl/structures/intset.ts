/**
 * Redis' intset, byte for byte, on a range of bytes that begins at `start`: bytes of each integer
 * (4, little-endian: 2, 4 or 8), number of integers (4), the integers in ascending order, all as
 * wide as the widest has needed so far.
 *
 * Integers have 64 bits, as two words. Reading allocates nothing. Whoever writes makes room first:
 * `bytesWith` says how much.
 *
 * Source: the layout of Redis 7.0 (intset.c).
 */
import { assert, CHECKED } from "../assert.ts";
import { drawBelow } from "../engine/draw.ts";
import type { Random } from "../ports/random.ts";
import type { Int64 } from "./int64.ts";

/** Bytes before the first integer. */
export const INTSET_HEADER_BYTES = 8;

/** Writes an empty intset: `INTSET_HEADER_BYTES`. */
export function makeIntset(bytes: Uint8Array, start: number): void {
  setWord(bytes, start, 2);
  setWord(bytes, start + 4, 0);
}

/** Number of integers. */
export function intsetCount(bytes: Uint8Array, start: number): number {
  return word(bytes, start + 4);
}

/** Bytes of the whole. */
export function intsetBytes(bytes: Uint8Array, start: number): number {
  return INTSET_HEADER_BYTES + intsetCount(bytes, start) * word(bytes, start);
}

/** Bytes of the whole when an integer that is absent has been added. */
export function bytesWith(bytes: Uint8Array, start: number, low: number, high: number): number {
  const width = Math.max(word(bytes, start), widthOf(low, high));
  return INTSET_HEADER_BYTES + (intsetCount(bytes, start) + 1) * width;
}

/** Reads the integer at a position in `[0, count)`. */
export function readInteger(bytes: Uint8Array, start: number, position: number, into: Int64): void {
  if (CHECKED) {
    const count = intsetCount(bytes, start);
    assert(position >= 0 && position < count, "an integer of the intset");
  }
  const width = word(bytes, start);
  const at = start + INTSET_HEADER_BYTES + position * width;
  into.set(lowAt(bytes, at, width), highAt(bytes, at, width));
}

/** The position of an integer or, when it is absent, -1 less the position that it would have. */
export function findInteger(bytes: Uint8Array, start: number, low: number, high: number): number {
  const width = word(bytes, start);
  const base = start + INTSET_HEADER_BYTES;
  let from = 0;
  let to = intsetCount(bytes, start);
  while (from < to) {
    const middle = (from + to) >>> 1;
    const at = base + middle * width;
    const otherHigh = highAt(bytes, at, width);
    const otherLow = lowAt(bytes, at, width);
    if (otherHigh === high && otherLow === low) return middle;
    const less = otherHigh === high ? otherLow >>> 0 < low >>> 0 : otherHigh < high;
    if (less) from = middle + 1;
    else to = middle;
  }
  return -1 - from;
}

/** Adds an integer; false when it is there already. Precondition: there is room for `bytesWith`. */
export function addInteger(bytes: Uint8Array, start: number, low: number, high: number): boolean {
  const found = findInteger(bytes, start, low, high);
  if (found >= 0) return false;
  const width = widthOf(low, high);
  if (width > word(bytes, start)) widen(bytes, start, width);
  const position = -1 - found;
  const count = intsetCount(bytes, start);
  const present = word(bytes, start);
  const at = start + INTSET_HEADER_BYTES + position * present;
  const end = start + INTSET_HEADER_BYTES + count * present;
  if (CHECKED) assert(end + present <= bytes.length, "room is made first");
  bytes.copyWithin(at + present, at, end);
  write(bytes, at, present, low, high);
  setWord(bytes, start + 4, count + 1);
  if (CHECKED) assert(findInteger(bytes, start, low, high) === position, "what is added is found");
  return true;
}

/** Removes an integer; false when it is absent. The width stays. */
export function removeInteger(
  bytes: Uint8Array,
  start: number,
  low: number,
  high: number,
): boolean {
  const found = findInteger(bytes, start, low, high);
  if (found < 0) return false;
  const width = word(bytes, start);
  const count = intsetCount(bytes, start);
  const at = start + INTSET_HEADER_BYTES + found * width;
  bytes.copyWithin(at, at + width, start + INTSET_HEADER_BYTES + count * width);
  setWord(bytes, start + 4, count - 1);
  if (CHECKED) assert(findInteger(bytes, start, low, high) < 0, "what is removed is gone");
  return true;
}

/** Reads a uniformly drawn integer. Precondition: there is one. The least is at 0, the greatest at the end. */
export function randomInteger(bytes: Uint8Array, start: number, random: Random, into: Int64): void {
  readInteger(bytes, start, drawBelow(random, intsetCount(bytes, start)), into);
}

/** The number of integers of bytes from anywhere, -1 when they are no intset: as long as they say, in order, each once. */
export function validateIntset(bytes: Uint8Array, start: number, length: number): number {
  if (length < INTSET_HEADER_BYTES) return -1;
  const width = word(bytes, start);
  if (width !== 2 && width !== 4 && width !== 8) return -1;
  const count = word(bytes, start + 4) >>> 0;
  if (INTSET_HEADER_BYTES + count * width !== length) return -1;
  const base = start + INTSET_HEADER_BYTES;
  for (let i = 1; i < count; i++) {
    const at = base + i * width;
    const high = highAt(bytes, at, width);
    const before = highAt(bytes, at - width, width);
    if (before > high) return -1;
    if (before < high) continue;
    if (lowAt(bytes, at - width, width) >>> 0 >= lowAt(bytes, at, width) >>> 0) return -1;
  }
  return count;
}

/** Checks the whole. Throws AssertionError. */
export function verifyIntset(bytes: Uint8Array, start: number): void {
  const count = validateIntset(bytes, start, intsetBytes(bytes, start));
  assert(count === intsetCount(bytes, start), "the bytes are an intset");
}

/** Makes every integer wider, the last first, since each moves behind where it is read. */
function widen(bytes: Uint8Array, start: number, width: number): void {
  const present = word(bytes, start);
  const count = intsetCount(bytes, start);
  const base = start + INTSET_HEADER_BYTES;
  if (CHECKED) assert(base + (count + 1) * width <= bytes.length, "room is made first");
  for (let i = count - 1; i >= 0; i--) {
    const low = lowAt(bytes, base + i * present, present);
    const high = highAt(bytes, base + i * present, present);
    write(bytes, base + i * width, width, low, high);
  }
  setWord(bytes, start, width);
}

function widthOf(low: number, high: number): number {
  if (high !== low >> 31) return 8;
  return low >= -0x8000 && low <= 0x7fff ? 2 : 4;
}

function lowAt(bytes: Uint8Array, at: number, width: number): number {
  return width === 2 ? ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16 : word(bytes, at);
}

function highAt(bytes: Uint8Array, at: number, width: number): number {
  if (width === 8) return word(bytes, at + 4);
  return (bytes[at + width - 1]! << 24) >> 31;
}

function write(bytes: Uint8Array, at: number, width: number, low: number, high: number): void {
  bytes[at] = low;
  bytes[at + 1] = low >>> 8;
  if (width === 2) return;
  bytes[at + 2] = low >>> 16;
  bytes[at + 3] = low >>> 24;
  if (width === 8) setWord(bytes, at + 4, high);
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function setWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
