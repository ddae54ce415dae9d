/** Limits on memory: commands that run under one, and transactions that one comes between. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { type Arg, call, type Step, step } from "../step.ts";
import { key, value } from "../values.ts";

const policy = fc.constantFrom(
  ...["noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random"],
  ...["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"],
);

/** Nothing fits, some keys must go, or the next few commands reach the limit. */
const room = fc.constantFrom<Arg>(
  ...["1", "1"],
  ...[-400, -100, 0, 100, 1000].map((roomBytes) => ({ roomBytes })),
);

/** A session sets a limit, or takes it back. */
const limit = (connection: number, name: string, bytes: Arg): Step => {
  const set = call("CONFIG|SET", "maxmemory-policy", name, "maxmemory", bytes);
  return step(connection, { ...set, options: ["maxmemory"] });
};
const unlimited = (connection: number): Step => limit(connection, "noeviction", "0");

/** CLIENT PAUSE lets nothing go, and how long it lasts is a matter of chance. */
const PAUSING = "CLIENT|PAUSE";

/** Any commands under a limit. */
function underLimit({ actor, any }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const others = any.filter(({ name }) => name !== PAUSING);
  return fc
    .tuple(
      fc.tuple(actor, policy, room),
      fc.array(fc.tuple(actor, others), { minLength: 2, maxLength: 8 }),
    )
    .map(([[a, name, bytes], commands]) => [
      limit(a, name, bytes),
      ...commands.map(([b, invocation]) => step(b, invocation)),
      unlimited(a),
    ]);
}

/** Keys with lifetimes and without, and then a limit. */
function evicted({ actor, making }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const made = fc.tuple(key, making, fc.boolean());
  return fc
    .tuple(actor, policy, room, fc.array(made, { minLength: 1, maxLength: 5 }), value)
    .map(([a, name, bytes, keys, text]) => [
      ...keys.flatMap(([one, make, isMortal]) => [
        ...make(one).map((each) => step(a, each)),
        ...(isMortal ? [step(a, call("EXPIRE", one, "1000"))] : []),
      ]),
      limit(a, name, bytes),
      step(a, call("SET", "k", text)),
      step(a, call("DBSIZE")),
      unlimited(a),
    ]);
}

/** A transaction between whose commands and EXEC somebody sets a limit. */
function transaction({ actor, any }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const queued = any.filter(({ name }) => name !== PAUSING);
  return fc
    .tuple(actor, actor, policy, room, fc.array(queued, { maxLength: 2 }), fc.boolean())
    .map(([a, b, name, bytes, commands, isWatched]) => [
      ...(isWatched ? [step(a, call("SET", "k", "v")), step(a, call("WATCH", "k"))] : []),
      step(a, call("MULTI")),
      ...commands.map((invocation) => step(a, invocation)),
      ...(isWatched ? [] : [step(a, call("SET", "k", "v"))]),
      limit(b, name, bytes),
      ...(isWatched ? [unlimited(b)] : []),
      step(a, call("EXEC")),
      unlimited(b),
    ]);
}

/** The limits. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "CONFIG|SET", weight: 1, steps: underLimit },
  { command: "CONFIG|SET", weight: 1, steps: evicted },
  { command: "CONFIG|SET", weight: 2, steps: transaction },
];
