/**
 * `pnpm maelstrom`: the node under Maelstrom's workloads, and nodes that are broken on purpose and
 * must be rejected; by the real Maelstrom where there is one, else by the built-in
 * workbench. Then the checkers are compared with porcupine.
 */
import { fileURLToPath } from "node:url";
import { recordEvidence } from "../scripts/evidence.ts";
import { choices, flag, integer, optionalInteger, optionsOf } from "../scripts/options.ts";
import { goVersion } from "../scripts/provision/toolchains.ts";
import type { Verdict } from "../sim/checkers/history.ts";
import type { Case } from "./porcupine/case.ts";
import { crossCheck } from "./porcupine/cross-check.ts";
import { generatedCases } from "./porcupine/generated.ts";
import { fetchMaelstrom, findMaelstrom, runReal } from "./real.ts";
import type { BenchResult } from "./workbench/bench.ts";
import {
  BROKEN_NODES,
  KILLED,
  runBroken,
  runKilled,
  runWorkloads,
  type SuiteOptions,
  WORKLOADS,
} from "./workbench/suite.ts";

const FOLDER = fileURLToPath(new URL("../.cache/maelstrom", import.meta.url));
const WORKLOAD_NAMES = Object.keys(WORKLOADS);
/** A broken node is noticed sooner than a sound one is believed. */
const BROKEN_SHARE = 0.4;
/** How much of the compared histories may be too hard for one of the two checkers. */
const MAX_UNDECIDED_SHARE = 0.05;
const PROGRESS_EVERY_MS = 5000;
const MAX_EXPLANATION_LINES = 60;

/** What a run is told, and what it finds. */
class Run {
  readonly seed: number;
  readonly seconds: number;
  readonly workloads: readonly string[];
  readonly withBroken: boolean;
  readonly failures: string[] = [];
  readonly figures: Record<string, number> = {};
  readonly cases: Case[] = [];

  constructor(seed: number, seconds: number, workloads: readonly string[]) {
    this.seed = seed;
    this.seconds = seconds;
    this.withBroken = workloads.length === 0;
    this.workloads = this.withBroken ? Object.keys(WORKLOADS) : workloads;
  }

  /** The built-in workbench. */
  async workbench(): Promise<void> {
    const durationMs = this.seconds * 1000;
    const options: SuiteOptions = {
      ...{ seed: this.seed, durationMs, folder: FOLDER },
      report: (line) => console.log(line),
    };
    console.log(`built-in workbench, seed ${this.seed}`);
    for (const result of await runWorkloads(this.workloads, options)) this.#sound(result);
    const killed = this.workloads.filter((name) => KILLED.includes(name));
    if (killed.length > 0) console.log("the same, the node killed and started again over its log");
    for (const result of await runKilled(killed, options)) this.#sound(result);
    if (!this.withBroken) return;
    console.log("nodes that are broken on purpose");
    const shorter = { ...options, durationMs: durationMs * BROKEN_SHARE };
    for (const result of await runBroken(shorter)) this.#broken(result);
  }

  #sound(result: BenchResult): void {
    this.cases.push(...result.cases);
    this.#count(result);
    const { name, verdict, vacuous } = result;
    printRow(result, verdict._tag === "Holds" ? "holds" : verdict._tag.toUpperCase());
    if (vacuous !== null) this.failures.push(`${name}: ${vacuous}`);
    if (verdict._tag === "Holds") return;
    this.failures.push(`${name}: ${explain(verdict)}\nthe history: ${result.keep()}`);
  }

  #broken(result: BenchResult): void {
    this.cases.push(...result.cases);
    this.#count(result);
    const { name, verdict } = result;
    const rejected = verdict._tag === "Broken";
    printRow(result, rejected ? "rejected" : "NOT REJECTED");
    if (verdict._tag === "Broken") console.log(`    ${verdict.violation.what}`);
    if (rejected) this.figures["broken nodes"] = (this.figures["broken nodes"] ?? 0) + 1;
    else this.failures.push(`${name}: it is not rejected; the history: ${result.keep()}`);
  }

  #count({ operations, messages, lost, kills, counts }: BenchResult): void {
    const add = (name: string, count: number) => {
      this.figures[name] = (this.figures[name] ?? 0) + count;
    };
    add("operations", operations);
    add("unknown outcomes", counts["unknown"] ?? 0);
    add("messages", messages);
    add("lost messages", lost);
    add("kills", kills);
  }

  /** The real Maelstrom. */
  async real(launcher: string): Promise<void> {
    console.log(`the real Maelstrom: ${launcher}`);
    const tests = this.workloads.map((workload) => ["", workload] as const);
    for (const [broken, workload] of [...tests, ...(this.withBroken ? BROKEN_NODES : [])]) {
      const name = broken === "" ? workload : `${workload}, ${broken}`;
      const progress = setInterval(() => console.log(`… ${name}`), PROGRESS_EVERY_MS);
      const seconds = Math.ceil(this.seconds * (broken === "" ? 1 : BROKEN_SHARE));
      const running = runReal(launcher, workload, broken, seconds, FOLDER);
      const { valid, log, ...took } = await running.finally(() => clearInterval(progress));
      console.log(
        `  ${name.padEnd(36)} ${valid ? "valid" : "invalid"} (${took.seconds.toFixed(0)} s)`,
      );
      if (valid !== (broken === "")) this.failures.push(`${name}: see ${log}`);
      const figure = broken === "" ? "workloads of the real Maelstrom" : "broken nodes";
      this.figures[figure] = (this.figures[figure] ?? 0) + 1;
    }
  }

  /** The checkers against porcupine. */
  porcupine(histories: number, required: boolean): void {
    const go = goVersion();
    if (go === null) {
      const what = "there is no Go toolchain: the checkers are not compared with porcupine";
      console.log(`porcupine: SKIPPED, ${what}`);
      if (required) this.failures.push(`--require-porcupine: ${what}`);
      return;
    }
    const generated = generatedCases(histories, this.seed);
    const { good, bad, undecided, failures, ...rest } = crossCheck(
      [...this.cases, ...generated],
      FOLDER,
    );
    console.log(
      `porcupine: ${rest.histories} histories, ${this.cases.length} of them recorded: ` +
        `both accept ${good}, both reject ${bad}, undecided ${undecided}, differ ${failures.length}`,
    );
    this.failures.push(...failures);
    if (undecided > rest.histories * MAX_UNDECIDED_SHARE) {
      this.failures.push(`porcupine: ${undecided} histories are undecided`);
    }
    Object.assign(this.figures, { "histories both accept": good, "histories both reject": bad });
  }
}

function printRow(result: BenchResult, verdict: string): void {
  const counts = Object.entries(result.counts).map(([name, count]) => `${count} ${name}`);
  const { name, operations, lost, kills, seconds } = result;
  const rate = Math.round(operations / seconds);
  console.log(
    `  ${name.padEnd(36)} ${verdict.padEnd(12)} ${String(operations).padStart(6)} operations, ` +
      `${rate}/s, ${lost} messages lost, ${kills} kills: ${counts.join(", ")}`,
  );
}

function explain(verdict: Exclude<Verdict, { _tag: "Holds" }>): string {
  if (verdict._tag === "Undecided") return verdict.why;
  const { guarantee, what, lines } = verdict.violation;
  return [`${guarantee}: ${what}`, ...lines.slice(0, MAX_EXPLANATION_LINES)].join("\n");
}

async function launcherOf(fetches: boolean, builtin: boolean): Promise<string | null> {
  if (builtin) return null;
  const found = findMaelstrom(FOLDER);
  if (found !== null || !fetches) return found;
  const fetched = await fetchMaelstrom(FOLDER);
  if (fetched === null) throw new Error("the release of Maelstrom cannot be fetched");
  return fetched;
}

async function main(): Promise<number> {
  const values = optionsOf(
    {
      name: "pnpm maelstrom",
      does:
        "Runs the node under Maelstrom's workloads: by the real Maelstrom from MAELSTROM_HOME, the\n" +
        "PATH or what --fetch has fetched, else by the built-in workbench.",
    },
    {
      seconds: integer("how long each workload runs", 12, 1),
      seed: optionalInteger("of the workbench and of generated histories", "by chance", 1),
      workload: choices("NAME", "only this one, and no broken nodes", WORKLOAD_NAMES),
      histories: integer("generated histories that porcupine judges too", 600, 1),
      "require-porcupine": flag("fail when there is no Go toolchain, as where CI=true"),
      builtin: flag("the built-in workbench even where the real Maelstrom is"),
      fetch: flag("fetch the real Maelstrom where there is none"),
    },
  );
  const { seed = 1 + (Date.now() % 1_000_000) } = values;
  const run = new Run(seed, values.seconds, values.workload);
  const startedMs = performance.now();
  const launcher = await launcherOf(values.fetch, values.builtin);
  if (launcher === null) await run.workbench();
  else await run.real(launcher);
  const requiresPorcupine = values["require-porcupine"] || process.env["CI"] === "true";
  run.porcupine(values.histories, requiresPorcupine);
  for (const failure of run.failures) console.log(`FAILED ${failure}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  const operations = run.figures["operations"] ?? 0;
  const verdict = run.failures.length === 0 ? "all is well" : `FAILED ${run.failures.length} times`;
  console.log(`maelstrom: ${verdict}; ${operations} operations, seed ${seed}, ${seconds} s`);
  if (run.failures.length > 0) return 1;
  recordEvidence("maelstrom", run.figures);
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.log(`maelstrom: FAILED: ${error instanceof Error ? error.message : error}`);
  return 1;
});
