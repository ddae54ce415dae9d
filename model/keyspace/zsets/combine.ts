/** Unions, intersections and differences. */
import { Result } from "effect";
import { answer, argument, lookup } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { doubleArgument } from "../doubles.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument, positiveArgument } from "../numbers.ts";
import { type Bytes, integer } from "../reply.ts";
import { word } from "../text.ts";
import { compareMembers, type Members } from "./value.ts";
import { listed, stored } from "./zrange.ts";

type Operation = "union" | "inter" | "diff";
type Aggregate = "sum" | "min" | "max";

interface Input {
  readonly members: Members;
  readonly weight: number;
}

interface Request {
  readonly inputs: ReadonlyArray<Input>;
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
  /** 0 is none. */
  readonly limit: bigint;
}

/** What a command does with its result. */
type Use = "list" | "store" | "count";

const parse = (
  call: Call,
  at: number,
  operation: Operation,
  use: Use,
): Result.Result<Request, CommandError> =>
  Result.gen(function* () {
    const count = yield* integerArgument(argument(call, at));
    if (count < 1n) return yield* fail("NoInputKeys", call.command);
    if (count > BigInt(call.args.length - at - 1)) return yield* fail("Syntax");
    const keys = call.args.slice(at + 1, at + 1 + Number(count));
    const sources: Array<Members> = [];
    for (const key of keys) sources.push(yield* membersAt(call, key));
    const rest = call.args.slice(at + 1 + keys.length);
    const options = yield* parseOptions(rest, keys.length, operation, use);
    const inputs = sources.map((members, i) => ({ members, weight: options.weights[i] ?? 1 }));
    return { ...options, inputs };
  });

/** The members of a sorted set, or those of a set, each with the score 1. */
const membersAt = (call: Call, key: Bytes): Result.Result<Members, CommandError> => {
  const value = lookup(call, key)?.value;
  if (value === undefined) return Result.succeed([]);
  if (value.type === "zset") return Result.succeed(value.members);
  if (value.type !== "set") return fail("WrongType");
  return Result.succeed([...value.members].sort().map((name) => ({ name, score: 1 })));
};

const isAggregate = (text: Bytes): text is Aggregate =>
  text === "sum" || text === "min" || text === "max";

const parseOptions = (args: ReadonlyArray<Bytes>, keys: number, operation: Operation, use: Use) =>
  Result.gen(function* () {
    const weighs = operation !== "diff" && use !== "count";
    let weights: ReadonlyArray<number> = [];
    let aggregate: Aggregate = "sum";
    let withScores = false;
    let limit = 0n;
    for (let i = 0; i < args.length; i += 1) {
      const option = word(args[i] as Bytes);
      const left = args.length - i - 1;
      if (weighs && option === "weights" && left >= keys) {
        const given: Array<number> = [];
        for (const text of args.slice(i + 1, i + 1 + keys))
          given.push(yield* doubleArgument(text, "WeightNotAFloat"));
        weights = given;
        i += keys;
      } else if (weighs && option === "aggregate" && left >= 1) {
        i += 1;
        const named = word(args[i] as Bytes);
        if (!isAggregate(named)) return yield* fail("Syntax");
        aggregate = named;
      } else if (use === "list" && option === "withscores") {
        withScores = true;
      } else if (use === "count" && option === "limit" && left >= 1) {
        i += 1;
        limit = yield* positiveArgument(args[i] as Bytes, "LimitNegative");
      } else {
        return yield* fail("Syntax");
      }
    }
    return { weights, aggregate, withScores, limit };
  });

/** Opposite infinities add up to 0, and what is no number changes neither minimum nor maximum. */
const combined = (a: number, b: number, aggregate: Aggregate): number => {
  if (aggregate === "sum") return orZero(a + b);
  // Not Math.min or Math.max: with them NaN would win.
  const isBetter = aggregate === "min" ? b < a : b > a;
  return isBetter ? b : a;
};

const orZero = (score: number): number => (Number.isNaN(score) ? 0 : score);

/** The result, from the lowest to the highest. The smallest input counts first, as sums are rounded. */
const evaluate = (operation: Operation, { inputs, aggregate }: Request): Members => {
  const scores = new Map<Bytes, number>();
  if (operation === "diff") {
    const [first, ...others] = inputs;
    for (const { name, score } of first?.members ?? []) scores.set(name, score);
    for (const { members } of others) for (const { name } of members) scores.delete(name);
  } else {
    const bySize = inputs.toSorted((a, b) => a.members.length - b.members.length);
    bySize.forEach(({ members, weight }, i) => {
      for (const { name, score } of members) {
        const before = scores.get(name);
        if (before !== undefined) scores.set(name, weighed(before, score * weight));
        else if (operation === "union" || i === 0) scores.set(name, orZero(score * weight));
      }
      if (operation === "union") return;
      const names = new Set(members.map(({ name }) => name));
      for (const name of scores.keys()) if (!names.has(name)) scores.delete(name);
    });
  }
  return [...scores].map(([name, score]) => ({ name, score })).toSorted(compareMembers);

  function weighed(before: number, score: number): number {
    return combined(before, operation === "union" ? orZero(score) : score, aggregate);
  }
};

const listing =
  (operation: Operation): Meaning =>
  (call) =>
    Result.flatMap(parse(call, 1, operation, "list"), (request) =>
      answer(call, listed(call, evaluate(operation, request), request.withScores)),
    );

const storing =
  (operation: Operation): Meaning =>
  (call) =>
    Result.flatMap(parse(call, 2, operation, "store"), (request) =>
      stored(call, argument(call, 1), evaluate(operation, request)),
    );

/** ZUNION numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] */
export const zunion = listing("union");
/** ZINTER numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] */
export const zinter = listing("inter");
/** ZDIFF numkeys key [key ...] [WITHSCORES] */
export const zdiff = listing("diff");
/** ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] */
export const zunionstore = storing("union");
/** ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] */
export const zinterstore = storing("inter");
/** ZDIFFSTORE destination numkeys key [key ...] */
export const zdiffstore = storing("diff");

/** ZINTERCARD numkeys key [key ...] [LIMIT limit] */
export const zintercard: Meaning = (call) =>
  Result.flatMap(parse(call, 1, "inter", "count"), (request) => {
    const size = BigInt(evaluate("inter", request).length);
    const { limit } = request;
    return answer(call, integer(limit > 0n && limit < size ? limit : size));
  });
