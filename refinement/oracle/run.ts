/**
 * `pnpm refine:oracle`: the model against a real redis-server.
 *
 * Random sequences of commands over one to three connections in RESP2 and RESP3 run on both; every
 * reply is compared, and the keyspace at the end of each sequence. A difference is shrunk to a
 * minimal sequence and fails the run; so does anything declared reachable that was not reached.
 */

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
import type { CommandEntry } from "../generators/grammar.ts";
import { sequences, tour } from "../generators/sequences.ts";
import type { Sequence } from "../generators/step.ts";
import { Connections } from "./connections.ts";
import { Coverage } from "./coverage.ts";
import { ExceptionLog } from "./exceptions.ts";
import { withoutNeedlessSteps } from "./minimize.ts";
import { showSequence, showStep } from "./print.ts";
import { Progress } from "./progress.ts";
import { startRedis } from "./redis.ts";
import { type Bench, type Outcome, runSequence } from "./sequence.ts";

/** A run of this size must reach everything that the command table declares. */
const FULL_SIZE = 50_000;
/** Pieces per sequence at most; half of it on average. */
const LENGTH = 90;
/** Sequences per batch: a batch is reproduced by its own seed. */
const BATCH = 50;
/** The versions of the protocol. */
const BOTH: ReadonlyArray<2 | 3> = [2, 3];
/** Tours of each command in each protocol, in a run of full size. */
const TOURS = 2;
/** Rounds of further tours for commands of which something is still missing. */
const MORE_TOURS = 12;
/** Runs of one sequence before the clock is given up on. */
const MAX_ATTEMPTS = 25;
/** How often a sequence that differs is run again. */
const CONFIRMATIONS = 3;
/** More differences that did not come back than this fail the run. */
const MAX_FLICKERS = 1;
/** Limits on the search for a smaller failing sequence. */
const MAX_SHRINK_RUNS = 600;
const MAX_SHRINK_MS = 30_000;

interface Tally {
  sequences: number;
  commands: number;
  retries: number;
  skipped: number;
  /** Differences that did not come back, described. */
  readonly flickers: Array<string>;
}

/** An outcome that says something. */
type Judgement = Exclude<Outcome, { _tag: "Unclear" }>;

interface Found {
  readonly sequence: Sequence;
  readonly outcome: Extract<Outcome, { _tag: "Differs" }>;
}

interface Failure extends Found {
  readonly seed: number;
}

/**
 * Runs a sequence, and again when it differs: a difference that never comes back is a flicker.
 *
 * Two processes can disagree for a moment about the millisecond. A misunderstanding comes back.
 */
async function confirmed(bench: Bench, sequence: Sequence, tally: Tally): Promise<Judgement> {
  const first = await judge(bench, sequence, tally);
  if (first._tag !== "Differs") return first;
  for (let attempt = 0; attempt < CONFIRMATIONS; attempt++) {
    const again = await judge(bench, sequence, tally);
    if (again._tag === "Differs") return again;
  }
  tally.flickers.push(describe({ sequence, outcome: first }));
  return { _tag: "Agreed", commands: first.commands };
}

/** Runs a sequence until the clock is clear enough to judge it. */
async function judge(bench: Bench, sequence: Sequence, tally: Tally): Promise<Judgement> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const outcome = await runSequence(bench, sequence);
    if (outcome._tag !== "Unclear") return outcome;
    tally.retries += 1;
  }
  tally.skipped += 1;
  return { _tag: "Agreed", commands: 0 };
}

/** Runs one batch; returns the smallest failing sequence found, if any, or the first as it is. */
async function runBatch(
  bench: Bench,
  arbitrary: fc.Arbitrary<Sequence>,
  { seed, numRuns }: { readonly seed: number; readonly numRuns: number },
  tally: Tally,
  shrinks: boolean,
): Promise<Failure | undefined> {
  let failure: Failure | undefined;
  let patience = new Patience();
  const differs = async (sequence: Sequence): Promise<boolean> => {
    if (failure !== undefined && patience.over()) return false;
    const judging = failure === undefined ? confirmed : judge;
    const outcome = await judging(bench, sequence, tally);
    if (failure === undefined) {
      tally.sequences += 1;
      tally.commands += outcome.commands;
    }
    if (outcome._tag !== "Differs") return false;
    failure = { sequence, outcome, seed };
    return true;
  };
  const property = fc.asyncProperty(arbitrary, async (sequence) => {
    const first = failure === undefined;
    if (!(await differs(sequence))) return;
    if (first && shrinks) {
      console.log("a difference; looking for the smallest sequence that shows it …");
      patience = new Patience();
    }
    throw new Error("differs");
  });
  const details = await fc.check(property, { seed, numRuns, endOnFailure: !shrinks });
  if (failure === undefined) {
    if (details.failed) throw details.errorInstance ?? new Error("the batch did not end");
    return undefined;
  }
  if (!shrinks) return failure;
  patience = new Patience();
  await withoutNeedlessSteps(failure.sequence, differs);
  return failure;
}

/** How long the search for a smaller failing sequence may go on. */
class Patience {
  readonly #untilMs = performance.now() + MAX_SHRINK_MS;
  #runs = 0;

  over(): boolean {
    this.#runs += 1;
    return this.#runs > MAX_SHRINK_RUNS || performance.now() > this.#untilMs;
  }
}

const places = { handshake: "HELLO 3", end: "the keyspace at the end" };

function describe({ sequence, outcome }: Found): string {
  const { at } = outcome;
  const where = typeof at === "number" ? showStep(sequence.steps[at]!) : places[at];
  return [
    showSequence(sequence),
    "",
    `at       ${where}`,
    `model    ${outcome.expected}`,
    `redis    ${outcome.actual}`,
  ].join("\n");
}

function report(failure: Failure, plan: Plan): string {
  const size = plan.target >= FULL_SIZE ? plan.target : 1;
  const seed = plan.target >= FULL_SIZE ? plan.seed : failure.seed;
  const again = `again    pnpm refine:oracle --seed ${seed} --commands ${size}`;
  return `The model and redis-server differ.\n\n${describe(failure)}\n\n${again}`;
}

/** Everything that makes a run without differences fail nevertheless. */
function complaints(bench: Bench, tally: Tally, plan: Plan): ReadonlyArray<string> {
  const never = bench.coverage.neverReached(plan.commands);
  for (const one of never) console.log(`never reached: ${one}`);
  const list: Array<string> = bench.exceptions
    .undeclared()
    .map((one) => `a free reply is undeclared: ${one}`);
  for (const flicker of tally.flickers) {
    console.log(`a difference that did not come back:\n${flicker}\n`);
  }
  if (tally.flickers.length > MAX_FLICKERS) list.push("too many differences did not come back");
  if (tally.skipped * 100 > tally.sequences) {
    list.push(`${tally.skipped} sequences could not be judged: the machine is too busy`);
  }
  if (plan.target >= FULL_SIZE && never.length > 0) {
    list.push(`${never.length} declared replies or options were never reached`);
  }
  return list;
}

/** What to run, from the command line. */
interface Plan {
  readonly target: number;
  readonly seed: number;
  readonly protocols: ReadonlyArray<2 | 3>;
  readonly commands: ReadonlyArray<CommandEntry>;
  readonly withTable: boolean;
  /** False to report the first difference as it is. */
  readonly shrinks: boolean;
}

function parsePlan(): Plan {
  const values = optionsOf(
    {
      name: "pnpm refine:oracle",
      does: "Runs random commands on the model and on a real redis-server and compares the replies.",
    },
    {
      commands: integer("least number of commands, tours aside", FULL_SIZE, 1),
      families: choices("NAME", "only the commands of this family", familyNames),
      protocol: choice("VERSION", "only this version of RESP", BOTH.map(String)),
      seed: optionalInteger("of the first sequence", "by chance"),
      coverage: flag("print the whole table of what was reached, as a run of full size does"),
      "no-shrink": flag("report the first sequence that differs as it is"),
    },
  );
  const { protocol, commands: target } = values;
  const plan = {
    target,
    seed: values.seed ?? Math.floor(Math.random() * 0x7fffffff),
    protocols: BOTH.filter((one) => protocol === undefined || protocol === String(one)),
    commands: commandsOf(values.families),
    withTable: values.coverage || target >= FULL_SIZE,
    shrinks: !values["no-shrink"],
  };
  if (plan.protocols.length === 0 || plan.commands.length === 0) {
    throw new Error("nothing to run: see pnpm refine:oracle --help");
  }
  return plan;
}

/**
 * Tours first, then sequences of everything until there are enough, then what is still missing.
 *
 * The tours grow with the commands that there are, so they do not count towards the target.
 */
async function runPlan(bench: Bench, plan: Plan, tally: Tally): Promise<Failure | undefined> {
  const progress = new Progress("commands", plan.target);
  let failure: Failure | undefined;
  let toured = 0;
  const batch = async (arbitrary: fc.Arbitrary<Sequence>, seed: number, numRuns: number) => {
    failure ??= await runBatch(bench, arbitrary, { seed, numRuns }, tally, plan.shrinks);
    progress.show(tally.commands - toured, `${tally.sequences} sequences`);
  };
  const tours = async (entries: ReadonlyArray<CommandEntry>, seed: number) => {
    for (const entry of entries) {
      for (const protocol of plan.protocols) {
        const before = tally.commands;
        await batch(tour(entry, protocol), seed, TOURS);
        toured += tally.commands - before;
      }
    }
  };
  const full = plan.target >= FULL_SIZE;
  if (full) await tours(plan.commands, plan.seed);
  const arbitrary = sequences({ length: LENGTH, ...plan });
  for (let at = 0; tally.commands - toured < plan.target && failure === undefined; at++) {
    await batch(arbitrary, plan.seed + at, BATCH);
  }
  for (let at = 1; full && at <= MORE_TOURS && failure === undefined; at++) {
    const missing = plan.commands.filter((entry) => bench.coverage.missing(entry).length > 0);
    await tours(missing, plan.seed + at);
  }
  progress.end();
  return failure;
}

async function main(): Promise<number> {
  const plan = parsePlan();
  const redis = await startRedis();
  try {
    console.log(`refine:oracle --seed ${plan.seed} --commands ${plan.target}`);
    const connections = await Connections.open(redis.port);
    const bench = { connections, coverage: new Coverage(), exceptions: new ExceptionLog() };
    const tally = { sequences: 0, commands: 0, retries: 0, skipped: 0, flickers: [] };
    const failure = await runPlan(bench, plan, tally);
    connections.control.close();
    return summarize(bench, tally, failure, plan);
  } finally {
    await redis.stop();
  }
}

function summarize(bench: Bench, tally: Tally, failure: Failure | undefined, plan: Plan): number {
  if (failure !== undefined) {
    console.log(`after ${tally.commands} commands in ${tally.sequences} sequences:\n`);
    console.log(report(failure, plan));
    return 1;
  }
  if (plan.withTable) console.log(`\n${bench.coverage.table()}`);
  console.log(`\nreplies that are not compared byte for byte:\n${bench.exceptions.table()}\n`);
  const problems = complaints(bench, tally, plan);
  for (const problem of problems) console.log(`FAILED: ${problem}`);
  const { sequences: count, commands, retries, skipped } = tally;
  console.log(
    `${commands} commands in ${count} sequences agree in every reply and keyspace` +
      ` (${retries} runs repeated because the clock moved on, ${skipped} given up).`,
  );
  if (problems.length > 0) return 1;
  recordEvidence("refine:oracle", { commands, sequences: count });
  return 0;
}

process.exitCode = await main();
