import { expect, test, vi } from "vitest";
import { Instance } from "../impl/session/instance.ts";
import { Choices } from "./choices.ts";
import { verifyInner } from "./observer.ts";
import { simulate } from "./simulation.ts";
import { Violated } from "./violation.ts";

/** A run of a seed, and how often the rules of the instance were verified in it. */
function verified(judged: boolean): { times: number; compared: number } {
  const verify = vi.spyOn(Instance.prototype, "verifyInvariants");
  try {
    const choices = Choices.seeded(3);
    const run = simulate({ choices, judged, keeps: false, profile: "transactions" });
    expect(run.violation).toBeNull();
    return { times: verify.mock.calls.length, compared: run.compared };
  } finally {
    verify.mockRestore();
  }
}

test("the rules of all cores are verified each time that the server has been entered", () => {
  const { times, compared } = verified(true);
  expect(times).toBeGreaterThan(compared);
  expect(verified(false).times).toBeLessThanOrEqual(1);
});

test("the reply of a transaction is that of its commands, one by one", () => {
  const args = ["EXEC"];
  expect(() => verifyInner(args, "*2\r\n+OK\r\n:1\r\n", ["+OK\r\n", ":1\r\n"])).not.toThrow();
  expect(() => verifyInner(args, "*2\r\n:1\r\n+OK\r\n", ["+OK\r\n", ":1\r\n"])).toThrow(Violated);
  expect(() => verifyInner(args, "*1\r\n+OK\r\n", ["+OK\r\n", ":1\r\n"])).toThrow(Violated);
});
