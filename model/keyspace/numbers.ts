/** How Redis reads and prints numbers: 64-bit integers, and long doubles of 80 bits. */
import { Result } from "effect";
import { type CommandError, fail, type PlainErrorName } from "./errors.ts";
import type { Bytes } from "./reply.ts";

/** The bounds of a signed 64-bit integer. */
export const INT64_MIN = -(2n ** 63n);
/** The largest signed 64-bit integer. */
export const INT64_MAX = 2n ** 63n - 1n;

const CANONICAL_INTEGER = /^(?:0|-?[1-9][0-9]{0,18})$/;

/** The 64-bit integer that the bytes spell canonically: no sign but `-`, no leading zero. */
export const parseInteger = (bytes: Bytes): bigint | undefined => {
  if (bytes.length > 20 || !CANONICAL_INTEGER.test(bytes)) return undefined;
  const value = BigInt(bytes);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
};

/** The integer that an argument spells, or the named error. */
export const integerArgument = (
  bytes: Bytes,
  otherwise: PlainErrorName = "NotAnInteger",
): Result.Result<bigint, CommandError> => {
  const value = parseInteger(bytes);
  return value === undefined ? fail(otherwise) : Result.succeed(value);
};

/** An integer of 32 bits; the error may replace both texts. */
export const intArgument = (
  bytes: Bytes,
  otherwise?: PlainErrorName,
): Result.Result<number, CommandError> => {
  const value = parseInteger(bytes);
  if (value === undefined) return fail(otherwise ?? "NotAnInteger");
  const fits = value >= -(2n ** 31n) && value < 2n ** 31n;
  return fits ? Result.succeed(Number(value)) : fail(otherwise ?? "NotAnInt");
};

/** A sum that 64 bits hold. */
export const addIntegers = (left: bigint, right: bigint): Result.Result<bigint, CommandError> => {
  const sum = left + right;
  return sum < INT64_MIN || sum > INT64_MAX ? fail("IncrementOverflow") : Result.succeed(sum);
};

/** An integer whose negative is one too. */
export const rangeArgument = (bytes: Bytes): Result.Result<bigint, CommandError> =>
  Result.flatMap(integerArgument(bytes), (value) =>
    value === INT64_MIN ? fail("NotInRange") : Result.succeed(value),
  );

/** An integer that is at least `least`, or the named error. */
export const positiveArgument = (
  bytes: Bytes,
  otherwise: PlainErrorName = "NotPositive",
  least = 0n,
): Result.Result<bigint, CommandError> =>
  Result.flatMap(integerArgument(bytes, otherwise), (value) =>
    value < least ? fail(otherwise) : Result.succeed(value),
  );

/** A timeout in milliseconds, which begins now and ends at a moment that 64 bits hold. */
export const endingTimeout = (
  timeoutMs: bigint,
  nowMs: bigint,
): Result.Result<bigint, CommandError> => {
  if (timeoutMs < 0n) return fail("TimeoutNegative");
  return timeoutMs > INT64_MAX - nowMs ? fail("TimeoutOutOfRange") : Result.succeed(timeoutMs);
};

/** A timeout of CLIENT PAUSE, WAIT or XREAD, in milliseconds. */
export const timeoutArgument = (bytes: Bytes, nowMs: bigint): Result.Result<bigint, CommandError> =>
  Result.flatMap(integerArgument(bytes, "TimeoutNotAnInteger"), (timeoutMs) =>
    endingTimeout(timeoutMs, nowMs),
  );
