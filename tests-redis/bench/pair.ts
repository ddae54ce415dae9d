/** Two servers beside each other: what one comparison runs on. */
import { freePort, type ServerProcess, startServer } from "./processes.ts";
import type { Cell } from "./report.ts";
import type { Measurement } from "./workloads.ts";

/** The programs of a comparison. */
export interface Programs {
  /** Path of redis-server. */
  readonly redis: string;
  /** Path of redis-benchmark. */
  readonly benchmark: string;
  /** Path of Veridis' command line program. */
  readonly cli: string;
}

/** Redis, then Veridis. */
export type Pair = readonly [ServerProcess, ServerProcess];

const NO_PERSISTENCE = ["--save", "", "--appendonly", "no"];
const LOCAL = ["--bind", "127.0.0.1", "--protected-mode", "no"];

/** Starts both with the same settings. */
export async function startPair(
  { redis, cli }: Programs,
  ...settings: readonly string[]
): Promise<Pair> {
  const [a, b] = [await freePort(), await freePort()];
  const line = (port: number) => [
    ...["--port", String(port), ...NO_PERSISTENCE, ...LOCAL],
    ...settings,
  ];
  const first = await startServer("redis", [redis, ...line(a)], a);
  return [first, await startServer("veridis", [process.execPath, cli, ...line(b)], b)];
}

/** Runs something with a pair, and stops it whatever happens. */
export async function withPair<Result>(
  programs: Programs,
  settings: readonly string[],
  work: (pair: Pair) => Promise<Result>,
): Promise<Result> {
  const pair = await startPair(programs, ...settings);
  try {
    return await work(pair);
  } finally {
    for (const server of pair) await server.stop();
  }
}

/**
 * Measures both, alternately.
 *
 * @param warmUps runs before those that count: the compiler still works on what they take
 */
export async function alternate(
  pair: Pair,
  { warmUps, rounds }: { readonly warmUps: number; readonly rounds: number },
  measure: (server: ServerProcess) => Promise<Measurement>,
): Promise<Pick<Cell, "redis" | "veridis">> {
  const found = { redis: [] as Measurement[], veridis: [] as Measurement[] };
  for (let round = -warmUps; round < rounds; round++) {
    for (const server of round % 2 === 0 ? pair : [...pair].reverse()) {
      const measured = await measure(server);
      if (round >= 0) found[server.name].push(measured);
    }
  }
  return found;
}
