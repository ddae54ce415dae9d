/** What there is to sort, and what to sort it by: chance alone would rarely put both there. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Invocation, type Step, step } from "../step.ts";
import { pick } from "../values.ts";

/** Patterns to sort by: variable and constant ones, with fields and without, and their borders. */
export const BY_PATTERNS: ReadonlyArray<string> = [
  ...["*", "*", "w:*", "w:*", "h:*->f", "*->a", "user:*"],
  ...["nosort", "nosort", "nosort", "", "#", "w:*->", "*->*->f", "w:\0*", "*\0"],
];

/** Patterns of what is shown. */
export const GET_PATTERNS: ReadonlyArray<string> = [
  ...["#", "#", "w:*", "h:*->f", "*", "*->a"],
  ...["constant", "w:*->", "h:*->", "->*", "#*", "#\0x", "h:*->f\0", "h:*->\0"],
];

const KEY = "a";

/** Elements that are numbers, nearly so, or equal in some way. */
const sortedElement = pick(
  [10, fc.integer({ min: -3, max: 12 }).map(String)],
  [4, fc.constantFrom("a", "b", "c", "ab", "B", "x\0a", "x\0b", "\xff", "")],
  [2, fc.constantFrom("1.5", "-0", "+1", " 1", "1e3", "0x10", "inf", "-inf", "1\0x", "10 ")],
);

/** Numbers only; some of them are equal. */
const numericElement = pick(
  [10, fc.integer({ min: -3, max: 30 }).map(String)],
  [2, fc.constantFrom("1.5", "-0", "+1", " 1", "1e3", "0x10", "inf", "-inf", "1\0x", "")],
);

/** What C reads as a number, and will not take for one, or hardly. */
const limits = fc.constantFrom(
  ...["nan", "1e400", "-1e400", "1e-400", "1e-310", "0x1p-1074", "4.9e-324", "0x1.8p-1074"],
  ...["2.2250738585072014e-308", " ", "1 ", "1e", "0x"],
);

const elements = fc.oneof(
  fc.array(numericElement, { minLength: 1, maxLength: 14 }),
  fc.array(numericElement, { minLength: 20, maxLength: 60 }),
  fc.array(sortedElement, { minLength: 1, maxLength: 14 }),
  fc.tuple(fc.array(numericElement, { maxLength: 2 }), limits).map(([some, odd]) => [...some, odd]),
);

const source = fc
  .tuple(elements, fc.constantFrom("RPUSH", "RPUSH", "SADD", "ZADD"))
  .map(([all, how]) =>
    how === "ZADD"
      ? call(how, KEY, ...all.flatMap((one, i) => [String((i * 7) % 5), one]))
      : call(how, KEY, ...all),
  );

/** Some elements have a weight, in a string and in a hash, and few weights are different. */
const weights = fc
  .tuple(
    fc.subarray(["1", "2", "3", "4", "a", "b", "x\0a", "", "7", "8", "9"]),
    fc.constantFrom(["1", "2"], ["3", "2", "1"], ["x", "y"], ["x\0a", "x\0b", "x"], ["1", "", "z"]),
  )
  .map(([some, values]): ReadonlyArray<Invocation> => {
    const weightOf = (i: number): string => values[i % values.length] ?? "";
    if (some.length === 0) return [];
    return [
      call("MSET", ...some.flatMap((one, i) => [`w:${one}`, weightOf(i)])),
      ...some.map((one, i) => call("HSET", `h:${one}`, "f", weightOf(i + 1), "f\0", "zero")),
      call("SET", `w:${some[0]}->`, "5"),
    ];
  });

interface Drawn {
  readonly by: string | undefined;
  readonly get: string | undefined;
  readonly isAlpha: boolean;
  readonly order: string | undefined;
  readonly limit: readonly [number, number] | undefined;
  readonly store: string | undefined;
}

const query: fc.Arbitrary<Invocation> = fc
  .record<Drawn>({
    by: fc.option(fc.constantFrom(...BY_PATTERNS), { nil: undefined }),
    get: fc.option(fc.constantFrom(...GET_PATTERNS), { nil: undefined, freq: 2 }),
    isAlpha: fc.boolean(),
    order: fc.option(fc.constantFrom("ASC", "DESC", "DESC"), { nil: undefined, freq: 2 }),
    limit: fc.option(fc.tuple(fc.integer({ min: -1, max: 8 }), fc.integer({ min: -1, max: 8 })), {
      nil: undefined,
      freq: 2,
    }),
    store: fc.option(fc.constantFrom("b", KEY, "w:1"), { nil: undefined, freq: 1 }),
  })
  .map(({ by, get, isAlpha, order, limit, store }) => {
    const words: ReadonlyArray<readonly [option: string, ...more: ReadonlyArray<string>]> = [
      ...(by === undefined ? [] : [["BY", by] as const]),
      ...(limit === undefined ? [] : [["LIMIT", ...limit.map(String)] as const]),
      ...(get === undefined ? [] : [["GET", "#"] as const, ["GET", get] as const]),
      ...(order === undefined ? [] : [[order] as const]),
      ...(isAlpha ? [["ALPHA"] as const] : []),
      ...(store === undefined ? [] : [["STORE", store] as const]),
    ];
    const name = store === undefined && isAlpha ? "SORT_RO" : "SORT";
    return { ...call(name, KEY, ...words.flat()), options: words.map(([option]) => option) };
  });

/** Something to sort, with weights, sorted in several ways. */
function sorts({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(actor, source, weights, fc.array(query, { minLength: 2, maxLength: 6 }))
    .map(([a, fill, weigh, queries]) => [
      step(a, call("DEL", KEY)),
      step(a, fill),
      ...weigh.map((one) => step(a, one)),
      ...queries.map((one) => step(a, one)),
      step(a, call("OBJECT|ENCODING", KEY)),
    ]);
}

/** A list of which a part is shown, sorted by few different weights: the quicksort decides what comes first. */
function equals({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const few = fc.array(fc.integer({ min: 0, max: 20 }).map(String), {
    minLength: 7,
    maxLength: 100,
    size: "max",
  });
  const window = fc.tuple(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 30 }));
  return fc
    .tuple(actor, few, fc.boolean(), fc.array(window, { minLength: 1, maxLength: 3 }))
    .map(([a, all, isStored, windows]) => [
      step(a, call("DEL", KEY)),
      step(a, call("RPUSH", KEY, ...all)),
      step(a, call("MSET", "w:1", "b", "w:2", "a", "w:3", "b", "w:4", "a", "w:5", "c")),
      ...windows.map(([from, count]) => {
        const part = ["BY", "w:*", "ALPHA", "LIMIT", String(from), String(count)];
        const options = ["BY", "ALPHA", "LIMIT"];
        if (!isStored) return step(a, { ...call("SORT_RO", KEY, ...part), options });
        const stored = call("SORT", KEY, ...part, "STORE", "b");
        return step(a, { ...stored, options: [...options, "STORE"] });
      }),
    ]);
}

/** Elements that C finds equal, since they differ behind a zero byte only. */
function zeros({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const some = fc.array(fc.constantFrom("x\0b", "x\0a", "x", "x\0", "w"), {
    minLength: 2,
    maxLength: 6,
  });
  return fc
    .tuple(actor, some, fc.constantFrom("ASC", "DESC"))
    .map(([a, all, order]) => [
      step(a, call("DEL", KEY)),
      step(a, call("RPUSH", KEY, ...all)),
      step(a, { ...call("SORT", KEY, "ALPHA", order), options: ["ALPHA", order] }),
      step(a, { ...call("SORT", KEY, "ALPHA", order, "STORE", "b"), options: ["ALPHA", "STORE"] }),
    ]);
}

/** What is sorted by what. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "SORT", weight: 3, steps: sorts },
  { command: "SORT", weight: 1, steps: equals },
  { command: "SORT", weight: 1, steps: zeros },
];
