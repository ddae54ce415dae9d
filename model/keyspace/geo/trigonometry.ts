/**
 * Sine, cosine and arc sine as they are: the nearest double to the true value, found with integers
 * that have many more bits than a double. C's library says the same in all but one or two of a
 * thousand cases, in which it, and which of its versions the processor selects, errs in the last bit.
 */
import { exactly, nearest } from "../doubles.ts";

/** Numbers are integers times 2 to this power. */
const SCALE = -320;
const BITS = BigInt(-SCALE);
const ONE = 1n << BITS;

/** Below this, sine and arc sine differ from their argument by less than a double can tell. */
const TINY = 2 ** -27;

const toFixed = (x: number): bigint => {
  const { mantissa, exponent } = exactly(x);
  const shift = exponent - SCALE;
  return shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
};

const toDouble = (x: bigint): number => (x < 0n ? -nearest(-x, SCALE) : nearest(x, SCALE));

const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
const over = (a: bigint, b: bigint): bigint => (a << BITS) / b;

/** `first - first * x² / ((n+1)(n+2)) + …`, the series of sine and of cosine. */
const series = (first: bigint, x: bigint, n: bigint): bigint => {
  const square = times(x, x);
  let sum = 0n;
  let term = first;
  for (let k = n; term !== 0n; k += 2n) {
    sum += term;
    term = -times(term, square) / ((k + 1n) * (k + 2n));
  }
  return sum;
};

const sine = (x: bigint): bigint => series(x, x, 1n);
const cosine = (x: bigint): bigint => series(ONE, x, 0n);

/** The sine of an angle of a few turns at most. */
export const sin = (x: number): number => (Math.abs(x) < TINY ? x : toDouble(sine(toFixed(x))));

/** The cosine of an angle of a few turns at most. */
export const cos = (x: number): number => toDouble(cosine(toFixed(x)));

/** The arc sine, by Newton's method; not a number beyond 1. */
export const asin = (x: number): number => {
  if (Math.abs(x) < TINY) return x;
  if (Math.abs(x) > 1) return Number.NaN;
  if (Math.abs(x) === 1) return Math.sign(x) * (Math.PI / 2);
  const wanted = toFixed(x);
  let angle = toFixed(Math.asin(x));
  // Each step doubles the number of right bits, of which a double has half a hundred.
  for (let i = 0; i < 3; i += 1) angle += over(wanted - sine(angle), cosine(angle));
  return toDouble(angle);
};
