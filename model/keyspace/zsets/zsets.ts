/** The commands on single members: https://redis.io/docs/latest/commands/?group=sorted-set */
import { Result } from "effect";
import { answer, argument, become, change, drop, valueAt } from "../call.ts";
import type { Call, Meaning, Outcome } from "../command.ts";
import { double, doubleArgument } from "../doubles.ts";
import { type CommandError, fail } from "../errors.ts";
import { array, type Bytes, integer, nil, type Reply, zero } from "../reply.ts";
import type { State } from "../state.ts";
import { word } from "../text.ts";
import { parseRange, type RangeKind } from "./ranges.ts";
import { type Members, type SortedSetValue, sortedSetOf } from "./value.ts";

/** The sorted set of that key, which must be one if it is anything. */
export const sortedSetAt = (
  call: Call,
  key: Bytes,
): Result.Result<SortedSetValue | undefined, CommandError> => valueAt(call, key, "zset");

/** The sorted set with these members, which were in it; the key goes when there are none. */
export const withMembers = (
  call: Call,
  key: Bytes,
  before: SortedSetValue,
  members: Members,
): State => (members.length > 0 ? change(call, key, { ...before, members }) : drop(call, key));

/** A score, or nothing. */
const scoreOrNil = (zset: SortedSetValue | undefined, name: Bytes): Reply => {
  const member = zset?.members.find((one) => one.name === name);
  return member === undefined ? nil : double(member.score);
};

const FLAGS = ["nx", "xx", "gt", "lt", "ch", "incr"] as const;
type Flag = (typeof FLAGS)[number];
const isFlag = (text: Bytes): text is Flag => FLAGS.some((flag) => flag === text);

/** ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...] */
export const zadd: Meaning = (call) => add(call, []);

/** ZINCRBY key increment member */
export const zincrby: Meaning = (call) => add(call, ["incr"]);

const add = (call: Call, implied: ReadonlyArray<Flag>) =>
  Result.gen(function* () {
    const flags = new Set<Flag>(implied);
    let at = 2;
    for (; at < call.args.length; at += 1) {
      const option = word(argument(call, at));
      if (!isFlag(option)) break;
      flags.add(option);
    }
    const pairs = call.args.slice(at);
    if (pairs.length === 0 || pairs.length % 2 === 1) return yield* fail("Syntax");
    if (flags.has("nx") && flags.has("xx")) return yield* fail("XxWithNx");
    if ([flags.has("gt"), flags.has("lt"), flags.has("nx")].filter(Boolean).length > 1)
      return yield* fail("GtLtNx");
    if (flags.has("incr") && pairs.length > 2) return yield* fail("SingleIncrement");
    const given: Array<readonly [score: number, name: Bytes]> = [];
    for (let i = 0; i < pairs.length; i += 2)
      given.push([yield* doubleArgument(pairs[i] as Bytes), pairs[i + 1] as Bytes]);
    const key = argument(call, 1);
    const before = yield* sortedSetAt(call, key);
    let zset = before;
    let added = 0;
    let updated = 0;
    let last: number | undefined;
    for (const [score, name] of given) {
      const old = zset?.members.find((member) => member.name === name);
      const next = yield* nextScore(old?.score, score, flags);
      last = next;
      if (next === undefined) continue;
      if (old === undefined) added += 1;
      else if (next !== old.score) updated += 1;
      else continue;
      const others: Members = zset?.members.filter((member) => member.name !== name) ?? [];
      zset = sortedSetOf([...others, { name, score: next }], zset?.encoding === "skiplist");
    }
    const state =
      zset === undefined || added + updated === 0 ? call.state : change(call, key, zset);
    if (flags.has("incr")) return yield* become(state, last === undefined ? nil : double(last));
    return yield* become(state, integer(flags.has("ch") ? added + updated : added));
  });

/** The score that a member gets; nothing where the flags forbid it. */
const nextScore = (
  old: number | undefined,
  given: number,
  flags: ReadonlySet<Flag>,
): Result.Result<number | undefined, CommandError> => {
  if (old === undefined) return Result.succeed(flags.has("xx") ? undefined : given);
  if (flags.has("nx")) return Result.succeed(undefined);
  const score = flags.has("incr") ? old + given : given;
  if (Number.isNaN(score)) return fail("ScoreNotANumber");
  const isRefused = (flags.has("gt") && score <= old) || (flags.has("lt") && score >= old);
  return Result.succeed(isRefused ? undefined : score);
};

/** ZREM key member [member ...] */
export const zrem: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const before = yield* sortedSetAt(call, key);
    const gone = new Set(call.args.slice(2));
    const members = before?.members.filter(({ name }) => !gone.has(name)) ?? [];
    const removed = (before?.members.length ?? 0) - members.length;
    if (before === undefined || removed === 0) return yield* answer(call, zero);
    return yield* become(withMembers(call, key, before, members), integer(removed));
  });

/** What a command answers that only reads a sorted set, which may be missing. */
const reading =
  (replied: (zset: SortedSetValue | undefined, call: Call) => Reply): Meaning =>
  (call) =>
    Result.flatMap(
      sortedSetAt(call, argument(call, 1)),
      (zset): Result.Result<Outcome, CommandError> => answer(call, replied(zset, call)),
    );

/** ZSCORE key member */
export const zscore = reading((zset, call) => scoreOrNil(zset, argument(call, 2)));

/** ZMSCORE key member [member ...] */
export const zmscore = reading((zset, call) =>
  array(call.args.slice(2).map((name) => scoreOrNil(zset, name))),
);

/** ZCARD key */
export const zcard = reading((zset) => integer(zset?.members.length ?? 0));

const rankIn = (members: Members, name: Bytes): Reply => {
  const rank = members.findIndex((member) => member.name === name);
  return rank < 0 ? nil : integer(rank);
};

/** ZRANK key member */
export const zrank = reading((zset, call) => rankIn(zset?.members ?? [], argument(call, 2)));

/** ZREVRANK key member */
export const zrevrank = reading((zset, call) =>
  rankIn((zset?.members ?? []).toReversed(), argument(call, 2)),
);

const counting =
  (kind: RangeKind): Meaning =>
  (call) =>
    Result.gen(function* () {
      const [, key = "", min = "", max = ""] = call.args;
      const select = yield* parseRange(kind, min, max);
      const zset = yield* sortedSetAt(call, key);
      return yield* answer(call, integer(zset === undefined ? 0 : select(zset.members).length));
    });

/** ZCOUNT key min max */
export const zcount = counting("score");

/** ZLEXCOUNT key min max */
export const zlexcount = counting("lex");

const removing =
  (kind: RangeKind): Meaning =>
  (call) =>
    Result.gen(function* () {
      const [, key = "", min = "", max = ""] = call.args;
      const select = yield* parseRange(kind, min, max);
      const zset = yield* sortedSetAt(call, key);
      if (zset === undefined) return yield* answer(call, zero);
      const gone = new Set(select(zset.members));
      if (gone.size === 0) return yield* answer(call, zero);
      const members = zset.members.filter((member) => !gone.has(member));
      return yield* become(withMembers(call, key, zset, members), integer(gone.size));
    });

/** ZREMRANGEBYRANK key start stop */
export const zremrangebyrank = removing("rank");

/** ZREMRANGEBYSCORE key min max */
export const zremrangebyscore = removing("score");

/** ZREMRANGEBYLEX key min max */
export const zremrangebylex = removing("lex");
