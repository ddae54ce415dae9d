/**
 * `pnpm bench programs`: scripts, functions, messages, a queue of jobs and eviction, beside
 * redis-server in one run. Writes its table into `docs/PERFORMANCE.md`; a floor that is missed fails
 * the run.
 */
import { markdownTable } from "../../../scripts/docs/table.ts";
import { judgeCommands } from "../collections/commands.ts";
import { today, writeSection } from "../document.ts";
import { alternate, type Pair, type Programs, withPair } from "../pair.ts";
import { cpuUs, type ServerProcess } from "../processes.ts";
import { type Cell, ROW_HEADINGS, ratios, row } from "../report.ts";
import { CLIENTS, KEYS, type Measurement, redisBenchmark, runLoad } from "../workloads.ts";
import { PROGRAM_WORKLOADS, type ProgramWorkload } from "./workloads.ts";

const REQUESTS_AT_DEPTH = 5;
const WARM_UPS = 2;

/** What to measure. */
export interface ProgramsPlan {
  readonly rounds: number;
  /** Only this one. */
  readonly workload: string | undefined;
  readonly writes: boolean;
}

async function measure(
  server: ServerProcess,
  { load, requests: atDepth1, keys = KEYS }: ProgramWorkload,
  depth: number,
  benchmark: string,
): Promise<Measurement> {
  const requests = atDepth1 * (depth > 1 ? REQUESTS_AT_DEPTH : 1);
  const before = cpuUs(server.pid);
  const requestsPerSecond =
    "program" in load
      ? await runLoad(load.program, [server.port, CLIENTS, depth, requests, ...load.args])
      : await redisBenchmark(benchmark, server.port, depth, requests, load.command, keys);
  return { requestsPerSecond, cpuUsPerRequest: (cpuUs(server.pid) - before) / requests };
}

/** Makes both servers ready. Returns whether Veridis has what it takes. */
async function makeReady(pair: Pair, { before, missing }: ProgramWorkload): Promise<boolean> {
  for (const server of pair) {
    try {
      await before?.(server.port);
    } catch (error) {
      const isMissing = error instanceof Error && missing?.test(error.message) === true;
      if (server.name === "veridis" && isMissing) return false;
      throw error;
    }
  }
  return true;
}

interface Measured {
  readonly cells: readonly Cell[];
  /** What Veridis does not have. */
  readonly leftOut: readonly string[];
}

async function measureAll(programs: Programs, plan: ProgramsPlan): Promise<Measured> {
  const cells: Cell[] = [];
  const leftOut: string[] = [];
  for (const workload of PROGRAM_WORKLOADS) {
    if (plan.workload !== undefined && workload.name !== plan.workload) continue;
    await withPair(programs, [], async (pair) => {
      if (!(await makeReady(pair, workload))) {
        process.stdout.write(`${workload.name}: Veridis does not have it\n`);
        leftOut.push(workload.name);
        return;
      }
      for (const depth of workload.depths) {
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
    });
  }
  return { cells, leftOut };
}

/** Runs the bench. Returns the floors that were missed. */
export async function benchPrograms(programs: Programs, plan: ProgramsPlan): Promise<string[]> {
  const { cells, leftOut } = await measureAll(programs, plan);
  if (plan.writes && plan.workload === undefined) {
    const missing = leftOut.map(
      (name) => `Not measured, since Veridis does not have it yet: ${name}.`,
    );
    writeSection("programs", [
      `Measured on ${today()} by \`pnpm bench programs\`: ${plan.rounds} alternating runs a cell, medians, ± half the distance from the lowest to the highest; ratios are medians over the pairs of neighbouring runs.`,
      "",
      markdownTable([ROW_HEADINGS, ...cells.map(row)]).trimEnd(),
      ...missing.flatMap((line) => ["", line]),
    ]);
  }
  return judgeCommands(cells);
}
