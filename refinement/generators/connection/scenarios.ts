/** Sessions that begin again, and sessions that must authenticate. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Step, step } from "../step.ts";
import { PASSWORD } from "../values.ts";

/** What a session has gathered, RESET, and what is left of it. */
function resetting({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const naming = call("CLIENT|SETNAME", "worker");
  const gathered = [
    call("SELECT", "1"),
    call("CLIENT|REPLY", "off"),
    call("CLIENT|REPLY", "skip"),
    naming,
    call("HELLO", "3"),
    call("WATCH", "a"),
    call("MULTI"),
  ];
  const left = [
    call("CLIENT|GETNAME"),
    call("GET", "nothing"),
    call("SET", "a", "1"),
    call("EXEC"),
  ];
  return fc
    .tuple(
      actor,
      fc.array(fc.constantFrom(...gathered), { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom(...left), { minLength: 1, maxLength: 3 }),
    )
    .map(([a, before, after]) =>
      [
        ...before,
        ...(before.includes(naming) ? [call("CLIENT|GETNAME")] : []),
        ...[call("RESET"), ...after],
      ].map((invocation) => step(a, invocation)),
    );
}

/** A transaction in which somebody wants to hear less, or more. */
function silencing({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const reply = fc.constantFrom("off", "OFF", "skip", "on", "x").map((mode) => [mode]);
  return fc
    .tuple(actor, fc.boolean(), reply, fc.boolean())
    .map(([a, isSilent, mode, pings]) =>
      [
        ...(isSilent ? [call("CLIENT|REPLY", "off")] : []),
        ...[call("MULTI"), call("SET", "a", "1")],
        call("CLIENT|REPLY", ...mode),
        ...(pings ? [call("PING")] : []),
        ...[call("EXEC"), call("CLIENT|REPLY", "on"), call("GET", "a")],
      ].map((invocation) => step(a, invocation)),
    );
}

/** A session that must authenticate, what it asks before it has, and how it does. */
function locked({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const asked = [
    call("HELLO"),
    call("HELLO", "3"),
    call("HELLO", "3", "SETNAME", "worker"),
    call("GET", "a"),
    call("MULTI"),
    call("AUTH", "wrong"),
  ];
  const unlocking = [
    call("AUTH", PASSWORD),
    call("AUTH", "default", PASSWORD),
    call("HELLO", "2", "AUTH", "default", PASSWORD),
    call("HELLO", "3", "AUTH", "default", PASSWORD, "SETNAME", "worker"),
  ];
  return fc
    .tuple(
      actor,
      fc.array(fc.constantFrom(...asked), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...unlocking),
      fc.boolean(),
    )
    .map(([a, before, unlock, opens]) =>
      [
        call("CONFIG|SET", "requirepass", PASSWORD),
        call("RESET"),
        ...before,
        unlock,
        ...(opens ? [call("CONFIG|SET", "requirepass", "")] : []),
      ].map((invocation) => step(a, invocation)),
    );
}

/** What happens to a session. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "RESET", weight: 1, steps: resetting },
  { command: "AUTH", weight: 1, steps: locked },
  { command: "CLIENT|REPLY", weight: 1, steps: silencing },
];
