import { execFile } from "node:child_process";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CLIENT_CORE, cpuUs, type ServerProcess } from "./processes.ts";

const execute = promisify(execFile);
const LOAD = fileURLToPath(new URL("load.ts", import.meta.url));

export const CLIENTS = 50;
export const KEYS = 100_000;
export const DEPTHS = [1, 16, 64] as const;

/** One kind of request. `perRequest` commands' worth of work lie in it. */
export interface Workload {
  readonly name: string;
  /** Arguments for redis-benchmark; null for the transaction load. */
  readonly command: readonly string[] | null;
  /** How many requests at depth 1; more are sent at greater depth. */
  readonly requests: number;
  /** A long value's, with which redis-benchmark's own test of this name runs at depth 1 alone. */
  readonly valueBytes?: number;
}

/** Keys of long values: more would not fit into the memory of a small machine. */
const LONG_VALUE_KEYS = 64;

function longValues(valueBytes: number, size: string, requests: number): readonly Workload[] {
  return ["GET", "SET"].map((name) => {
    return { name: `${name} of ${size}`, command: [name.toLowerCase()], requests, valueBytes };
  });
}

const KEY = "key:__rand_int__";

export const WORKLOADS: readonly Workload[] = [
  { name: "GET", command: ["GET", KEY], requests: 100_000 },
  { name: "SET", command: ["SET", KEY, "xxx"], requests: 100_000 },
  { name: "INCR", command: ["INCR", "counter:__rand_int__"], requests: 100_000 },
  {
    name: "MSET (10)",
    command: ["MSET", ...Array.from({ length: 10 }, () => [KEY, "xxx"]).flat()],
    requests: 60_000,
  },
  { name: "MULTI of 5", command: null, requests: 30_000 },
  ...longValues(100_000, "100 kB", 10_000),
  ...longValues(1_000_000, "1 MB", 1500),
];

/** The depths at which a workload runs. */
export function depthsOf({ valueBytes }: Workload): readonly number[] {
  return valueBytes === undefined ? DEPTHS : [1];
}

/** What redis-benchmark is to send, and below what it draws the keys. */
function argumentsOf(
  { valueBytes }: Workload,
  command: readonly string[],
): [readonly string[], number] {
  if (valueBytes === undefined) return [command, KEYS];
  // An argument of the command line has no room for a long value.
  return [["-d", String(valueBytes), "-t", ...command], LONG_VALUE_KEYS];
}

/** Gives both servers what a workload reads. */
export async function prepare(
  servers: readonly ServerProcess[],
  { valueBytes }: Workload,
): Promise<void> {
  if (valueBytes === undefined) return;
  for (const server of servers) await fill(server.port, LONG_VALUE_KEYS, valueBytes);
}

/** What one run of a workload measured. */
export interface Measurement {
  readonly requestsPerSecond: number;
  /** The server's CPU time per request, in microseconds. */
  readonly cpuUsPerRequest: number;
}

/** Requests of a run: deeper pipelines get more, so that each run lasts about as long. */
export function requestsOf(workload: Workload, depth: number): number {
  return workload.requests * (depth === 1 ? 1 : depth === 16 ? 5 : 8);
}

/** Runs one workload against one server. */
export async function measure(
  server: ServerProcess,
  workload: Workload,
  depth: number,
  benchmark: string,
): Promise<Measurement> {
  const requests = requestsOf(workload, depth);
  const before = cpuUs(server.pid);
  const requestsPerSecond =
    workload.command === null
      ? await runLoad(LOAD, [server.port, CLIENTS, depth, requests, KEYS])
      : await redisBenchmark(
          benchmark,
          server.port,
          depth,
          requests,
          ...argumentsOf(workload, workload.command),
        );
  return { requestsPerSecond, cpuUsPerRequest: (cpuUs(server.pid) - before) / requests };
}

/**
 * Requests per second that redis-benchmark prints, which sends one command.
 *
 * @param keys `__rand_int__` is drawn below it
 */
export async function redisBenchmark(
  benchmark: string,
  port: number,
  depth: number,
  requests: number,
  command: readonly string[],
  keys = KEYS,
): Promise<number> {
  const { stdout } = await execute("taskset", [
    ...["-c", String(CLIENT_CORE), benchmark, "-p", String(port), "-c", String(CLIENTS)],
    ...["-P", String(depth), "-n", String(requests), "-r", String(keys), "--csv"],
    ...command,
  ]);
  const line = stdout.trim().split("\n").at(-1)!;
  const fields = line.split('","').map((field) => field.replaceAll('"', ""));
  const rate = Number(fields[1]);
  if (!Number.isFinite(rate) || rate <= 0) throw new Error(`redis-benchmark printed: ${stdout}`);
  return rate;
}

/** What a load prints that is a program of ours, run on a core: requests per second. */
export async function runLoad(path: string, args: readonly number[]): Promise<number> {
  const { stdout } = await execute("taskset", [
    ...["-c", String(CLIENT_CORE), process.execPath, path],
    ...args.map(String),
  ]);
  const rate = Number(stdout);
  if (!Number.isFinite(rate) || rate <= 0) throw new Error(`the load printed: ${stdout}`);
  return rate;
}

/** Sets `keys` keys of 16 bytes to values of `valueBytes`, each key once, through one connection. */
export function fill(port: number, keys: number, valueBytes: number): Promise<void> {
  const value = "x".repeat(valueBytes);
  const batch = Math.max(1, Math.min(FILL_BATCH, Math.floor(FILL_BATCH_BYTES / valueBytes)));
  return new Promise((resolve, reject) => {
    let written = 0;
    let received = 0;
    const socket = net.connect({ port, host: "127.0.0.1" });
    const write = (): void => {
      if (written === keys) return;
      let text = "";
      for (let i = 0; i < batch && written < keys; i++) {
        const key = `key:${String(written++).padStart(12, "0")}`;
        text += `*3\r\n$3\r\nSET\r\n$16\r\n${key}\r\n$${valueBytes}\r\n${value}\r\n`;
      }
      socket.write(text);
    };
    socket.on("data", (chunk: Buffer) => {
      // Every reply is +OK; a minus begins an error, which may come after others in a chunk.
      const error = chunk.indexOf(MINUS);
      if (error !== -1) {
        socket.destroy();
        reject(new Error(chunk.toString("latin1", error)));
        return;
      }
      received += chunk.length;
      if (received === written * OK_BYTES) write();
      if (received === keys * OK_BYTES) {
        socket.destroy();
        resolve();
      }
    });
    socket.once("error", reject);
    write();
  });
}

const MINUS = 45;
const FILL_BATCH = 1000;
const FILL_BATCH_BYTES = 1024 * 1024;
const OK_BYTES = 5;
