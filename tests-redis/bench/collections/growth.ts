/**
 * `pnpm bench growth`: what an operation costs in collections of a thousand to a million elements.
 * Writes a table and plots into `docs/PERFORMANCE.md`; a cost that grows beyond the operation's
 * complexity fails the run.
 */
import { markdownTable } from "../../../scripts/docs/table.ts";
import { today, writeSection } from "../document.ts";
import { alternate, type Pair, type Programs, withPair } from "../pair.ts";
import { cpuUs, type ServerProcess } from "../processes.ts";
import { median } from "../report.ts";
import { type Measurement, redisBenchmark } from "../workloads.ts";
import { inChunks, padded, sendAll } from "./send.ts";

const SIZES = [1000, 10_000, 100_000, 1_000_000] as const;
const DEPTH = 16;
const REQUESTS = 100_000;
const WARM_UPS = 1;
/**
 * How much dearer an operation may be at a million elements than at a thousand: a look-up that
 * costs the same number of steps leaves the processor's caches on the way, and a tree is thrice as
 * deep in bits. Linear growth would be a thousand.
 */
const CEILINGS = { "O(1)": 6, "O(log N)": 8 } as const;
const VALUE = "0123456789";

interface Operation {
  readonly name: string;
  readonly complexity: keyof typeof CEILINGS;
  readonly fill: (size: number) => Iterable<readonly string[]>;
  readonly command: readonly string[];
}

const member = (i: number): string => `member:${padded(i)}`;
const RANDOM_MEMBER = "member:__rand_int__";
const list = (size: number) => inChunks(["RPUSH", "c"], size, () => [VALUE]);
const set = (size: number) => inChunks(["SADD", "c"], size, (i) => [member(i)]);
const hash = (size: number) => inChunks(["HSET", "c"], size, (i) => [member(i), VALUE]);
const zset = (size: number) => inChunks(["ZADD", "c"], size, (i) => [String(i), member(i)]);

const OPERATIONS: readonly Operation[] = [
  { name: "HGET", complexity: "O(1)", fill: hash, command: ["HGET", "c", RANDOM_MEMBER] },
  { name: "HSET", complexity: "O(1)", fill: hash, command: ["HSET", "c", RANDOM_MEMBER, "x"] },
  { name: "SISMEMBER", complexity: "O(1)", fill: set, command: ["SISMEMBER", "c", RANDOM_MEMBER] },
  { name: "SRANDMEMBER", complexity: "O(1)", fill: set, command: ["SRANDMEMBER", "c"] },
  { name: "LMOVE", complexity: "O(1)", fill: list, command: ["LMOVE", "c", "c", "LEFT", "RIGHT"] },
  {
    name: "ZADD",
    complexity: "O(log N)",
    fill: zset,
    command: ["ZADD", "c", "__rand_int__", RANDOM_MEMBER],
  },
  { name: "ZRANK", complexity: "O(log N)", fill: zset, command: ["ZRANK", "c", RANDOM_MEMBER] },
  {
    name: "ZRANGEBYSCORE 10",
    complexity: "O(log N)",
    fill: zset,
    command: ["ZRANGEBYSCORE", "c", "__rand_int__", "+inf", "LIMIT", "0", "10"],
  },
];

/** CPU time per request in microseconds, by size. */
interface Curve {
  readonly operation: Operation;
  readonly redis: readonly number[];
  readonly veridis: readonly number[];
}

async function measure(
  server: ServerProcess,
  { command }: Operation,
  size: number,
  benchmark: string,
): Promise<Measurement> {
  const before = cpuUs(server.pid);
  const rate = await redisBenchmark(benchmark, server.port, DEPTH, REQUESTS, command, size);
  return { requestsPerSecond: rate, cpuUsPerRequest: (cpuUs(server.pid) - before) / REQUESTS };
}

async function curve(
  pair: Pair,
  operation: Operation,
  rounds: number,
  benchmark: string,
): Promise<Curve> {
  const found = { redis: [] as number[], veridis: [] as number[] };
  for (const size of SIZES) {
    for (const { port } of pair) {
      await sendAll(port, [["FLUSHALL"]]);
      await sendAll(port, operation.fill(size));
    }
    const runs = await alternate(pair, { warmUps: WARM_UPS, rounds }, (server) =>
      measure(server, operation, size, benchmark),
    );
    for (const name of ["redis", "veridis"] as const) {
      found[name].push(median(runs[name].map((run) => run.cpuUsPerRequest)));
    }
  }
  const show = (costs: readonly number[]): string => costs.map((us) => us.toFixed(2)).join(" ");
  process.stdout.write(
    `${operation.name}: µs ${show(found.veridis)}, Redis ${show(found.redis)}\n`,
  );
  return { operation, ...found };
}

function growthOf(costs: readonly number[]): number {
  return costs.at(-1)! / costs[0]!;
}

/** The operations that grew beyond their complexity, one line each. */
function judge(curves: readonly Curve[]): string[] {
  return curves.flatMap(({ operation, veridis }) => {
    const ceiling = CEILINGS[operation.complexity];
    const growth = growthOf(veridis);
    if (growth <= ceiling) return [];
    const times = `${growth.toFixed(1)}x from ${SIZES[0]} to ${SIZES.at(-1)} elements`;
    return [`${operation.name}, ${operation.complexity}: ${times}, ceiling ${ceiling}x`];
  });
}

function plot({ operation, redis, veridis }: Curve): string[] {
  const line = (costs: readonly number[]): string =>
    `  line [${costs.map((us) => us.toFixed(2)).join(", ")}]`;
  return [
    "```mermaid",
    "xychart-beta",
    `  title "${operation.name}, ${operation.complexity}: CPU µs, Veridis then Redis"`,
    `  x-axis "elements" [${SIZES.map((size) => `"${size.toLocaleString("en-US")}"`).join(", ")}]`,
    `  y-axis "µs" 0 --> ${Math.ceil(Math.max(...redis, ...veridis))}`,
    line(veridis),
    line(redis),
    "```",
    "",
  ];
}

function rowOf({ operation, redis, veridis }: Curve): string[] {
  const costs = SIZES.map((_, i) => `${veridis[i]!.toFixed(2)} / ${redis[i]!.toFixed(2)}`);
  const growths = [growthOf(veridis), growthOf(redis)].map((growth) => `${growth.toFixed(1)}x`);
  return [operation.name, operation.complexity, ...costs, growths.join(" / ")];
}

/** Runs the bench. Returns what grew too much. */
export async function benchGrowth(
  programs: Programs,
  rounds: number,
  writes: boolean,
): Promise<string[]> {
  const curves: Curve[] = [];
  await withPair(programs, [], async (pair) => {
    for (const operation of OPERATIONS) {
      curves.push(await curve(pair, operation, rounds, programs.benchmark));
    }
  });
  if (writes) {
    const sizes = SIZES.map((size) => size.toLocaleString("en-US"));
    const headings = ["Veridis / Redis", "complexity", ...sizes, "growth"];
    writeSection("growth", [
      `Measured on ${today()} by \`pnpm bench growth\`: CPU µs per request at depth ${DEPTH}, medians of ${rounds}.`,
      "",
      markdownTable([headings, ...curves.map(rowOf)]),
      ...curves.flatMap(plot),
    ]);
  }
  return judge(curves);
}
