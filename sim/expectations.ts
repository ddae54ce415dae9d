/** What a run of many seeds must have seen, so that "nothing was found" means something. */

import type { Tally } from "./coverage.ts";
import { NETWORK_FAULTS, PROCESS_FAULTS } from "./faults.ts";
import type { Totals } from "./trial.ts";

/** Fewer seeds than this prove nothing either way, and are not held against the lists. */
export const LEAST_SEEDS = 500;

/** Every checker must have judged something. */
const CHECKS = ["strict serializability", "replies in order", "progress"] as const;

/** How often a search for an order may be given up, of a thousand. */
const MOST_UNDECIDED = 20;

/** What many runs together have missed, one sentence each. */
export function shortfalls(totals: Totals): readonly string[] {
  if (totals.seeds < LEAST_SEEDS) return [];
  const never = (tally: Tally, names: readonly string[], what: string): string[] =>
    tally.missing(names).map((name) => `${what} never: ${name}`);
  const undecided = totals.verdicts.of("strict serializability: undecided");
  return [
    ...never(totals.faults, [...NETWORK_FAULTS, ...PROCESS_FAULTS], "injected"),
    ...never(totals.verdicts, CHECKS, "judged"),
    ...(undecided * 1000 > totals.seeds * MOST_UNDECIDED
      ? [`${undecided} histories were too hard to judge`]
      : []),
  ];
}
