/** What a run of many seeds must have seen, so that "nothing was found" means something. */
import { BUGGIFY_POINTS } from "../impl/ports/buggify.ts";
import { CACHE_HABITS } from "./caching/habits.ts";
import type { Tally } from "./coverage.ts";
import { DISK_FAULTS, NETWORK_FAULTS, PROCESS_FAULTS } from "./faults.ts";
import { CHECKS } from "./judge.ts";
import { WAIT_ENDS } from "./observer.ts";
import { SCRIPT_HABITS } from "./scripts-seen.ts";
import type { Totals } from "./trial.ts";

/** Fewer seeds than this prove nothing either way, and are not held against the lists. */
export const LEAST_SEEDS = 300;

/** Histories for which no order was found in time, of a thousand runs. */
const MOST_UNDECIDED = 20;

/**
 * What many runs together have missed, one sentence each.
 *
 * @param actions the actions of the specifications that a server or its world takes, as `log.Write`
 */
export function shortfalls(totals: Totals, actions: readonly string[]): readonly string[] {
  if (totals.seeds < LEAST_SEEDS) return [];
  const faults = [...NETWORK_FAULTS, ...PROCESS_FAULTS, ...DISK_FAULTS];
  const undecided = totals.verdicts.of("undecided");
  return [
    ...never("injected", totals.faults, faults),
    ...never("judged anything", totals.verdicts, CHECKS),
    ...never("given to those who listen", totals.verdicts, ["messages"]),
    ...never("seen", totals.verdicts, WAIT_ENDS),
    ...never("run", totals.verdicts, SCRIPT_HABITS),
    ...never("had", totals.verdicts, CACHE_HABITS),
    ...never("made room", totals.verdicts, ["evictions"]),
    ...never("taken", totals.actions, actions),
    ...never("fired", totals.fired, BUGGIFY_POINTS),
    ...(undecided * 1000 > totals.seeds * MOST_UNDECIDED
      ? [`${undecided} histories were too hard to judge`]
      : []),
  ];
}

function never(what: string, tally: Tally, names: readonly string[]): readonly string[] {
  return tally.missing(names).map((name) => `never ${what}: ${name}`);
}
