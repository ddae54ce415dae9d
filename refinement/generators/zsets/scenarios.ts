/** What chance would rarely find for sorted sets: equal scores, and more members than a listpack holds. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Invocation, type Step, step } from "../step.ts";
import { pick } from "../values.ts";

const KEY = "a";
const names = ["", "a", "aa", "ab", "b", "ba", "c", "\xff", "\x00", "[a", "1", "10", "2"];

/** A border of names. */
const border = pick(
  [
    10,
    fc
      .tuple(fc.constantFrom("[", "("), fc.constantFrom(...names, "ax", "zz"))
      .map(([mark, name]) => mark + name),
  ],
  [4, fc.constantFrom("-", "+")],
);

const limit = fc.tuple(
  fc.integer({ min: -1, max: 3 }).map(String),
  fc.integer({ min: -1, max: 4 }).map(String),
);
const limits = fc.oneof(
  fc.constant<ReadonlyArray<string>>([]),
  limit.map((both) => ["LIMIT", ...both]),
);

const byName: fc.Arbitrary<Invocation> = fc
  .tuple(border, border, limits, fc.nat({ max: 7 }))
  .map(([min, max, more, which]) => {
    const options = more.slice(0, 1);
    const range = [KEY, min, max];
    const forms: ReadonlyArray<Invocation> = [
      { ...call("ZRANGEBYLEX", ...range, ...more), options },
      { ...call("ZREVRANGEBYLEX", ...range, ...more), options },
      { ...call("ZRANGE", ...range, "BYLEX", ...more), options: ["BYLEX", ...options] },
      {
        ...call("ZRANGE", ...range, "BYLEX", "REV", ...more),
        options: ["BYLEX", "REV", ...options],
      },
      { ...call("ZRANGESTORE", "b", ...range, "BYLEX", ...more), options: ["BYLEX", ...options] },
      call("ZLEXCOUNT", ...range),
      call("ZLEXCOUNT", ...range),
      call("ZREMRANGEBYLEX", ...range),
    ];
    return forms[which] as Invocation;
  });

const equalScores = fc
  .uniqueArray(fc.constantFrom(...names, "L".repeat(65)), { minLength: 1, maxLength: 9 })
  .map((members) => call("ZADD", KEY, ...members.flatMap((name) => ["0", name])));

/** Members with one score, and ranges of their names. */
function ranges({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(actor, equalScores, fc.array(byName, { minLength: 1, maxLength: 5 }))
    .map(([a, add, queries]) => [
      step(a, call("DEL", KEY)),
      step(a, add),
      ...queries.map((query) => step(a, query)),
    ]);
}

const many = (from: number, count: number, scoreOf: (i: number) => number): Invocation =>
  call(
    "ZADD",
    KEY,
    ...Array.from({ length: count }, (_, i) => [String(scoreOf(from + i)), `m${from + i}`]).flat(),
  );

const place = fc.integer({ min: -140, max: 140 }).map(String);

const onLarge: fc.Arbitrary<Invocation> = fc
  .tuple(place, place, fc.nat({ max: 12 }), fc.nat({ max: 140 }))
  .map(([from, to, which, member]) => {
    const forms: ReadonlyArray<Invocation> = [
      call("ZRANGE", KEY, from, to),
      { ...call("ZRANGE", KEY, from, to, "REV", "WITHSCORES"), options: ["REV", "WITHSCORES"] },
      call("ZRANGEBYSCORE", KEY, from, to),
      call("ZREVRANGEBYSCORE", KEY, to, `(${from}`),
      call("ZCOUNT", KEY, `(${from}`, to),
      call("ZRANK", KEY, `m${member}`),
      call("ZREVRANK", KEY, `m${member}`),
      call("ZREMRANGEBYRANK", KEY, from, to),
      call("ZREMRANGEBYSCORE", KEY, from, to),
      call("ZADD", KEY, from, `m${member}`),
      call("ZREM", KEY, `m${member}`, `m${member + 1}`),
      call("ZPOPMAX", KEY, String(member % 7)),
      call("ZRANGESTORE", "b", KEY, from, to),
    ];
    return forms[which] as Invocation;
  });

/** More members than a listpack holds, and what there is to do with them. */
function large({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const scores = fc.constantFrom(
    (i: number) => i,
    (i: number) => -i / 2,
    (i: number) => i % 5,
  );
  return fc
    .tuple(actor, fc.integer({ min: 126, max: 131 }), scores, fc.array(onLarge, { maxLength: 8 }))
    .map(([a, size, scoreOf, queries]) => [
      step(a, call("DEL", KEY)),
      step(a, many(0, size, scoreOf)),
      step(a, call("OBJECT|ENCODING", KEY)),
      ...queries.map((query) => step(a, query)),
    ]);
}

/** Infinities that do not add up. */
function infinities({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const signs = fc.constantFrom(["inf", "-inf"], ["-inf", "inf"], ["inf", "inf"], ["inf", "1"]);
  return fc
    .tuple(actor, signs)
    .map(([a, [first = "", second = ""]]) => [
      step(a, call("DEL", KEY)),
      step(a, call("ZADD", KEY, first, "m")),
      step(a, call("ZINCRBY", KEY, second, "m")),
      step(a, { ...call("ZADD", KEY, "INCR", second, "m"), options: ["INCR"] }),
      step(a, call("ZADD", "b", second, "m")),
      step(a, { ...call("ZUNION", "2", KEY, "b", "WITHSCORES"), options: ["WITHSCORES"] }),
      step(a, call("ZUNIONSTORE", "c", "2", KEY, "b", "WEIGHTS", "0", "1")),
      step(a, call("ZINTERSTORE", "c", "2", KEY, "b", "WEIGHTS", "0", "1", "AGGREGATE", "MAX")),
    ]);
}

/** Sets among what is combined: their members count as if they had the score 1. */
function withSets({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const members = fc.constantFrom(["1", "2", "3"], ["1", "b", "x"], ["", "10"]);
  return fc
    .tuple(actor, members, fc.constantFrom("2", "-1", "0.5"))
    .map(([a, inSet, weight]) => [
      step(a, call("DEL", KEY, "b")),
      step(a, call("SADD", KEY, ...inSet)),
      step(a, call("ZADD", "b", "3", "1", "-2", "b", "7", "y")),
      step(a, { ...call("ZUNION", "2", KEY, "b", "WITHSCORES"), options: ["WITHSCORES"] }),
      step(a, call("ZINTER", "2", "b", KEY)),
      step(a, call("ZDIFF", "2", KEY, "b")),
      step(a, call("ZDIFF", "2", "b", KEY)),
      step(a, call("ZINTERCARD", "2", KEY, "b")),
      step(a, call("ZUNIONSTORE", "c", "2", KEY, "b", "WEIGHTS", weight, "1")),
      step(a, call("ZINTERSTORE", KEY, "2", KEY, KEY)),
    ]);
}

/** What chance would not find for sorted sets. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "ZRANGEBYLEX", weight: 3, steps: ranges },
  { command: "ZRANGE", weight: 1, steps: large },
  { command: "ZINCRBY", weight: 1, steps: infinities },
  { command: "ZUNION", weight: 2, steps: withSets },
];
