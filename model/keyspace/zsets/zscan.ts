/** ZSCAN: the members of a sorted set, in portions. */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { formatDouble } from "../doubles.ts";
import { matches } from "../glob.ts";
import { array, type Bytes, bulk } from "../reply.ts";
import { parseCursor, parseFilter, portion } from "../scanning.ts";
import type { Member, SortedSetValue } from "./value.ts";
import { sortedSetAt } from "./zsets.ts";

/** Integers up to this size are kept as integers by a listpack. */
const MAX_INTEGER = 2 ** 62;

/** A score as this command tells it: where a listpack keeps an integer, all its digits. */
const scoreText = ({ encoding }: SortedSetValue, { score }: Member): Bytes =>
  encoding === "listpack" && Number.isInteger(score) && Math.abs(score) <= MAX_INTEGER
    ? BigInt(score).toString()
    : formatDouble(score);

/** ZSCAN key cursor [MATCH pattern] [COUNT count] */
export const zscan: Meaning = (call) =>
  Result.gen(function* () {
    const cursor = yield* parseCursor(argument(call, 2));
    const zset = yield* sortedSetAt(call, argument(call, 1));
    if (zset === undefined) return yield* answer(call, array([bulk("0"), array([])]));
    const { pattern } = yield* parseFilter(call, 3, false);
    const wanted = zset.members.filter(({ name }) => matches(pattern, name));
    const elements = new Map(
      wanted.map((member) => [member.name, [member.name, scoreText(zset, member)]]),
    );
    // A small sorted set comes at once, whatever the cursor.
    const isFirst = cursor === 0n || zset.encoding === "listpack";
    return yield* answer(call, portion(elements, isFirst));
  });
