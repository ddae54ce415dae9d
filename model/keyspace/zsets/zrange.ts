/** The commands that list or store ranges. */
import { Result } from "effect";
import { answer, argument, become, drop, lookup, put, session } from "../call.ts";
import type { Call, Meaning, Outcome } from "../command.ts";
import { double } from "../doubles.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { array, type Bytes, bulk, integer, type Reply, zero } from "../reply.ts";
import { word } from "../text.ts";
import { parseRange, type RangeKind } from "./ranges.ts";
import type { Member, Members } from "./value.ts";
import { sortedSetOf } from "./value.ts";
import { sortedSetAt } from "./zsets.ts";

/** A member with its score: flat in RESP2, an array in RESP3. */
export const pair = ({ name, score }: Member): Reply => array([bulk(name), double(score)]);

/** Members in this order, each with its score if that is wanted. */
export const listed = (call: Call, members: Members, withScores: boolean): Reply => {
  if (!withScores) return array(members.map(({ name }) => bulk(name)));
  if (session(call).protocol === 3) return array(members.map(pair));
  return array(members.flatMap(({ name, score }) => [bulk(name), double(score)]));
};

/** Gives a key these members in place of what it holds, and tells how many; without any it goes. */
export const stored = (
  call: Call,
  key: Bytes,
  members: Members,
): Result.Result<Outcome, CommandError> => {
  if (members.length > 0)
    return become(put(call, key, sortedSetOf(members, false)), integer(members.length));
  return lookup(call, key) === undefined ? answer(call, zero) : become(drop(call, key), zero);
};

/** What the name of a command says already. */
interface Form {
  readonly kind?: RangeKind;
  readonly isReversed?: boolean;
}

interface Wanted {
  readonly members: Members;
  readonly withScores: boolean;
}

const select = (
  call: Call,
  source: number,
  form: Form,
  stores: boolean,
): Result.Result<Wanted, CommandError> =>
  Result.gen(function* () {
    let { kind, isReversed } = form;
    let withScores = false;
    let [offset, limit] = [0n, -1n];
    for (let i = source + 3; i < call.args.length; i += 1) {
      const option = word(argument(call, i));
      if (option === "withscores" && !stores) withScores = true;
      else if (option === "limit" && i + 2 < call.args.length) {
        offset = yield* integerArgument(argument(call, i + 1));
        limit = yield* integerArgument(argument(call, i + 2));
        i += 2;
      } else if (option === "rev" && isReversed === undefined) isReversed = true;
      else if (option === "bylex" && kind === undefined) kind = "lex";
      else if (option === "byscore" && kind === undefined) kind = "score";
      else return yield* fail("Syntax");
    }
    const ranged = kind ?? "rank";
    if (limit !== -1n && ranged === "rank") return yield* fail("LimitWithRanks");
    if (withScores && ranged === "lex") return yield* fail("ScoresWithLex");
    const [, , , ...ends] = ["", ...call.args.slice(source - 1)];
    const [first = "", second = ""] = ends;
    const isSwapped = isReversed && ranged !== "rank";
    const [min, max] = isSwapped ? [second, first] : [first, second];
    const chosen = yield* parseRange(ranged, min, max, isReversed);
    const zset = yield* sortedSetAt(call, argument(call, source));
    const inRange = zset === undefined ? [] : chosen(zset.members);
    const ordered = isReversed ? inRange.toReversed() : inRange;
    const members = ranged === "rank" ? ordered : portion(ordered, offset, limit);
    return { members, withScores };
  });

/** A negative offset passes over everything, a negative limit is none. */
const portion = (members: Members, offset: bigint, limit: bigint): Members => {
  const size = BigInt(members.length);
  if (offset < 0n || offset >= size) return [];
  const end = limit < 0n || limit > size ? size : offset + limit;
  return members.slice(Number(offset), Number(end));
};

const listing =
  (form: Form): Meaning =>
  (call) =>
    Result.flatMap(select(call, 1, form, false), ({ members, withScores }) =>
      answer(call, listed(call, members, withScores)),
    );

/** ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES] */
export const zrange = listing({});

/** ZREVRANGE key start stop [WITHSCORES] */
export const zrevrange = listing({ kind: "rank", isReversed: true });

/** ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count] */
export const zrangebyscore = listing({ kind: "score", isReversed: false });

/** ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count] */
export const zrevrangebyscore = listing({ kind: "score", isReversed: true });

/** ZRANGEBYLEX key min max [LIMIT offset count] */
export const zrangebylex = listing({ kind: "lex", isReversed: false });

/** ZREVRANGEBYLEX key max min [LIMIT offset count] */
export const zrevrangebylex = listing({ kind: "lex", isReversed: true });

/** ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] */
export const zrangestore: Meaning = (call) =>
  Result.flatMap(select(call, 2, {}, true), ({ members }) =>
    stored(call, argument(call, 1), members),
  );
