/** The commands that take the lowest or the highest members. */
import { Result } from "effect";
import { answer, argument, become, session } from "../call.ts";
import type { Meaning } from "../command.ts";
import { double } from "../doubles.ts";
import { fail } from "../errors.ts";
import { positiveArgument } from "../numbers.ts";
import { array, type Bytes, bulk, nilArray, type Reply } from "../reply.ts";
import { word } from "../text.ts";
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

/** ZMPOP numkeys key [key ...] MIN | MAX [COUNT count] */
export const zmpop: Meaning = (call) =>
  Result.gen(function* () {
    const numkeys = yield* positiveArgument(argument(call, 1), "NumkeysTooLow", 1n);
    if (numkeys + 2n >= BigInt(call.args.length)) return yield* fail("Syntax");
    const keys = call.args.slice(2, 2 + Number(numkeys));
    const [where = "", ...options] = call.args.slice(2 + Number(numkeys));
    const end = word(where);
    if (end !== "min" && end !== "max") return yield* fail("Syntax");
    let count: bigint | undefined;
    for (let i = 0; i < options.length; i += 2) {
      const value = options[i + 1];
      if (count !== undefined || word(options[i] as Bytes) !== "count" || value === undefined)
        return yield* fail("Syntax");
      count = yield* positiveArgument(value, "CountTooLow", 1n);
    }
    for (const key of keys) {
      const zset = yield* sortedSetAt(call, key);
      if (zset === undefined) continue;
      const [taken, left] = split(zset.members, end, count ?? 1n);
      const reply = array([bulk(key), array(taken.map(pair))]);
      return yield* become(withMembers(call, key, zset, left), reply);
    }
    return yield* answer(call, nilArray);
  });
