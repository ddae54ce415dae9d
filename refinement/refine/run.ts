/**
 * `pnpm refine`: the production core against the model, step by step.
 *
 * Options: `--steps N` (default 200000), `--seed N` (default: by chance), `--families strings,keys`,
 * `--no-shrink` (report the first failing sequence as it is).
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { recordEvidence } from "../../scripts/evidence.ts";
import { families } from "../generators/commands.ts";
import { sequences } from "../generators/sequences.ts";
import type { Sequence } from "../generators/step.ts";
import { showSequence, showStep } from "../oracle/print.ts";
import { type Divergence, runLockstep, type Tally } from "./lockstep.ts";

/** Pieces per sequence at most. */
const LENGTH = 120;
/** Sequences per batch: a batch is reproduced by its own seed. */
const BATCH = 50;
const PROGRESS_EVERY_MS = 5000;
const MAX_SHRINK_RUNS = 3000;

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "200000" },
    seed: { type: "string" },
    families: { type: "string" },
    "no-shrink": { type: "boolean", default: false },
  },
});

function chosenCommands() {
  if (values.families === undefined) return Object.values(families).flat();
  return values.families.split(",").flatMap((name) => {
    const family = families[name];
    if (family === undefined) throw new Error(`no family is called ${name}`);
    return family;
  });
}

interface Failure {
  readonly sequence: Sequence;
  readonly divergence: Divergence;
}

/** One batch of sequences; the smallest one that diverges, if any. */
function runBatch(arbitrary: fc.Arbitrary<Sequence>, seed: number, tally: Tally): Failure | null {
  let failure: Failure | null = null;
  let shrinkRuns = 0;
  const property = fc.property(arbitrary, (sequence) => {
    if (failure !== null && ++shrinkRuns > MAX_SHRINK_RUNS) return true;
    const counted = failure === null ? tally : { steps: 0, effects: 0, replies: new Map() };
    const divergence = runLockstep(sequence, seed, counted);
    if (divergence === null) return true;
    failure = { sequence, divergence };
    return false;
  });
  fc.check(property, { seed, numRuns: BATCH, endOnFailure: values["no-shrink"] });
  return failure;
}

function report({ sequence, divergence }: Failure, seed: number): string {
  const step = sequence.steps[divergence.at];
  return [
    "The implementation is not a refinement of the model.",
    "",
    showSequence(sequence),
    "",
    `at       ${step === undefined ? "the start" : showStep(step)}`,
    `in       ${divergence.kind}: ${divergence.where}`,
    `model    ${divergence.expected}`,
    `impl     ${divergence.actual}`,
    "",
    `again    pnpm refine --seed ${seed} --steps 1`,
  ].join("\n");
}

function main(): number {
  const steps = Number(values.steps);
  const first = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const arbitrary = sequences({ length: LENGTH, commands: chosenCommands() });
  const tally: Tally = { steps: 0, effects: 0, replies: new Map() };
  const startedMs = performance.now();
  let printedMs = startedMs;
  console.log(`refine: seed ${first}, at least ${steps} steps`);
  for (let seed = first; tally.steps < steps; seed = (seed + 1) | 0) {
    const failure = runBatch(arbitrary, seed, tally);
    if (failure !== null) {
      console.log(report(failure, seed));
      console.log(`caught after ${tally.steps} steps`);
      return 1;
    }
    if (performance.now() - printedMs > PROGRESS_EVERY_MS) {
      printedMs = performance.now();
      console.log(`refine: ${tally.steps} of ${steps} steps`);
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `refine: ${tally.steps} steps agree (${Math.round(tally.steps / seconds)} per second), ` +
      `${tally.effects} effects replayed, ${tally.replies.size} kinds of replies`,
  );
  if (tally.effects === 0) {
    console.log("refine: no effect was ever written");
    return 1;
  }
  const { steps: agreed, effects, replies } = tally;
  recordEvidence("refine", { steps: agreed, effects, "kinds of replies": replies.size });
  return 0;
}

process.exitCode = main();
