/**
 * `pnpm refine:scripts`: random hostile scripts and bodies of functions on redis-server and here; every reply must be the
 * same, byte for byte, but for the differences that are declared.
 */
import { recordEvidence } from "../../scripts/evidence.ts";
import { integer, optionalInteger, optionsOf } from "../../scripts/options.ts";
import { Progress } from "../oracle/progress.ts";
import { type Comparison, Sides } from "./compare.ts";
import { DIFFERENCES } from "./differences.ts";
import { FEATURES, ScriptGenerator } from "./generate.ts";

/** A run of at least so many scripts must have used every feature. */
const SCRIPTS_FOR_ALL = 2000;
const SHOWN = 5;

const { scripts: count, seed = Date.now() & 0x7fffffff } = optionsOf(
  {
    name: "pnpm refine:scripts",
    does: "Compares EVAL and FCALL of random scripts with redis-server.",
  },
  {
    scripts: integer("scripts to run", 6000, 1),
    seed: optionalInteger("of the scripts", "by chance"),
  },
);

const sides = new Sides();
try {
  process.exitCode = await compareAll();
} finally {
  await sides.close();
}

/** @returns the exit code */
async function compareAll(): Promise<number> {
  console.log(`refine:scripts --seed ${seed} --scripts ${count}`);
  const generator = new ScriptGenerator(seed);
  const progress = new Progress("scripts", count);
  const features = new Map<string, number>();
  const differences = new Map<string, number>();
  const faults: Comparison[] = [];
  let same = 0;
  for (let i = 0; i < count; i++) {
    const comparison = await sides.compare(generator.next());
    const { script, redis, veridis } = comparison;
    for (const feature of script.features) features.set(feature, (features.get(feature) ?? 0) + 1);
    const difference = DIFFERENCES.find(({ applies }) => applies(redis, veridis));
    if (redis === veridis) same++;
    else if (difference === undefined) faults.push(comparison);
    else differences.set(difference.name, (differences.get(difference.name) ?? 0) + 1);
    progress.show(i + 1, `${faults.length} faults`);
  }
  progress.end();
  for (const { name, reason } of DIFFERENCES) {
    console.log(`${String(differences.get(name) ?? 0).padStart(6)} ${name}: ${reason}`);
  }
  console.log(`${same} of ${count} scripts byte-equal (${((100 * same) / count).toFixed(2)} %)`);
  for (const fault of faults.slice(0, SHOWN)) show(fault);
  if (faults.length > 0) console.log(`${faults.length} scripts differ without a reason`);
  const missed = count < SCRIPTS_FOR_ALL ? [] : FEATURES.filter((name) => !features.has(name));
  if (missed.length > 0) console.log(`never used: ${missed.join(", ")}`);
  const isFine = faults.length === 0 && missed.length === 0;
  if (isFine) recordEvidence("refine-scripts", { scripts: count, byteEqual: same });
  return isFine ? 0 : 1;
}

function show({ script, redis, veridis }: Comparison): void {
  const by = script.functionFlags === null ? "EVAL" : `FCALL {${script.functionFlags}}`;
  console.log(`\n${by} ${JSON.stringify(script.text)} ${script.args.join(" ")}`);
  console.log(`  redis    ${JSON.stringify(redis.slice(0, 400))}`);
  console.log(`  veridis  ${JSON.stringify(veridis.slice(0, 400))}`);
}
