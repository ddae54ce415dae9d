/** Users whose rules matter to what is under way. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Invocation, type Step, step } from "../step.ts";
import { PASSWORD } from "../values.ts";
import { usefulRules } from "./rules.ts";
import { LOGINS } from "./users.ts";

const login = (name: string): Invocation => call("AUTH", name, PASSWORD);

/** Somebody logs in, does this and that, and what was refused is told. */
function restricted({ actor, any }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      actor,
      fc.constantFrom(...LOGINS),
      usefulRules,
      fc.array(any, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
    )
    .map(([a, b, name, rules, commands, stays]) => [
      step(a, call("ACL|SETUSER", name, ...rules)),
      step(b, login(name)),
      ...commands.map((one) => step(b, one)),
      step(b, call("ACL|WHOAMI")),
      ...(stays ? [] : [step(b, call("RESET"))]),
      step(a, call("ACL|LOG", "3")),
    ]);
}

const WORK: ReadonlyArray<Invocation> = [
  call("GET", "a"),
  call("SET", "a", "1"),
  call("SET", "b", "1"),
  call("MSET", "a", "1", "c", "2"),
  call("PUBLISH", "news", "x"),
  call("SELECT", "0"),
  call("SORT", "a", "GET", "b*"),
];

/** Rules change between MULTI and EXEC. */
function changed({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const rule = fc.constantFrom("-get", "-set", "resetkeys", "resetchannels", "-@write", "-exec");
  return fc
    .tuple(
      actor,
      actor,
      fc.constantFrom(...LOGINS),
      fc.array(fc.constantFrom(...WORK), { minLength: 1, maxLength: 4 }),
      rule,
    )
    .map(([a, b, name, commands, change]) => [
      step(a, call("ACL|SETUSER", name, "reset", "on", "nopass", "~*", "&*", "+@all", "-acl")),
      step(b, login(name)),
      step(b, call("MULTI")),
      ...commands.map((one) => step(b, one)),
      step(a, call("ACL|SETUSER", name, change)),
      step(b, call("EXEC")),
      step(a, call("ACL|LOG")),
      step(b, call("RESET")),
    ]);
}

/** Somebody listens, and may not any more, or is gone. */
function listening({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const listen = fc.constantFrom(
    call("SUBSCRIBE", "news"),
    call("PSUBSCRIBE", "news*"),
    call("SSUBSCRIBE", "chat"),
    call("SUBSCRIBE", "chat"),
  );
  return fc
    .tuple(
      actor,
      actor,
      fc.constantFrom(...LOGINS),
      fc.array(listen, { minLength: 1, maxLength: 2 }),
      fc.constantFrom(
        ["resetchannels", "&news*"],
        ["resetchannels", "&news"],
        ["&other"],
        ["resetchannels"],
        ["allchannels"],
        null,
      ),
    )
    .map(([a, b, name, subscriptions, change]) => {
      // Who is alone has nobody to listen to.
      if (a === b) return [];
      return [
        step(
          a,
          call("ACL|SETUSER", name, "reset", "on", "nopass", "&news*", "&chat", "+@all", "-acl"),
        ),
        step(b, login(name)),
        ...subscriptions.map((one) => step(b, one)),
        step(a, change === null ? call("ACL|DELUSER", name) : call("ACL|SETUSER", name, ...change)),
        // Redis closes who is gone a moment later: until then it still listens.
        ...(change === null ? [] : [step(a, call("PUBLISH", "news", "x"))]),
        step(b, call("PING")),
      ];
    });
}

/** What belongs together. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "ACL|SETUSER", weight: 3, steps: restricted },
  { command: "ACL|SETUSER", weight: 2, steps: changed },
  { command: "ACL|SETUSER", weight: 1, steps: listening },
];
