import { expect, test } from "vitest";
import { latencyGraph } from "./latency-graph.ts";

/** An event whose samples are so many seconds old. */
function event(...samples: readonly (readonly [ageSeconds: number, latencyMs: number])[]) {
  return {
    samples: samples.map(([age, latencyMs]) => ({ atSeconds: 1_000_000 - age, latencyMs })),
    maxMs: 500,
  };
}

const RULE = "-".repeat(80);

test("draws four rows of three levels, and labels each column downwards with its age", () => {
  const drawn = latencyGraph(
    "command",
    event([90_000, 0], [7200, 10], [125, 60], [59, 119], [0, 120]),
    1_000_000,
  );
  expect(drawn.split("\n")).toEqual([
    "command - high 120 ms, low 0 ms (all time high 500 ms)",
    RULE,
    "   ##",
    "  _||",
    "  |||",
    "_o|||",
    "     ",
    "12250",
    "dhm9s",
    "   s ",
    "",
  ]);
});

test("draws equal samples as a flat line", () => {
  const drawn = latencyGraph("e", event([1, 7], [0, 7]), 1_000_000);
  expect(drawn.split("\n").slice(2, 6)).toEqual(["  ", "  ", "  ", "__"]);
});

test("wraps after eighty columns", () => {
  const many = Array.from({ length: 81 }, (_, i) => [81 - i, i] as const);
  const lines = latencyGraph("e", event(...many), 1_000_000).split("\n");
  expect(lines.map((line) => line.length)).toEqual([
    47, 80, 80, 80, 80, 80, 80, 80, 80, 80, 0, 1, 1, 1, 1, 1, 1, 1, 0,
  ]);
});
