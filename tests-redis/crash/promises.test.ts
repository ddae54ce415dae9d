import { expect, test } from "vitest";
import { allowance, Change, type Keeping, NOTHING, Promises } from "./promises.ts";

const SPAN = { lose: "span", spanMs: 2150 } as const;
const EVER = Number.POSITIVE_INFINITY;
const ALWAYS = { fromMs: -EVER, untilMs: EVER };

/** A change that is sent and, unless that is left out, acknowledged at these times. */
function change(to: Keeping, sentMs = EVER, ackedMs = EVER): Change {
  const one = new Change(to, []);
  one.sentMs = sentMs;
  one.ackedMs = ackedMs;
  return one;
}

function promises(first: Keeping, ...changes: readonly Change[]): Promises {
  const made = new Promises(first);
  for (const one of changes) made.add(one);
  return made;
}

test("one policy for all of a server's life", () => {
  expect(NOTHING).toEqual([{ lose: "nothing" }]);
  expect(allowance("always")).toEqual([
    { lose: "nothing", untilMs: EVER },
    { ...SPAN, ...ALWAYS },
  ]);
  expect(allowance("everysec")).toEqual([{ ...SPAN, ...ALWAYS }]);
  expect(allowance("no")).toEqual([]);
});

test("a stronger policy counts when it is acknowledged, a weaker one when it is asked for", () => {
  const strengthened = (...times: readonly number[]): unknown =>
    promises("no", change("everysec", ...times)).afterPowerLoss();
  expect(strengthened()).toEqual([]);
  expect(strengthened(10)).toEqual([]);
  expect(strengthened(10, 12)).toEqual([{ ...SPAN, fromMs: 12, untilMs: EVER }]);
  const weakened = (...times: readonly number[]): unknown =>
    promises("always", change("no", ...times)).afterPowerLoss();
  expect(weakened(10)).toEqual([
    { lose: "nothing", untilMs: 10 },
    { ...SPAN, fromMs: -EVER, untilMs: 10 },
  ]);
  expect(weakened(10, 12)).toEqual(weakened(10));
});

test("everysec is in force while always is", () => {
  const one = promises("everysec", change("always", 10, 12), change("everysec", 20, 21));
  expect(one.afterPowerLoss()).toEqual([
    { lose: "nothing", untilMs: 20 },
    { ...SPAN, ...ALWAYS },
  ]);
});

test("an acknowledgement that a weaker policy may have let out proves nothing", () => {
  const one = promises("no", change("always", 10, 21), change("no", 20, 22));
  expect(one.afterPowerLoss()).toEqual([]);
});

test("a log that begins does so with all that was there, and keeps it until it ends", () => {
  const begun = promises("nothing", change("no", 10, 12));
  expect(begun.afterKill()).toEqual([{ lose: "nothing", untilMs: EVER }]);
  expect(begun.afterPowerLoss()).toEqual([{ lose: "nothing", untilMs: 10 }]);
  const ended = promises("nothing", change("no", 10, 12), change("nothing", 20));
  expect(ended.afterKill()).toEqual([{ lose: "nothing", untilMs: 20 }]);
  const unknown = promises("nothing", change("always", 10));
  expect(unknown.afterKill()).toEqual([]);
  expect(unknown.afterPowerLoss()).toEqual([]);
});

test("a change that was refused never was", () => {
  const refused = change("always", 10);
  refused.refusal = "not now";
  const one = promises("nothing", refused, change("always", 20, 22));
  expect(one.afterPowerLoss()[0]).toEqual({ lose: "nothing", untilMs: 20 });
  expect(one.afterKill()).toEqual([{ lose: "nothing", untilMs: EVER }]);
  expect([refused.isPending, change("no", 10).isPending]).toEqual([false, true]);
});
