import { expect, it } from "vitest";
import { assertHistory, HistoryRecorder } from "./history.ts";

it("records what happens in the order in which it happens", () => {
  const recorder = new HistoryRecorder<string, number>();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((op, session) => recorder.invoke(session, op));
  recorder.returned(b!, 7);
  recorder.refused(c!);
  recorder.unknown(a!);
  expect(recorder.history()).toEqual([
    { id: a, session: 0, op: "a", invokedAt: 1, outcome: { _tag: "Unknown", until: 7 } },
    { id: b, session: 1, op: "b", invokedAt: 2, outcome: { _tag: "Returned", at: 5, result: 7 } },
    {
      id: d,
      session: 3,
      op: "d",
      invokedAt: 4,
      outcome: { _tag: "Unknown", until: Number.POSITIVE_INFINITY },
    },
  ]);
  expect(() => recorder.returned(b!, 8)).toThrow("operation 1 is not open");
});

it("knows what is no history", () => {
  const operation = (id: number, invokedAt: number, at: number) => {
    return {
      id,
      session: 1,
      op: "",
      invokedAt,
      outcome: { _tag: "Returned", at, result: 0 },
    } as const;
  };
  expect(() => assertHistory([operation(1, 1, 2), operation(1, 3, 4)])).toThrow("recorded twice");
  expect(() => assertHistory([operation(1, 3, 2)])).toThrow("ends before it begins");
});
