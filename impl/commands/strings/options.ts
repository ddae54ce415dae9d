import { assert, CHECKED } from "../../assert.ts";
import { addInteger64, type Integer64, multiplyInteger64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import { ERR, invalidExpire } from "../../session/errors.ts";
import { integerArgument } from "../shared/numbers.ts";

/** The options of SET and GETEX, as bits. */
export const Option = {
  nx: 1,
  xx: 2,
  keepTtl: 4,
  get: 8,
  persist: 16,
  ex: 32,
  px: 64,
  exAt: 128,
  pxAt: 256,
} as const;

/** Options that name a time. */
export const TIMED = Option.ex | Option.px | Option.exAt | Option.pxAt;
const RELATIVE = Option.ex | Option.px;
const IN_SECONDS = Option.ex | Option.exAt;
/** The options of which only one may stand. */
const EXPIRIES = TIMED | Option.keepTtl | Option.persist;

/** Where the time's argument position begins in the result of `parseOptions`. */
const POSITION_SHIFT = 9;
const OPTION_MASK = (1 << POSITION_SHIFT) - 1;

/** What `parseOptions` answers to a syntax error, which it has replied. */
export const SYNTAX_ERROR = -1;

/**
 * Reads the options from argument `from` on.
 *
 * @param allowed the bits that the command knows
 * @returns the option bits, and above them the argument position of the time: one number, so that
 *   nothing is allocated
 */
export function parseOptions(call: Call, from: number, allowed: number): number {
  const argc = call.request.argc;
  let bits = 0;
  let position = 0;
  for (let i = from; i < argc; i++) {
    const bit = optionAt(call, i) & allowed;
    if (bit === 0 || conflicts(bits, bit) || ((bit & TIMED) !== 0 && i + 1 === argc)) {
      call.reply.error(ERR.syntax);
      return SYNTAX_ERROR;
    }
    bits |= bit;
    if ((bit & TIMED) !== 0) position = ++i;
  }
  return bits | (position << POSITION_SHIFT);
}

function optionAt(call: Call, i: number): number {
  const request = call.request;
  if (request.is(i, "ex")) return Option.ex;
  if (request.is(i, "px")) return Option.px;
  if (request.is(i, "nx")) return Option.nx;
  if (request.is(i, "xx")) return Option.xx;
  if (request.is(i, "get")) return Option.get;
  if (request.is(i, "keepttl")) return Option.keepTtl;
  if (request.is(i, "exat")) return Option.exAt;
  if (request.is(i, "pxat")) return Option.pxAt;
  if (request.is(i, "persist")) return Option.persist;
  return 0;
}

/** True when an option may not follow those before it; the same one may be repeated. */
function conflicts(bits: number, bit: number): boolean {
  if (bit === Option.nx) return (bits & Option.xx) !== 0;
  if (bit === Option.xx) return (bits & Option.nx) !== 0;
  return (bit & EXPIRIES) !== 0 && (bits & EXPIRIES & ~bit) !== 0;
}

/**
 * The time that `parseOptions` has found, as milliseconds since the epoch.
 *
 * @returns null, with the error replied, when it is no valid time
 */
export function optionExpiry(call: Call, options: number): Integer64 | null {
  return expiryArgument(call, options >>> POSITION_SHIFT, options & OPTION_MASK);
}

/**
 * Argument `i` as an expiry, in milliseconds since the epoch.
 *
 * @param option one of `TIMED`: its unit, and whether it counts from now
 * @returns null, with the error replied, unless it is a positive integer and the sum fits
 */
export function expiryArgument(call: Call, i: number, option: number): Integer64 | null {
  if (CHECKED) {
    assert(i > 0 && i < call.request.argc, "the time is an argument");
    assert((option & TIMED) !== 0, "an option that takes a time");
  }
  const value = integerArgument(call, i);
  if (value === null) return null;
  const atMs = value <= 0 ? null : absoluteMs(call, value, option);
  if (atMs === null) call.reply.error(invalidExpire(call.record.fullName));
  if (CHECKED) assert(atMs === null || atMs > 0, "a moment after the epoch");
  return atMs;
}

function absoluteMs(call: Call, value: Integer64, option: number): Integer64 | null {
  const ms = (option & IN_SECONDS) !== 0 ? multiplyInteger64(value, 1000) : value;
  if (ms === null || (option & RELATIVE) === 0) return ms;
  return addInteger64(ms, call.nowMs);
}
