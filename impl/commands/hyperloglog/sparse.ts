/**
 * The sparse form: runs of equal registers. A byte `00xxxxxx` stands for x + 1 zeros, two bytes
 * `01xxxxxx yyyyyyyy` for xy + 1 zeros, a byte `1vvvvvxx` for x + 1 registers of value v + 1.
 *
 * Which runs there are depends on the order in which registers were raised: the rules are part of
 * the format, since the bytes are visible.
 */
import { assert, CHECKED } from "../../assert.ts";
import { REGISTERS } from "./hash.ts";

/** The largest value that a run may have. */
export const MAX_SPARSE_VALUE = 32;

const LONG_ZEROS = 0x40;
const VALUES = 0x80;
/** A run of at most so many zeros takes one byte. */
const MAX_SHORT_ZEROS = 64;
const MAX_VALUES = 4;
/** Bytes by which one raised register can lengthen the runs: at most two runs of zeros beside it. */
export const MAX_GROWTH_BYTES = 4;
/** How many runs are looked at for equal neighbours, joined ones again. */
const JOIN_LOOKS = 5;

/** True for a run of values; else it is one of zeros. */
function isValues(op: number): boolean {
  return op >= VALUES;
}

function isLongZeros(op: number): boolean {
  return op >= LONG_ZEROS && op < VALUES;
}

/** The value of a run's registers. */
function runValue(op: number): number {
  return isValues(op) ? ((op >> 2) & 31) + 1 : 0;
}

/** Registers in the run at `at`. A second byte that is cut off, since `end` is there, counts as 0. */
function lengthOf(bytes: Uint8Array, at: number, end: number): number {
  const op = bytes[at]!;
  if (isValues(op)) return (op & 3) + 1;
  return isLongZeros(op) ? ((op & 0x3f) << 8) + (at + 1 < end ? bytes[at + 1]! : 0) + 1 : op + 1;
}

function valuesOp(value: number, length: number): number {
  return VALUES | ((value - 1) << 2) | (length - 1);
}

/** Writes a run of zeros, if any; returns the offset behind it. */
function writeZeros(bytes: Uint8Array, at: number, length: number): number {
  if (length === 0) return at;
  if (length <= MAX_SHORT_ZEROS) {
    bytes[at] = length - 1;
    return at + 1;
  }
  bytes[at] = LONG_ZEROS | ((length - 1) >> 8);
  bytes[at + 1] = (length - 1) & 0xff;
  return at + 2;
}

/** Writes a run of values, if any; returns the offset behind it. */
function writeValues(bytes: Uint8Array, at: number, value: number, length: number): number {
  if (length === 0) return at;
  bytes[at] = valuesOp(value, length);
  return at + 1;
}

/** What `visitRuns` tells: registers from `first` on are equal. */
export type RunVisitor = (value: number, length: number, first: number, isLong: boolean) => void;

/**
 * Tells `visit` each run of `bytes[base..end)`, until one ends beyond the register `limit`.
 *
 * @returns false when the runs are not of `limit` registers
 */
export function visitRuns(
  bytes: Uint8Array,
  base: number,
  end: number,
  visit: RunVisitor,
  limit = REGISTERS,
): boolean {
  let first = 0;
  for (let at = base; at < end; ) {
    const op = bytes[at]!;
    const isLong = isLongZeros(op);
    const length = lengthOf(bytes, at, end);
    if (first + length > limit) return false;
    visit(runValue(op), length, first, isLong);
    first += length;
    at += isLong ? 2 : 1;
  }
  return first === limit;
}

/** What `raise` answers when the register need not be raised, or cannot be. */
export const Refusal = {
  /** Its value is as large already. */
  same: -1,
  /** The runs would become longer than they may, or a run cannot hold the value. */
  tooLarge: -2,
  /** There is no such register. */
  corrupt: -3,
} as const;

/** The runs that one changed run becomes. */
const SPLIT = new Uint8Array(8);

/**
 * Gives a register a value, if it has a smaller one, among the runs `bytes[base..end)`, behind
 * which there is room for `MAX_GROWTH_BYTES`.
 *
 * @param maxEnd the runs may not grow beyond this
 * @returns the new end, or a `Refusal`, nothing being changed
 */
export function raise(
  bytes: Uint8Array,
  base: number,
  end: number,
  index: number,
  value: number,
  maxEnd: number,
): number {
  if (CHECKED) assert(value >= 1 && index < REGISTERS, "there is such a register");
  if (value > MAX_SPARSE_VALUE) return Refusal.tooLarge;
  let first = 0;
  let before = -1;
  let at = base;
  let length = 0;
  for (; at < end; ) {
    length = lengthOf(bytes, at, end);
    if (index < first + length) break;
    first += length;
    before = at;
    at += isLongZeros(bytes[at]!) ? 2 : 1;
  }
  if (at >= end || (isLongZeros(bytes[at]!) && at + 1 === end)) return Refusal.corrupt;
  const op = bytes[at]!;
  const old = runValue(op);
  if (old >= value) return Refusal.same;
  const skipped = index - first;
  const behind = length - skipped - 1;
  let size = 0;
  size = old === 0 ? writeZeros(SPLIT, 0, skipped) : writeValues(SPLIT, 0, old, skipped);
  size = writeValues(SPLIT, size, value, 1);
  size = old === 0 ? writeZeros(SPLIT, size, behind) : writeValues(SPLIT, size, old, behind);
  const oldSize = isLongZeros(op) ? 2 : 1;
  const growth = size - oldSize;
  if (growth > 0 && end + growth > maxEnd) return Refusal.tooLarge;
  bytes.copyWithin(at + size, at + oldSize, end);
  for (let i = 0; i < size; i++) bytes[at + i] = SPLIT[i]!;
  return joinEqual(bytes, before < 0 ? base : before, end + growth);
}

/** Joins equal neighbours that fit in one run, among the few runs from `from` on; returns the end. */
function joinEqual(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  let last = end;
  for (let looks = JOIN_LOOKS; looks > 0 && at < last; looks--) {
    const op = bytes[at]!;
    if (!isValues(op)) {
      at += isLongZeros(op) ? 2 : 1;
      continue;
    }
    const next = at + 1 < last ? bytes[at + 1]! : 0;
    const length = (op & 3) + 1 + (next & 3) + 1;
    if (isValues(next) && runValue(next) === runValue(op) && length <= MAX_VALUES) {
      bytes[at + 1] = valuesOp(runValue(op), length);
      bytes.copyWithin(at, at + 1, last);
      last--;
    } else {
      at++;
    }
  }
  return last;
}
