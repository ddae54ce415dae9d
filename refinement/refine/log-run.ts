/**
 * The production log against the model of the log, input by input: random interleavings of
 * requests, writes, syncs, faults, ends of processes and recoveries.
 */
import { performance } from "node:perf_hooks";
import fc from "fast-check";
import * as actions from "../../model/log/actions.ts";
import { type LogSequence, logSequences, showLogSequence, takeStep } from "./log-steps.ts";
import { Disagreement, LogWorld } from "./log-world.ts";

/** Inputs of a run at most. */
const LENGTH = 90;
/** Runs per batch: a batch is reproduced by its own seed. */
const BATCH = 50;
const MAX_SHRINK_RUNS = 2000;

/** What was seen. */
export interface LogTally {
  steps: number;
  readonly taken: Map<string, number>;
}

/** A run in which the two disagree. */
export interface LogFailure {
  readonly sequence: LogSequence;
  /** Which of its inputs, from 0. */
  readonly at: number;
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
  /** The seed of its batch. */
  readonly seed: number;
}

/** Runs one sequence; the first disagreement, if any. */
export function runLogSequence(
  sequence: LogSequence,
  tally: LogTally,
): Omit<LogFailure, "seed"> | null {
  const world = new LogWorld(sequence.policy, tally.taken);
  for (const [at, step] of sequence.steps.entries()) {
    try {
      takeStep(world, step);
      tally.steps++;
    } catch (error) {
      if (error instanceof Disagreement) {
        const { where, expected, actual } = error;
        return { sequence, at, where, expected, actual };
      }
      const actual = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { sequence, at, where: "invariant: exception", expected: "none", actual };
    }
  }
  return null;
}

/** The actions of the specification that no run has reached. */
export function unreached({ taken }: LogTally): readonly string[] {
  return Object.keys(actions).filter((name) => !taken.has(name));
}

/**
 * Runs batches until at least so many steps have been taken.
 *
 * @param progress told from time to time how many there are
 */
export function refineLog(
  steps: number,
  firstSeed: number,
  shrinks: boolean,
  progress: (steps: number) => void,
): { readonly tally: LogTally; readonly failure: LogFailure | null } {
  const tally: LogTally = { steps: 0, taken: new Map() };
  const arbitrary = logSequences(LENGTH);
  let toldMs = performance.now();
  for (let seed = firstSeed; tally.steps < steps; seed = (seed + 1) | 0) {
    const failure = runBatch(arbitrary, seed, tally, shrinks);
    if (failure !== null) return { tally, failure: { ...failure, seed } };
    if (performance.now() - toldMs > 5000) {
      toldMs = performance.now();
      progress(tally.steps);
    }
  }
  return { tally, failure: null };
}

function runBatch(
  arbitrary: fc.Arbitrary<LogSequence>,
  seed: number,
  tally: LogTally,
  shrinks: boolean,
): Omit<LogFailure, "seed"> | null {
  let failure: Omit<LogFailure, "seed"> | null = null;
  let shrinkRuns = 0;
  const property = fc.property(arbitrary, (sequence) => {
    if (failure !== null && ++shrinkRuns > MAX_SHRINK_RUNS) return true;
    const counted = failure === null ? tally : { steps: 0, taken: new Map() };
    const found = runLogSequence(sequence, counted);
    if (found === null) return true;
    failure = found;
    return false;
  });
  fc.check(property, { seed, numRuns: BATCH, endOnFailure: !shrinks });
  return failure;
}

/** A failure for a reader. */
export function showLogFailure(failure: LogFailure): string {
  const { sequence, at, where, expected, actual, seed } = failure;
  return [
    "The log is not a refinement of its model.",
    "",
    showLogSequence({ ...sequence, steps: sequence.steps.slice(0, at + 1) }),
    "",
    `at       input ${at + 1}`,
    `in       ${where}`,
    `model    ${expected}`,
    `impl     ${actual}`,
    "",
    `again    pnpm refine --part log --seed ${seed} --log-steps 1`,
  ].join("\n");
}
