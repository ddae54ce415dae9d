import { writeDecimal } from "../resp/reply.ts";

/** A 64-bit signed integer: a number where that is exact, a bigint beyond 2^53. */
export type Integer64 = number | bigint;

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** Digits that a number holds exactly, whatever they are. */
const SAFE_DIGITS = 15;
/** Digits of 2^63, the longest 64-bit integer. */
const MAX_DIGITS = 19;
const MINUS = 45;
const ZERO = 48;
const MAX_POSITIVE = "9223372036854775807";
const MAX_NEGATIVE = "9223372036854775808";

/**
 * Reads an integer of at most 15 digits in the one form that Redis takes: no plus sign, no leading
 * zeros, no `-0`. Allocates nothing.
 *
 * @returns NaN for anything else, a longer integer included
 */
export function smallInteger(bytes: Uint8Array, offset: number, length: number): number {
  let at = offset;
  const end = offset + length;
  const negative = length > 0 && bytes[at] === MINUS;
  if (negative) at++;
  const digits = end - at;
  if (digits === 0 || digits > SAFE_DIGITS) return Number.NaN;
  if (bytes[at] === ZERO) return digits === 1 && !negative ? 0 : Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/**
 * The 32-bit integer that a text begins with, as C's `atoi` reads it on a 64-bit machine: 0 where
 * there is none, the lowest 32 bits of a longer one.
 */
export function looseInteger(text: string): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(text)?.[1];
  if (digits === undefined) return 0;
  const long = BigInt(digits.replace("+", ""));
  const held = long > INT64_MAX ? INT64_MAX : long < INT64_MIN ? INT64_MIN : long;
  return Number(BigInt.asIntN(32, held));
}

/**
 * True when the bytes are a 64-bit integer in the form of `smallInteger`: a value that Redis
 * stores as an integer. Allocates nothing.
 */
export function isInteger64(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length === 0 || length > MAX_DIGITS + 1) return false;
  const negative = bytes[offset] === MINUS;
  const start = negative ? offset + 1 : offset;
  const digits = offset + length - start;
  if (digits === 0 || digits > MAX_DIGITS) return false;
  if (bytes[start] === ZERO) return length === 1;
  for (let i = 0; i < digits; i++) {
    const digit = bytes[start + i]! - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  if (digits < MAX_DIGITS) return true;
  const bound = negative ? MAX_NEGATIVE : MAX_POSITIVE;
  for (let i = 0; i < digits; i++) {
    const difference = bytes[start + i]! - bound.charCodeAt(i);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/** Reads a 64-bit integer in the form of `smallInteger`; null when the bytes are none. */
export function parseInteger64(
  bytes: Uint8Array,
  offset: number,
  length: number,
): Integer64 | null {
  const small = smallInteger(bytes, offset, length);
  if (!Number.isNaN(small)) return small;
  if (!isInteger64(bytes, offset, length)) return null;
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[offset + i]!);
  return normalized(BigInt(text));
}

/** The integer as a number where that is exact. */
export function normalized(value: bigint): Integer64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The sum of two 64-bit integers; null when it does not fit. */
export function addInteger64(a: Integer64, b: Integer64): Integer64 | null {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return fitting(BigInt(a) + BigInt(b));
}

/** The product of a 64-bit integer and a small factor; null when it does not fit. */
export function multiplyInteger64(a: Integer64, factor: number): Integer64 | null {
  if (typeof a === "number") {
    const product = a * factor;
    if (Number.isSafeInteger(product)) return product;
  }
  return fitting(BigInt(a) * BigInt(factor));
}

function fitting(value: bigint): Integer64 | null {
  return value > INT64_MAX || value < INT64_MIN ? null : normalized(value);
}

/**
 * Writes a safe integer in decimal at `at`, which has room for 17 bytes.
 *
 * @returns the offset after the last digit
 */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0) return writeDecimal(bytes, at, value);
  bytes[at] = MINUS;
  return writeDecimal(bytes, at + 1, -value);
}
