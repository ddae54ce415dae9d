/**
 * `pnpm refine`: the production cores against their models, step by step.
 */
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { recordEvidence } from "../../scripts/evidence.ts";
import {
  choice,
  choices,
  flag,
  integer,
  optionalInteger,
  optionsOf,
} from "../../scripts/options.ts";
import { commandsOf, familyNames } from "../generators/commands.ts";
import { sequences } from "../generators/sequences.ts";
import type { Sequence } from "../generators/step.ts";
import { showSequence, showStep } from "../oracle/print.ts";
import { drawsWaits } from "../waiting.ts";
import { refineBlocking, unreachedActions as unreachedBlocking } from "./blocking-check.ts";
import { type Divergence, newTally, runLockstep, type Tally } from "./lockstep.ts";
import { refineLog, showLogFailure, unreached } from "./log-run.ts";
import type { Plan, Report } from "./stimuli.ts";
import { refineTracking, unreachedActions as unreachedTracking } from "./tracking-check.ts";
import { refineTransactions, unreachedActions } from "./transactions-check.ts";

/** Pieces per sequence at most. */
const LENGTH = 120;
/** Sequences per batch: a batch is reproduced by its own seed. */
const BATCH = 50;
const PROGRESS_EVERY_MS = 5000;
const MAX_SHRINK_RUNS = 3000;
/** A search for a shorter sequence ends after this long, with what it has by then. */
const MAX_SHRINK_MS = 60_000;

const values = optionsOf(
  {
    name: "pnpm refine",
    does: "Runs the production cores beside their models and compares them after every step.",
  },
  {
    part: choice("PART", "only this one", [
      "commands",
      "log",
      "transactions",
      "blocking",
      "tracking",
    ]),
    steps: integer("least steps of the commands", 200_000),
    families: choices("NAME", "only the commands of this family", familyNames),
    "log-steps": integer("least steps of the log", 20_000),
    "transaction-steps": integer("least steps of transactions", 20_000),
    "blocking-steps": integer("least steps of waits for keys", 20_000),
    "tracking-steps": integer("least steps of client-side caching", 20_000),
    seed: optionalInteger("of the first sequence", "by chance"),
    "no-shrink": flag("report the first sequence that fails as it is"),
  },
);

interface Failure {
  readonly sequence: Sequence;
  readonly divergence: Divergence;
}

/** One batch of sequences; the smallest one that diverges, if any. */
function runBatch(arbitrary: fc.Arbitrary<Sequence>, seed: number, tally: Tally): Failure | null {
  let failure: Failure | null = null;
  let shrinkRuns = 0;
  let untilMs = Number.POSITIVE_INFINITY;
  const property = fc.property(arbitrary, (sequence) => {
    if (failure !== null && (++shrinkRuns > MAX_SHRINK_RUNS || performance.now() > untilMs)) {
      return true;
    }
    const divergence = runLockstep(sequence, seed, failure === null ? tally : newTally());
    if (divergence === null) return true;
    if (failure === null && !values["no-shrink"]) {
      console.log("refine: a difference; looking for the smallest sequence that shows it …");
      untilMs = performance.now() + MAX_SHRINK_MS;
    }
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

/** In so many steps of commands that wait some wait ends, and some limit on memory is met. */
const LEAST_FOR_RARE = 10_000;

/** What a part has seen; null when it has found a bug, which it has printed. */
type Seen = Readonly<Record<string, number>> | null;

function checkCommands(first: number): Seen {
  const steps = values.steps;
  const drawn = commandsOf(values.families);
  const arbitrary = sequences({ length: LENGTH, commands: drawn });
  const tally = newTally();
  const startedMs = performance.now();
  let printedMs = startedMs;
  console.log(`refine: seed ${first}, at least ${steps} steps`);
  for (let seed = first; tally.steps < steps; seed = (seed + 1) | 0) {
    const failure = runBatch(arbitrary, seed, tally);
    if (failure !== null) {
      console.log(report(failure, seed));
      console.log(`caught after ${tally.steps} steps`);
      return null;
    }
    if (performance.now() - printedMs > PROGRESS_EVERY_MS) {
      printedMs = performance.now();
      console.log(`refine: ${tally.steps} of ${steps} steps`);
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `refine: ${tally.steps} steps agree (${Math.round(tally.steps / seconds)} per second), ` +
      `${tally.effects} effects replayed, ${tally.replies.size} kinds of replies, ` +
      `${tally.evictions} keys evicted`,
  );
  if (tally.effects === 0) {
    console.log("refine: no effect was ever written");
    return null;
  }
  if (steps >= LEAST_FOR_RARE) {
    if (tally.waitsEnded === 0 && drawn.some(drawsWaits)) {
      console.log("refine: nobody who waited was ever answered");
      return null;
    }
    const isLimited = drawn.some(({ name }) => name === "CONFIG|SET");
    if (isLimited && Math.min(tally.evictions, tally.shortages) === 0) {
      console.log("refine: no key ever went to make room, or there was always some");
      return null;
    }
  }
  return { steps: tally.steps, effects: tally.effects, "kinds of replies": tally.replies.size };
}

function checkLog(first: number): Seen {
  const steps = values["log-steps"];
  console.log(`refine: the log, seed ${first}, at least ${steps} steps`);
  const { tally, failure } = refineLog(steps, first, !values["no-shrink"], (done) =>
    console.log(`refine: the log, ${done} of ${steps} steps`),
  );
  if (failure !== null) {
    console.log(showLogFailure(failure));
    console.log(`caught after ${tally.steps} steps`);
    return null;
  }
  const missing = unreached(tally);
  if (missing.length > 0) {
    console.log(`refine: the log never took ${missing.join(", ")}`);
    return null;
  }
  const taken = [...tally.taken.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `refine: ${tally.steps} steps agree with the model of the log, ${taken} of its actions, ` +
      `each of the ${tally.taken.size} at least ${Math.min(...tally.taken.values())} times`,
  );
  return { "log steps": tally.steps, "log actions": taken };
}

/** A part that compares the server with the model of one protocol. */
interface Protocol {
  readonly name: string;
  readonly steps: number;
  refine(plan: Plan): Report;
  unreached(tally: ReadonlyMap<string, number>): readonly string[];
}

function checkProtocol(
  { name, steps: wanted, refine, unreached }: Protocol,
  first: number,
): { readonly steps: number; readonly taken: number } | null {
  console.log(`refine: ${name}, seed ${first}, at least ${wanted} steps`);
  let printedMs = performance.now();
  const progress = (done: number): void => {
    if (performance.now() - printedMs < PROGRESS_EVERY_MS) return;
    printedMs = performance.now();
    console.log(`refine: ${name}, ${done} of ${wanted} steps`);
  };
  const shrinks = !values["no-shrink"];
  const { steps, tally, failure } = refine({ steps: wanted, seed: first, shrinks, progress });
  if (failure.length > 0) {
    console.log(failure.join("\n"));
    console.log(`caught after ${steps} steps`);
    return null;
  }
  const missing = unreached(tally);
  if (missing.length > 0) {
    console.log(`refine: ${name} never took ${missing.join(", ")}`);
    return null;
  }
  const taken = [...tally.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `refine: ${steps} steps agree with the model of ${name}, ${taken} of its actions, ` +
      `each of the ${tally.size} at least ${Math.min(...tally.values())} times`,
  );
  return { steps, taken };
}

function checkTransactions(first: number): Seen {
  const protocol = {
    ...{ name: "transactions", steps: values["transaction-steps"] },
    ...{ refine: refineTransactions, unreached: unreachedActions },
  };
  const seen = checkProtocol(protocol, first);
  return seen && { "transaction steps": seen.steps, "transaction actions": seen.taken };
}

function checkBlocking(first: number): Seen {
  const protocol = {
    ...{ name: "waits", steps: values["blocking-steps"] },
    ...{ refine: refineBlocking, unreached: unreachedBlocking },
  };
  const seen = checkProtocol(protocol, first);
  return seen && { "steps of waits": seen.steps, "actions of waits": seen.taken };
}

function checkTracking(first: number): Seen {
  const protocol = {
    ...{ name: "caches", steps: values["tracking-steps"] },
    ...{ refine: refineTracking, unreached: unreachedTracking },
  };
  const seen = checkProtocol(protocol, first);
  return seen && { "steps of caches": seen.steps, "actions of caches": seen.taken };
}

const PARTS: Readonly<Record<string, (first: number) => Seen>> = {
  commands: checkCommands,
  log: checkLog,
  transactions: checkTransactions,
  blocking: checkBlocking,
  tracking: checkTracking,
};

function chosenParts(): readonly string[] {
  if (values.part !== undefined) return [values.part];
  return values.families.length === 0 ? Object.keys(PARTS) : ["commands"];
}

function main(): number {
  const first = values.seed ?? randomInt(2 ** 31);
  const parts = chosenParts();
  let figures = {};
  for (const part of parts) {
    const seen = PARTS[part]!(first);
    if (seen === null) return 1;
    figures = { ...figures, ...seen };
  }
  if (parts.length === Object.keys(PARTS).length) recordEvidence("refine", figures);
  return 0;
}

process.exitCode = main();
