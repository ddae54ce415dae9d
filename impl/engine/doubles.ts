/**
 * Doubles as Redis reads and prints them: with C's `strtod` and `printf("%.17g")`.
 */
import { assert, CHECKED } from "../assert.ts";

/** Significant digits that are printed. */
const DIGITS = 17;
/** Integers below this are printed without an exponent. */
const PLAIN_INTEGERS = 1e17;
/** Digits that a double has at most behind its first one, so far as they decide a tie. */
const EXACT_DIGITS = 60;
const MANTISSA_BITS = 53;
const LOWEST_EXPONENT = -1074;
/** Below this, doubles have fewer digits. */
const LEAST_NORMAL = 2 ** -1022;
const TOO_MANY_BITS = 1100;
/** Digits that a number holds exactly. */
const EXACT_INTEGER_DIGITS = 15;

const SPACE = /^[ \t\n\v\f\r]/;
const INFINITE = /^[ \t\n\v\f\r]*([+-]?)inf(?:inity)?/i;
const HEXADECIMAL =
  /^[ \t\n\v\f\r]*([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?/i;
const DECIMAL = /^[ \t\n\v\f\r]*[+-]?(?=\.?\d)(\d*\.?\d*)(?:e([+-]?\d+))?/i;

/** How much of the text the last `scan` has read. */
let scanned = 0;
/** The last `scan` has met a value too large, or too small to be told from 0. */
let outOfRange = false;

/** Reads the number at the beginning of a text, as `strtod` does; NaN where there is none. */
function scan(text: string): number {
  outOfRange = false;
  const infinite = INFINITE.exec(text);
  if (infinite !== null) {
    scanned = infinite[0].length;
    return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal !== null) {
    scanned = hexadecimal[0].length;
    return fromHexadecimal(hexadecimal);
  }
  const decimal = DECIMAL.exec(text);
  if (decimal === null) {
    scanned = 0;
    return Number.NaN;
  }
  scanned = decimal[0].length;
  const value = Number(decimal[0]);
  outOfRange = !Number.isFinite(value) || (value === 0 && /[1-9]/.test(decimal[1]!));
  return value;
}

function fromHexadecimal(parts: RegExpExecArray): number {
  const fraction = parts[3]!;
  const mantissa = BigInt(`0x${parts[2]}${fraction}`);
  const magnitude = nearest(mantissa, Number(parts[4] ?? "0") - 4 * fraction.length);
  outOfRange = !Number.isFinite(magnitude) || (magnitude === 0 && mantissa !== 0n);
  return parts[1] === "-" ? -magnitude : magnitude;
}

/** The double that is nearest to `mantissa × 2^exponent`, of two the even one. */
function nearest(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  if (bits + exponent > TOO_MANY_BITS) return Number.POSITIVE_INFINITY;
  if (bits + exponent < -TOO_MANY_BITS) return 0;
  const lowest = Math.max(bits + exponent - MANTISSA_BITS, LOWEST_EXPONENT);
  const scale = 2 ** lowest;
  if (lowest <= exponent) return Number(mantissa << BigInt(exponent - lowest)) * scale;
  const dropped = BigInt(lowest - exponent);
  const kept = mantissa >> dropped;
  const twice = (mantissa - (kept << dropped)) * 2n;
  const unit = 1n << dropped;
  const up = twice > unit || (twice === unit && (kept & 1n) === 1n);
  return Number(up ? kept + 1n : kept) * scale;
}

/**
 * A whole text as a double: a score, a weight.
 *
 * @returns NaN when it is none, is not a number, is out of range, or begins with white space
 */
export function parseDouble(text: string): number {
  if (SPACE.test(text)) return Number.NaN;
  const value = scan(text);
  return scanned === text.length && text !== "" && !outOfRange ? value : Number.NaN;
}

/** The border of a range: as `parseDouble`, but white space may come first, a zero byte ends the text, nothing at all is 0, and what is too large is infinite. */
export function parseBorder(text: string): number {
  const end = text.indexOf("\0");
  const seen = end < 0 ? text : text.slice(0, end);
  if (seen === "") return 0;
  const value = scan(seen);
  return scanned === seen.length ? value : Number.NaN;
}

/**
 * What SORT sorts by: as a border, but what is too large, or too small to have all of a double's
 * digits, is none: there C reports a range error.
 *
 * @returns NaN when it is none
 */
export function parseWeight(bytes: Uint8Array, offset: number, length: number): number {
  const simple = parseSimple(bytes, offset, length);
  if (!Number.isNaN(simple)) return simple;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString("latin1");
  outOfRange = false;
  const value = parseBorder(text);
  return outOfRange || isRoundedDenormal(text, value) ? Number.NaN : value;
}

/** True when a value has fewer digits than others, and the text names one that has more. */
function isRoundedDenormal(text: string, value: number): boolean {
  const magnitude = Math.abs(value);
  if (!(magnitude > 0 && magnitude < LEAST_NORMAL)) return false;
  const units = BigInt(magnitude / 2 ** LOWEST_EXPONENT);
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal !== null) {
    const [, , whole, fraction = "", power = "0"] = hexadecimal;
    const mantissa = BigInt(`0x${whole}${fraction}`);
    const dropped = BigInt(LOWEST_EXPONENT - (Number(power) - 4 * fraction.length));
    return dropped > 0n ? mantissa !== units << dropped : mantissa << -dropped !== units;
  }
  const [, mantissa = "", power = "0"] = DECIMAL.exec(text)!;
  const [whole, decimals = ""] = mantissa.split(".");
  // value = digits / 10^places, to be compared with units / 2^1074
  const places = BigInt(decimals.length - Number(power));
  const digits = BigInt(`${whole}${decimals}`);
  return digits << BigInt(-LOWEST_EXPONENT) !== units * 10n ** places;
}

/** `parseDouble` of bytes, quick for what has few digits. */
export function parseDoubleAt(bytes: Uint8Array, offset: number, length: number): number {
  const simple = parseSimple(bytes, offset, length);
  if (!Number.isNaN(simple)) return simple;
  return parseDouble(
    Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString("latin1"),
  );
}

/** Digits with a point among them, exact as a quotient of two integers; NaN for anything else. */
function parseSimple(bytes: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const negative = length > 0 && bytes[offset] === 0x2d;
  let digits = 0;
  let decimals = -1;
  let value = 0;
  for (let i = negative ? offset + 1 : offset; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0x2e && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (byte < 0x30 || byte > 0x39) return Number.NaN;
    value = value * 10 + (byte - 0x30);
    digits++;
    if (decimals >= 0) decimals++;
  }
  if (digits === 0 || digits > EXACT_INTEGER_DIGITS) return Number.NaN;
  const magnitude = decimals > 0 ? value / 10 ** decimals : value;
  return negative ? -magnitude : magnitude;
}

/** What `printf("%.17g")` prints; infinities as `inf` and `-inf`. */
export function formatDouble(value: number): string {
  if (CHECKED) assert(!Number.isNaN(value), "a number");
  if (Number.isInteger(value) && Math.abs(value) < PLAIN_INTEGERS) {
    if (Object.is(value, -0)) return "-0";
    // Beyond, JavaScript prints the shortest text that is read as the same number.
    return String(Number.isSafeInteger(value) ? value : BigInt(value));
  }
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = toDigits(value);
  const at = text.indexOf("e");
  const exponent = Number(text.slice(at + 1));
  const negative = value < 0;
  const digits = text.slice(negative ? 1 : 0, at).replace(".", "");
  return (negative ? "-" : "") + layOut(digits, exponent);
}

/** `toExponential` with all digits that are printed, but of two nearest texts the even one. */
function toDigits(value: number): string {
  const text = value.toExponential(DIGITS - 1);
  const more = value.toExponential(DIGITS);
  // A tie ends in 5, and only then can rounding up have been wrong.
  if (more[more.indexOf("e") - 1] !== "5") return text;
  const exact = value.toExponential(EXACT_DIGITS);
  const end = exact.indexOf("e");
  const cut = end - (EXACT_DIGITS - DIGITS + 1);
  if (!/^50*$/.test(exact.slice(cut, end))) return text;
  const isEven = (exact.charCodeAt(cut - 1) & 1) === 0;
  return isEven ? exact.slice(0, cut) + exact.slice(end) : text;
}

function layOut(digits: string, exponent: number): string {
  if (exponent < -4 || exponent >= DIGITS) {
    const magnitude = Math.abs(exponent);
    const power = `${exponent < 0 ? "-" : "+"}${magnitude < 10 ? "0" : ""}${magnitude}`;
    return `${withoutZeros(`${digits[0]}.${digits.slice(1)}`)}e${power}`;
  }
  if (exponent < 0) return withoutZeros(`0.${"0".repeat(-exponent - 1)}${digits}`);
  return withoutZeros(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

/** What `printf("%.*f")` prints: so many decimals. */
export function formatFixed(value: number, decimals: number): string {
  if (CHECKED) assert(!Number.isNaN(value) && decimals > 0, "a number with decimals");
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.${"0".repeat(decimals)}`;
  const text = value.toFixed(decimals);
  if (value === 0) return Object.is(value, -0) ? `-${text}` : text;
  // Half way between two texts JavaScript takes the one that is farther from 0, C the even one.
  const last = text.charCodeAt(text.length - 1);
  const isTie = Math.abs(value * 2 ** (decimals + 1)) % 2 === 1;
  return isTie && (last & 1) === 1 ? text.slice(0, -1) + String.fromCharCode(last - 1) : text;
}

/** Decimals that `formatHuman` prints at most. */
const HUMAN_DECIMALS = 17;

/** The text that Redis prints for people, without an exponent and without zeros at the end. */
export function formatHuman(value: number): string {
  const text = withoutZeros(formatFixed(value, HUMAN_DECIMALS));
  return text === "-0" ? "0" : text;
}

/** Without the zeros that end a fraction, and without its point when nothing is left of it. */
function withoutZeros(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x30) end--;
  if (text.charCodeAt(end - 1) === 0x2e) end--;
  return text.slice(0, end);
}
