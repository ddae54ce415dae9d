import type { Request } from "../resp/request.ts";

/** The range of a 64-bit signed integer. */
export const LLONG_MIN = -(1n << 63n);
export const LLONG_MAX = (1n << 63n) - 1n;

/**
 * Argument `i` as a 64-bit signed integer, in the strict form that Redis accepts: no spaces, no
 * plus sign, no leading zeros.
 */
export function integerArgument(request: Request, i: number): bigint | null {
  if (request.lengths[i]! > 20) return null;
  const text = request.text(i);
  if (!/^(?:0|-?[1-9][0-9]*)$/.test(text)) return null;
  const value = BigInt(text);
  return value < LLONG_MIN || value > LLONG_MAX ? null : value;
}

/**
 * The integer that an argument begins with, as C's `atoi` reads it: 0 where there is none.
 * Switches of DEBUG are read so.
 */
export function looseInteger(text: string): number {
  const match = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(text);
  return match === null ? 0 : Number(match[1]);
}
