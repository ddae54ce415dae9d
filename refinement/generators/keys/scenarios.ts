/** Keys that die, and lifetimes under conditions. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Step, step, wait } from "../step.ts";
import { key } from "../values.ts";

/** A key with a few milliseconds to live, watched or not, read or not, outlived. */
function expiry({ actor, any, making }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      actor,
      key,
      making,
      fc.constantFrom("1", "2", "3"),
      fc.constantFrom("none", "before", "after"),
      fc.array(any, { minLength: 1, maxLength: 3 }),
    )
    .map(([a, b, name, make, lifetimeMs, watch, rest]) => {
      const watching = [step(b, call("WATCH", name))];
      return [
        ...make(name).map((one) => step(a, one)),
        step(a, call("PEXPIRE", name, lifetimeMs)),
        ...(watch === "before" ? watching : []),
        wait,
        ...(watch === "after" ? watching : []),
        ...rest.map((invocation) => step(a, invocation)),
        ...(watch === "none" ? [] : [step(b, call("MULTI")), step(b, call("EXEC"))]),
      ];
    });
}

/** Expiries of one key that are equal, earlier or later, each under a condition. */
function conditions({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const expireAt = fc
    .tuple(fc.constantFrom("33177117420", "33177117421"), fc.constantFrom("NX", "XX", "GT", "LT"))
    .map(([seconds, condition]): [string, string] => [seconds, condition]);
  return fc
    .tuple(actor, key, fc.array(expireAt, { minLength: 1, maxLength: 3 }))
    .map(([a, name, expiries]) => [
      step(a, call("SET", name, "1")),
      step(a, call("EXPIREAT", name, "33177117420")),
      ...expiries.map(([seconds, condition]) =>
        step(a, { ...call("EXPIREAT", name, seconds, condition), options: [condition] }),
      ),
    ]);
}

/** What happens around lifetimes. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "PEXPIRE", weight: 1, steps: expiry },
  { command: "EXPIREAT", weight: 1, steps: conditions },
];
