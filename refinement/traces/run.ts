/**
 * `pnpm traces`: TLC accepts what the live server and the simulator did as behaviours of
 * `specs/log`, `specs/transactions`, `specs/blocking` and `specs/tracking`, and rejects the same runs
 * after tampering. In the other direction, behaviours that TLC generates are driven through the
 * production cores.
 */
import { recordEvidence } from "../../scripts/evidence.ts";
import { choices, integer, optionsOf } from "../../scripts/options.ts";
import { inParallel } from "../../scripts/parallel.ts";
import { MissingTool } from "../../scripts/provision.ts";
import { SPECS } from "../../specs/files.ts";
import { readManifest, type Specification } from "../../specs/manifest.ts";
import { blockingStatesOf } from "./blocking-states.ts";
import { driveBehaviours } from "./directions.ts";
import { judgeTraces, traceJudge } from "./judge.ts";
import { runScenario, scenarios } from "./live/scenarios.ts";
import { statesOf } from "./log-states.ts";
import { blockingRun, logTrace, trackingRun, transactionsRun } from "./recorded.ts";
import { simulateRuns } from "./simulated.ts";
import { blockingTampering } from "./tampering/blocking.ts";
import { faultTampering, logTampering } from "./tampering/log.ts";
import { type TamperedSet, type Tampering, tamperWith } from "./tampering/tampering.ts";
import { trackingTampering } from "./tampering/tracking.ts";
import { transactionsTampering } from "./tampering/transactions.ts";
import type { RecordedTrace } from "./trace.ts";
import { trackingStatesOf } from "./tracking-states.ts";
import { transactionStatesOf } from "./transactions-states.ts";
import { impossible, passedTampering, refusedRuns, unfollowedRuns } from "./verdicts.ts";

const SIMULATED = 300;
/** Fewer than these would show little. */
const LEAST = { live: 10, simulated: 200, kinds: 8, behaviours: 100 } as const;
const PARTS = ["live", "simulated", "behaviours"];
/** The servers and TLC share the processors. */
const JOBS = 2;
/** Tampered traces of a kind, each of another run. */
const OF_A_KIND = 3;
/** Longer traces are not tampered with: TLC goes through each again. */
const MOST_TAMPERED_EVENTS = 400;
const PROGRESS_EVERY_MS = 8_000;

/** So many runs together take every action, and can be tampered with in every way. */
const LEAST_FOR_ALL = 60;

/** How a specification's traces are tampered with, and how its model follows them. */
interface Kinds {
  readonly tampering: readonly Tampering[];
  readonly follow: (trace: RecordedTrace) => unknown;
}

const KINDS: Readonly<Record<string, Kinds>> = {
  log: { tampering: [...logTampering, ...faultTampering], follow: statesOf },
  transactions: { tampering: transactionsTampering, follow: transactionStatesOf },
  blocking: { tampering: blockingTampering, follow: blockingStatesOf },
  tracking: { tampering: trackingTampering, follow: trackingStatesOf },
};

/** What makes a trace of a run that keeps to a specification. */
const RUNS = {
  transactions: transactionsRun,
  blocking: blockingRun,
  tracking: trackingRun,
} as const;

/** The traces of a specification. */
interface Traces {
  readonly live: RecordedTrace[];
  readonly simulated: RecordedTrace[];
}

const startedMs = performance.now();
let task = "";
let printedMs = startedMs;

function print(line: string): void {
  printedMs = performance.now();
  const seconds = ((printedMs - startedMs) / 1000).toFixed(0);
  console.log(`${seconds.padStart(4)} s  ${line}`);
}

/** Prints a line when the last one is some time ago. */
function tell(line: string): void {
  task = line;
  if (performance.now() - printedMs >= PROGRESS_EVERY_MS) print(line);
}

function simulated(count: number, seed: number, into: ReadonlyMap<string, Traces>): void {
  const runs = simulateRuns(count, seed, (done) => tell(`${done} of ${count} runs simulated`));
  for (const { seed, policy, keepsTo, steps } of runs) {
    const name = `seed ${seed} (${policy})`;
    into.get("log")?.simulated.push(logTrace(name, policy, steps));
    if (keepsTo !== null) into.get(keepsTo)?.simulated.push(RUNS[keepsTo](name, steps));
  }
  print(`${count} runs simulated`);
}

async function live(into: ReadonlyMap<string, Traces>): Promise<void> {
  const all = scenarios();
  let done = 0;
  const runs = await inParallel(all, JOBS, async (scenario) => {
    const run = await runScenario(scenario, all.indexOf(scenario));
    tell(`${++done} of ${all.length} live runs: ${scenario.name}`);
    return run;
  });
  for (const { scenario, steps, replies } of runs) {
    if (replies === 0) throw new Error(`${scenario.name}: no client got a reply`);
    const name = `live: ${scenario.name}`;
    into.get("log")?.live.push(logTrace(name, scenario.policy, steps));
    const { keepsTo } = scenario;
    if (keepsTo !== null) into.get(keepsTo)?.live.push(RUNS[keepsTo](name, steps));
  }
  print(`${all.length} live runs`);
}

/** What a specification says of its traces. */
interface Judged {
  readonly spec: string;
  readonly runs: number;
  readonly kinds: number;
  readonly tampered: number;
  readonly states: number;
  /** Behaviours that were driven through the production cores, and the steps that these took. */
  readonly behaviours: number;
  readonly steps: number;
  readonly failures: readonly string[];
}

async function judge(spec: string, traces: Traces): Promise<Judged> {
  const all = [...traces.live, ...traces.simulated];
  // Live runs first: simulated ones serve where their faults are needed.
  const { tampering, follow } = KINDS[spec]!;
  const reasons = all.map((trace) => whyNotFollowed(trace, follow));
  const followed = all.filter(({ events }, index) => {
    return reasons[index] === null && events.length <= MOST_TAMPERED_EVENTS;
  });
  const sets: readonly TamperedSet[] = tamperWith(followed, tampering, OF_A_KIND);
  const tampered = sets.flatMap((set) => set.tampered);
  const [manifest] = readManifest(SPECS, [spec]);
  const { verdicts, distinct, seconds } = await judgeTraces(traceJudge(manifest!), [
    ...all,
    ...tampered.map(({ trace }) => trace),
  ]);
  const failures = [
    ...refusedRuns(all, verdicts.slice(0, all.length)),
    ...unfollowedRuns(verdicts.slice(0, all.length), reasons),
    ...passedTampering(sets, verdicts.slice(all.length)),
    ...(all.length < LEAST_FOR_ALL ? [] : [...untaken(manifest!, all), ...impossible(sets)]),
  ];
  const rejected = `${tampered.length} tampered ones of ${sets.length} kinds`;
  print(`${spec}: ${all.length} runs, ${rejected}: ${distinct} states, TLC ${seconds} s`);
  return {
    ...NOTHING,
    spec,
    runs: all.length,
    kinds: sets.length,
    tampered: tampered.length,
    states: distinct,
    failures,
  };
}

/** A trace that the model does not follow is for TLC to refuse: there is nothing to tamper with. */
function whyNotFollowed(trace: RecordedTrace, follow: Kinds["follow"]): string | null {
  try {
    follow(trace);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Actions that no run takes. */
function untaken({ actions }: Specification, traces: readonly RecordedTrace[]): readonly string[] {
  const taken = new Set(traces.flatMap(({ events }) => events.map(({ action }) => action)));
  const missing = actions.filter(({ name }) => !taken.has(name));
  return missing.map(({ name }) => `no run takes ${name}`);
}

const NOTHING = { runs: 0, kinds: 0, tampered: 0, states: 0, behaviours: 0, steps: 0 } as const;

async function drive(spec: string, seed: number): Promise<Judged> {
  const [manifest] = readManifest(SPECS, [spec]);
  const driven = await driveBehaviours(manifest!, seed);
  print(`${spec}: ${driven.behaviours} behaviours driven, ${driven.steps} steps`);
  return { ...NOTHING, spec, ...driven };
}

async function main(): Promise<number> {
  const values = optionsOf(
    {
      name: "pnpm traces",
      does: "Has TLC judge what the live server and the simulator did, as it is and tampered with.",
    },
    {
      simulated: integer("simulated runs", SIMULATED),
      seed: integer("of the first simulated run, and of TLC's behaviours", 1),
      spec: choices("NAME", "only this specification", Object.keys(KINDS)),
      part: choices("PART", "only this one", PARTS),
    },
  );
  const parts = values.part.length > 0 ? values.part : PARTS;
  const specs = values.spec.length > 0 ? values.spec : Object.keys(KINDS);
  const traces = new Map(
    specs.map((spec): [string, Traces] => [spec, { live: [], simulated: [] }]),
  );
  const timer = setInterval(() => tell(task), PROGRESS_EVERY_MS);
  try {
    const { seed } = values;
    if (parts.includes("simulated")) simulated(values.simulated, seed, traces);
    if (parts.includes("live")) await live(traces);
    task = "TLC judges";
    const recorded = [...traces].filter(([, own]) => own.live.length + own.simulated.length > 0);
    const driven = parts.includes("behaviours") ? specs : [];
    const isPart = values.spec.length > 0 || values.part.length > 0;
    const judged = await inParallel(
      [
        ...recorded.map(
          ([spec, own]) =>
            () =>
              judge(spec, own),
        ),
        ...driven.map((spec) => () => drive(spec, seed)),
      ],
      JOBS,
      (work) => work(),
    );
    return conclude(judged, traces, isPart);
  } finally {
    clearInterval(timer);
  }
}

function conclude(
  judged: readonly Judged[],
  traces: ReadonlyMap<string, Traces>,
  isPart: boolean,
): number {
  const sum = (count: keyof typeof NOTHING): number =>
    judged.reduce((total, one) => total + one[count], 0);
  const own = [...traces.values()];
  const counts = {
    live: own.reduce((total, one) => total + one.live.length, 0),
    simulated: own.reduce((total, one) => total + one.simulated.length, 0),
    kinds: sum("kinds"),
    behaviours: sum("behaviours"),
  };
  const failures = judged.flatMap((one) => one.failures.map((text) => `${one.spec}: ${text}`));
  for (const [name, least] of Object.entries(LEAST)) {
    const count = counts[name as keyof typeof LEAST];
    if (!isPart && count < least) failures.push(`${count} ${name}, and ${least} are needed`);
  }
  for (const failure of failures) console.log(`traces: FAILS: ${failure}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  const seen =
    `${counts.live} live and ${counts.simulated} simulated traces, ` +
    `${sum("tampered")} tampered with in ${counts.kinds} ways, ${counts.behaviours} behaviours`;
  if (sum("runs") + counts.behaviours === 0) failures.push("nothing was judged");
  if (failures.length > 0) {
    console.log(`traces: ${failures.length} failures in ${seen}, in ${seconds} s`);
    return 1;
  }
  console.log(`traces: ${seen} hold, in ${seconds} s`);
  const figures = {
    ...counts,
    tampered: sum("tampered"),
    states: sum("states"),
    steps: sum("steps"),
  };
  if (!isPart) recordEvidence("traces", figures);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof MissingTool)) throw error;
  console.error(`traces: ${error.message}`);
  process.exitCode = 1;
}
