import { describe, expect, test } from "vitest";
import { type Cell, judge, pairedRatio, type Report } from "./report.ts";
import type { Measurement } from "./workloads.ts";

function runs(...rates: number[]): Measurement[] {
  return rates.map((requestsPerSecond) => ({ requestsPerSecond, cpuUsPerRequest: 1 }));
}

function cell(workload: string, depth: number, redis: number[], veridis: number[]): Cell {
  return { workload, depth, redis: runs(...redis), veridis: runs(...veridis) };
}

function report(...cells: Cell[]): Report {
  return {
    ...{ machine: "test", node: "v0", cells, profiles: new Map() },
    memory: [{ valueBytes: 32, redis: 100, veridis: 90 }],
    startMs: { redis: [10], veridis: [100, 120, 140] },
  };
}

test("a ratio is that of neighbouring runs, however fast the machine was in each pair", () => {
  expect(pairedRatio([90, 180, 180], [100, 200, 200])).toBeCloseTo(0.9);
  // One pair fell on the moment of the change; the medians alone would say 0.45.
  expect(pairedRatio([90, 90, 90, 180, 180], [100, 100, 200, 200, 200])).toBeCloseTo(0.9);
});

describe("floors", () => {
  test("a report that meets all of them misses none", () => {
    const met = report(cell("GET", 1, [100], [90]), cell("SET", 64, [100, 100], [140, 141]));
    expect(judge(met)).toEqual([]);
  });

  test("each is told when it is missed", () => {
    const missed: Report = {
      ...report(
        cell("GET", 1, [100], [89]),
        cell("SET", 16, [100], [109]),
        cell("INCR", 64, [100], [139]),
      ),
      memory: [{ valueBytes: 32, redis: 100, veridis: 101 }],
      startMs: { redis: [10], veridis: [140, 151, 160] },
    };
    expect(judge(missed)).toEqual([
      "GET at depth 1: 0.89x of Redis' throughput, floor 0.9",
      "SET at depth 16: 1.09x of Redis' throughput, floor 1.1",
      "INCR at depth 64: 1.39x of Redis' throughput, floor 1.4",
      "memory at 32 bytes: 1.01x",
      "start: 151 ms",
    ]);
  });

  test("CPU time counts at depth 1", () => {
    const dear = cell("GET", 1, [100], [100]);
    dear.veridis[0] = { requestsPerSecond: 100, cpuUsPerRequest: 1.26 };
    expect(judge(report(dear))).toEqual(["GET at depth 1: 1.26x of Redis' CPU, ceiling 1.25"]);
  });

  test("long values have one of their own", () => {
    const slow = cell("SET of 1 MB", 1, [100], [94]);
    slow.veridis[0] = { requestsPerSecond: 94, cpuUsPerRequest: 2 };
    expect(judge(report(slow, cell("GET of 100 kB", 1, [100], [95])))).toEqual([
      "SET of 1 MB at depth 1: 0.94x of Redis' throughput, floor 0.95",
    ]);
  });

  test("other workloads have none", () => {
    expect(judge(report(cell("MSET (10)", 1, [100], [10])))).toEqual([]);
  });
});
