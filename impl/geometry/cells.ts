/**
 * The grids in which places are kept, as Redis has them.
 *
 * A grid of step `s` cuts the world into `2^s` columns and as many rows. A cell's number has the bits
 * of its column and of its row in turn, the column's first: cells of one coarser cell follow each
 * other. The score of a place is the number of its cell in the finest grid, step 26.
 */
import { assert, CHECKED } from "../assert.ts";

/** The finest step. */
export const FINEST = 26;
/** Where the grid ends, in degrees: there Mercator's projection does. */
export const MAX_LONGITUDE = 180;
export const MAX_LATITUDE = 85.05112878;

const HALF_BITS = 32;
const HALF = 2 ** HALF_BITS;
/** The first integer that no 64 bits with a sign hold. */
const BEYOND_SIGNED = 2 ** 63;

/** Puts a zero before each of the low 16 bits. */
function spread(bits: number): number {
  let x = bits & 0xffff;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** Every other of 32 bits, from the lowest on. */
function gather(bits: number): number {
  let x = bits & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0x0000ffff;
}

function interleave(column: number, row: number): number {
  return ((spread(column) << 1) | spread(row)) >>> 0;
}

/** The upper 32 bits of a cell's number. */
export function upperHalf(column: number, row: number): number {
  return interleave(column >>> 16, row >>> 16);
}

/** The lower 32 bits of a cell's number. */
export function lowerHalf(column: number, row: number): number {
  return interleave(column, row);
}

/** Column or row of a coordinate, which lies between the ends; at the upper end one more than there are. */
export function indexOf(degrees: number, from: number, to: number, step: number): number {
  if (CHECKED) assert(degrees >= from && degrees <= to, "a coordinate in the grid");
  return Math.trunc(((degrees - from) / (to - from)) * (1 << step));
}

/** Where a column or row begins. */
export function degreesAt(index: number, from: number, to: number, step: number): number {
  return from + (index / (1 << step)) * (to - from);
}

/** The score of a place in the grid, as a sorted set holds it. */
export function scoreOf(longitude: number, latitude: number): number {
  const column = indexOf(longitude, -MAX_LONGITUDE, MAX_LONGITUDE, FINEST);
  const row = indexOf(latitude, -MAX_LATITUDE, MAX_LATITUDE, FINEST);
  return upperHalf(column, row) * HALF + lowerHalf(column, row);
}

/** All digits of the score, which at the eastern end has a bit more than a double holds. */
export function scoreText(longitude: number, latitude: number): string {
  const score = scoreOf(longitude, latitude);
  if (Number.isSafeInteger(score)) return String(score);
  const column = indexOf(longitude, -MAX_LONGITUDE, MAX_LONGITUDE, FINEST);
  const row = indexOf(latitude, -MAX_LATITUDE, MAX_LATITUDE, FINEST);
  return String(
    (BigInt(upperHalf(column, row)) << BigInt(HALF_BITS)) + BigInt(lowerHalf(column, row)),
  );
}

/** The place that a score stands for: the middle of its cell. */
export class Place {
  longitude = 0;
  latitude = 0;

  /**
   * Any score stands for a place: it is taken as x86-64 takes a double for an integer of 64 bits
   * without a sign, and what lies outside of the grid as the nearest place in it.
   */
  ofScore(score: number): void {
    let upper: number;
    let lower = 0;
    if (score >= 2 * BEYOND_SIGNED) upper = 0;
    else if (score < -BEYOND_SIGNED) upper = 0x80000000;
    else {
      const whole = Math.trunc(score);
      const above = Math.floor(whole / HALF);
      lower = whole - above * HALF;
      upper = above;
    }
    const column = (gather(lower >>> 1) | (gather(upper >>> 1) << 16)) >>> 0;
    const row = (gather(lower) | (gather(upper) << 16)) >>> 0;
    this.longitude = middle(column, MAX_LONGITUDE);
    this.latitude = middle(row, MAX_LATITUDE);
  }
}

/** The middle of a column or row, or the end that is nearer to it. */
function middle(index: number, end: number): number {
  const from = degreesAt(index, -end, end, FINEST);
  const to = degreesAt(index + 1, -end, end, FINEST);
  return Math.max(-end, Math.min(end, (from + to) / 2));
}
