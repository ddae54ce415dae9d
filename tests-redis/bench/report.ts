import assert from "node:assert/strict";
import { markdownTable } from "../../scripts/docs/table.ts";
import { today, writeSection } from "./document.ts";
import { AREAS, type Shares } from "./profile.ts";
import type { Measurement } from "./workloads.ts";

/** The runs of one workload at one depth. */
export interface Cell {
  readonly workload: string;
  readonly depth: number;
  readonly redis: Measurement[];
  readonly veridis: Measurement[];
}

/** Everything one bench run measured. */
export interface Report {
  readonly machine: string;
  readonly node: string;
  readonly cells: readonly Cell[];
  /** Resident bytes per key by length of value. */
  readonly memory: readonly { valueBytes: number; redis: number; veridis: number }[];
  readonly startMs: { readonly redis: readonly number[]; readonly veridis: readonly number[] };
  /** Where the time of a GET goes, by depth. */
  readonly profiles: Map<number, Shares>;
}

/** The middle one of several numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Half the distance from the lowest to the highest, relative to the median. */
export function spread(numbers: readonly number[]): number {
  return (Math.max(...numbers) - Math.min(...numbers)) / 2 / median(numbers);
}

/**
 * The middle one of the ratios of runs that came right after one another. The machine changes its
 * speed by a half for seconds at a time: two medians may be of different machines, a pair rarely is.
 */
export function pairedRatio(numbers: readonly number[], to: readonly number[]): number {
  assert.equal(numbers.length, to.length, "every run has its pair");
  return median(numbers.map((number, i) => number / to[i]!));
}

/** The least throughput ratio for GET, SET and INCR, by depth. */
const THROUGHPUT_FLOORS: Readonly<Record<number, number>> = { 1: 0.9, 16: 1.1, 64: 1.4 };
/** The same for values of 100 kB and of 1 MB, at depth 1. */
const LONG_VALUE_FLOOR = 0.95;
const CPU_CEILING_DEPTH_1 = 1.25;
const MEMORY_CEILING = 1.0;
const START_CEILING_MS = 150;
const JUDGED = new Set(["GET", "SET", "INCR"]);
const LONG = / of \d+ [kM]B$/;

/** Veridis' throughput and CPU time per request relative to Redis'. */
export function ratios(cell: Cell): { throughput: number; cpu: number } {
  const rates = (runs: readonly Measurement[]) => runs.map((run) => run.requestsPerSecond);
  const cpu = (runs: readonly Measurement[]) => runs.map((run) => run.cpuUsPerRequest);
  return {
    throughput: pairedRatio(rates(cell.veridis), rates(cell.redis)),
    cpu: pairedRatio(cpu(cell.veridis), cpu(cell.redis)),
  };
}

/** The floors that a report misses, one line each. */
export function judge(report: Report): string[] {
  const missed: string[] = [];
  for (const cell of report.cells) {
    const isLong = LONG.test(cell.workload);
    if (!isLong && !JUDGED.has(cell.workload)) continue;
    const { throughput, cpu } = ratios(cell);
    const floor = isLong ? LONG_VALUE_FLOOR : THROUGHPUT_FLOORS[cell.depth];
    const name = `${cell.workload} at depth ${cell.depth}`;
    if (floor !== undefined && throughput < floor) {
      missed.push(`${name}: ${throughput.toFixed(2)}x of Redis' throughput, floor ${floor}`);
    }
    if (!isLong && cell.depth === 1 && cpu > CPU_CEILING_DEPTH_1) {
      missed.push(`${name}: ${cpu.toFixed(2)}x of Redis' CPU, ceiling ${CPU_CEILING_DEPTH_1}`);
    }
  }
  for (const row of report.memory) {
    const ratio = row.veridis / row.redis;
    if (ratio > MEMORY_CEILING)
      missed.push(`memory at ${row.valueBytes} bytes: ${ratio.toFixed(2)}x`);
  }
  const start = median(report.startMs.veridis);
  if (start > START_CEILING_MS) missed.push(`start: ${start.toFixed(0)} ms`);
  return missed;
}

/** Replaces the measured part of docs/PERFORMANCE.md. */
export function writeReport(report: Report): void {
  writeSection("bench", table(report));
}

function table(report: Report): readonly string[] {
  return [
    `Measured on ${today()} by \`pnpm bench\`: ${report.machine}, Node ${report.node}, ${report.cells[0]?.redis.length ?? 0} alternating runs a cell, medians, ± half the distance from the lowest to the highest; ratios are medians over the pairs of neighbouring runs.`,
    "",
    markdownTable([ROW_HEADINGS, ...report.cells.map(row)]),
    markdownTable([MEMORY_HEADINGS, ...report.memory.map(memoryRow)]),
    `Start to first reply: Redis ${median(report.startMs.redis).toFixed(0)} ms, Veridis (published build) ${median(report.startMs.veridis).toFixed(0)} ms ± ${(spread(report.startMs.veridis) * 100).toFixed(0)} %.`,
    "",
    profileTable(report.profiles).trimEnd(),
  ];
}

/** What stands above `row`. */
export const ROW_HEADINGS: readonly string[] = [
  ...["request", "depth", "Redis req/s", "Veridis req/s", "throughput"],
  ...["Redis CPU µs", "Veridis CPU µs", "CPU"],
];

const MEMORY_HEADINGS = ["memory per key of 16 bytes", "Redis", "Veridis", "ratio"];

function memoryRow({ valueBytes, redis, veridis }: Report["memory"][number]): string[] {
  const bytes = [redis.toFixed(0), veridis.toFixed(0)];
  return [`value of ${valueBytes} bytes`, ...bytes, (veridis / redis).toFixed(2)];
}

/** The share of each area in the server's busy time. */
function profileTable(profiles: Report["profiles"]): string {
  const depths = [...profiles.keys()];
  const share = (depth: number, area: string): string =>
    `${((profiles.get(depth)!.get(area) ?? 0) * 100).toFixed(0)} %`;
  return markdownTable([
    ["where the time of a GET goes", ...depths.map((depth) => `depth ${depth}`)],
    ...AREAS.map((area) => [area, ...depths.map((depth) => share(depth, area))]),
  ]);
}

/** A cell as a row of a table. */
export function row(cell: Cell): string[] {
  const { throughput, cpu } = ratios(cell);
  const rate = (runs: readonly Measurement[]): string => {
    const rates = runs.map((run) => run.requestsPerSecond);
    return `${Math.round(median(rates)).toLocaleString("en-US")} ± ${(spread(rates) * 100).toFixed(0)} %`;
  };
  const us = (runs: readonly Measurement[]): string =>
    median(runs.map((run) => run.cpuUsPerRequest)).toFixed(2);
  return [
    ...[cell.workload, String(cell.depth), rate(cell.redis), rate(cell.veridis)],
    ...[throughput.toFixed(2), us(cell.redis), us(cell.veridis), cpu.toFixed(2)],
  ];
}
