/**
 * `pnpm mutants`: plants known bugs, one at a time, in a copy of the sources, and shows which check
 * notices each and after how much work. A mutant that no check notices fails the run; so does one
 * that fits the sources no more, one that breaks a check instead of being found by it, and a check
 * that fails without a mutant.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordEvidence } from "../../scripts/evidence.ts";
import { choices, flag, integer, optionsOf } from "../../scripts/options.ts";
import { inParallel } from "../../scripts/parallel.ts";
import { together } from "./checks.ts";
import { mutants } from "./lists/index.ts";
import type { Check, Mutant } from "./mutant.ts";
import { failures, page, table } from "./report.ts";
import { Forest, staleMutants } from "./tree.ts";
import { type Trial, tryMutant, tryWithout } from "./trial.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Options {
  readonly full: boolean;
  readonly only: readonly string[];
}

function choose({ full, only }: Options): readonly Mutant[] {
  if (only.length > 0) return mutants.filter((mutant) => only.includes(mutant.name));
  return full ? mutants : mutants.filter((mutant) => mutant.onlyInFull !== true);
}

function progress(text: string, startedMs: number): void {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`${seconds.padStart(4)} s  ${text}`);
}

/** Every check passes without a mutant; else it proves nothing. */
async function checksAreSound(
  forest: Forest,
  checks: readonly Check[],
  jobs: number,
  startedMs: number,
): Promise<boolean> {
  const results = await inParallel(checks, jobs, async (check) => {
    const why = await tryWithout(forest, check);
    progress(`${why === null ? "passes" : "FAILS "}  without a mutant: ${check.name}`, startedMs);
    if (why !== null) console.log(why);
    return why;
  });
  return results.every((why) => why === null);
}

function describe({ mutant, verdict, seconds }: Trial): string {
  const name = `${mutant.name} (${mutant.room})`;
  const taken = `${seconds.toFixed(1)} s`;
  switch (verdict._tag) {
    case "Caught":
      return `caught    ${name} by ${verdict.by.name} after ${verdict.after}, ${taken}`;
    case "Survived":
      return `SURVIVES  ${name}: ${mutant.breaks}, ${taken}`;
    case "Stale":
      return `STALE     ${verdict.why}`;
    case "Broken":
      return `BROKEN    ${name}: ${verdict.by.name} fails, but finds no bug\n${verdict.why}`;
  }
}

async function main(): Promise<number> {
  const values = optionsOf(
    {
      name: "pnpm mutants",
      does: "Plants known bugs, one at a time, and shows which check notices each.",
    },
    {
      full: flag("all mutants"),
      only: choices(
        "NAME",
        "only this mutant, which --full --list names",
        mutants.map(({ name }) => name),
      ),
      list: flag("say which there are, and plant none"),
      jobs: integer("how many at a time", 2, 1),
      record: flag("write docs/MUTANTS.md"),
    },
  );
  const chosen = choose(values);
  if (values.list) {
    for (const { name, room, breaks } of chosen) {
      console.log(`${room.padEnd(12)} ${name.padEnd(44)} ${breaks}`);
    }
    return 0;
  }
  if (chosen.length === 0) throw new Error("there are no mutants: nothing would be shown");
  const stale = staleMutants(ROOT, mutants);
  for (const line of stale) console.log(`STALE     ${line}`);
  if (stale.length > 0) return 1;

  const startedMs = performance.now();
  const { jobs } = values;
  const checks = together(chosen.flatMap((mutant) => mutant.checks));
  console.log(`mutants: ${chosen.length} mutants, ${checks.length} checks, ${jobs} at a time`);
  const forest = new Forest(ROOT);
  process.once("exit", () => forest.fell());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  if (!(await checksAreSound(forest, checks, jobs, startedMs))) {
    console.log("mutants: a check fails without a mutant, so that it shows nothing");
    return 1;
  }
  const trials = await inParallel(chosen, jobs, async (mutant) => {
    const trial = await tryMutant(forest, mutant);
    progress(describe(trial), startedMs);
    return trial;
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const failed = failures(trials);
  console.log(`\n${table(trials)}\n`);
  const caught = trials.length - failed.length;
  console.log(`mutants: ${caught} of ${trials.length} caught in ${seconds.toFixed(0)} s`);
  if (failed.length > 0) {
    console.log(`mutants: not caught: ${failed.map(({ mutant }) => mutant.name).join(", ")}`);
    return 1;
  }
  if (values.only.length === 0) recordEvidence("mutants", { mutants: caught });
  if (values.record) {
    const path = join(ROOT, "docs/MUTANTS.md");
    const names = mutants.map(({ name }) => name);
    writeFileSync(path, page(trials, names, readFileSync(path, "utf8")));
  }
  return 0;
}

process.exitCode = await main();
