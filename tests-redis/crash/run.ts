/**
 * `pnpm crash`: a live server crashes under load, in many ways, and is judged by what its clients
 * were told: killed, halted, robbed of power on a disk that forgets what was not synced, with an
 * fsync that fails and with one that hangs, and while its log and its policy are switched.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { recordEvidence } from "../../scripts/evidence.ts";
import { choices, flag, integer, optionalInteger, optionsOf } from "../../scripts/options.ts";
import { provision, provisionRecorder } from "../../scripts/provision.ts";
import { freePort } from "../bench/processes.ts";
import type { Draw } from "./disk/image.ts";
import { fullDisks, movedLogs, secondServers } from "./operators.ts";
import type { Policy } from "./promises.ts";
import {
  failingSyncs,
  halts,
  hangingSyncs,
  kills,
  lossesThatShow,
  powerLosses,
  starts,
} from "./scenarios.ts";
import type { Outcome, Setting } from "./server-run.ts";
import { logSwitches, policySwitches } from "./switches.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRESS_EVERY_MS = 5000;
/** Findings of a trial that are printed. */
const SHOWN_WRONGS = 8;
/** So many crashes see somebody served who has waited. */
const LEAST_FOR_WAITS = 10;
/** Servers that run at a time. */
const LANES = 3;

/** A scenario under one policy. */
interface Trial {
  readonly name: string;
  readonly policy: Policy;
  /** Crashes for each kill that is asked for. */
  readonly share: number;
  readonly run: (setting: Setting) => Promise<Outcome>;
  /** The disk lies, or the policy promises nothing: acknowledged writes must be seen to be lost. */
  readonly mustLose?: true;
}

/** The longest first. */
const TRIALS: readonly Trial[] = [
  { name: "kill", policy: "always", share: 1, run: kills },
  { name: "kill", policy: "everysec", share: 1, run: kills },
  { name: "kill", policy: "no", share: 1, run: kills },
  { name: "power", policy: "always", share: 0.75, run: powerLosses },
  { name: "power", policy: "everysec", share: 0.75, run: powerLosses },
  { name: "switch-log", policy: "always", share: 0.3, run: logSwitches },
  { name: "switch-log", policy: "everysec", share: 0.3, run: logSwitches },
  { name: "switch-log", policy: "no", share: 0.3, run: logSwitches },
  { name: "hang", policy: "everysec", share: 0.1, run: hangingSyncs },
  { name: "switch-policy", policy: "everysec", share: 0.3, run: policySwitches },
  { name: "switch-policy", policy: "always", share: 0.3, run: policySwitches },
  { name: "switch-policy", policy: "no", share: 0.3, run: policySwitches },
  { name: "hang", policy: "always", share: 0.25, run: hangingSyncs },
  { name: "fail", policy: "always", share: 0.25, run: failingSyncs },
  { name: "fail", policy: "everysec", share: 0.15, run: failingSyncs },
  { name: "start", policy: "always", share: 0.5, run: starts },
  { name: "second", policy: "always", share: 0.2, run: secondServers },
  { name: "second", policy: "everysec", share: 0.2, run: secondServers },
  { name: "full", policy: "always", share: 0.1, run: fullDisks },
  { name: "full", policy: "no", share: 0.1, run: fullDisks },
  { name: "moved", policy: "always", share: 0.2, run: movedLogs },
  { name: "moved", policy: "everysec", share: 0.2, run: movedLogs },
  { name: "halt", policy: "always", share: 0.1, run: halts },
  { name: "halt", policy: "everysec", share: 0.1, run: halts },
  {
    name: "vacuity",
    policy: "always",
    share: 0.1,
    run: (setting) => lossesThatShow(setting, true),
    mustLose: true,
  },
  {
    name: "vacuity",
    policy: "no",
    share: 0.1,
    run: (setting) => lossesThatShow(setting, false),
    mustLose: true,
  },
];

/** Scenarios without the recorder, which does not see all that redis-server does. */
const FOR_REDIS = new Set(["kill", "halt"]);

interface Result {
  readonly trial: Trial;
  readonly outcome: Outcome;
  readonly seconds: number;
}

const options = optionsOf(
  {
    name: "pnpm crash",
    does: "Crashes a live server under load, in many ways, and judges it by what clients were told.",
  },
  {
    kills: integer("kills for each policy", 40),
    policy: choices("POLICY", "only this one", [...new Set(TRIALS.map(({ policy }) => policy))]),
    scenario: choices("NAME", "only this one", [...new Set(TRIALS.map(({ name }) => name))]),
    seed: optionalInteger("of the first scenario", "by chance"),
    redis: flag("kill and halt redis-server 7.0.15 instead"),
    keep: flag("leave the data directories"),
  },
);

/** Chance that is the same for the same seed. */
function chance(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * below);
  };
}

/** The server as one file, which starts in a fraction of the time of its sources. */
async function bundledServer(home: string): Promise<string> {
  const outfile = join(home, "veridis.mjs");
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["impl/server/cli.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  return outfile;
}

async function serverCommand(home: string): Promise<Setting["command"]> {
  const program = options.redis
    ? [await provision("redis-server")]
    : [process.execPath, await bundledServer(home)];
  return (port, directory, keeping, policy) => [
    program[0]!,
    ...program.slice(1),
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""],
    ...["--appendonly", keeping === "nothing" ? "no" : "yes"],
    ...["--appendfsync", keeping === "nothing" ? policy : keeping],
  ];
}

function choose(): readonly Trial[] {
  const chosen = TRIALS.filter(
    ({ name, policy }) =>
      (options.policy.length === 0 || options.policy.includes(policy)) &&
      (options.scenario.length === 0 || options.scenario.includes(name)) &&
      (!options.redis || FOR_REDIS.has(name)),
  );
  if (chosen.length > 0) return chosen;
  process.stderr.write("pnpm crash: nothing is all of that; see pnpm crash --help\n");
  process.exit(2);
}

class Report {
  readonly #startedMs = performance.now();
  readonly results: Result[] = [];
  #crashes = 0;
  readonly #planned: number;

  constructor(planned: number) {
    this.#planned = planned;
  }

  readonly crashed = (): void => {
    this.#crashes++;
  };

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  show(): void {
    console.log(`crash: ${this.#crashes} of about ${this.#planned} crashes`);
  }

  table(): string {
    const head = [
      "scenario",
      "policy",
      "crashes",
      "acknowledged",
      "reads",
      "served",
      "unknown",
      "lost",
      "s",
    ];
    const rows = this.results.map(({ trial, outcome, seconds }) => [
      trial.name,
      trial.policy,
      outcome.crashes,
      outcome.acknowledged,
      outcome.reads,
      outcome.served,
      `${outcome.unknownServed}/${outcome.unknown}`,
      outcome.lost === 0 ? "0" : `${outcome.lost} (${Math.round(outcome.lostSpanMs)} ms)`,
      seconds.toFixed(0),
    ]);
    const lines = [head, ...rows].map((row) => row.map(String));
    const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
    return lines
      .map((line) =>
        line
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join("  ")
          .trimEnd(),
      )
      .join("\n");
  }
}

/** What is wrong with a trial beyond what it found itself. */
function complaints({ trial, outcome }: Result, wanted: number): readonly string[] {
  const list = [...outcome.wrongs];
  if (outcome.crashes < wanted && list.length === 0) list.push("too few crashes");
  if (outcome.acknowledged === 0 || outcome.reads === 0) list.push("no client was served");
  const isLong = ["kill", "power"].includes(trial.name) && outcome.crashes >= LEAST_FOR_WAITS;
  if (isLong && outcome.served === 0) list.push("nobody who waited was served");
  if (trial.mustLose && outcome.lost === 0) {
    list.push("nothing acknowledged was lost on a disk that forgets: this check is blind");
  }
  const more = list.length - SHOWN_WRONGS;
  return more > 0 ? [...list.slice(0, SHOWN_WRONGS), `and ${more} more`] : list;
}

async function main(): Promise<number> {
  const seed = options.seed ?? randomInt(2 ** 31);
  const trials = choose();
  const crashes = ({ share }: Trial): number => Math.ceil(options.kills * share);
  console.log(`crash: --seed ${seed}, ${options.kills} kills for each policy`);
  const library = await provisionRecorder();
  const home = mkdtempSync(join(tmpdir(), "veridis-crash-"));
  const command = await serverCommand(home);
  const report = new Report(trials.reduce((sum, trial) => sum + crashes(trial), 0));
  const ticker = setInterval(() => report.show(), PROGRESS_EVERY_MS);
  const failures: string[] = [];
  const waiting = [...trials];
  const lane = async (): Promise<void> => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      const startedMs = performance.now();
      const folder = join(home, `${trial.name}-${trial.policy}`);
      mkdirSync(folder);
      const outcome = await trial.run({
        policy: trial.policy,
        crashes: crashes(trial),
        home: folder,
        port: await freePort(),
        command,
        library,
        draw: chance(seed + TRIALS.indexOf(trial)),
        progress: report.crashed,
      });
      const result = { trial, outcome, seconds: (performance.now() - startedMs) / 1000 };
      report.results.push(result);
      for (const one of complaints(result, crashes(trial))) {
        failures.push(`${trial.name}, ${trial.policy}: ${one}`);
        console.log(`FAILED ${failures.at(-1)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  clearInterval(ticker);
  if (failures.length === 0 && !options.keep) rmSync(home, { recursive: true });
  else console.log(`the data is in ${home}`);
  return conclude(report, failures, seed);
}

function conclude(report: Report, failures: readonly string[], seed: number): number {
  const sum = (count: (outcome: Outcome) => number): number =>
    report.results.reduce((total, { outcome }) => total + count(outcome), 0);
  console.log(`\n${report.table()}\n`);
  const figures = {
    crashes: sum(({ crashes }) => crashes),
    "acknowledged writes": sum(({ acknowledged }) => acknowledged),
    reads: sum(({ reads }) => reads),
    "served waits": sum(({ served }) => served),
  };
  const seen = `${figures.crashes} crashes, ${figures["acknowledged writes"]} acknowledged writes`;
  if (failures.length > 0) {
    console.log(`crash: ${failures.length} things are wrong after ${seen}; --seed ${seed}`);
    return 1;
  }
  console.log(`crash: ${seen}: nothing promised was lost, in ${report.seconds.toFixed(0)} s`);
  if (!options.redis) recordEvidence("crash", figures);
  return 0;
}

process.exitCode = await main();
