import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SPECS } from "../../specs/files.ts";
import { judgeTraces, readReports, TracesUnjudged } from "./judge.ts";
import { END, expression, type RecordedTrace, type TraceEvent, traceModule } from "./trace.ts";

const judge = { folder: join(SPECS, "fixtures/toy"), module: "TraceToy" };

function trace(...actions: (string | [action: string, client: string])[]): RecordedTrace {
  const events = actions.map((entry): TraceEvent => {
    if (typeof entry === "string") return { action: entry, fields: {} };
    return { action: entry[0], fields: { client: entry[1] } };
  });
  return { spec: "toy", name: actions.join(" "), begin: {}, events };
}

const GOOD = trace(
  ["Ask", "a"],
  "Peek",
  ["Ask", "b"],
  "Grant",
  "Release",
  "Grant",
  "Release",
  "End",
);

describe("TLC judges traces", () => {
  test("all in one run, each accepted or rejected at an event", async () => {
    const { events } = GOOD;
    const changed = (events: readonly TraceEvent[]): RecordedTrace => ({ ...GOOD, events });
    const { verdicts, distinct } = await judgeTraces(judge, [
      GOOD,
      changed(events.slice(0, -1)), // cut off at the end
      changed([...events.slice(0, 3), END]), // cut off, with an end put on
      changed(events.toSpliced(3, 1)), // one lost
      changed(events.toSpliced(1, 0, events[0]!)), // one twice
      trace("Granted", "End"), // an action that nobody knows
      trace("End", "End"), // an end before the end
      GOOD,
    ]);
    expect(verdicts).toEqual([
      { kind: "accepted" },
      { kind: "rejected", event: 7 },
      { kind: "accepted" }, // which ends nowhere in particular is a behaviour all the same
      { kind: "rejected", event: 4 },
      { kind: "rejected", event: 2 },
      { kind: "rejected", event: 1 },
      { kind: "rejected", event: 1 },
      { kind: "accepted" },
    ]);
    expect(distinct).toBe(9 + 7 + 5 + 4 + 2 + 1 + 1 + 9);
  });

  test("refuses a trace that leaves a choice open", async () => {
    await expect(judgeTraces(judge, [GOOD, trace("Any", "End")])).rejects.toThrow(
      "Any End: event 1, Any, has two successors",
    );
  });

  test("names the trace on whose way an invariant is violated", async () => {
    const wrong = trace(["Ask", "a"], "Break", "End");
    await expect(judgeTraces(judge, [GOOD, wrong])).rejects.toThrow(
      "violates TypeOK in Ask,a Break End before event 3",
    );
  });
});

describe("what TLC reports", () => {
  test("is all that it prints", () => {
    const reports = ['<<"@replay", 1, 1>>', '<<"@replay", 1, 2>>'];
    expect(readReports(reports, [trace("Peek", "End")])).toEqual([{ kind: "rejected", event: 2 }]);
    expect(() => readReports([...reports, "Warning"], [GOOD])).toThrow("TLC printed: Warning");
  });

  test("is something about each trace", () => {
    expect(() => readReports(['<<"@replay", 1, 1>>'], [GOOD, GOOD])).toThrow(TracesUnjudged);
    expect(() => readReports([], [GOOD])).toThrow("there is no initial state for it");
  });
});

describe("the module of traces", () => {
  test("holds fields as expressions of TLA+", () => {
    expect(expression([true, -3, ["a"]])).toBe('<<TRUE, -3, <<"a">>>>');
    expect(expression('say "\\"\n')).toBe('"say \\"\\\\\\"%a;"');
    expect(expression("%")).toBe('"%25;"');
    expect(() => expression(2 ** 31)).toThrow(RangeError);
    expect(() => expression(0.5)).toThrow(RangeError);
  });

  test("is a module", () => {
    const one = { ...trace(["Ask", "a"], "End"), begin: { policy: "always" } };
    expect(traceModule([one])).toBe(`---- MODULE TraceData ----
Traces == <<
  [begin |-> [policy |-> "always"], events |-> <<
    [action |-> "Ask", client |-> "a"],
    [action |-> "End"]
  >>]
>>
====
`);
  });
});
