/**
 * `pnpm bench`: Veridis beside redis-server in one run, alternately, each on the same core with the
 * client on the other. Writes `docs/PERFORMANCE.md`'s table and fails when a floor is missed.
 */
import { existsSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { choice, commandLineOf, flag, optionalInteger } from "../../scripts/options.ts";
import { provision } from "../../scripts/provision.ts";
import { benchDurability } from "./durability.ts";
import { freePort, residentBytes, type ServerProcess, startServer } from "./processes.ts";
import { profileGet } from "./profile.ts";
import { type Cell, judge, median, type Report, ratios, writeReport } from "./report.ts";
import { DEPTHS, fill, KEYS, measure, WORKLOADS } from "./workloads.ts";

/** Runs per cell and server unless told otherwise. */
const ROUNDS = 9;
/** The disk adds its own noise. */
const DURABILITY_ROUNDS = 21;

const { values: options, positionals } = commandLineOf(
  {
    name: "pnpm bench",
    does: "Measures Veridis beside redis-server, and fails when a floor is missed.",
    positional: {
      ...{ placeholder: "durability", allowed: ["durability"], isRepeatable: false },
      meaning: "what the log costs, and how fast it is replayed, instead of all else",
    },
  },
  {
    rounds: optionalInteger(
      "runs per cell and server, whose median counts",
      `${ROUNDS}, with durability ${DURABILITY_ROUNDS}`,
      1,
    ),
    workload: choice(
      "NAME",
      "only this one",
      WORKLOADS.map(({ name }) => name),
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

function redisCommand(redis: string, port: number): string[] {
  const quiet = [
    "--save",
    "",
    "--appendonly",
    "no",
    "--bind",
    "127.0.0.1",
    "--protected-mode",
    "no",
  ];
  return [redis, "--port", String(port), ...quiet];
}

function veridisCommand(port: number): string[] {
  return [process.execPath, CLI, "--port", String(port), "--save", "", "--bind", "127.0.0.1"];
}

async function startBoth(redis: string): Promise<readonly [ServerProcess, ServerProcess]> {
  const [a, b] = [await freePort(), await freePort()];
  return [
    await startServer("redis", redisCommand(redis, a), a),
    await startServer("veridis", veridisCommand(b), b),
  ];
}

async function throughput(redis: string, benchmark: string, rounds: number): Promise<Cell[]> {
  const servers = await startBoth(redis);
  // Look-ups that find nothing would be another workload.
  for (const server of servers) await fill(server.port, KEYS, VALUE_BYTES[0]);
  const cells: Cell[] = [];
  for (const workload of WORKLOADS) {
    if (options.workload !== undefined && workload.name !== options.workload) continue;
    for (const depth of DEPTHS) {
      if (options.depth !== undefined && depth !== Number(options.depth)) continue;
      const cell: Cell = { workload: workload.name, depth, redis: [], veridis: [] };
      for (let run = 0; run < WARM_UPS; run++) {
        for (const server of servers) await measure(server, workload, depth, benchmark);
      }
      for (let round = 0; round < rounds; round++) {
        for (const server of round % 2 === 0 ? servers : [...servers].reverse()) {
          cell[server.name].push(await measure(server, workload, depth, benchmark));
        }
      }
      const { throughput: ratio, cpu } = ratios(cell);
      process.stdout.write(
        `${workload.name}, depth ${depth}: ${ratio.toFixed(2)}x, CPU ${cpu.toFixed(2)}x\n`,
      );
      cells.push(cell);
    }
  }
  for (const server of servers) await server.stop();
  return cells;
}

async function memory(redis: string): Promise<Report["memory"]> {
  const rows: Report["memory"][number][] = [];
  for (const valueBytes of VALUE_BYTES) {
    const perKey = { redis: 0, veridis: 0 };
    for (const server of await startBoth(redis)) {
      const before = residentBytes(server.pid);
      await fill(server.port, MEMORY_KEYS, valueBytes);
      perKey[server.name] = (residentBytes(server.pid) - before) / MEMORY_KEYS;
      await server.stop();
    }
    process.stdout.write(
      `memory per key, values of ${valueBytes} bytes: ${perKey.veridis.toFixed(0)} bytes, Redis ${perKey.redis.toFixed(0)}\n`,
    );
    rows.push({ valueBytes, ...perKey });
  }
  return rows;
}

async function starts(redis: string): Promise<Report["startMs"]> {
  const times = { redis: [] as number[], veridis: [] as number[] };
  for (let i = 0; i < STARTS; i++) {
    for (const server of await startBoth(redis)) {
      times[server.name].push(server.startMs);
      await server.stop();
    }
  }
  process.stdout.write(
    `start to first reply: ${median(times.veridis).toFixed(0)} ms, Redis ${median(times.redis).toFixed(0)}\n`,
  );
  return times;
}

async function main(): Promise<void> {
  if (availableParallelism() < 2) throw new Error("bench needs two cores");
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run \`pnpm build\` first`);
  if (positionals.includes("durability")) {
    report(await benchDurability(CLI, options.rounds ?? DURABILITY_ROUNDS, !options["no-write"]));
    return;
  }
  const redis = await provision("redis-server");
  const benchmark = await provision("redis-benchmark");
  const measured: Report = {
    machine: `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`,
    node: process.version,
    cells: await throughput(redis, benchmark, options.rounds ?? ROUNDS),
    memory: await memory(redis),
    startMs: await starts(redis),
    profiles: new Map(),
  };
  for (const depth of DEPTHS) measured.profiles.set(depth, await profileGet(depth, benchmark));
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
