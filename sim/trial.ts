/** A seed's trial: the run, and the run again, which must be the same step by step. */
import { Choices } from "./choices.ts";
import { Tally } from "./coverage.ts";
import { type Outcome, type RunOptions, simulate } from "./simulation.ts";
import { firstDifference } from "./transcript.ts";
import type { Violation } from "./violation.ts";
import type { Profile } from "./workload.ts";

/** Where a run comes from: a seed, or choices that were made before; and what its clients do, if that is not drawn. */
export type Source = ({ readonly seed: number } | { readonly choices: readonly number[] }) & {
  readonly profile?: Profile | undefined;
};

function choicesOf(source: Source): Choices {
  return "seed" in source ? Choices.seeded(source.seed) : Choices.replay(source.choices);
}

/** What is settled instead of drawn. */
export type Settled = Pick<RunOptions, "crashPoints" | "powerLoss" | "keeping" | "profile">;

function drawn(source: Source): Pick<RunOptions, "choices" | "profile"> {
  const { profile } = source;
  const choices = choicesOf(source);
  return profile === undefined ? { choices } : { choices, profile };
}

/** Runs once, judged. */
export function runOnce(source: Source, keeps = false, settled: Settled = {}): Outcome {
  return simulate({ ...drawn(source), judged: true, keeps, ...settled });
}

/** Runs twice: judged, and again with nobody looking; both must do the same. */
export function runTwice(source: Source): Outcome {
  const first = runOnce(source);
  if (first.violation !== null) return first;
  const second = simulate({ ...drawn(source), judged: false, keeps: false });
  const difference = firstDifference(first.transcript, second.transcript);
  if (difference === null && second.violation === null) return first;
  return { ...first, violation: second.violation ?? differs(difference!) };
}

function differs(difference: { step: number; first: string; second: string }): Violation {
  return {
    check: "determinism",
    what: `two runs differ at step ${difference.step}`,
    lines: [`the first:  ${difference.first}`, `the second: ${difference.second}`],
  };
}

/** What many runs have seen together. */
export class Totals {
  seeds = 0;
  steps = 0;
  compared = 0;
  virtualUs = 0;
  readonly faults = new Tally();
  readonly commands = new Tally();
  readonly verdicts = new Tally();
  readonly actions = new Tally();
  readonly fired = new Tally();
  readonly keepings = new Tally();

  /** Adds a run that has passed. */
  add(outcome: Outcome): void {
    this.seeds++;
    this.steps += outcome.transcript.hashes.length;
    this.compared += outcome.compared;
    this.virtualUs += outcome.virtualUs;
    this.faults.add(outcome.faults);
    this.commands.add(outcome.commands);
    this.verdicts.add(outcome.verdicts);
    this.actions.add(outcome.actions);
    this.fired.add(outcome.fired);
    this.keepings.count(outcome.keeping);
  }
}
