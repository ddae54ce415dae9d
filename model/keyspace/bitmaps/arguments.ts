/** The arguments of the bitmap commands. */
import { Result } from "effect";
import { valueAt } from "../call.ts";
import type { Call } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument, parseInteger } from "../numbers.ts";
import type { Bytes } from "../reply.ts";
import { word } from "../text.ts";

/** The string at that key, if there is one. */
export const bytesAt = (call: Call, key: Bytes): Result.Result<Bytes | undefined, CommandError> =>
  Result.map(valueAt(call, key, "string"), (value) => value?.bytes);

/** The offset of a bit, from 0 to the end of the longest string. */
export const bitOffset = (call: Call, arg: Bytes): Result.Result<bigint, CommandError> =>
  within(call, parseInteger(arg));

/**
 * The offset of a field: of a bit, or `#` and the number of fields of that width before it. The
 * product is one of 64 bits, which drop what they cannot hold.
 */
export const fieldOffset = (
  call: Call,
  arg: Bytes,
  width: number,
): Result.Result<bigint, CommandError> => {
  if (!arg.startsWith("#")) return bitOffset(call, arg);
  const index = parseInteger(arg.slice(1));
  return within(call, index && BigInt.asIntN(64, index * BigInt(width)));
};

const within = (call: Call, offset: bigint | undefined): Result.Result<bigint, CommandError> => {
  const fits = offset !== undefined && offset >= 0n;
  if (!fits || offset / 8n >= call.state.config.protoMaxBulkLen) return fail("BitOffset");
  return Result.succeed(offset);
};

/** Whether a range counts bits rather than bytes. */
export const isInBits = (arg: Bytes | undefined): Result.Result<boolean, CommandError> => {
  const unit = arg === undefined ? "byte" : word(arg);
  return unit === "bit" || unit === "byte" ? Result.succeed(unit === "bit") : fail("Syntax");
};

/** Where a range begins and ends, both included, as they were given: they may be negative. */
export interface GivenRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Two integers as a range. */
export const rangeArguments = (start: Bytes, end: Bytes): Result.Result<GivenRange, CommandError> =>
  Result.gen(function* () {
    return { start: yield* integerArgument(start), end: yield* integerArgument(end) };
  });

/**
 * The bits of a range in a string of that many bytes: `from` to before `to`, none when `from` is
 * not below `to`. Negative indexes count from the end.
 */
export const bitRange = (
  { start, end }: GivenRange,
  inBits: boolean,
  lengthBytes: number,
): { readonly from: number; readonly to: number } => {
  const unit = inBits ? 1 : 8;
  const total = BigInt((lengthBytes * 8) / unit);
  const counted = (index: bigint): bigint => {
    const fromStart = index < 0n ? index + total : index;
    return fromStart < 0n ? 0n : fromStart;
  };
  const first = counted(start);
  const last = counted(end) >= total ? total - 1n : counted(end);
  if (first > last) return { from: 0, to: 0 };
  return { from: Number(first) * unit, to: (Number(last) + 1) * unit };
};
