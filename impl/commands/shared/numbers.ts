import { type Integer64, parseInteger64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const INT_RANGE = `ERR value is out of range, value must between ${INT_MIN} and ${INT_MAX}`;

/**
 * Argument `i` as a 64-bit integer.
 *
 * @param error the reply when it is none
 * @returns null, with the error replied, when it is none
 */
export function integerArgument(
  call: Call,
  i: number,
  error: string = ERR.notInteger,
): Integer64 | null {
  const { bytes, offsets, lengths } = call.request;
  const value = parseInteger64(bytes, offsets[i]!, lengths[i]!);
  if (value === null) call.reply.error(error);
  return value;
}

/**
 * Argument `i` as a 32-bit integer; as `integerArgument`.
 *
 * @param error the reply to anything else; Redis tells the bounds where a command has no text
 */
export function int32Argument(call: Call, i: number, error?: string): number | null {
  const value = integerArgument(call, i, error);
  if (value === null) return null;
  if (typeof value === "number" && value >= INT_MIN && value <= INT_MAX) return value;
  call.reply.error(error ?? INT_RANGE);
  return null;
}

/**
 * Argument `i` as a number of at least `least`, which may be rounded where no collection is as large.
 *
 * @returns null, with the error replied, when it is none
 */
export function atLeast(call: Call, i: number, least: number, error: string): number | null {
  const value = integerArgument(call, i, error);
  if (value === null) return null;
  if (value >= least) return Number(value);
  call.reply.error(error);
  return null;
}

/** Argument `i` as the index of a database; null, with the error replied, when there is none. */
export function databaseArgument(call: Call, i: number): number | null {
  const index = int32Argument(call, i);
  if (index === null) return null;
  if (index >= 0 && index < call.instance.data.databases.length) return index;
  call.reply.error(ERR.dbIndex);
  return null;
}
