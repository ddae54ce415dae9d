import { assert, CHECKED } from "../assert.ts";
import { takeMemory } from "../engine/out-of-memory.ts";

/** Where three bytes were met last is remembered in so many places. */
const HASH_BITS = 16;
/** A reference reaches back so far at most. */
const FARTHEST = 1 << 13;
/** A reference is so long at most, and its length stands in one byte up to the second number. */
const LONGEST_REFERENCE = 264;
const SHORT_REFERENCE = 8;
/** So long a match is looked at all at once. */
const AT_ONCE = 19;
/** Bytes that are no reference stand in runs of so many at most. */
const LONGEST_RUN = 32;
/** A form that saves fewer bytes is none, as in Redis. */
const LEAST_SAVED = 4;

/** Places of three bytes, each beyond `base`: what is not belongs to a value before. */
const places = new Uint32Array(1 << HASH_BITS);
let base = 0;

/** A form of `length` bytes at the start of `bytes`, which is used again for the next one. */
export interface Compressed {
  bytes: Uint8Array;
  length: number;
}

const SCRATCH_BYTES = 64 * 1024;
const scratch = new Uint8Array(SCRATCH_BYTES);
const compressed: Compressed = { bytes: scratch, length: 0 };

/**
 * Compresses `bytes[offset..offset + length)` by LZF, as redis-server does with long strings in its
 * files: references to what was met before, runs of what was not. It looks at one place for each
 * three bytes, so that the time is that of the length. The bytes are redis-server's own, unless its
 * table happens to hold something useful from before.
 *
 * Source: the format of Marc Lehmann's liblzf, and what redis-server writes.
 *
 * @returns null when that saves too little; else what is valid until the next call
 * @throws OutOfMemory
 */
export function compress(bytes: Uint8Array, offset: number, length: number): Compressed | null {
  const most = length - LEAST_SAVED;
  if (most <= 0) return null;
  const out = most <= SCRATCH_BYTES ? scratch : new Uint8Array(takeMemory(most));
  const start = beginPlaces(length) - offset;
  const end = offset + length;
  let to = 0;
  /** Where the bytes begin that nothing stands for yet. */
  let from = offset;
  for (let at = offset; at < end - 2; ) {
    const place = placeOf(bytes, at);
    const seen = places[place]! - start;
    places[place] = start + at;
    const isMatch = seen > offset && at - seen <= FARTHEST && sameThree(bytes, seen, at);
    if (!isMatch) {
      at++;
      continue;
    }
    const run = matchLength(bytes, seen, at, end);
    if (to + runBytes(at - from) + 3 > most) return null;
    to = writeRuns(bytes, from, at, out, to);
    to = writeReference(out, to, at - seen - 1, run);
    at += run;
    from = at;
    if (at >= end - 2) break;
    for (let i = at - 2; i < at; i++) places[placeOf(bytes, i)] = start + i;
  }
  if (to + runBytes(end - from) > most) return null;
  compressed.bytes = out;
  compressed.length = writeRuns(bytes, from, end, out, to);
  if (CHECKED) assert(compressed.length <= most, "a form is shorter than what it stands for");
  return compressed;
}

/** Takes numbers for the places of a value: the first of its bytes has the one that is returned. */
function beginPlaces(length: number): number {
  if (base + length > 0xffffffff) {
    places.fill(0);
    base = 0;
  }
  const first = base + 1;
  base += length;
  return first;
}

function placeOf(bytes: Uint8Array, at: number): number {
  const three = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  return ((three >> (24 - HASH_BITS)) - three * 5) & ((1 << HASH_BITS) - 1);
}

function sameThree(bytes: Uint8Array, a: number, b: number): boolean {
  return bytes[a] === bytes[b] && bytes[a + 1] === bytes[b + 1] && bytes[a + 2] === bytes[b + 2];
}

/**
 * How many bytes at `at` are those at `seen`: three at least. As with redis-server the last two bytes
 * are not among them, unless those of a match of a length that it looks at all at once.
 */
function matchLength(bytes: Uint8Array, seen: number, at: number, end: number): number {
  const before = Math.min(end - at - 2, LONGEST_REFERENCE);
  const most = before > 16 ? Math.max(before, AT_ONCE) : before;
  let run = 3;
  while (run < most && bytes[seen + run] === bytes[at + run]) run++;
  return run;
}

/** How many bytes so many take that are no reference. */
function runBytes(count: number): number {
  return count + Math.ceil(count / LONGEST_RUN);
}

function writeRuns(
  bytes: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  to: number,
): number {
  while (from < end) {
    const run = Math.min(end - from, LONGEST_RUN);
    out[to++] = run - 1;
    for (const runEnd = from + run; from < runEnd; ) out[to++] = bytes[from++]!;
  }
  return to;
}

function writeReference(out: Uint8Array, to: number, back: number, run: number): number {
  const isShort = run <= SHORT_REFERENCE;
  out[to++] = ((isShort ? run - 2 : 7) << 5) | (back >> 8);
  if (!isShort) out[to++] = run - SHORT_REFERENCE - 1;
  out[to++] = back & 0xff;
  return to;
}
