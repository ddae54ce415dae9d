/** The string commands, as https://redis.io/docs/latest/commands/?group=string describes them. */
import { Result } from "effect";
import { answer, argument, become, change, drop, lookup, put, valueAt } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "../longdouble.ts";
import { addIntegers, INT64_MIN, integerArgument } from "../numbers.ts";
import { array, type Bytes, bulk, emptyBulk, integer, nil, ok, one, zero } from "../reply.ts";
import type { State } from "../state.ts";
import { expireTimeMs, parseStringOptions } from "./options.ts";
import { compact, raw, type StringValue, unparsed } from "./value.ts";

const stringAt = (call: Call, key: Bytes) => valueAt(call, key, "string");

const bulkOrNil = (value: StringValue | undefined) =>
  value === undefined ? nil : bulk(value.bytes);

/** SET key value [NX | XX] [GET] [EX | PX | EXAT | PXAT time | KEEPTTL] */
export const set: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const options = yield* parseStringOptions(call.args.slice(3), "set");
    const expireAtMs = options.time === undefined ? null : yield* expireTimeMs(call, options.time);
    const shown = options.get ? bulkOrNil(yield* stringAt(call, key)) : undefined;
    const before = lookup(call, key);
    const met = options.condition === undefined || (options.condition === "xx") === Boolean(before);
    const kept = options.ttl === "keepttl" ? (before?.expireAtMs ?? null) : expireAtMs;
    const state = met ? put(call, key, compact(argument(call, 2)), kept) : call.state;
    return yield* become(state, shown ?? (met ? ok : nil));
  });

/** SETNX key value */
export const setnx: Meaning = (call) => {
  const key = argument(call, 1);
  if (lookup(call, key) !== undefined) return answer(call, zero);
  return become(put(call, key, compact(argument(call, 2))), one);
};

/** SETEX key seconds value */
export const setex: Meaning = (call) => setWithTime(call, "ex");

/** PSETEX key milliseconds value */
export const psetex: Meaning = (call) => setWithTime(call, "px");

const setWithTime = (call: Call, unit: "ex" | "px") =>
  Result.gen(function* () {
    const expireAtMs = yield* expireTimeMs(call, [unit, argument(call, 2)]);
    return yield* become(put(call, argument(call, 1), compact(argument(call, 3)), expireAtMs));
  });

/** GET key */
export const get: Meaning = (call) =>
  Result.flatMap(stringAt(call, argument(call, 1)), (value) => answer(call, bulkOrNil(value)));

/** GETDEL key */
export const getdel: Meaning = (call) => {
  const key = argument(call, 1);
  return Result.flatMap(stringAt(call, key), (value) =>
    value === undefined ? answer(call, nil) : become(drop(call, key), bulk(value.bytes)),
  );
};

/** GETEX key [EX | PX | EXAT | PXAT time | PERSIST] */
export const getex: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const options = yield* parseStringOptions(call.args.slice(2), "getex");
    const value = yield* stringAt(call, key);
    if (value === undefined) return yield* answer(call, nil);
    const reply = bulk(value.bytes);
    if (options.time !== undefined) {
      const expireAtMs = yield* expireTimeMs(call, options.time);
      if (expireAtMs <= call.nowMs) return yield* become(drop(call, key), reply);
      return yield* become(put(call, key, value, expireAtMs), reply);
    }
    const dies = lookup(call, key)?.expireAtMs !== null;
    if (options.ttl === "persist" && dies) return yield* become(put(call, key, value), reply);
    return yield* answer(call, reply);
  });

/** GETSET key value */
export const getset: Meaning = (call) => {
  const key = argument(call, 1);
  return Result.flatMap(stringAt(call, key), (value) =>
    become(put(call, key, compact(argument(call, 2))), bulkOrNil(value)),
  );
};

/** MGET key [key ...]: keys of other types are none here */
export const mget: Meaning = (call) => {
  const strings = call.args.slice(1).map((key) => Result.getOrUndefined(stringAt(call, key)));
  return answer(call, array(strings.map(bulkOrNil)));
};

/** MSET key value [key value ...] */
export const mset: Meaning = (call) =>
  call.args.length % 2 === 0 ? fail("WrongArity", call.command) : become(setAll(call));

/** MSETNX key value [key value ...] */
export const msetnx: Meaning = (call) => {
  if (call.args.length % 2 === 0) return fail("WrongArity", call.command);
  const taken = pairs(call).some(([key]) => lookup(call, key) !== undefined);
  return taken ? answer(call, zero) : become(setAll(call), one);
};

const pairs = (call: Call): ReadonlyArray<readonly [key: Bytes, value: Bytes]> => {
  const result: Array<readonly [Bytes, Bytes]> = [];
  for (let i = 1; i < call.args.length; i += 2)
    result.push([argument(call, i), argument(call, i + 1)]);
  return result;
};

const setAll = (call: Call): State =>
  pairs(call).reduce(
    (state, [key, value]) => put({ ...call, state }, key, compact(value)),
    call.state,
  );

/** APPEND key value */
export const append: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const more = argument(call, 2);
    const before = yield* stringAt(call, key);
    if (before === undefined)
      return yield* become(put(call, key, compact(more)), integer(more.length));
    const after = before.bytes + more;
    yield* checkLength(call, BigInt(after.length));
    return yield* become(change(call, key, raw(after)), integer(after.length));
  });

const checkLength = (call: Call, length: bigint): Result.Result<void, CommandError> =>
  length > call.state.config.protoMaxBulkLen ? fail("StringTooLong") : Result.succeed(undefined);

/** STRLEN key */
export const strlen: Meaning = (call) =>
  Result.flatMap(stringAt(call, argument(call, 1)), (value) =>
    answer(call, integer(value?.bytes.length ?? 0)),
  );

/** GETRANGE key start end; SUBSTR is its old name */
export const getrange: Meaning = (call) =>
  Result.gen(function* () {
    const start = yield* integerArgument(argument(call, 2));
    const end = yield* integerArgument(argument(call, 3));
    const value = (yield* stringAt(call, argument(call, 1)))?.bytes ?? "";
    if (start < 0n && end < 0n && start > end) return yield* answer(call, emptyBulk);
    const length = BigInt(value.length);
    const clamp = (index: bigint): bigint => {
      const counted = index < 0n ? index + length : index;
      return counted < 0n ? 0n : counted;
    };
    return yield* answer(call, bulk(value.slice(position(clamp(start)), position(clamp(end)) + 1)));
  });

/** An index as a number; beyond every string's end all indexes are alike. */
const position = (index: bigint): number => Number(index < 2n ** 40n ? index : 2n ** 40n);

/** SETRANGE key offset value */
export const setrange: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const offset = yield* integerArgument(argument(call, 2));
    const patch = argument(call, 3);
    if (offset < 0n) return yield* fail("OffsetOutOfRange");
    const before = (yield* stringAt(call, key))?.bytes ?? "";
    if (patch === "") return yield* answer(call, integer(before.length));
    yield* checkLength(call, offset + BigInt(patch.length));
    const start = Number(offset);
    const value =
      before.slice(0, start).padEnd(start, "\0") + patch + before.slice(start + patch.length);
    return yield* become(change(call, key, raw(value)), integer(value.length));
  });

/** INCR key */
export const incr: Meaning = (call) => increase(call, 1n);

/** DECR key */
export const decr: Meaning = (call) => increase(call, -1n);

/** INCRBY key increment */
export const incrby: Meaning = (call) =>
  Result.flatMap(integerArgument(argument(call, 2)), (by) => increase(call, by));

/** DECRBY key decrement */
export const decrby: Meaning = (call) =>
  Result.flatMap(integerArgument(argument(call, 2)), (by) =>
    by === INT64_MIN ? fail("DecrementOverflow") : increase(call, -by),
  );

const increase = (call: Call, by: bigint) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const before = yield* stringAt(call, key);
    const sum = yield* addIntegers(yield* integerArgument(before?.bytes ?? "0"), by);
    return yield* become(change(call, key, compact(sum.toString())), integer(sum));
  });

/** INCRBYFLOAT key increment */
export const incrbyfloat: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const before = parseLongDouble((yield* stringAt(call, key))?.bytes ?? "0");
    const by = parseLongDouble(argument(call, 2));
    if (before === undefined || by === undefined) return yield* fail("NotAFloat");
    const sum = addLongDoubles(before, by);
    if (sum === undefined) return yield* fail("NotFinite");
    // Redis keeps the digits as text, even where they spell an integer.
    const after = unparsed(formatLongDouble(sum));
    return yield* become(change(call, key, after), bulk(after.bytes));
  });
