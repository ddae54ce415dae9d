/** Batches of stimuli for a server whose steps are compared with a model. */

import fc from "fast-check";

/** Where server and model part. */
export interface Divergence {
  /** Index of the stimulus. */
  readonly at: number;
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
}

/** How often each action was taken. */
export type ActionTally = Map<string, number>;

/** What a check has found. */
export interface Report {
  /** Stimuli that the two have agreed on. */
  readonly steps: number;
  readonly tally: ActionTally;
  /** What is wrong, in lines; nothing when all agree. */
  readonly failure: readonly string[];
}

/** What is compared, and how. */
export interface Subject<Stimulus> {
  readonly sequences: fc.Arbitrary<readonly Stimulus[]>;
  /** Null when server and model agree to the end of the sequence; counts the actions. */
  readonly compare: (sequence: readonly Stimulus[], tally: ActionTally) => Divergence | null;
  /** The sentence that heads a failure. */
  readonly verdict: string;
  /** Options of `pnpm refine` that run a single sequence again, but for the seed. */
  readonly again: string;
}

/** How much is compared. */
export interface Plan {
  /** Stimuli that must have agreed, at least. */
  readonly steps: number;
  /** Of the first batch. */
  readonly seed: number;
  /** False to report the first sequence that fails, and not to look for the shortest. */
  readonly shrinks?: boolean;
  /** Told after each batch how many stimuli have agreed. */
  readonly progress?: (done: number) => void;
}

/** Sequences per batch: a batch is reproduced by its own seed. */
const BATCH = 50;
const MAX_SHRINK_RUNS = 2000;

/** Compares sequences until enough stimuli have agreed, or some have not. */
export function refineStimuli<Stimulus>(subject: Subject<Stimulus>, plan: Plan): Report {
  const { steps, seed, shrinks = true, progress = () => {} } = plan;
  const tally: ActionTally = new Map();
  let done = 0;
  let failure: readonly string[] = [];
  let shrinkRuns = 0;
  const property = fc.property(subject.sequences, (sequence) => {
    const isFirst = failure.length === 0;
    if (!isFirst && ++shrinkRuns > MAX_SHRINK_RUNS) return true;
    const divergence = subject.compare(sequence, isFirst ? tally : new Map());
    if (isFirst) done += divergence?.at ?? sequence.length;
    if (divergence === null) return true;
    failure = describe(subject.verdict, sequence, divergence);
    return false;
  });
  for (let batch = seed; done < steps; batch = (batch + 1) | 0) {
    const details = fc.check(property, {
      ...{ seed: batch, numRuns: BATCH, endOnFailure: !shrinks },
    });
    if (details.failed && failure.length === 0) throw details.errorInstance;
    if (failure.length > 0) {
      const again = `again    pnpm refine ${subject.again} --seed ${batch}`;
      return { steps: done, tally, failure: [...failure, "", again] };
    }
    progress(done);
  }
  return { steps: done, tally, failure };
}

function describe(
  verdict: string,
  sequence: readonly unknown[],
  { at, where, expected, actual }: Divergence,
): string[] {
  const lines = sequence.slice(0, at + 1).map((each, i) => `${i + 1}. ${JSON.stringify(each)}`);
  return [
    verdict,
    ...["", ...lines, "", `in       ${where}`, `model    ${expected}`, `impl     ${actual}`],
  ];
}
