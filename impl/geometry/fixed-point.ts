/**
 * Sines and arc sines with integers of very many bits: slow, and certain. What is quicker asks here
 * when it cannot tell which double is nearest.
 */

/** Numbers are integers in units of 2 to minus this. */
const FRACTION_BITS = 256;
const SHIFT = BigInt(FRACTION_BITS);
const ONE = 1n << SHIFT;
const MANTISSA_BITS = 53;

/** A double whose magnitude is not much less than 1. */
export function toFixedPoint(x: number): bigint {
  // Two steps: a shift by all bits would leave the range of doubles.
  const whole = BigInt(x * 2 ** MANTISSA_BITS * 2 ** MANTISSA_BITS);
  return whole << (SHIFT - BigInt(2 * MANTISSA_BITS));
}

/** The nearest double. */
export function fromFixedPoint(x: bigint): number {
  const magnitude = x < 0n ? -x : x;
  const excess = magnitude.toString(2).length - MANTISSA_BITS;
  if (excess <= 0) return scaled(Number(x), -FRACTION_BITS);
  // No sine is half way between two doubles.
  const half = 1n << BigInt(excess - 1);
  const mantissa = Number((magnitude + half) >> BigInt(excess));
  return scaled(x < 0n ? -mantissa : mantissa, excess - FRACTION_BITS);
}

function scaled(mantissa: number, exponent: number): number {
  return mantissa * 2 ** exponent;
}

function times(a: bigint, b: bigint): bigint {
  return (a * b) >> SHIFT;
}

function series(first: bigint, x: bigint, from: bigint): bigint {
  const square = times(x, x);
  let sum = 0n;
  let n = from;
  for (let term = first; term !== 0n; n += 2n) {
    sum += term;
    term = -times(term, square) / ((n + 1n) * (n + 2n));
  }
  return sum;
}

/** The sine of an angle of a few turns at most. */
export function fixedSine(x: bigint): bigint {
  return series(x, x, 1n);
}

/** The cosine of an angle of a few turns at most. */
export function fixedCosine(x: bigint): bigint {
  return series(ONE, x, 0n);
}

/** The arc sine of what is less than 1, from a double that is nearly right, by Newton's method. */
export function fixedArcSine(x: bigint, nearly: number): bigint {
  let angle = toFixedPoint(nearly);
  for (let i = 0; i < 3; i++) {
    angle += ((x - fixedSine(angle)) << SHIFT) / fixedCosine(angle);
  }
  return angle;
}
