/** The commands that take the lowest or the highest members. */
import { Result } from "effect";
import { answer, argument, become, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { double } from "../doubles.ts";
import { fail } from "../errors.ts";
import { positiveArgument } from "../numbers.ts";
import { array, type Bytes, bulk, nilArray, type Reply } from "../reply.ts";
import { word } from "../text.ts";
import { keysToTry, waitArgument, waitFor } from "../waiting.ts";
import type { Members } from "./value.ts";
import { pair } from "./zrange.ts";
import { sortedSetAt, withMembers } from "./zsets.ts";

type End = "min" | "max";

const split = (members: Members, end: End, count: bigint): [taken: Members, left: Members] => {
  const size = BigInt(members.length);
  const most = Number(count < size ? count : size);
  const ordered = end === "min" ? members : members.toReversed();
  const taken = ordered.slice(0, most);
  return [taken, members.filter((member) => !taken.includes(member))];
};

const popping =
  (end: End): Meaning =>
  (call) =>
    Result.gen(function* () {
      const [, key = "", given, ...more] = call.args;
      if (more.length > 0) return yield* fail("Syntax");
      const count = given === undefined ? 1n : yield* positiveArgument(given);
      const zset = yield* sortedSetAt(call, key);
      if (zset === undefined || count === 0n) return yield* answer(call, array([]));
      const [taken, left] = split(zset.members, end, count);
      const isNested = given !== undefined && session(call).protocol === 3;
      const reply = isNested ? array(taken.map(pair)) : flat(taken);
      return yield* become(withMembers(call, key, zset, left), reply);
    });

const flat = (members: Members): Reply =>
  array(members.flatMap(({ name, score }) => [bulk(name), double(score)]));

/** ZPOPMIN key [count] */
export const zpopmin = popping("min");

/** ZPOPMAX key [count] */
export const zpopmax = popping("max");

const waitingPop =
  (end: End): Meaning =>
  (call) =>
    Result.gen(function* () {
      const keys = call.args.slice(1, -1);
      const timeoutMs = yield* waitArgument(argument(call, call.args.length - 1), call.nowMs);
      for (const key of keysToTry(call, keys)) {
        const zset = yield* sortedSetAt(call, key);
        if (zset === undefined) continue;
        const [[taken], left] = split(zset.members, end, 1n);
        const { name, score } = taken as Members[number];
        const reply = array([bulk(key), bulk(name), double(score)]);
        return yield* become(withMembers(call, key, zset, left), reply);
      }
      return yield* waitFor(call, { keys, type: "zset", timeoutMs, otherwise: nilArray });
    });

/** BZPOPMIN key [key ...] timeout */
export const bzpopmin = waitingPop("min");

/** BZPOPMAX key [key ...] timeout */
export const bzpopmax = waitingPop("max");

/** ZMPOP numkeys key [key ...] MIN | MAX [COUNT count] */
export const zmpop: Meaning = (call) =>
  Result.gen(function* () {
    const several = yield* severalArguments(call, 1);
    return (yield* popFirst(call, several.keys, several)) ?? (yield* answer(call, nilArray));
  });

/** BZMPOP timeout numkeys key [key ...] MIN | MAX [COUNT count] */
export const bzmpop: Meaning = (call) =>
  Result.gen(function* () {
    const several = yield* severalArguments(call, 2);
    const { keys } = several;
    const timeoutMs = yield* waitArgument(argument(call, 1), call.nowMs);
    const popped = yield* popFirst(call, keysToTry(call, keys), several);
    if (popped !== undefined) return popped;
    return yield* waitFor(call, { keys, type: "zset", timeoutMs, otherwise: nilArray });
  });

/** What ZMPOP takes: from the first of these sorted sets that is there, from that end, at most so many. */
interface Several {
  readonly keys: ReadonlyArray<Bytes>;
  readonly end: End;
  readonly count: bigint;
}

const severalArguments = (call: Call, at: number) =>
  Result.gen(function* () {
    const numkeys = yield* positiveArgument(argument(call, at), "NumkeysTooLow", 1n);
    if (numkeys + BigInt(at + 1) >= BigInt(call.args.length)) return yield* fail("Syntax");
    const keys = call.args.slice(at + 1, at + 1 + Number(numkeys));
    const [where = "", ...options] = call.args.slice(at + 1 + Number(numkeys));
    const end = word(where);
    if (end !== "min" && end !== "max") return yield* fail("Syntax");
    let count: bigint | undefined;
    for (let i = 0; i < options.length; i += 2) {
      const value = options[i + 1];
      if (count !== undefined || word(options[i] as Bytes) !== "count" || value === undefined)
        return yield* fail("Syntax");
      count = yield* positiveArgument(value, "CountTooLow", 1n);
    }
    return { keys, end, count: count ?? 1n } satisfies Several;
  });

const popFirst = (call: Call, keys: ReadonlyArray<Bytes>, { end, count }: Several) =>
  Result.gen(function* () {
    for (const key of keys) {
      const zset = yield* sortedSetAt(call, key);
      if (zset === undefined) continue;
      const [taken, left] = split(zset.members, end, count);
      const reply = array([bulk(key), array(taken.map(pair))]);
      return yield* become(withMembers(call, key, zset, left), reply);
    }
    return undefined;
  });
