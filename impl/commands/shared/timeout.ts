import { assert, CHECKED } from "../../assert.ts";
import { INT64_MAX, INT64_MIN } from "../../engine/integers.ts";
import { parseLongDouble } from "../../engine/long-double.ts";
import type { Call } from "../../session/call.ts";

/** Significant bits of C's `long double`, with which Redis computes. */
const MANTISSA_BITS = 64;

/**
 * The time at which a command that begins to wait now gives up, of a timeout in seconds and
 * fractions in argument `i`, which are rounded up to milliseconds.
 *
 * @returns milliseconds since the epoch, Infinity for a timeout of 0; null, with the error replied,
 *   when it is no timeout
 */
export function waitUntilMs(call: Call, i: number): number | null {
  const { reply, request } = call;
  const seconds = parseLongDouble(request.text(i));
  if (seconds === null) {
    reply.error("ERR timeout is not a float or out of range");
    return null;
  }
  const timeoutMs =
    seconds === "infinite"
      ? beyond(request.text(i).includes("-"))
      : milliseconds(seconds.negative, seconds.mantissa, seconds.exponent);
  const untilMs = timeoutEndMs(call, timeoutMs);
  return untilMs === 0 ? Number.POSITIVE_INFINITY : untilMs;
}

/**
 * When a wait of so many milliseconds ends that begins now.
 *
 * A moment that 64 bits do not hold is out of range, as in later releases of Redis: 7.0.15 lets such
 * a client wait for ever, or says that its timeout is negative.
 *
 * @returns milliseconds since the epoch; 0 for a timeout of 0; null, with the error replied, when
 *   there is no such moment
 */
export function timeoutEndMs(call: Call, timeoutMs: bigint): number | null {
  if (timeoutMs < 0n) {
    call.reply.error("ERR timeout is negative");
    return null;
  }
  if (timeoutMs > INT64_MAX - BigInt(Math.floor(call.nowMs))) {
    call.reply.error("ERR timeout is out of range");
    return null;
  }
  const untilMs = timeoutMs === 0n ? 0 : call.nowMs + Number(timeoutMs);
  if (CHECKED) assert(untilMs === 0 || untilMs > call.nowMs, "a wait ends later, or never");
  return untilMs;
}

/** What stands for numbers that 64 bits do not hold. */
function beyond(negative: boolean): bigint {
  return negative ? INT64_MIN : INT64_MAX;
}

/** A thousand times as much as a long double, rounded up; `beyond` for what 64 bits do not hold. */
function milliseconds(negative: boolean, mantissa: bigint, exponent: number): bigint {
  let product = mantissa * 1000n;
  let scale = exponent;
  const excess = product.toString(2).length - MANTISSA_BITS;
  if (excess > 0) {
    product = roundedHalfEven(product, excess);
    scale += excess;
  }
  const signed = negative ? -product : product;
  if (scale >= 0) {
    if (scale > MANTISSA_BITS) return signed === 0n ? 0n : beyond(negative);
    return within(signed << BigInt(scale));
  }
  // The remainder of a shift is never negative: this rounds up.
  return within(-(-signed >> BigInt(-scale)));
}

function within(value: bigint): bigint {
  return value > INT64_MAX || value < INT64_MIN ? beyond(value < 0n) : value;
}

/** Without its lowest bits: rounded to the nearest, a tie to the even one. */
function roundedHalfEven(value: bigint, bits: number): bigint {
  const unit = 1n << BigInt(bits);
  const quotient = value / unit;
  const twice = (value % unit) * 2n;
  if (twice < unit || (twice === unit && quotient % 2n === 0n)) return quotient;
  return quotient + 1n;
}
