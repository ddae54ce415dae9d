/**
 * How many different elements the registers have seen.
 *
 * Source: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017),
 * https://arxiv.org/abs/1702.01284, section 2: algorithm 6.
 */
import { INT64_MIN } from "../numbers.ts";
import { REGISTERS } from "./hash.ts";

/** Bits of a hash beside those that choose the register. */
const REST_BITS = 50;
/** 1 / (2 ln 2). */
const ALPHA = 0.7213475204444817;

/** The estimate, rounded; -2^63 where it would exceed 64 bits. */
export const estimate = (registers: ReadonlyArray<number>): bigint => {
  const counts = Array.from({ length: 64 }, () => 0);
  for (const value of registers) counts[value] = (counts[value] ?? 0) + 1;
  const share = (value: number): number => (counts[value] ?? 0) / REGISTERS;
  const full = (REGISTERS - (counts[REST_BITS + 1] ?? 0)) / REGISTERS;
  let sum = REGISTERS * tau(full);
  for (let value = REST_BITS; value >= 1; value -= 1) sum = (sum + (counts[value] ?? 0)) * 0.5;
  sum += REGISTERS * sigma(share(0));
  const result = (ALPHA * REGISTERS * REGISTERS) / sum;
  return result < 2 ** 63 ? BigInt(Math.round(result)) : INT64_MIN;
};

const sigma = (share: number): number => {
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
};

const tau = (share: number): number => {
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
};
