/**
 * `pnpm bench durability`: what the log costs, beside redis-server with the same policy in one run,
 * and how fast it is replayed. Writes its table into `docs/PERFORMANCE.md` and fails when a floor is
 * missed.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markdownTable } from "../../scripts/docs/table.ts";
import { recordEvidence } from "../../scripts/evidence.ts";
import { today, writeSection } from "./document.ts";
import type { Programs } from "./pair.ts";
import { freePort, type ServerProcess, startServer } from "./processes.ts";
import { median, pairedRatio, spread } from "./report.ts";
import { fill, type Measurement, measure, type Workload } from "./workloads.ts";

const DEPTHS = [1, 16] as const;
const POLICIES = ["always", "everysec", "no"] as const;
type Policy = (typeof POLICIES)[number];

/** Enough for about half a second: shorter runs measure the machine's hiccups. */
const REQUESTS: Readonly<Record<(typeof DEPTHS)[number], number>> = { 1: 40_000, 16: 300_000 };
/** Rounds that are not counted: the compiler still works on what they take. */
const WARM_UPS = 3;
const REPLAYED_SETS = 1_000_000;
const REPLAYED_VALUE_BYTES = 32;
const REPLAYS = 7;

/** `always`: the least throughput, relative to Redis. */
const ALWAYS_FLOOR = 1.0;
/** `everysec`: the least throughput, relative to Veridis without a log. */
const EVERYSEC_FLOOR = 0.85;
/** Replay: the least speed, relative to Redis. */
const REPLAY_FLOOR = 1.0;

/** The servers of one comparison: Redis and Veridis with the policy, and Veridis without a log. */
const SUBJECTS = ["redis", "veridis", "bare"] as const;
type Subject = (typeof SUBJECTS)[number];

/** What was measured at one policy and depth. */
interface Row {
  readonly policy: Policy;
  readonly depth: number;
  readonly rates: Readonly<Record<Subject, number[]>>;
}

function command(
  programs: Programs,
  subject: Subject,
  policy: Policy,
  port: number,
  folder: string,
): string[] {
  const program = subject === "redis" ? [programs.redis] : [process.execPath, programs.cli];
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  if (subject === "bare") return [...program, ...place];
  const log = ["--appendonly", "yes", "--appendfsync", policy];
  // A rewrite in the middle would be another measurement.
  const plain = ["--auto-aof-rewrite-percentage", "0", "--aof-use-rdb-preamble", "no"];
  return [...program, ...place, ...log, ...plain];
}

/** Runs `work` with the servers of a comparison, each in a folder of its own. */
async function withServers(
  programs: Programs,
  policy: Policy,
  work: (servers: Readonly<Record<Subject, ServerProcess>>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "veridis-bench-"));
  const running: Partial<Record<Subject, ServerProcess>> = {};
  try {
    for (const subject of SUBJECTS) {
      const port = await freePort();
      const own = mkdtempSync(join(folder, `${subject}-`));
      const name = subject === "redis" ? "redis" : "veridis";
      running[subject] = await startServer(
        name,
        command(programs, subject, policy, port, own),
        port,
      );
    }
    await work(running as Record<Subject, ServerProcess>);
  } finally {
    for (const server of Object.values(running)) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function throughput(programs: Programs, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const policy of POLICIES) {
    await withServers(programs, policy, async (servers) => {
      for (const depth of DEPTHS) {
        const workload: Workload = {
          name: "SET",
          command: ["SET", "key:__rand_int__", "xxx"],
          requests: REQUESTS[depth],
        };
        const rates: Record<Subject, number[]> = { redis: [], veridis: [], bare: [] };
        for (let round = -WARM_UPS; round < rounds; round++) {
          // In turns: whoever runs twice in a row finds the processor's caches warm.
          const first = (round + WARM_UPS) % SUBJECTS.length;
          for (let i = 0; i < SUBJECTS.length; i++) {
            const subject = SUBJECTS[(first + i) % SUBJECTS.length]!;
            const measured: Measurement = await measure(
              servers[subject],
              workload,
              depth,
              programs.benchmark,
            );
            if (round >= 0) rates[subject].push(measured.requestsPerSecond);
          }
        }
        const row = { policy, depth, rates };
        rows.push(row);
        process.stdout.write(
          `${policy}, depth ${depth}: ${ratio(row, "redis").toFixed(2)}x Redis, ` +
            `${ratio(row, "bare").toFixed(2)}x Veridis without a log\n`,
        );
      }
    });
  }
  return rows;
}

function ratio(row: Row, to: Subject): number {
  return pairedRatio(row.rates.veridis, row.rates[to]);
}

const REPLAYERS = ["redis", "veridis"] as const;

/** Seconds that each server takes to replay its own log of a million SETs. */
async function replays(programs: Programs): Promise<Record<"redis" | "veridis", number[]>> {
  const seconds = { redis: [] as number[], veridis: [] as number[] };
  const folder = mkdtempSync(join(tmpdir(), "veridis-bench-"));
  try {
    for (const subject of REPLAYERS) {
      const own = mkdtempSync(join(folder, `${subject}-`));
      const port = await freePort();
      const line = command(programs, subject, "no", port, own);
      const first = await startServer(subject, line, port);
      await fill(port, REPLAYED_SETS, REPLAYED_VALUE_BYTES);
      await first.stop();
    }
    for (let i = 0; i < REPLAYS; i++) {
      for (const subject of REPLAYERS) {
        seconds[subject].push(await replaySeconds(programs, subject, folder));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(
    `replay of ${REPLAYED_SETS} SETs: ${median(seconds.veridis).toFixed(2)} s, ` +
      `Redis ${median(seconds.redis).toFixed(2)} s\n`,
  );
  return seconds;
}

async function replaySeconds(
  programs: Programs,
  subject: "redis" | "veridis",
  folder: string,
): Promise<number> {
  const port = await freePort();
  const own = join(folder, onlyEntry(folder, `${subject}-`));
  const startedMs = performance.now();
  const server = await startServer(subject, command(programs, subject, "no", port, own), port);
  const keys = await untilLoaded(port);
  const seconds = (performance.now() - startedMs) / 1000;
  await server.stop();
  if (keys !== REPLAYED_SETS) throw new Error(`${subject} has loaded ${keys} keys`);
  return seconds;
}

function onlyEntry(folder: string, prefix: string): string {
  const name = readdirSync(folder).find((entry) => entry.startsWith(prefix));
  if (name === undefined) throw new Error(`${folder} has no ${prefix}`);
  return name;
}

/** Waits until a server answers DBSIZE, and returns the number of keys. */
function untilLoaded(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write("DBSIZE\r\n"));
    socket.once("error", reject);
    socket.on("data", (chunk: Buffer) => {
      const text = chunk.toString("latin1");
      if (text.startsWith("-LOADING")) {
        setTimeout(() => socket.write("DBSIZE\r\n"), 5);
        return;
      }
      socket.destroy();
      resolve(Number(text.slice(1)));
    });
  });
}

/** The floors that were missed, one line each. */
function judge(rows: readonly Row[], seconds: Record<"redis" | "veridis", number[]>): string[] {
  const missed: string[] = [];
  for (const row of rows) {
    const name = `${row.policy} at depth ${row.depth}`;
    const toRedis = ratio(row, "redis");
    const toBare = ratio(row, "bare");
    if (row.policy === "always" && toRedis < ALWAYS_FLOOR) {
      missed.push(`${name}: ${toRedis.toFixed(2)}x of Redis, floor ${ALWAYS_FLOOR}`);
    }
    if (row.policy === "everysec" && toBare < EVERYSEC_FLOOR) {
      missed.push(`${name}: ${toBare.toFixed(2)}x of no log, floor ${EVERYSEC_FLOOR}`);
    }
  }
  const speed = pairedRatio(seconds.redis, seconds.veridis);
  if (speed < REPLAY_FLOOR) {
    missed.push(`replay: ${speed.toFixed(2)}x of Redis' speed, floor ${REPLAY_FLOOR}`);
  }
  return missed;
}

const HEADINGS = [
  ...["appendfsync", "depth", "Redis req/s", "Veridis req/s", "Veridis without a log"],
  ...["to Redis", "to no log"],
];

function cells(row: Row): string[] {
  const { policy, depth, rates } = row;
  const measured = [rates.redis, rates.veridis, rates.bare].map(rate);
  const ratios = [ratio(row, "redis"), ratio(row, "bare")].map((value) => value.toFixed(2));
  return [policy, String(depth), ...measured, ...ratios];
}

function rate(numbers: readonly number[]): string {
  const middle = Math.round(median(numbers)).toLocaleString("en-US");
  return `${middle} ± ${(spread(numbers) * 100).toFixed(0)} %`;
}

function writeTable(rows: readonly Row[], seconds: Record<"redis" | "veridis", number[]>): void {
  const lines = [
    `Measured on ${today()} by \`pnpm bench durability\`: SET, ` +
      `${rows[0]?.rates.redis.length ?? 0} alternating runs a cell, medians, ± half the distance ` +
      "from the lowest to the highest; ratios are medians over the runs of one round.",
    "",
    markdownTable([HEADINGS, ...rows.map(cells)]).trimEnd(),
    "",
    `Replay of ${REPLAYED_SETS.toLocaleString("en-US")} SETs, start of the process included: ` +
      `Redis ${median(seconds.redis).toFixed(2)} s, Veridis ${median(seconds.veridis).toFixed(2)} s.`,
  ];
  writeSection("durability", lines);
}

/**
 * Runs the bench.
 *
 * @param rounds runs per cell and server
 * @returns the floors that were missed
 */
export async function benchDurability(
  programs: Programs,
  rounds: number,
  writes: boolean,
): Promise<string[]> {
  const rows = await throughput(programs, rounds);
  const seconds = await replays(programs);
  if (writes) writeTable(rows, seconds);
  const missed = judge(rows, seconds);
  if (missed.length === 0) {
    recordEvidence("bench:durability", { cells: rows.length, replayedSets: REPLAYED_SETS });
  }
  return missed;
}
