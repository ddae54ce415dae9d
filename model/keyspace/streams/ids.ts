/** The ids of entries: milliseconds and sequence, unsigned 64 bits each, as one integer. */
import { Result } from "effect";
import { type CommandError, fail } from "../errors.ts";
import { parseInteger } from "../numbers.ts";
import type { Bytes } from "../reply.ts";
import { cString } from "../text.ts";

/** Milliseconds in the upper 64 bits, the sequence in the lower. */
export type Id = bigint;

/** The largest number of unsigned 64 bits. */
export const UINT64_MAX = 2n ** 64n - 1n;
/** The largest id. */
export const MAX_ID = 2n ** 128n - 1n;

/** An id of its parts. */
export const idOf = (ms: bigint, sequence: bigint): Id => (ms << 64n) | sequence;
/** Its milliseconds. */
export const millisecondsOf = (id: Id): bigint => id >> 64n;
/** Its sequence. */
export const sequenceOf = (id: Id): bigint => id & UINT64_MAX;
/** As clients see it. */
export const textOf = (id: Id): Bytes => `${millisecondsOf(id)}-${sequenceOf(id)}`;

const MAX_TEXT_BYTES = 127;

/**
 * An unsigned number as Redis reads it: in its own form, or else as C's `strtoull` does, which skips
 * white space, takes a sign, and negates modulo 2^64.
 */
const parseUnsigned = (text: Bytes): bigint | undefined => {
  const value = parseInteger(text);
  if (value !== undefined) return value < 0n ? undefined : value;
  const [, sign, digits] = /^[ \t\n\v\f\r]*([-+]?)([0-9]+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits);
  if (magnitude > UINT64_MAX) return undefined;
  return sign === "-" ? BigInt.asUintN(64, -magnitude) : magnitude;
};

/** An id as it was written; `sequence` is missing in `5-*`. */
export interface WrittenId {
  readonly ms: bigint;
  readonly sequence: bigint | undefined;
}

interface Form {
  /** The sequence of an id that names milliseconds only. */
  readonly missing?: bigint;
  /** `-` and `+` are ids too. */
  readonly ends?: true;
  /** `5-*` is one too. */
  readonly open?: true;
}

const parse = (bytes: Bytes, { missing = 0n, ends, open }: Form): WrittenId | undefined => {
  if (bytes.length > MAX_TEXT_BYTES) return undefined;
  const text = cString(bytes);
  if (text === "-" || text === "+") {
    const part = text === "-" ? 0n : UINT64_MAX;
    return ends ? { ms: part, sequence: part } : undefined;
  }
  const bar = text.indexOf("-");
  const ms = parseUnsigned(bar < 0 ? text : text.slice(0, bar));
  if (ms === undefined) return undefined;
  if (bar < 0) return { ms, sequence: missing };
  const rest = text.slice(bar + 1);
  if (open && rest === "*") return { ms, sequence: undefined };
  const sequence = parseUnsigned(rest);
  return sequence === undefined ? undefined : { ms, sequence };
};

const whole = (written: WrittenId | undefined): Result.Result<Id, CommandError> =>
  written?.sequence === undefined
    ? fail("InvalidStreamId")
    : Result.succeed(idOf(written.ms, written.sequence));

/** An id that names an entry, `-` and `+` not among them; nothing when it is none. */
export const parseId = (bytes: Bytes): Id | undefined => Result.getOrUndefined(idArgument(bytes));

/** An id that names an entry, `-` and `+` not among them. */
export const idArgument = (bytes: Bytes): Result.Result<Id, CommandError> =>
  whole(parse(bytes, {}));

/** An id, or `-` or `+`. */
export const idOrEndArgument = (bytes: Bytes): Result.Result<Id, CommandError> =>
  whole(parse(bytes, { ends: true }));

/** An id whose sequence may be left to the server. */
export const openIdArgument = (bytes: Bytes): Result.Result<WrittenId, CommandError> => {
  const written = parse(bytes, { open: true });
  return written === undefined ? fail("InvalidStreamId") : Result.succeed(written);
};

const bound = (bytes: Bytes, missing: bigint): Result.Result<[Id, boolean], CommandError> => {
  const isExclusive = bytes.length > 1 && bytes.startsWith("(");
  const id = isExclusive
    ? whole(parse(bytes.slice(1), { missing }))
    : whole(parse(bytes, { missing, ends: true }));
  return Result.map(id, (value) => [value, isExclusive]);
};

/** Where a range begins; behind the id when a parenthesis stands before it. */
export const startArgument = (bytes: Bytes): Result.Result<Id, CommandError> =>
  Result.flatMap(bound(bytes, 0n), ([id, isExclusive]) => {
    if (!isExclusive) return Result.succeed(id);
    return id === MAX_ID ? fail("InvalidIntervalStart") : Result.succeed(id + 1n);
  });

/** Where a range ends. */
export const endArgument = (bytes: Bytes): Result.Result<Id, CommandError> =>
  Result.flatMap(bound(bytes, UINT64_MAX), ([id, isExclusive]) => {
    if (!isExclusive) return Result.succeed(id);
    return id === 0n ? fail("InvalidIntervalEnd") : Result.succeed(id - 1n);
  });
