/** Runs of the simulator: the production cores among faults of network, disk and process. */
import { Choices } from "../../sim/choices.ts";
import { simulate } from "../../sim/simulation.ts";
import type { RawStep } from "./recorded.ts";

/** A simulated run. */
export interface SimulatedRun {
  readonly seed: number;
  readonly policy: "always" | "everysec" | "no";
  /** The specification whose commands it keeps to; null for one that only the log is judged of. */
  readonly keepsTo: "transactions" | "blocking" | null;
  readonly steps: readonly RawStep[];
}

const POLICIES = ["always", "everysec", "no"] as const;
/** What every third seed of a policy keeps to. */
const KEEPS_TO = ["transactions", "blocking", null] as const;
/** The clients of runs that keep to a specification. */
const PROFILES = { transactions: "specified", blocking: "waits" } as const;
/** Longer runs would take TLC's time without showing more; they are left out. */
const MOST_STEPS = 250;

/**
 * Runs seeds until there are so many runs, each policy as often as the others.
 *
 * @param first the first seed
 * @param progress told how many runs there are, after each
 * @throws Error when a run breaks a rule of the cores: `pnpm sim` tells more
 */
export function simulateRuns(
  count: number,
  first: number,
  progress: (runs: number) => void,
): readonly SimulatedRun[] {
  const runs: SimulatedRun[] = [];
  for (let seed = first; runs.length < count; seed++) {
    const policy = POLICIES[seed % POLICIES.length]!;
    const keepsTo = KEEPS_TO[Math.floor(seed / POLICIES.length) % KEEPS_TO.length]!;
    const { trace, violation, faults } = simulate({
      choices: Choices.seeded(seed),
      judged: true,
      keeps: true,
      keeping: policy,
      ...(keepsTo === null ? {} : { profile: PROFILES[keepsTo] }),
    });
    if (violation !== null) throw new Error(`seed ${seed}: ${violation.check}: ${violation.what}`);
    // The specification knows no bits that turn over; `pnpm sim` judges those runs.
    if (faults.of("bit rot") > 0) continue;
    if (trace.steps.filter(({ spec }) => spec === "log").length > MOST_STEPS) continue;
    runs.push({ seed, policy, keepsTo, steps: trace.steps });
    progress(runs.length);
  }
  return runs;
}
