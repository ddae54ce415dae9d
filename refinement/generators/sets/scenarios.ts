/** What chance would not find for sets. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Step, step } from "../step.ts";

/** Redis keeps so many integers without a table. */
const MOST_INTEGERS = 512;

const integers = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => String(i * 3 - 700));

/** Integers around the number that makes a table of them, and back. */
function aroundTheLimit({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(actor, fc.integer({ min: MOST_INTEGERS - 1, max: MOST_INTEGERS + 2 }))
    .map(([a, count]) => {
      const all = integers(count);
      return [
        step(a, call("DEL", "a", "b")),
        step(a, call("SADD", "a", ...all)),
        step(a, call("OBJECT|ENCODING", "a")),
        step(a, call("SUNIONSTORE", "b", "a")),
        step(a, call("SREM", "a", ...all.slice(0, 3))),
        step(a, call("SINTERSTORE", "a", "a", "b")),
        step(a, call("OBJECT|ENCODING", "a")),
      ];
    });
}

/** A large set of which most goes at once, so that what is left is a new set. */
function mostIsPopped({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(actor, fc.integer({ min: 20, max: 60 }), fc.boolean(), fc.integer({ min: 0, max: 12 }))
    .map(([a, count, hasText, left]) => [
      step(a, call("DEL", "a")),
      step(a, call("SADD", "a", ...integers(count), ...(hasText ? ["text"] : []))),
      step(a, call("SREM", "a", "text")),
      step(a, call("SPOP", "a", String(count - left))),
      step(a, call("SCARD", "a")),
      step(a, call("OBJECT|ENCODING", "a")),
    ]);
}

/** Differences with a first set that is large beside the others, and that is not. */
function largeFirst({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(actor, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4 }))
    .map(([a, count, others]) => {
      const keys = Array.from({ length: others }, (_, i) => (i % 2 === 0 ? "b" : "user:1"));
      return [
        step(a, call("DEL", "a", "b", "user:1")),
        step(a, call("SADD", "a", ...integers(count), "text")),
        step(a, call("SADD", "b", "text", "1")),
        step(a, call("SADD", "user:1", "2")),
        step(a, call("SDIFFSTORE", "d", "a", ...keys)),
        step(a, call("OBJECT|ENCODING", "d")),
      ];
    });
}

/** What chance would not find for sets. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "SADD", weight: 1, steps: aroundTheLimit },
  { command: "SPOP", weight: 1, steps: mostIsPopped },
  { command: "SDIFFSTORE", weight: 1, steps: largeFirst },
];
