/**
 * `pnpm sim`: the production server in deterministic simulation, with faults, the model in
 * lockstep and every history judged.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { recordEvidence } from "../scripts/evidence.ts";
import { choice, flag, optionalInteger, optionsOf, text } from "../scripts/options.ts";
import { againCommand, type Failing, nameOfCrash } from "./again.ts";
import type { Tally } from "./coverage.ts";
import { type CrashRun, crashesOf, tryCrash } from "./exhaustive.ts";
import { shortfalls } from "./expectations.ts";
import { renderReport } from "./report.ts";
import { shrink } from "./shrink.ts";
import type { Outcome } from "./simulation.ts";
import { runOnce, runTwice, type Source, Totals } from "./trial.ts";
import type { Violation } from "./violation.ts";
import { PROFILES, type Profile } from "./workload.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REGRESSIONS = join(ROOT, "sim/regressions");
const REPORTS = join(ROOT, ".cache/sim");
const PROGRESS_EVERY_MS = 10_000;
const MOST_SHRINK_RUNS = 3_000;
/** Shrinking ends after this long, with what it has by then. */
const MOST_SHRINK_SECONDS = 60;
/** Small runs whose every crash is tried. */
const CRASH_SEEDS = [1, 2];

const values = optionsOf(
  {
    name: "pnpm sim",
    does: "Runs the production server in deterministic simulation, with faults, and judges it.",
  },
  {
    seeds: optionalInteger("how many seeds", "1000, or as many as the minutes allow"),
    seed: optionalInteger("the first seed", "1, or by chance with --minutes"),
    minutes: optionalInteger("go on for so many minutes", "until the seeds have run"),
    profile: choice("PROFILE", "all clients do this, in place of what is drawn", PROFILES),
    kept: text("FILE", "only the run whose choices FILE keeps"),
    crash: text("NAME", "only this crash of a small run, as a failing page names it"),
    trace: text("FILE", "write the steps of the specifications that the first seed takes"),
    "no-shrink": flag("report the first seed that fails as it is"),
  },
);

/** A run that has failed before, kept. */
interface Regression {
  /** The guarantee that it broke. */
  readonly check: string;
  readonly what: string;
  readonly choices: readonly number[];
  /** What the clients did, where that was not drawn. */
  readonly profile?: Profile;
}

/** The part of a specification's manifest that matters here. */
interface Manifest {
  readonly actions: readonly { readonly name: string; readonly event: "impl" | "sim" | "test" }[];
}

class Progress {
  readonly #startedMs = performance.now();
  #printedMs = this.#startedMs;

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  /** Prints a line when the last one is some time ago. */
  tell(line: () => string): void {
    if (performance.now() - this.#printedMs < PROGRESS_EVERY_MS) return;
    this.#printedMs = performance.now();
    console.log(`sim: ${line()}`);
  }
}

const progress = new Progress();
const totals = new Totals();

/** Replays what has failed before. */
function replayRegressions(): boolean {
  const files = readdirSync(REGRESSIONS).filter((name) => name.endsWith(".json"));
  for (const [index, name] of files.entries()) {
    if (replay(join(REGRESSIONS, name))) continue;
    console.log(`sim: caught after ${index + 1} regressions`);
    return false;
  }
  console.log(`sim: ${files.length} runs that failed once hold`);
  return true;
}

/** Replays a run that was kept; false when it breaks again. */
function replay(path: string): boolean {
  const kept = JSON.parse(readFileSync(path, "utf8")) as Regression;
  const source = { choices: kept.choices, profile: kept.profile };
  const { violation } = runTwice(source);
  if (violation === null) return true;
  const file = relative(ROOT, path);
  console.log(`sim: ${file} breaks again`);
  print(violation);
  save(runOnce(source, true), basename(path, ".json"), { kind: "kept", file });
  return false;
}

/** Replays the run of a file alone. */
function replayAlone(file: string): number {
  if (!replay(resolve(ROOT, file))) return 1;
  console.log(`sim: ${file} holds`);
  return 0;
}

/** Tries a crash alone. */
function tryCrashAlone(name: string): number {
  const all = CRASH_SEEDS.flatMap((seed) => crashesOf(seed));
  const crash = all.find((one) => nameOfCrash(one) === name);
  if (crash === undefined) {
    console.log(`sim: no crash is called ${name}`);
    return 1;
  }
  if (!holds(crash)) return 1;
  console.log(`sim: ${name} holds`);
  return 0;
}

/** Tries a crash; false when it breaks a guarantee. */
function holds(crash: CrashRun): boolean {
  const { violation } = tryCrash(crash);
  if (violation === null) return true;
  const name = nameOfCrash(crash);
  console.log(`sim: ${name} breaks a guarantee`);
  print(violation);
  save(tryCrash(crash, true), name, { kind: "crash", run: crash });
  return false;
}

/** Tries every crash of a few small runs; returns how many, or null when one breaks a guarantee. */
function tryCrashes(): number | null {
  const all = CRASH_SEEDS.flatMap((seed) => crashesOf(seed));
  for (const [done, crash] of all.entries()) {
    if (!holds(crash)) {
      console.log(`sim: caught after ${done + 1} crashes`);
      return null;
    }
    progress.tell(() => `${done} of ${all.length} crashes`);
  }
  console.log(`sim: ${all.length} crashes hold: at each place of ${CRASH_SEEDS.length} small runs`);
  return all.length;
}

function trySeeds(): boolean {
  const { minutes = null, profile } = values;
  const count = values.seeds ?? (minutes === null ? 1000 : Number.MAX_SAFE_INTEGER);
  const first = values.seed ?? (minutes === null ? 1 : randomInt(2 ** 31));
  console.log(`sim: seeds from ${first} on`);
  for (let seed = first; seed < first + count; seed++) {
    if (minutes !== null && progress.seconds > minutes * 60) break;
    const outcome = runTwice({ seed, profile });
    if (outcome.violation !== null) {
      fail(outcome.violation, { seed, profile }, seed);
      return false;
    }
    totals.add(outcome);
    progress.tell(() => `${totals.seeds} seeds, ${totals.steps} steps`);
  }
  return true;
}

/** Prints what is broken, looks for a smaller run that breaks it too, keeps and draws that one. */
function fail(violation: Violation, source: Source, seed: number): void {
  const { profile } = source;
  const failing: Failing = { kind: "seed", seed, profile };
  console.log(`sim: seed ${seed} breaks a guarantee; again: ${againCommand(failing)}`);
  print(violation);
  console.log(`sim: caught after ${totals.seeds + 1} seeds`);
  if (values["no-shrink"]) return;
  const whole = runOnce(source, true);
  save(whole, `seed-${seed}`, failing);
  if (violation.check === "determinism") return;
  const untilSeconds = progress.seconds + MOST_SHRINK_SECONDS;
  const small = shrink(
    whole.choices,
    (candidate) => {
      if (progress.seconds > untilSeconds) return { fails: false, made: [], spans: [] };
      const outcome = runOnce({ choices: candidate, profile });
      const fails = outcome.violation?.check === violation.check;
      progress.tell(() => `shrinking, ${candidate.length} choices`);
      return { fails, made: outcome.choices, spans: outcome.spans };
    },
    MOST_SHRINK_RUNS,
  );
  const outcome = runOnce({ choices: small.choices, profile }, true);
  console.log(
    `sim: shrunk from ${whole.choices.length} choices to ${small.choices.length} ` +
      `in ${small.runs} runs`,
  );
  if (outcome.violation !== null) print(outcome.violation);
  const name = `${violation.check.replace(/\W+/g, "-")}-${seed}`;
  const { check, what } = outcome.violation ?? violation;
  const settled = profile === undefined ? {} : { profile };
  const kept: Regression = { check, what, choices: small.choices, ...settled };
  const file = join(REGRESSIONS, `${name}.json`);
  mkdirSync(REGRESSIONS, { recursive: true });
  writeFileSync(file, `${JSON.stringify(kept)}\n`);
  console.log(`sim: kept as ${relative(ROOT, file)}`);
  save(outcome, name, { kind: "kept", file: relative(ROOT, file) });
}

function print({ check, what, lines }: Violation): void {
  console.log(`sim: broken: ${check}: ${what}`);
  for (const line of lines) console.log(`  ${line}`);
}

function save(outcome: Outcome, name: string, failing: Failing): void {
  if (values["no-shrink"]) return;
  mkdirSync(REPORTS, { recursive: true });
  const file = join(REPORTS, `${name}.html`);
  writeFileSync(file, renderReport(outcome, { title: `pnpm sim: ${name}`, failing }));
  console.log(`sim: diagram in ${relative(ROOT, file)}`);
}

/** Writes the steps of the specifications that a seed takes. */
function writeTrace(file: string): void {
  const seed = values.seed ?? 1;
  const { steps } = runOnce({ seed }, true).trace;
  writeFileSync(file, steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
  console.log(`sim: ${steps.length} steps of seed ${seed} in ${file}`);
}

/** The actions that the manifests of the specifications say a server or its world takes. */
function expectedActions(): readonly string[] {
  return ["log", "transactions", "blocking"].flatMap((spec) => {
    const file = join(ROOT, "specs", spec, "manifest.json");
    const { actions } = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    const taken = actions.filter(({ event }) => event !== "test");
    return taken.map(({ name }) => `${spec}.${name}`);
  });
}

function summary(): void {
  const { seconds } = progress;
  const say = (what: string, tally: Tally): void => {
    const entries = tally.entries().map(([name, times]) => `${name} ${times}`);
    console.log(`sim: ${what}: ${entries.join(", ")}`);
  };
  say("runs by what is kept", totals.keepings);
  say("faults", totals.faults);
  say("judged", totals.verdicts);
  say("actions of the specifications", totals.actions);
  say("buggify", totals.fired);
  const kinds = totals.commands.entries().length;
  console.log(`sim: ${totals.compared} commands of ${kinds} kinds compared with the model`);
  console.log(
    `sim: ${(totals.virtualUs / 1e6).toFixed(0)} s simulated in ${seconds.toFixed(0)} s, ` +
      `${Math.round((2 * totals.steps) / seconds)} steps per second`,
  );
}

function main(): number {
  if (values.kept !== undefined) return replayAlone(values.kept);
  if (values.crash !== undefined) return tryCrashAlone(values.crash);
  if (values.trace !== undefined) writeTrace(values.trace);
  // What finds most in the least time comes first.
  if (!replayRegressions() || !trySeeds()) return 1;
  // The small runs are what they are, whatever the others do.
  const crashes = values.profile === undefined ? tryCrashes() : 0;
  if (crashes === null) return 1;
  summary();
  console.log(`sim: ${totals.seeds} seeds, each twice, ${totals.steps} steps`);
  // Where all runs are of one kind, they are not to see everything.
  const missing = values.profile === undefined ? shortfalls(totals, expectedActions()) : [];
  for (const one of missing) console.log(`sim: missing: ${one}`);
  if (missing.length > 0) return 1;
  if (values.profile === undefined) record(crashes);
  console.log(`sim: ${totals.seeds} seeds hold`);
  return 0;
}

function record(crashes: number): void {
  recordEvidence("sim", {
    seeds: totals.seeds,
    steps: totals.steps,
    crashes,
    commands: totals.compared,
    faults: totals.faults.total,
    kills: totals.faults.of("kill"),
    powerLosses: totals.faults.of("power loss"),
  });
}

process.exitCode = main();
