/** ZRANDMEMBER: members drawn by chance. */
import { Result } from "effect";
import { answer, argument, session } from "../call.ts";
import type { Meaning } from "../command.ts";
import { formatDouble } from "../doubles.ts";
import { fail } from "../errors.ts";
import { INT64_MAX, rangeArgument } from "../numbers.ts";
import { array, type Bytes, bulk, nil, oneOf, type Reply, satisfies } from "../reply.ts";
import { word } from "../text.ts";
import type { Members } from "./value.ts";
import { sortedSetAt } from "./zsets.ts";

/** ZRANDMEMBER key [count [WITHSCORES]]: a negative count may draw a member more than once */
export const zrandmember: Meaning = (call) =>
  Result.gen(function* () {
    const [, , given, option, ...more] = call.args;
    const count = given === undefined ? undefined : yield* rangeArgument(given);
    if (option !== undefined && (word(option) !== "withscores" || more.length > 0))
      return yield* fail("Syntax");
    const most = INT64_MAX / 2n;
    if (option !== undefined && ((count ?? 0n) < -most || (count ?? 0n) > most))
      return yield* fail("OutOfRange");
    const members = (yield* sortedSetAt(call, argument(call, 1)))?.members ?? [];
    if (count === undefined) {
      const anyMember = members.length === 0 ? nil : oneOf(members.map(({ name }) => bulk(name)));
      return yield* answer(call, anyMember);
    }
    if (count === 0n || members.length === 0) return yield* answer(call, array([]));
    const isNested = session(call).protocol === 3;
    return yield* answer(call, drawn(members, count, option !== undefined, isNested));
  });

const drawn = (members: Members, count: bigint, withScores: boolean, isNested: boolean): Reply => {
  const size = BigInt(members.length);
  const wanted = count < 0n ? -count : count < size ? count : size;
  const known = new Map(members.map(({ name, score }) => [name, formatDouble(score)]));
  const kind = count < 0n ? "members" : "different members";
  return satisfies(`${wanted} ${kind} of ${JSON.stringify([...known])}`, (reply) => {
    if (reply._tag !== "Array") return false;
    const pairs = withScores ? pairsIn(reply.items, isNested) : reply.items.map((item) => [item]);
    const names = pairs.map(([name]) => textOf(name));
    const isRight = pairs.every(([name, score]) => {
      const expected = known.get(textOf(name));
      return expected !== undefined && (!withScores || textOf(score) === expected);
    });
    const isDistinct = count < 0n || new Set(names).size === names.length;
    return isRight && isDistinct && BigInt(pairs.length) === wanted;
  });
};

const textOf = (reply: Reply | undefined): Bytes => {
  if (reply?._tag === "Double") return reply.text;
  return reply?._tag === "Bulk" ? reply.bytes : "(no text)";
};

/** Names with scores: flat in RESP2, each pair an array in RESP3. */
const pairsIn = (
  items: ReadonlyArray<Reply>,
  isNested: boolean,
): ReadonlyArray<ReadonlyArray<Reply>> => {
  if (isNested) return items.map((item) => (item._tag === "Array" ? item.items : []));
  return items.flatMap((_, i) => (i % 2 === 0 ? [items.slice(i, i + 2)] : []));
};
