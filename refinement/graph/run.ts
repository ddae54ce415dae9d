/**
 * `pnpm refine:graph`: for every configuration that names the model's bounds, TLC writes the whole
 * state graph of the specification, the model is explored breadth-first at the same bounds, and
 * the two must be equal: the same states, the same labelled edges.
 */
import { fileURLToPath } from "node:url";
import { recordEvidence } from "../../scripts/evidence.ts";
import { choices, flag, optionalInteger, optionsOf, texts } from "../../scripts/options.ts";
import { inParallel } from "../../scripts/parallel.ts";
import { MissingTool } from "../../scripts/provision.ts";
import { SPECS } from "../../specs/files.ts";
import { readManifest, specificationNames } from "../../specs/manifest.ts";
import { compareGraphs, comparisonsOf, type Result } from "./check.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Fewer states than this would show little. */
const LEAST_STATES = 20_000;
/** TLC and the exploration take turns on the processors. */
const JOBS = 2;
const PROGRESS_EVERY_MS = 8_000;

async function main(): Promise<number> {
  const values = optionsOf(
    {
      name: "pnpm refine:graph",
      does: "Compares the models' state graphs with those that TLC writes of the specifications.",
    },
    {
      full: flag("larger bounds as well"),
      spec: choices("NAME", "only this specification", specificationNames(SPECS)),
      configuration: texts("NAME", "only this configuration"),
      least: optionalInteger(
        "distinct states that must have been compared",
        `${LEAST_STATES}, or 1 when something was chosen`,
      ),
    },
  );
  const chosen = values.spec.length + values.configuration.length > 0;
  const least = values.least ?? (chosen ? 1 : LEAST_STATES);
  const comparisons = comparisonsOf(readManifest(SPECS, values.spec), values);
  const startedMs = performance.now();
  const print = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(`${seconds.padStart(4)} s  ${line}`);
  };
  const running = new Set<string>();
  const timer = setInterval(() => print(`running   ${[...running].join(", ")}`), PROGRESS_EVERY_MS);
  const results = await inParallel(comparisons, JOBS, async (comparison) => {
    const name = `${comparison.spec.spec} ${comparison.configuration.name}`;
    running.add(name);
    const result = await compareGraphs(comparison, ROOT);
    running.delete(name);
    print(describe(name, result));
    return result;
  }).finally(() => clearInterval(timer));
  return conclude(results, { least, chosen, full: values.full, startedMs });
}

function describe(name: string, { states, edges, failure }: Result): string {
  if (failure === null) return `equal     ${name}: ${states} states, ${edges} edges`;
  return `DIFFERS   ${name}: ${failure}`;
}

interface Terms {
  readonly least: number;
  readonly chosen: boolean;
  readonly full: boolean;
  readonly startedMs: number;
}

function conclude(results: readonly Result[], { least, chosen, full, startedMs }: Terms): number {
  const sum = (count: "states" | "edges"): number =>
    results.reduce((total, result) => total + (result.failure === null ? result[count] : 0), 0);
  const [states, edges] = [sum("states"), sum("edges")];
  const differ = results.filter(({ failure }) => failure !== null).length;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  const seen = `${states} states and ${edges} edges of ${results.length} graphs`;
  if (differ > 0) {
    console.log(
      `refine:graph: FAILS: ${differ} of ${results.length} graphs differ, in ${seconds} s`,
    );
    return 1;
  }
  if (states < least || results.length === 0) {
    console.log(`refine:graph: FAILS: ${seen} compared, at least ${least} states are needed`);
    return 1;
  }
  console.log(`refine:graph: ${seen} are equal, in ${seconds} s`);
  if (!chosen) recordEvidence(full ? "refine:graph:full" : "refine:graph", { states, edges });
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof MissingTool)) throw error;
  console.error(`refine:graph: ${error.message}`);
  process.exitCode = 1;
}
