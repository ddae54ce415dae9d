/**
 * The arithmetic of INCRBYFLOAT: Redis computes with C's `long double`, which on x86-64 is the x87
 * format of a 64-bit mantissa and a 15-bit exponent. Here it is done with exact integers and one
 * rounding (to nearest, ties to even) at each place where the hardware has one.
 */

/** `±mantissa × 2^exponent`. */
export interface FiniteLongDouble {
  readonly negative: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** A value that a text can name; which infinity it is makes no difference here. */
export type LongDouble = FiniteLongDouble | "infinite";

const MANTISSA_BITS = 64;
/** The exponent of the least significant bit of the smallest numbers. */
const MIN_EXPONENT = -16445;
/** Values of more bits than this before the point are infinite. */
const MAX_BITS = 16384;
/** Longer texts are refused. */
const MAX_TEXT_LENGTH = 5 * 1024;
/** Any nonzero text with a decimal exponent beyond this is out of range. */
const DECIMAL_LIMIT = 11_000;
/** Any nonzero text with a binary exponent beyond this is out of range. */
const BINARY_LIMIT = 40_000;
/** Digits after the point in a text that `formatLongDouble` makes, before zeros are dropped. */
const FRACTION_DIGITS = 17;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/**
 * Reads a text as `strtold` does: decimal, hexadecimal or `inf`, and nothing around it.
 *
 * @returns null for what is no number, not-a-number, or out of range
 */
export function parseLongDouble(text: string): LongDouble | null {
  if (text.length === 0 || text.length >= MAX_TEXT_LENGTH) return null;
  if (INFINITE.test(text)) return "infinite";
  const decimal = DECIMAL.exec(text);
  if (decimal !== null) return fromParts(decimal, 10);
  const hexadecimal = HEXADECIMAL.exec(text);
  return hexadecimal === null ? null : fromParts(hexadecimal, 16);
}

function fromParts(parts: RegExpExecArray, base: 10 | 16): LongDouble | null {
  const whole = parts[2] ?? "";
  const fraction = parts[3] ?? "";
  const digits = whole + fraction;
  if (digits === "") return null;
  const negative = parts[1] === "-";
  const value = BigInt(base === 16 ? `0x${digits}` : digits);
  if (value === 0n) return { negative, mantissa: 0n, exponent: 0 };
  const scale = Number(parts[4] ?? "0");
  const exponent = scale - fraction.length * (base === 16 ? 4 : 1);
  if (Math.abs(exponent) > (base === 16 ? BINARY_LIMIT : DECIMAL_LIMIT)) return null;
  const rounded = base === 16 ? round(value, 1n, exponent) : roundDecimal(value, exponent);
  if (rounded.mantissa === 0n || isTooLarge(rounded)) return null;
  return { negative, ...rounded };
}

function roundDecimal(value: bigint, exponent: number): Magnitude {
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent >= 0 ? round(value * power, 1n, 0) : round(value, power, 0);
}

/** The sum, rounded; null when it is infinite or not a number. */
export function addLongDoubles(a: LongDouble, b: LongDouble): FiniteLongDouble | null {
  if (a === "infinite" || b === "infinite") return null;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = aligned(a, exponent) + aligned(b, exponent);
  const negative = sum < 0n;
  const rounded = round(negative ? -sum : sum, 1n, exponent);
  return isTooLarge(rounded) ? null : { negative, ...rounded };
}

/**
 * The text that Redis stores and replies: decimal without an exponent, 17 digits after the point,
 * then without the zeros at the end.
 */
export function formatLongDouble(value: FiniteLongDouble): string {
  const { mantissa, exponent } = value;
  const scaled = divideRounded(mantissa * 10n ** BigInt(FRACTION_DIGITS), 1n, -exponent);
  const digits = scaled.toString().padStart(FRACTION_DIGITS + 1, "0");
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, "");
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return value.negative && text !== "0" ? `-${text}` : text;
}

interface Magnitude {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** `numerator / denominator × 2^exponent`, rounded to what the format holds. */
function round(numerator: bigint, denominator: bigint, exponent: number): Magnitude {
  if (numerator === 0n) return { mantissa: 0n, exponent: 0 };
  const bits = bitLength(numerator) - bitLength(denominator);
  let shift = Math.max(bits - MANTISSA_BITS, MIN_EXPONENT - exponent);
  let mantissa = divideRounded(numerator, denominator, shift);
  if (bitLength(mantissa) > MANTISSA_BITS) {
    // One bit too many, or a carry out of the last one: rounding anew avoids rounding twice.
    shift++;
    mantissa = divideRounded(numerator, denominator, shift);
  }
  return { mantissa, exponent: exponent + shift };
}

/** `numerator / (denominator × 2^shift)` to the nearest integer, ties to even. */
function divideRounded(numerator: bigint, denominator: bigint, shift: number): bigint {
  const dividend = shift < 0 ? numerator << BigInt(-shift) : numerator;
  const divisor = shift > 0 ? denominator << BigInt(shift) : denominator;
  const quotient = dividend / divisor;
  const twice = (dividend - quotient * divisor) * 2n;
  const up = twice > divisor || (twice === divisor && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

function aligned(value: FiniteLongDouble, exponent: number): bigint {
  const magnitude = value.mantissa << BigInt(value.exponent - exponent);
  return value.negative ? -magnitude : magnitude;
}

function isTooLarge(value: Magnitude): boolean {
  return bitLength(value.mantissa) + value.exponent > MAX_BITS;
}

function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(16);
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits[0]!, 16)) - 28);
}
