/**
 * Redis' zipmap, in which files from before Redis 2.6 have small hashes. It is only ever read.
 *
 * The number of fields in one byte, or 254; then name and value in turn, each behind its length (one
 * byte, or 254 and four), a value with a count of unused bytes behind its own; and an end mark.
 *
 * Source: zipmap.c of Redis describes it.
 */

const END = 0xff;
/** A length stands in four bytes behind this one; a header that says so does not know the number. */
const LONG = 0xfe;

/** Told of each field: where name and value lie. */
export type ZipmapVisitor = (
  nameOffset: number,
  nameLength: number,
  valueOffset: number,
  valueLength: number,
) => void;

/**
 * Visits the fields of `bytes[start..start+length)`, from anywhere.
 *
 * @returns how many there are; -1 when that is no zipmap, of which some may have been visited
 */
export function readZipmap(
  bytes: Uint8Array,
  start: number,
  length: number,
  visit: ZipmapVisitor,
): number {
  const end = start + length - 1;
  if (length < 2 || bytes[end] !== END) return -1;
  let count = 0;
  let at = start + 1;
  while (at < end) {
    const nameLength = lengthAt(bytes, at, end);
    const name = at + lengthWidth(bytes, at);
    if (nameLength < 0 || name + nameLength >= end) return -1;
    at = name + nameLength;
    const valueLength = lengthAt(bytes, at, end);
    // One byte behind the length says how many are unused behind the value.
    const value = at + lengthWidth(bytes, at) + 1;
    if (valueLength < 0 || value > end) return -1;
    at = value + valueLength + bytes[value - 1]!;
    if (at > end) return -1;
    visit(name, nameLength, value, valueLength);
    count++;
  }
  const known = bytes[start]!;
  return known === LONG || known === count ? count : -1;
}

function lengthWidth(bytes: Uint8Array, at: number): 1 | 5 {
  return bytes[at]! < LONG ? 1 : 5;
}

/** The length at `at`; -1 when it is not whole before `end`. */
function lengthAt(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first < LONG) return first;
  if (first === END || at + 5 > end) return -1;
  return (
    (bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 24)) >>> 0
  );
}
