/** Doubles as C reads and prints them. */
import { Result } from "effect";
import { type CommandError, fail, type PlainErrorName } from "./errors.ts";
import type { Bytes, Reply } from "./reply.ts";
import { cString } from "./text.ts";

const NUMBER =
  /^[ \t\n\v\f\r]*([+-]?)(?:(inf(?:inity)?)|(nan(?:\([0-9a-z_]*\))?)|0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?[0-9]+))?|(?=\.?[0-9])([0-9]*\.?[0-9]*)(?:e([+-]?[0-9]+))?)/i;

/** Bits of a double's mantissa, and the exponent of the smallest double. */
const MANTISSA_BITS = 53;
const LOWEST_EXPONENT = -1074;

interface Parsed {
  readonly value: number;
  /** The text names no double but one that is nearest to it, so small that it has fewer digits. */
  readonly isDenormal: boolean;
  /** What follows the number. */
  readonly rest: Bytes;
  /** The text names a value that is too large, or too small to be told from zero. */
  readonly isOutOfRange: boolean;
}

const EXACT = { isDenormal: false, isOutOfRange: false };
/** Below this, doubles have fewer digits. */
const LEAST_NORMAL = 2 ** -1022;

const isDenormal = (value: number): boolean => value !== 0 && Math.abs(value) < LEAST_NORMAL;

/** What `strtod` makes of the beginning of a text: 0, and all is left, where it is no number. */
const strtod = (bytes: Bytes): Parsed => {
  const text = cString(bytes);
  const parts = NUMBER.exec(text);
  if (parts === null) return { ...EXACT, value: 0, rest: bytes };
  const [
    whole,
    sign,
    infinite,
    nan,
    hex,
    hexFraction = "",
    power = "0",
    decimal = "",
    exponent = "0",
  ] = parts;
  const signed = (value: number): number => (sign === "-" ? -value : value);
  const rest = bytes.slice(whole.length);
  if (infinite !== undefined) return { ...EXACT, value: signed(Number.POSITIVE_INFINITY), rest };
  if (nan !== undefined) return { ...EXACT, value: Number.NaN, rest };
  if (hex !== undefined) {
    const mantissa = BigInt(`0x${hex}${hexFraction}`);
    const value = nearest(mantissa, Number(power) - 4 * hexFraction.length);
    const isOutOfRange = mantissa !== 0n && (value === 0 || !Number.isFinite(value));
    const exact = (): Fraction => fraction(mantissa, Number(power) - 4 * hexFraction.length, 2n);
    return {
      value: signed(value),
      rest,
      isDenormal: isDenormal(value) && !isExactly(value, exact()),
      isOutOfRange,
    };
  }
  const value = Number(whole.trimStart().replace(/^[+-]/, ""));
  const isZero = !/[1-9]/.test(decimal);
  const [digits = "", decimals = ""] = decimal.split(".");
  const exact = (): Fraction =>
    fraction(BigInt(digits + decimals), Number(exponent) - decimals.length, 10n);
  return {
    value: signed(value),
    rest,
    isDenormal: isDenormal(value) && !isExactly(value, exact()),
    isOutOfRange: !isZero && (value === 0 || !Number.isFinite(value)),
  };
};

type Fraction = readonly [numerator: bigint, denominator: bigint];

const fraction = (mantissa: bigint, exponent: number, base: bigint): Fraction =>
  exponent < 0 ? [mantissa, base ** BigInt(-exponent)] : [mantissa * base ** BigInt(exponent), 1n];

/** Whether a denormal double is the number, and not only the nearest to it. */
const isExactly = (value: number, [numerator, denominator]: Fraction): boolean =>
  numerator * 2n ** BigInt(-LOWEST_EXPONENT) ===
  BigInt(Math.abs(value) / 2 ** LOWEST_EXPONENT) * denominator;

/** The nearest double to `mantissa * 2^exponent`, ties to even. */
export const nearest = (mantissa: bigint, exponent: number): number => {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  if (bits + exponent > 1100) return Number.POSITIVE_INFINITY;
  if (bits + exponent < -1100) return 0;
  const lowest = Math.max(bits + exponent - MANTISSA_BITS, LOWEST_EXPONENT);
  const dropped = BigInt(lowest - exponent);
  if (dropped <= 0n) return Number(mantissa << -dropped) * 2 ** lowest;
  const kept = mantissa >> dropped;
  const twiceRest = (mantissa - (kept << dropped)) * 2n;
  const unit = 1n << dropped;
  const isUp = twiceRest > unit || (twiceRest === unit && kept % 2n === 1n);
  return Number(isUp ? kept + 1n : kept) * 2 ** lowest;
};

/** The number that an argument spells, or the named error. */
export const doubleArgument = (
  bytes: Bytes,
  otherwise: PlainErrorName = "NotAFloat",
): Result.Result<number, CommandError> => {
  const { value, rest, isOutOfRange } = strtod(bytes);
  const isNumber = rest === "" && !Number.isNaN(value) && !isOutOfRange;
  return bytes === "" || /^[ \t\n\v\f\r]/.test(bytes) || !isNumber
    ? fail(otherwise)
    : Result.succeed(value);
};

/** A border of a range of scores: white space and nothing at all are numbers there. */
export const borderNumber = (bytes: Bytes): number | undefined => {
  if (cString(bytes) === "") return 0;
  const { value, rest } = strtod(bytes);
  return cString(rest) === "" && !Number.isNaN(value) ? value : undefined;
};

/** What SORT sorts by: as a border, but not what lies out of the range of doubles. */
export const sortedNumber = (bytes: Bytes): number | undefined => {
  const { isDenormal, isOutOfRange } = strtod(cString(bytes));
  return isDenormal || isOutOfRange ? undefined : borderNumber(bytes);
};

const DIGITS = 17;

/** What `printf("%.17g")` prints. */
export const formatDouble = (value: number): Bytes => {
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [sign, digits, exponent] = significant(value);
  if (exponent < -4 || exponent >= DIGITS) {
    const power = Math.abs(exponent).toString().padStart(2, "0");
    const mantissa = `${digits.charAt(0)}.${digits.slice(1)}`.replace(/\.?0*$/, "");
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`.replace(/0*$/, "");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`.replace(
    /\.?0*$/,
    "",
  );
};

/** The sign, the first seventeen digits, ties to even, and the power of ten of the first one. */
const significant = (value: number): [sign: string, digits: string, exponent: number] => {
  const sign = value < 0 ? "-" : "";
  const exact = Math.abs(value).toExponential(100);
  const [mantissa = "", power = ""] = exact.split("e");
  const all = mantissa.replace(".", "");
  const tail = all.slice(DIGITS);
  const half = `5${"0".repeat(tail.length - 1)}`;
  const kept = BigInt(all.slice(0, DIGITS));
  const isUp = tail > half || (tail === half && kept % 2n === 1n);
  const digits = (isUp ? kept + 1n : kept).toString();
  const exponent = Number(power);
  return digits.length > DIGITS
    ? [sign, digits.slice(0, DIGITS), exponent + 1]
    : [sign, digits, exponent];
};

/** A finite double as the integer and the power of two that it is made of. */
export const exactly = (
  value: number,
): { readonly mantissa: bigint; readonly exponent: number } => {
  let [mantissa, exponent] = [value, 0];
  while (!Number.isInteger(mantissa)) [mantissa, exponent] = [mantissa * 2, exponent - 1];
  return { mantissa: BigInt(mantissa), exponent };
};

/** A double as an answer. */
export const double = (value: number): Reply => ({ _tag: "Double", text: formatDouble(value) });
