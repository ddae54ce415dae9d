/**
 * How redis-server 7.0.15 reads numbers in its configuration, 64-bit arithmetic included.
 *
 * Texts hold one character per byte. Each function answers null where Redis refuses.
 */

export const LLONG_MIN = -(1n << 63n);
export const LLONG_MAX = (1n << 63n) - 1n;
export const ULLONG_MAX = (1n << 64n) - 1n;
export const INT_MIN = -(1n << 31n);
export const INT_MAX = (1n << 31n) - 1n;
export const UINT_MAX = (1n << 32n) - 1n;

const UNITS = new Map([
  ["", 1n],
  ["b", 1n],
  ["k", 1000n],
  ["kb", 1024n],
  ["m", 1000n * 1000n],
  ["mb", 1024n * 1024n],
  ["g", 1000n * 1000n * 1000n],
  ["gb", 1024n * 1024n * 1024n],
]);

/** More digits than this are refused as an amount of memory. */
const MAX_MEMORY_DIGITS = 127;

/** The part of a text that C sees: up to the first zero byte. */
export function cString(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** A strict decimal: no sign but `-`, no leading zeros, no spaces, within 64 signed bits. */
export function parseInteger(text: string): bigint | null {
  if (!/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return value < LLONG_MIN || value > LLONG_MAX ? null : value;
}

/**
 * An amount of memory in bytes: digits and an optional unit (`b`, `k`, `kb`, `m`, `mb`, `g`, `gb`,
 * any case; `k` is 1,000 and `kb` 1,024). No digits are 0, and the product wraps at 2^64, as in Redis.
 *
 * @returns 0 to 2^64 - 1
 */
export function parseMemoryBytes(text: string): bigint | null {
  const parts = /^([0-9]*)([a-z]*)$/i.exec(cString(text));
  if (parts === null) return null;
  const digits = parts[1]!;
  const unit = UNITS.get(parts[2]!.toLowerCase());
  if (unit === undefined || digits.length > MAX_MEMORY_DIGITS) return null;
  const amount = BigInt(digits === "" ? "0" : digits);
  return BigInt.asUintN(64, (amount > ULLONG_MAX ? ULLONG_MAX : amount) * unit);
}

/** An amount of memory as CONFIG REWRITE prints it: the largest unit that divides it exactly. */
export function formatMemory(bytes: bigint): string {
  for (const unit of ["gb", "mb", "kb"] as const) {
    const size = UNITS.get(unit)!;
    if (bytes !== 0n && bytes % size === 0n) return `${bytes / size}${unit}`;
  }
  return `${bytes}`;
}

/**
 * What C's `strtoll` reads when it reads the whole text: spaces before, one sign, digits of the
 * base; out of range is clamped, the empty text is 0.
 */
export function parseLoose(text: string): bigint | null {
  const parts = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/.exec(text);
  if (parts === null) return text === "" ? 0n : null;
  const value = parts[1] === "-" ? -BigInt(parts[2]!) : BigInt(parts[2]!);
  if (value < LLONG_MIN) return LLONG_MIN;
  return value > LLONG_MAX ? LLONG_MAX : value;
}

/** An octal number as `strtoll` with base 8 reads it; out of range is refused. */
export function parseOctal(text: string): bigint | null {
  const parts = /^[ \t\n\v\f\r]*([+-]?)([0-7]+)$/.exec(text);
  if (parts === null) return text === "" ? 0n : null;
  const magnitude = BigInt(`0o${parts[2]!}`);
  const value = parts[1] === "-" ? -magnitude : magnitude;
  return value < LLONG_MIN || value > LLONG_MAX ? null : value;
}

/** A double as C's `strtod` reads it, hexadecimal and infinity included; NaN is refused. */
export function parseDouble(text: string): number | null {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (/^inf(?:inity)?$/i.test(body)) return sign * Number.POSITIVE_INFINITY;
  const hex = /^0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/i.exec(body);
  if (hex !== null) return parseHexDouble(sign, hex[1]!, hex[2] ?? "", hex[3] ?? "0");
  if (!/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(body)) return null;
  const value = Number(body);
  const underflow = value === 0 && /[1-9]/.test(body.replace(/e.*$/i, ""));
  return underflow || !Number.isFinite(value) ? null : sign * value;
}

function parseHexDouble(sign: number, whole: string, part: string, power: string): number | null {
  if (whole + part === "") return null;
  const mantissa = Number(BigInt(`0x${whole}${part}`));
  return sign * mantissa * 2 ** (Number(power) - 4 * part.length);
}

/** A double below 10^21 with up to six decimals, as `%f` with its trailing zeros removed. */
export function formatDouble(value: number): string {
  const fixed = isTieAtSixDecimals(value) ? evenTie(value) : value.toFixed(6);
  const text = value < 0 || Object.is(value, -0) ? `-${fixed.replace(/^-/, "")}` : fixed;
  return text.replace(/\.?0+$/, "");
}

/** C rounds an exact tie to even where `toFixed` rounds it up; the odd multiples of 1/128 are ties. */
function isTieAtSixDecimals(value: number): boolean {
  return Math.abs(value * 128) % 2 === 1;
}

function evenTie(value: number): string {
  const below = Math.floor(Math.abs(value) * 1e6);
  return ((below + (below % 2)) / 1e6).toFixed(6);
}
