/** The built-in workbench's tests: the node under each workload, and the nodes that are broken. */
import { Bench, type BenchResult } from "./bench.ts";
import { EchoWorkload } from "./echo.ts";
import { LinKvWorkload } from "./lin-kv.ts";
import type { Weather } from "./network.ts";
import { TxnListAppendWorkload } from "./txn-list-append.ts";
import type { Workload } from "./workload.ts";

/** The workloads by name, each made anew for each test. */
export const WORKLOADS: Readonly<Record<string, () => Workload>> = {
  echo: () => new EchoWorkload(),
  "lin-kv": () => new LinKvWorkload(),
  "txn-list-append": () => new TxnListAppendWorkload(),
};

/** The nodes that are broken on purpose, and the workload that must notice. */
export const BROKEN_NODES: readonly (readonly [broken: string, workload: string])[] = [
  ["stale-reads", "lin-kv"],
  ["lost-writes", "lin-kv"],
  ["torn-transactions", "txn-list-append"],
];

/** A node that is broken when it is killed, which only the workbench does. */
const BROKEN_BY_KILLS = ["no-log", "lin-kv"] as const;

/** The workloads in which a kill could be noticed. */
export const KILLED: readonly string[] = ["lin-kv", "txn-list-append"];

const CLIENTS = 12;
const WEATHER: Weather = { latencyMs: 4, loss: 0.015 };
const PROGRESS_EVERY_MS = 5000;

/** How to run the tests. */
export interface SuiteOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly folder: string;
  readonly report: (line: string) => void;
}

/** Runs the workloads of these names against the real node, side by side. */
export function runWorkloads(
  names: readonly string[],
  options: SuiteOptions,
): Promise<readonly BenchResult[]> {
  return runAll(
    names.map((name) => ({ name, broken: "", kills: false })),
    options,
  );
}

/** The same with a node that has a log, and is killed and started again. */
export function runKilled(
  names: readonly string[],
  options: SuiteOptions,
): Promise<readonly BenchResult[]> {
  return runAll(
    names.map((name) => ({ name, broken: "", kills: true })),
    options,
  );
}

/** Runs the broken nodes, side by side. */
export function runBroken(options: SuiteOptions): Promise<readonly BenchResult[]> {
  const tests = BROKEN_NODES.map(([broken, name]) => ({ name, broken, kills: false }));
  const [broken, name] = BROKEN_BY_KILLS;
  return runAll([...tests, { name, broken, kills: true }], options);
}

async function runAll(
  tests: readonly { readonly name: string; readonly broken: string; readonly kills: boolean }[],
  { seed, durationMs, folder, report }: SuiteOptions,
): Promise<readonly BenchResult[]> {
  const shared = { durationMs, folder, clients: CLIENTS, weather: WEATHER };
  const benches = tests.map(({ name, ...rest }, at) => {
    // Each test of a run draws from a stream of its own.
    const own = seed + 1000 * at;
    return new Bench({ ...shared, ...rest, workload: WORKLOADS[name]!(), seed: own });
  });
  const progress = setInterval(() => {
    const counts = benches.map(({ name, operations }) => `${name} ${operations}`);
    report(`… operations: ${counts.join(" · ")}`);
  }, PROGRESS_EVERY_MS);
  try {
    return await Promise.all(benches.map((one) => one.run()));
  } finally {
    clearInterval(progress);
  }
}
