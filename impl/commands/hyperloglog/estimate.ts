/**
 * How many different elements the registers have seen, from how many of them have each value.
 *
 * Source: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017),
 * https://arxiv.org/abs/1702.01284, section 2: algorithm 6.
 */
import { assert, CHECKED } from "../../assert.ts";
import { INT64_MIN, type Integer64, normalized } from "../../engine/integers.ts";
import { REGISTERS, REST_BITS } from "./hash.ts";

/** 1 / (2 ln 2), to the digits that Redis computes with. */
const ALPHA = 0.7213475204444817;
const LIMIT = 2 ** 63;

/**
 * The estimate, rounded to the nearest integer; -2^63, as in Redis, where 64 bits cannot hold it.
 *
 * @param counts how many registers have each value from 0 to 63
 */
export function estimate(counts: Float64Array): Integer64 {
  if (CHECKED) assert(counts.length === 64, "a register has 64 values");
  let sum = REGISTERS * tau((REGISTERS - counts[REST_BITS + 1]!) / REGISTERS);
  for (let value = REST_BITS; value >= 1; value--) sum = (sum + counts[value]!) * 0.5;
  sum += REGISTERS * sigma(counts[0]! / REGISTERS);
  const result = (ALPHA * REGISTERS * REGISTERS) / sum;
  if (result >= LIMIT) return INT64_MIN;
  const rounded = Math.round(result);
  return Number.isSafeInteger(rounded) ? rounded : normalized(BigInt(rounded));
}

/** The share of registers that are zero, as a sum: x + 1·x² + 2·x⁴ + 4·x⁸ + … */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let sum = x;
  for (;;) {
    const before = sum;
    x *= x;
    sum += x * y;
    y += y;
    if (sum === before) return sum;
  }
}

/** The share of registers that are not full, as a third of 1 - x - ½(1 - √x)² - ¼(1 - ⁴√x)² - … */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let sum = 1 - x;
  for (;;) {
    const before = sum;
    x = Math.sqrt(x);
    y *= 0.5;
    sum -= (1 - x) * (1 - x) * y;
    if (sum === before) return sum / 3;
  }
}
