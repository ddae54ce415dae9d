/** Watched keys that somebody disturbs, and whole transactions. */

import fc from "fast-check";
import type { Scenario } from "../grammar.ts";
import { call, type Invocation, type Step, step } from "../step.ts";
import { key, pick } from "../values.ts";

/** A watches, somebody (A itself now and then) changes something, A tries its transaction. */
function watchConflict(
  actor: fc.Arbitrary<number>,
  any: fc.Arbitrary<Invocation>,
): fc.Arbitrary<ReadonlyArray<Step>> {
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

/** Commands that change the key, or look as if they did, or change it only when it exists. */
function disturbance(name: string): fc.Arbitrary<Invocation> {
  const database = fc.constantFrom("0", "1", "2");
  const fixed = [
    call("SET", name, "x"),
    call("DEL", name),
    call("APPEND", name, ""),
    call("SETRANGE", name, "0", ""),
    call("SETNX", name, "x"),
    call("GETEX", name, "PERSIST"),
    call("GETDEL", name),
    call("PERSIST", name),
    call("EXPIRE", name, "100"),
    call("EXPIRE", name, "-1"),
    call("TOUCH", name),
    call("RENAME", name, name),
    call("RENAME", "b", name),
    call("COPY", "b", name, "REPLACE"),
    call("FLUSHDB"),
    call("FLUSHALL"),
    call("INCRBY", name, "0"),
  ];
  return pick<Invocation>(
    [3, fc.constantFrom(...fixed)],
    [1, fc.tuple(database, database).map(([one, other]) => call("SWAPDB", one, other))],
    [1, database.map((other) => call("MOVE", name, other))],
  );
}

/** One key watched in one database, present or not, and one disturbance from anywhere. */
function watched(actor: fc.Arbitrary<number>): fc.Arbitrary<ReadonlyArray<Step>> {
  const database = fc.constantFrom("0", "1", "2");
  const name = "a";
  return fc
    .tuple(
      fc.tuple(actor, actor, database, database, fc.boolean(), fc.boolean()),
      disturbance(name),
      fc.constantFrom("", "", "", "UNWATCH", "DISCARD"),
    )
    .map(([[a, b, home, other, present, away], disturbing, second]) => [
      step(a, call("SELECT", home)),
      step(a, present ? call("SET", name, "1") : call("DEL", name)),
      step(a, call("WATCH", name)),
      ...(away ? [step(a, call("SELECT", other))] : []),
      ...(a === b ? [] : [step(b, call("SELECT", other))]),
      step(b, disturbing),
      ...(second === "UNWATCH" ? [step(a, call(second))] : []),
      step(a, call("MULTI")),
      ...(second === "DISCARD" ? [step(a, call(second)), step(a, call("MULTI"))] : []),
      step(a, call("EXEC")),
    ]);
}

/** A transaction of a few commands, most of them good. */
function transaction(
  actor: fc.Arbitrary<number>,
  any: fc.Arbitrary<Invocation>,
): fc.Arbitrary<ReadonlyArray<Step>> {
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
