/**
 * `pnpm bench commands`: the commands on collections, beside redis-server in one run. Writes its
 * table into `docs/PERFORMANCE.md`; a floor that is missed fails the run.
 */
import { fileURLToPath } from "node:url";
import { markdownTable } from "../../../scripts/docs/table.ts";
import { today, writeSection } from "../document.ts";
import { alternate, type Programs, withPair } from "../pair.ts";
import { cpuUs, type ServerProcess } from "../processes.ts";
import { type Cell, ROW_HEADINGS, ratios, row } from "../report.ts";
import { CLIENTS, type Measurement, redisBenchmark, runLoad } from "../workloads.ts";
import { sendAll } from "./send.ts";
import { COLLECTION_WORKLOADS, type CollectionWorkload } from "./workloads.ts";

const GROUP_LOAD = fileURLToPath(new URL("group-load.ts", import.meta.url));
const DEPTHS = [1, 16] as const;
const REQUESTS_AT_DEPTH = 5;
const WARM_UPS = 2;
/** The least throughput, relative to Redis. */
const FLOOR = 0.8;

/** What to measure. */
export interface CommandsPlan {
  readonly rounds: number;
  /** Only this one. */
  readonly workload: string | undefined;
  readonly writes: boolean;
}

/** Runs one workload against one server. */
async function measure(
  server: ServerProcess,
  workload: CollectionWorkload,
  depth: number,
  benchmark: string,
): Promise<Measurement> {
  const many = depth > 1 && workload.sameAtDepth !== true;
  const requests = workload.requests * (many ? REQUESTS_AT_DEPTH : 1);
  if (workload.refill !== undefined) await sendAll(server.port, workload.refill(requests));
  const before = cpuUs(server.pid);
  const requestsPerSecond =
    workload.command === null
      ? await runLoad(GROUP_LOAD, [server.port, CLIENTS, depth, requests])
      : await redisBenchmark(benchmark, server.port, depth, requests, workload.command);
  return { requestsPerSecond, cpuUsPerRequest: (cpuUs(server.pid) - before) / requests };
}

async function measureAll(programs: Programs, plan: CommandsPlan): Promise<Cell[]> {
  const cells: Cell[] = [];
  await withPair(programs, [], async (pair) => {
    for (const workload of COLLECTION_WORKLOADS) {
      if (plan.workload !== undefined && workload.name !== plan.workload) continue;
      for (const server of pair) await sendAll(server.port, workload.fill?.() ?? []);
      for (const depth of DEPTHS) {
        const runs = await alternate(pair, { warmUps: WARM_UPS, rounds: plan.rounds }, (server) =>
          measure(server, workload, depth, programs.benchmark),
        );
        const cell = { workload: workload.name, depth, ...runs };
        const { throughput, cpu } = ratios(cell);
        process.stdout.write(
          `${workload.name}, depth ${depth}: ${throughput.toFixed(2)}x, CPU ${cpu.toFixed(2)}x\n`,
        );
        cells.push(cell);
      }
    }
  });
  return cells;
}

/** The floors that were missed, one line each. */
export function judgeCommands(cells: readonly Cell[]): string[] {
  return cells.flatMap((cell) => {
    const { throughput } = ratios(cell);
    if (throughput >= FLOOR) return [];
    const ratio = `${throughput.toFixed(2)}x of Redis' throughput, floor ${FLOOR}`;
    return [`${cell.workload} at depth ${cell.depth}: ${ratio}`];
  });
}

/** Runs the bench. Returns the floors that were missed. */
export async function benchCommands(programs: Programs, plan: CommandsPlan): Promise<string[]> {
  const cells = await measureAll(programs, plan);
  if (plan.writes && plan.workload === undefined) {
    writeSection("commands", [
      `Measured on ${today()} by \`pnpm bench commands\`: ${plan.rounds} alternating runs a cell, medians, ± half the distance from the lowest to the highest; ratios are medians over the pairs of neighbouring runs.`,
      "",
      markdownTable([ROW_HEADINGS, ...cells.map(row)]).trimEnd(),
    ]);
  }
  return judgeCommands(cells);
}
