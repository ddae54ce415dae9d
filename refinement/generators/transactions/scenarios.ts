/** Watched keys that somebody disturbs, and whole transactions. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Step, step } from "../step.ts";
import { key } from "../values.ts";

/** A watches, somebody (A itself now and then) changes something, A tries its transaction. */
function watchConflict({ actor, any }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      actor,
      fc.array(key, { minLength: 1, maxLength: 2 }),
      fc.array(any, { minLength: 0, maxLength: 3 }),
      fc.array(any, { minLength: 0, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([a, b, keys, others, queued, multiFirst]) => {
      const disturbing = others.map((invocation) => step(b, invocation));
      const multi = step(a, call("MULTI"));
      return [
        step(a, call("WATCH", ...keys)),
        ...(multiFirst ? [multi, ...disturbing] : [...disturbing, multi]),
        ...queued.map((invocation) => step(a, invocation)),
        step(a, call("EXEC")),
      ];
    });
}

/** One key watched in one database, present or not, and one disturbance from anywhere. */
function watched({ actor, making, disturbing }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const database = fc.constantFrom("0", "1", "2");
  const name = "a";
  return fc
    .tuple(
      fc.tuple(actor, actor, database, database, fc.boolean(), fc.boolean()),
      disturbing(name),
      making,
      fc.constantFrom("", "", "", "UNWATCH", "DISCARD"),
    )
    .map(([[a, b, home, other, present, away], disturbance, make, second]) => [
      step(a, call("SELECT", home)),
      ...(present ? make(name) : [call("DEL", name)]).map((one) => step(a, one)),
      step(a, call("WATCH", name)),
      ...(away ? [step(a, call("SELECT", other))] : []),
      ...(a === b ? [] : [step(b, call("SELECT", other))]),
      step(b, disturbance),
      ...(second === "UNWATCH" ? [step(a, call(second))] : []),
      step(a, call("MULTI")),
      ...(second === "DISCARD" ? [step(a, call(second)), step(a, call("MULTI"))] : []),
      step(a, call("EXEC")),
    ]);
}

/** A transaction of a few commands, most of them good. */
function transaction({ actor, any }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      fc.array(any, { minLength: 0, maxLength: 4 }),
      fc.constantFrom("EXEC", "EXEC", "DISCARD"),
    )
    .map(([a, queued, end]) => [
      step(a, call("MULTI")),
      ...queued.map((invocation) => step(a, invocation)),
      step(a, call(end)),
    ]);
}

/** What happens around transactions. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "WATCH", weight: 4, steps: watchConflict },
  { command: "WATCH", weight: 3, steps: watched },
  { command: "MULTI", weight: 2, steps: transaction },
];
