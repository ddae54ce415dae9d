/**
 * Long doubles as x86-64 has them: a sign, a mantissa of 64 bits, an exponent of 15 bits.
 *
 * A finite value is an exact fraction `mantissa * 2^exponent`; rounding happens in one place.
 */
import { exactly } from "./doubles.ts";
import type { Bytes } from "./reply.ts";

/** A long double; zero's sign is not kept, since nothing here shows it. */
export type LongDouble =
  | { readonly _tag: "Finite"; readonly mantissa: bigint; readonly exponent: number }
  | { readonly _tag: "Infinite"; readonly negative: boolean };

const MANTISSA_BITS = 64;
const LOWEST_EXPONENT = -16445;
/** Every finite value is below 2 to this power. */
const HIGHEST_POWER = 16384;
/** Texts of this length or more are no numbers to Redis. */
const LENGTH_LIMIT = 5 * 1024;

const ZERO: LongDouble = { _tag: "Finite", mantissa: 0n, exponent: 0 };

const bitLength = (magnitude: bigint): number => {
  const hexadecimal = magnitude.toString(16);
  const leading = Number.parseInt(hexadecimal.charAt(0), 16);
  return (hexadecimal.length - 1) * 4 + (32 - Math.clz32(leading));
};
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** `value / 2^bits`, rounded to the nearest integer, ties to even. */
const shiftRounding = (value: bigint, bits: number): bigint => {
  if (bits <= 0) return value << BigInt(-bits);
  const magnitude = absolute(value);
  const quotient = magnitude >> BigInt(bits);
  const twiceRest = (magnitude - (quotient << BigInt(bits))) * 2n;
  const one = 1n << BigInt(bits);
  const up = twiceRest > one || (twiceRest === one && quotient % 2n === 1n);
  const rounded = up ? quotient + 1n : quotient;
  return value < 0n ? -rounded : rounded;
};

/** The nearest long double to `value * 2^exponent`. */
const round = (value: bigint, exponent: number): LongDouble => {
  if (value === 0n) return ZERO;
  const bits = bitLength(absolute(value));
  const target = Math.max(exponent + bits - MANTISSA_BITS, LOWEST_EXPONENT);
  if (target <= exponent) return finite(value, exponent);
  return finite(shiftRounding(value, target - exponent), target);
};

const finite = (mantissa: bigint, exponent: number): LongDouble => {
  if (bitLength(absolute(mantissa)) + exponent > HIGHEST_POWER)
    return { _tag: "Infinite", negative: mantissa < 0n };
  return { _tag: "Finite", mantissa, exponent };
};

/** The nearest long double to `numerator / denominator`. */
const divide = (numerator: bigint, denominator: bigint): LongDouble => {
  const magnitude = absolute(numerator);
  const scale = Math.max(0, MANTISSA_BITS + 4 + bitLength(denominator) - bitLength(magnitude));
  const scaled = magnitude << BigInt(scale);
  // The last bit tells the rounding that something follows.
  const quotient = (scaled / denominator) * 2n + (scaled % denominator === 0n ? 0n : 1n);
  return round(numerator < 0n ? -quotient : quotient, -scale - 1);
};

const DECIMAL = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;

/**
 * The number that the whole text spells in C's notation, decimal or hexadecimal, or infinity;
 * nothing when it spells none or one that only overflows or vanishes.
 */
export const parseLongDouble = (text: Bytes): LongDouble | undefined => {
  if (text.length === 0 || text.length >= LENGTH_LIMIT) return undefined;
  const infinity = INFINITY.exec(text);
  if (infinity !== null) return { _tag: "Infinite", negative: infinity[1] === "-" };
  const decimal = DECIMAL.exec(text);
  const parts = decimal ?? HEXADECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(`${decimal === null ? "0x" : ""}${whole}${fraction}`);
  const value = sign === "-" ? -digits : digits;
  if (value === 0n) return ZERO;
  const parsed =
    decimal === null
      ? scaleBinary(value, Number(exponent) - 4 * fraction.length)
      : scaleDecimal(value, Number(exponent) - fraction.length);
  const vanished = parsed._tag === "Finite" && parsed.mantissa === 0n;
  return parsed._tag === "Infinite" || vanished ? undefined : parsed;
};

/** Beyond these exponents every number of at most `LENGTH_LIMIT` digits overflows or vanishes. */
const EXPONENT_LIMIT = 50_000;

const scaleBinary = (value: bigint, exponent: number): LongDouble =>
  round(value, Math.max(-EXPONENT_LIMIT, Math.min(EXPONENT_LIMIT, exponent)));

const scaleDecimal = (value: bigint, exponent: number): LongDouble => {
  const bounded = Math.max(-EXPONENT_LIMIT, Math.min(EXPONENT_LIMIT, exponent));
  return bounded >= 0
    ? round(value * 10n ** BigInt(bounded), 0)
    : divide(value, 10n ** BigInt(-bounded));
};

/** The rounded sum, or nothing when it is infinite or no number. */
export const addLongDoubles = (left: LongDouble, right: LongDouble): LongDouble | undefined => {
  if (left._tag === "Infinite" || right._tag === "Infinite") return undefined;
  const exponent = Math.min(left.exponent, right.exponent);
  const shifted = (value: typeof left): bigint =>
    value.mantissa << BigInt(value.exponent - exponent);
  const sum = round(shifted(left) + shifted(right), exponent);
  return sum._tag === "Infinite" ? undefined : sum;
};

/** A finite double, all of which a long double holds. */
export const longDoubleOf = (value: number): LongDouble => ({ _tag: "Finite", ...exactly(value) });

/** The rounded product with an integer, rounded up to an integer; nothing for one that is infinite. */
export const timesRoundedUp = (value: LongDouble, factor: bigint): bigint | undefined => {
  if (value._tag === "Infinite") return undefined;
  const product = round(value.mantissa * factor, value.exponent);
  if (product._tag === "Infinite") return undefined;
  const { mantissa, exponent } = product;
  return exponent >= 0 ? mantissa << BigInt(exponent) : -(-mantissa >> BigInt(-exponent));
};

/** Prints a value with so many decimals, rounded, ties to even. */
export const formatFixed = (value: LongDouble, decimals: number): Bytes => {
  if (value._tag === "Infinite") return value.negative ? "-inf" : "inf";
  const scaled = shiftRounding(value.mantissa * 10n ** BigInt(decimals), -value.exponent);
  const digits = absolute(scaled)
    .toString()
    .padStart(decimals + 1, "0");
  return `${value.mantissa < 0n ? "-" : ""}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

const DECIMALS = 17;

/** Prints a value with 17 decimals, rounded, without trailing zeros and without `-0`. */
export const formatLongDouble = (value: LongDouble): Bytes => {
  const text = formatFixed(value, DECIMALS);
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return short === "-0" ? "0" : short;
};
