/**
 * `pnpm sim`: the production server in deterministic simulation, with faults, the model in
 * lockstep and every history judged.
 *
 * Options: `--seeds N` (default 1000), `--seed S` (the first seed; default 1), `--minutes M` (go
 * on for so long, from a first seed drawn by chance), `--trace FILE` (write the steps of the first
 * seed as JSON lines), `--no-shrink`.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type CrashRun, crashesOf, tryCrash } from "./exhaustive.ts";
import { shortfalls } from "./expectations.ts";
import { renderReport } from "./report.ts";
import { shrink } from "./shrink.ts";
import type { Outcome } from "./simulation.ts";
import { runOnce, runTwice, type Source, Totals } from "./trial.ts";
import type { Violation } from "./violation.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REGRESSIONS = join(ROOT, "sim/regressions");
const REPORTS = join(ROOT, ".cache/sim");
const PROGRESS_EVERY_MS = 10_000;
const MOST_SHRINK_RUNS = 3_000;
/** Small runs whose every crash is tried. */
const CRASH_SEEDS = [1, 2, 3];

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    minutes: { type: "string" },
    trace: { type: "string" },
    "no-shrink": { type: "boolean", default: false },
  },
});

/** A run that has failed before, kept. */
interface Regression {
  /** The guarantee that it broke. */
  readonly check: string;
  readonly what: string;
  readonly seed: number;
  readonly choices: readonly number[];
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

/** Replays what has failed before. */
function replayRegressions(): boolean {
  const files = readdirSync(REGRESSIONS).filter((name) => name.endsWith(".json"));
  for (const file of files) {
    const kept = JSON.parse(readFileSync(join(REGRESSIONS, file), "utf8")) as Regression;
    const { violation } = runTwice({ choices: kept.choices });
    if (violation === null) continue;
    console.log(`sim: regression ${file} breaks again`);
    tell(violation, { choices: kept.choices }, file, 0);
    return false;
  }
  console.log(`sim: ${files.length} regressions hold`);
  return true;
}

/** Tries every crash of a few small runs. */
function tryCrashes(totals: Totals): boolean {
  const all: CrashRun[] = CRASH_SEEDS.flatMap((seed) => crashesOf(seed));
  for (const [done, crash] of all.entries()) {
    const outcome = tryCrash(crash);
    if (outcome.violation !== null) {
      console.log(
        `sim: a ${crash.how} at place ${crash.place} of small run ${done} breaks a guarantee`,
      );
      print(outcome.violation);
      save(tryCrash(crash, true), `crash-${crash.how}-${crash.place}`, "a small run");
      console.log(`sim: caught after ${done + 1} crashes`);
      return false;
    }
    totals.faults.add(outcome.faults);
    progress.tell(() => `${done} of ${all.length} crashes`);
  }
  console.log(
    `sim: ${all.length} crashes of ${CRASH_SEEDS.length} small runs, one at each place, hold`,
  );
  return true;
}

function trySeeds(totals: Totals): boolean {
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  const count = Number(values.seeds ?? (minutes === null ? 1000 : Number.MAX_SAFE_INTEGER));
  const first = Number(values.seed ?? (minutes === null ? 1 : randomInt(2 ** 31)));
  console.log(`sim: seeds from ${first} on`);
  for (let seed = first; seed < first + count; seed++) {
    if (minutes !== null && progress.seconds > minutes * 60) break;
    const outcome = runTwice({ seed });
    if (outcome.violation !== null) {
      console.log(`sim: seed ${seed} breaks a guarantee`);
      tell(outcome.violation, { seed }, `seed-${seed}`, totals.seeds);
      return false;
    }
    totals.add(outcome);
    progress.tell(() => `${totals.seeds} seeds, ${totals.steps} steps`);
  }
  return true;
}

/** Prints what is broken, looks for a smaller run that breaks it too, and draws that one. */
function tell(violation: Violation, source: Source, name: string, passed: number): void {
  print(violation);
  console.log(`sim: caught after ${passed + 1} seeds`);
  if (values["no-shrink"] || violation.check === "determinism") return;
  const choices = "choices" in source ? source.choices : runOnce(source).choices;
  const small = shrink(
    choices,
    (candidate) => {
      const outcome = runOnce({ choices: candidate });
      const fails = outcome.violation?.check === violation.check;
      return { fails, made: outcome.choices, spans: outcome.spans };
    },
    MOST_SHRINK_RUNS,
  );
  const outcome = runOnce({ choices: small.choices }, true);
  console.log(
    `sim: shrunk from ${choices.length} choices to ${small.choices.length} in ${small.runs} runs`,
  );
  if (outcome.violation !== null) print(outcome.violation);
  save(outcome, name, `${name}, shrunk`);
  if (!("seed" in source)) return;
  const file = join(REGRESSIONS, `${violation.check.replace(/\W+/g, "-")}-${source.seed}.json`);
  const { check, what } = outcome.violation ?? violation;
  const kept: Regression = { check, what, seed: source.seed, choices: small.choices };
  writeFileSync(file, `${JSON.stringify(kept)}\n`);
  console.log(`sim: kept as ${relative(ROOT, file)}`);
}

function print({ check, what, lines }: Violation): void {
  console.log(`\n${check}: ${what}`);
  for (const line of lines) console.log(`  ${line}`);
  console.log();
}

function save(outcome: Outcome, name: string, title: string): void {
  mkdirSync(REPORTS, { recursive: true });
  const file = join(REPORTS, `${name}.html`);
  const again = name.startsWith("seed-")
    ? `pnpm sim --seeds 1 --seed ${name.slice(5)}`
    : "pnpm sim";
  writeFileSync(file, renderReport(outcome, { title: `pnpm sim: ${title}`, again }));
  console.log(`sim: diagram in ${relative(ROOT, file)}`);
}

function summary(totals: Totals): void {
  const { seconds } = progress;
  const list = (entries: readonly (readonly [string, number])[]): string =>
    entries.map(([name, times]) => `${name} ${times}`).join(", ");
  console.log(`sim: faults: ${list(totals.faults.entries())}`);
  console.log(`sim: judged: ${list(totals.verdicts.entries())}`);
  console.log(
    `sim: commands: ${totals.commands.entries().length} kinds, ${totals.compared} compared`,
  );
  console.log(
    `sim: ${(totals.virtualUs / 1e6).toFixed(0)} s simulated in ${seconds.toFixed(0)} s, ` +
      `${Math.round(totals.steps / seconds)} steps per second`,
  );
}

function main(): number {
  const totals = new Totals();
  if (!replayRegressions() || !tryCrashes(totals) || !trySeeds(totals)) return 1;
  summary(totals);
  const missing = shortfalls(totals);
  for (const one of missing) console.log(`sim: ${one}`);
  if (missing.length > 0) return 1;
  console.log(`sim: ${totals.seeds} seeds hold, ${totals.steps} steps, each seed twice`);
  return 0;
}

process.exitCode = main();
