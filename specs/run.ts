/**
 * `pnpm specs`: TLC checks every property of every specification at the bounds of every commit,
 * and shows that each property can fail: its mutants must violate it.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordEvidence } from "../scripts/evidence.ts";
import { choices, flag, integer, optionsOf, texts } from "../scripts/options.ts";
import { MissingTool } from "../scripts/provision.ts";
import { checkSpecs, table } from "./check.ts";
import { SPECS } from "./files.ts";
import { readManifest, specificationNames } from "./manifest.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

async function main(): Promise<number> {
  const values = optionsOf(
    {
      name: "pnpm specs",
      does: "Checks every property of the specifications with TLC, and that each can fail.",
    },
    {
      full: flag("larger bounds as well"),
      spec: choices("NAME", "only this specification", specificationNames(SPECS)),
      only: texts("NAME", "only this configuration or mutant, and no search for orphans"),
      jobs: integer("how many runs of TLC at once", availableParallelism(), 1),
    },
  );
  const specs = readManifest(SPECS, values.spec);
  const startedMs = performance.now();
  const print = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(`${seconds.padStart(4)} s  ${line}`);
  };
  const { full, only } = values;
  const { rows, failures } = await checkSpecs({
    ...{ specs, full, only, jobs: values.jobs, print },
    ...{ root: ROOT, into: join(ROOT, ".cache/specs") },
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`\n${table(rows)}\n`);
  for (const failure of failures) console.log(`FAILS  ${failure}`);
  const sum = (count: "distinct" | "generated"): number =>
    rows.reduce((total, { report }) => total + (report?.[count] ?? 0), 0);
  const mutants = rows.filter(({ name }) => name.includes(" / ")).length;
  const verdict = failures.length === 0 ? "hold" : `FAIL: ${failures.length} failures`;
  console.log(
    `specs: ${specs.length} specifications, ${rows.length - mutants} configurations and ` +
      `${mutants} mutants, ${sum("distinct")} states in ${seconds} s: ${verdict}`,
  );
  if (failures.length > 0) return 1;
  const complete = only.length === 0 && values.spec.length === 0;
  const figures = { states: sum("distinct"), transitions: sum("generated"), mutants };
  if (complete) recordEvidence(full ? "specs:full" : "specs", figures);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof MissingTool)) throw error;
  console.error(`specs: ${error.message}`);
  process.exitCode = 1;
}
