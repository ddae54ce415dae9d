/**
 * `pnpm bench`: Veridis beside redis-server in one run, alternately, each on the same core with the
 * client on the other. Writes `docs/PERFORMANCE.md`'s table and fails when a floor is missed.
 */
import { existsSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { choice, commandLineOf, flag, optionalInteger } from "../../scripts/options.ts";
import { provision } from "../../scripts/provision.ts";
import { benchCommands } from "./collections/commands.ts";
import { benchElements } from "./collections/elements.ts";
import { benchGrowth } from "./collections/growth.ts";
import { benchStalls } from "./collections/stalls.ts";
import { COLLECTION_WORKLOADS } from "./collections/workloads.ts";
import { benchDurability } from "./durability.ts";
import { benchEviction } from "./eviction.ts";
import { alternate, type Programs, withPair } from "./pair.ts";
import { residentBytes } from "./processes.ts";
import { profileGet } from "./profile.ts";
import { benchPrograms } from "./programs/programs.ts";
import { PROGRAM_WORKLOADS } from "./programs/workloads.ts";
import { type Cell, judge, median, type Report, ratios, writeReport } from "./report.ts";
import { DEPTHS, depthsOf, fill, KEYS, measure, prepare, WORKLOADS } from "./workloads.ts";

/** Runs per cell and server unless told otherwise. */
const ROUNDS = 9;
/** The benches beside the one of keys and strings. */
const OTHERS = [
  "durability",
  "commands",
  "growth",
  "elements",
  "stalls",
  "programs",
  "eviction",
] as const;
/** Runs per cell and server in them; the disk adds its own noise. */
const OTHER_ROUNDS = {
  ...{ durability: 21, commands: 5, growth: 3, elements: 3, stalls: 3, programs: 5, eviction: 1 },
} as const;

const { values: options, positionals } = commandLineOf(
  {
    name: "pnpm bench",
    does: "Measures Veridis beside redis-server, and fails when a floor is missed.",
    positional: {
      ...{ placeholder: "BENCH", allowed: OTHERS, isRepeatable: false },
      meaning:
        "instead of keys and strings: the log and its replay (durability), commands on collections (commands), their cost by size (growth), memory per element (elements), the longest wait of another client (stalls), scripts, messages, jobs and eviction (programs), hits of a cache that is too small (eviction)",
    },
  },
  {
    rounds: optionalInteger(
      "runs per cell and server, whose median counts",
      `${ROUNDS}; others in the other benches`,
      1,
    ),
    workload: choice(
      "NAME",
      "only this one",
      [...WORKLOADS, ...COLLECTION_WORKLOADS, ...PROGRAM_WORKLOADS].map(({ name }) => name),
    ),
    depth: choice("N", "only this pipeline depth", DEPTHS.map(String)),
    source: flag("the TypeScript sources instead of the published build"),
    "no-write": flag("leave docs/PERFORMANCE.md alone"),
  },
);

const CLI = fileURLToPath(
  new URL(options.source ? "../../impl/server/cli.ts" : "../../dist/cli.js", import.meta.url),
);
const MEMORY_KEYS = 1_000_000;
const VALUE_BYTES = [32, 100] as const;
const STARTS = 7;
/** Runs of a cell that are not counted: the compiler still works on what they take. */
const WARM_UPS = 2;

async function throughput(programs: Programs, rounds: number): Promise<Cell[]> {
  return await withPair(programs, [], async (pair) => {
    // Look-ups that find nothing would be another workload.
    for (const server of pair) await fill(server.port, KEYS, VALUE_BYTES[0]);
    const cells: Cell[] = [];
    for (const workload of WORKLOADS) {
      if (options.workload !== undefined && workload.name !== options.workload) continue;
      await prepare(pair, workload);
      for (const depth of depthsOf(workload)) {
        if (options.depth !== undefined && depth !== Number(options.depth)) continue;
        const runs = await alternate(pair, { warmUps: WARM_UPS, rounds }, (server) =>
          measure(server, workload, depth, programs.benchmark),
        );
        const cell = { workload: workload.name, depth, ...runs };
        const { throughput: ratio, cpu } = ratios(cell);
        process.stdout.write(
          `${workload.name}, depth ${depth}: ${ratio.toFixed(2)}x, CPU ${cpu.toFixed(2)}x\n`,
        );
        cells.push(cell);
      }
    }
    return cells;
  });
}

async function memory(programs: Programs): Promise<Report["memory"]> {
  const rows: Report["memory"][number][] = [];
  for (const valueBytes of VALUE_BYTES) {
    const perKey = { redis: 0, veridis: 0 };
    await withPair(programs, [], async (pair) => {
      for (const server of pair) {
        const before = residentBytes(server.pid);
        await fill(server.port, MEMORY_KEYS, valueBytes);
        perKey[server.name] = (residentBytes(server.pid) - before) / MEMORY_KEYS;
      }
    });
    process.stdout.write(
      `memory per key, values of ${valueBytes} bytes: ${perKey.veridis.toFixed(0)} bytes, Redis ${perKey.redis.toFixed(0)}\n`,
    );
    rows.push({ valueBytes, ...perKey });
  }
  return rows;
}

async function starts(programs: Programs): Promise<Report["startMs"]> {
  const times = { redis: [] as number[], veridis: [] as number[] };
  for (let i = 0; i < STARTS; i++) {
    await withPair(programs, [], async (pair) => {
      for (const server of pair) times[server.name].push(server.startMs);
    });
  }
  process.stdout.write(
    `start to first reply: ${median(times.veridis).toFixed(0)} ms, Redis ${median(times.redis).toFixed(0)}\n`,
  );
  return times;
}

/** The floors that one of the other benches misses. */
async function other(
  programs: Programs,
  name: (typeof OTHERS)[number],
): Promise<readonly string[]> {
  const { workload } = options;
  const writes = !options["no-write"];
  const rounds = options.rounds ?? OTHER_ROUNDS[name];
  switch (name) {
    case "durability":
      return await benchDurability(programs, rounds, writes);
    case "commands":
      return await benchCommands(programs, { rounds, workload, writes });
    case "growth":
      return await benchGrowth(programs, rounds, writes);
    case "elements":
      return await benchElements(programs, rounds, writes);
    case "stalls":
      return await benchStalls(programs, rounds, writes);
    case "programs":
      return await benchPrograms(programs, { rounds, workload, writes });
    case "eviction":
      return await benchEviction(programs, writes);
  }
}

async function main(): Promise<void> {
  if (availableParallelism() < 2) throw new Error("bench needs two cores");
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run \`pnpm build\` first`);
  const programs: Programs = {
    redis: await provision("redis-server"),
    benchmark: await provision("redis-benchmark"),
    cli: CLI,
  };
  const chosen = OTHERS.find((name) => positionals.includes(name));
  if (chosen !== undefined) {
    report(await other(programs, chosen));
    return;
  }
  const measured: Report = {
    machine: `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`,
    node: process.version,
    cells: await throughput(programs, options.rounds ?? ROUNDS),
    memory: await memory(programs),
    startMs: await starts(programs),
    profiles: new Map(),
  };
  for (const depth of DEPTHS)
    measured.profiles.set(depth, await profileGet(depth, programs.benchmark));
  const whole = options.workload === undefined && options.depth === undefined && !options.source;
  if (whole && !options["no-write"]) writeReport(measured);
  report(judge(measured));
}

/** Says which floors were missed; any fails the run. */
function report(missed: readonly string[]): void {
  for (const line of missed) process.stderr.write(`floor missed: ${line}\n`);
  if (missed.length > 0) process.exitCode = 1;
}

await main();
