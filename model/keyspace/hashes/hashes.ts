/** The hash commands: https://redis.io/docs/latest/commands/?group=hash */
import { Result } from "effect";
import { answer, argument, become, change, drop, valueAt } from "../call.ts";
import type { Call, Meaning, Outcome } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "../longdouble.ts";
import { addIntegers, integerArgument, parseInteger } from "../numbers.ts";
import {
  array,
  type Bytes,
  bulk,
  integer,
  map,
  nil,
  ok,
  one,
  type Reply,
  unordered,
  unorderedMap,
  zero,
} from "../reply.ts";
import type { State } from "../state.ts";
import { type HashValue, hashOf, isLong } from "./value.ts";

/** The hash of that key, which must be one if it is anything. */
export const hashAt = (
  call: Call,
  key: Bytes,
): Result.Result<HashValue | undefined, CommandError> => valueAt(call, key, "hash");

type Pairs = ReadonlyArray<readonly [field: Bytes, value: Bytes]>;

/** The hash with these fields set, the key made if need be. */
const withFields = (call: Call, key: Bytes, before: HashValue | undefined, pairs: Pairs): State => {
  const isTable = before?.encoding === "hashtable" || pairs.flat().some(isLong);
  return change(call, key, hashOf(new Map([...(before?.fields ?? []), ...pairs]), isTable));
};

/** HSET key field value [field value ...] */
export const hset: Meaning = (call) => setAll(call, integer);

/** HMSET key field value [field value ...] */
export const hmset: Meaning = (call) => setAll(call, () => ok);

const setAll = (call: Call, replied: (created: number) => Reply) =>
  Result.gen(function* () {
    if (call.args.length % 2 === 1) return yield* fail("WrongArity", call.command);
    const key = argument(call, 1);
    const before = yield* hashAt(call, key);
    const pairs: Array<readonly [Bytes, Bytes]> = [];
    for (let i = 2; i < call.args.length; i += 2)
      pairs.push([argument(call, i), argument(call, i + 1)]);
    const fields = new Set(pairs.map(([field]) => field));
    const created = [...fields].filter((field) => !before?.fields.has(field)).length;
    return yield* become(withFields(call, key, before, pairs), replied(created));
  });

/** HSETNX key field value */
export const hsetnx: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", field = "", value = ""] = call.args;
    const before = yield* hashAt(call, key);
    if (before?.fields.has(field)) return yield* answer(call, zero);
    return yield* become(withFields(call, key, before, [[field, value]]), one);
  });

const bulkOrNil = (value: Bytes | undefined): Reply => (value === undefined ? nil : bulk(value));

/** What a command answers that only reads a hash, which may be missing. */
const reading =
  (replied: (hash: HashValue | undefined, call: Call) => Reply): Meaning =>
  (call) =>
    Result.flatMap(
      hashAt(call, argument(call, 1)),
      (hash): Result.Result<Outcome, CommandError> => answer(call, replied(hash, call)),
    );

/** HGET key field */
export const hget = reading((hash, call) => bulkOrNil(hash?.fields.get(argument(call, 2))));

/** HMGET key field [field ...] */
export const hmget = reading((hash, call) =>
  array(call.args.slice(2).map((field) => bulkOrNil(hash?.fields.get(field)))),
);

/** HLEN key */
export const hlen = reading((hash) => integer(hash?.fields.size ?? 0));

/** HSTRLEN key field */
export const hstrlen = reading((hash, call) =>
  integer(hash?.fields.get(argument(call, 2))?.length ?? 0),
);

/** HEXISTS key field */
export const hexists = reading((hash, call) => (hash?.fields.has(argument(call, 2)) ? one : zero));

/** A table's order is free. */
const listed = (hash: HashValue | undefined, items: ReadonlyArray<Reply>): Reply =>
  hash?.encoding === "hashtable" ? unordered(items) : array(items);

/** HKEYS key */
export const hkeys = reading((hash) => listed(hash, [...(hash?.fields.keys() ?? [])].map(bulk)));

/** HVALS key */
export const hvals = reading((hash) => listed(hash, [...(hash?.fields.values() ?? [])].map(bulk)));

/** HGETALL key */
export const hgetall = reading((hash) => {
  const pairs = [...(hash?.fields ?? [])].map(
    ([name, value]) => [bulk(name), bulk(value)] as const,
  );
  return hash?.encoding === "hashtable" ? unorderedMap(pairs) : map(pairs);
});

/** HDEL key field [field ...] */
export const hdel: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const before = yield* hashAt(call, key);
    const fields = new Map(before?.fields);
    for (const field of call.args.slice(2)) fields.delete(field);
    const deleted = (before?.fields.size ?? 0) - fields.size;
    if (before === undefined || deleted === 0) return yield* answer(call, zero);
    if (fields.size === 0) return yield* become(drop(call, key), integer(deleted));
    return yield* become(change(call, key, { ...before, fields }), integer(deleted));
  });

/** HINCRBY key field increment */
export const hincrby: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", field = "", increment = ""] = call.args;
    const by = yield* integerArgument(increment);
    const before = yield* hashAt(call, key);
    const value = parseInteger(before?.fields.get(field) ?? "0");
    if (value === undefined) return yield* fail("HashNotAnInteger");
    const sum = yield* addIntegers(value, by);
    return yield* become(withFields(call, key, before, [[field, `${sum}`]]), integer(sum));
  });

/** HINCRBYFLOAT key field increment */
export const hincrbyfloat: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", field = "", increment = ""] = call.args;
    const by = parseLongDouble(increment);
    if (by === undefined) return yield* fail("NotAFloat");
    if (by._tag === "Infinite") return yield* fail("NotANumber");
    const before = yield* hashAt(call, key);
    const value = parseLongDouble(before?.fields.get(field) ?? "0");
    if (value === undefined) return yield* fail("HashNotAFloat");
    const sum = addLongDoubles(value, by);
    if (sum === undefined) return yield* fail("NotFinite");
    const text = formatLongDouble(sum);
    return yield* become(withFields(call, key, before, [[field, text]]), bulk(text));
  });
