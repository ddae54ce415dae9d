import { expect, test } from "vitest";
import { END, type RecordedTrace } from "./trace.ts";
import { impossible, passedTampering, refusedRuns, unfollowedRuns } from "./verdicts.ts";

const trace: RecordedTrace = {
  spec: "toy",
  name: "a run",
  begin: {},
  events: [{ action: "Ask", fields: { conn: "c1" } }, END],
};

test("a run is to be accepted", () => {
  expect(refusedRuns([trace, trace], [{ kind: "accepted" }, { kind: "accepted" }])).toEqual([]);
  expect(refusedRuns([trace], [{ kind: "rejected", event: 1 }])).toEqual([
    'a run: no behaviour at event 1\n  Ask {"conn":"c1"}',
  ]);
});

test("a run that TLC accepts is to be one that the model follows", () => {
  const verdicts = [{ kind: "accepted" }, { kind: "rejected", event: 1 }] as const;
  expect(unfollowedRuns(verdicts, [null, null])).toEqual([]);
  expect(unfollowedRuns(verdicts, [null, "a run, event 1: the model takes no Ask"])).toEqual([]);
  expect(unfollowedRuns(verdicts, ["a run, event 1: the model takes no Ask", null])).toEqual([
    "TLC accepts what the model does not: a run, event 1: the model takes no Ask",
  ]);
});

test("a tampered one is to be rejected, and not before the place", () => {
  const sets = [
    { kind: "one", tampered: [{ trace, from: 2 }] },
    { kind: "other", tampered: [{ trace, from: 2 }] },
  ];
  const rejected = { kind: "rejected", event: 2 } as const;
  expect(passedTampering(sets, [rejected, rejected])).toEqual([]);
  expect(passedTampering(sets, [rejected, { kind: "accepted" }])).toEqual(["a run: is accepted"]);
  expect(passedTampering(sets, [{ kind: "rejected", event: 1 }, rejected])).toEqual([
    "a run: is refused at event 1, before event 2",
  ]);
});

test("a way to tamper that fits nothing shows nothing", () => {
  expect(impossible([{ kind: "one", tampered: [{ trace, from: 1 }] }])).toEqual([]);
  expect(impossible([{ kind: "one", tampered: [] }])).toEqual([
    'tampering "one" can be applied to no trace',
  ]);
});
