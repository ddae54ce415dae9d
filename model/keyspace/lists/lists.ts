/** The commands on one list: https://redis.io/docs/latest/commands/?group=list */
import { Result } from "effect";
import { answer, argument, become } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { array, bulk, integer, nil, ok, zero } from "../reply.ts";
import { word } from "../text.ts";
import { between, type End, hold, listAt, position, pushed } from "./items.ts";

/** LPUSH key element [element ...] */
export const lpush: Meaning = (call) => push(call, "left", true);

/** RPUSH key element [element ...] */
export const rpush: Meaning = (call) => push(call, "right", true);

/** LPUSHX key element [element ...] */
export const lpushx: Meaning = (call) => push(call, "left", false);

/** RPUSHX key element [element ...] */
export const rpushx: Meaning = (call) => push(call, "right", false);

const push = (call: Call, end: End, creates: boolean) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const list = yield* listAt(call, key);
    if (list === undefined && !creates) return yield* answer(call, zero);
    const items = pushed(list?.items ?? [], end, call.args.slice(2));
    return yield* become(hold(call, key, items), integer(items.length));
  });

/** LINSERT key BEFORE | AFTER pivot element */
export const linsert: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const where = word(argument(call, 2));
    if (where !== "before" && where !== "after") return yield* fail("Syntax");
    const list = yield* listAt(call, key);
    if (list === undefined) return yield* answer(call, zero);
    const found = list.items.indexOf(argument(call, 3));
    if (found < 0) return yield* answer(call, integer(-1));
    const at = where === "before" ? found : found + 1;
    const items = list.items.toSpliced(at, 0, argument(call, 4));
    return yield* become(hold(call, key, items), integer(items.length));
  });

/** LLEN key */
export const llen: Meaning = (call) =>
  Result.flatMap(listAt(call, argument(call, 1)), (list) =>
    answer(call, integer(list?.items.length ?? 0)),
  );

/** LINDEX key index */
export const lindex: Meaning = (call) =>
  Result.gen(function* () {
    const list = yield* listAt(call, argument(call, 1));
    if (list === undefined) return yield* answer(call, nil);
    const item = list.items.at(position(yield* integerArgument(argument(call, 2))));
    return yield* answer(call, item === undefined ? nil : bulk(item));
  });

/** LSET key index element */
export const lset: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const list = yield* listAt(call, key);
    if (list === undefined) return yield* fail("NoSuchKey");
    const index = position(yield* integerArgument(argument(call, 2)));
    if (list.items.at(index) === undefined) return yield* fail("IndexOutOfRange");
    return yield* become(hold(call, key, list.items.with(index, argument(call, 3))));
  });

/** LRANGE key start stop */
export const lrange: Meaning = (call) =>
  Result.gen(function* () {
    const start = yield* integerArgument(argument(call, 2));
    const stop = yield* integerArgument(argument(call, 3));
    const list = yield* listAt(call, argument(call, 1));
    return yield* answer(call, array(between(list?.items ?? [], start, stop).map(bulk)));
  });

/** LTRIM key start stop */
export const ltrim: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const start = yield* integerArgument(argument(call, 2));
    const stop = yield* integerArgument(argument(call, 3));
    const list = yield* listAt(call, key);
    if (list === undefined) return yield* answer(call, ok);
    return yield* become(hold(call, key, between(list.items, start, stop)));
  });

/** LREM key count element: from the left, or from the right when the count is negative; 0 is all */
export const lrem: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const count = position(yield* integerArgument(argument(call, 2)));
    const list = yield* listAt(call, key);
    if (list === undefined) return yield* answer(call, zero);
    const places = list.items.flatMap((item, at) => (item === argument(call, 3) ? [at] : []));
    const gone = new Set(count < 0 ? places.slice(count) : places.slice(0, count || undefined));
    if (gone.size === 0) return yield* answer(call, zero);
    const items = list.items.filter((_, at) => !gone.has(at));
    return yield* become(hold(call, key, items), integer(gone.size));
  });
