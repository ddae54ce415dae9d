/** Hands what a run has recorded to the checkers, each guarantee by the policy in force. */

import type { Verdict } from "./checkers/history.ts";
import { checkProgress } from "./checkers/progress.ts";
import { checkReplyOrder } from "./checkers/reply-order.ts";
import { checkStrictSerializability } from "./checkers/strict-serializability.ts";
import type { Tally } from "./coverage.ts";
import type { Histories } from "./histories.ts";
import type { Death } from "./process.ts";
import { Violated } from "./violation.ts";
import type { Profile } from "./workload.ts";

/** What a run leaves for its judges. */
export interface JudgedRun {
  readonly profile: Profile;
  readonly histories: Histories;
  /** How the runs of the server have ended, in order. */
  readonly ends: Death[];
  healedAtMs?: number;
  endedAtMs?: number;
  boundMs?: number;
}

/** Searches longer than this are given up, and counted. */
const MOST_STATES = 20_000;

/**
 * Judges a run.
 *
 * @param verdicts counts what each checker has judged
 * @throws Violated
 */
export function judge(run: JudgedRun, verdicts: Tally): void {
  const { histories, profile } = run;
  const pass = (name: string, verdict: Verdict, judged: number): void => {
    if (verdict._tag === "Broken") {
      const { what, lines } = verdict.violation;
      throw new Violated(name, what, lines);
    }
    if (verdict._tag === "Undecided") verdicts.count(`${name}: undecided`);
    else verdicts.count(name, judged);
  };
  if (profile !== "everything") {
    for (let number = 1; number <= run.ends.length + 1; number++) {
      const history = histories.transactions((one) => one === number);
      const verdict = checkStrictSerializability(history, { maxStates: MOST_STATES });
      pass("strict serializability", verdict as Verdict, history.length);
    }
  }
  pass("replies in order", checkReplyOrder(histories.orderEvents), histories.orderEvents.length);
  const progress = {
    requests: histories.requests,
    faultsEndedAtMs: run.healedAtMs!,
    endedAtMs: run.endedAtMs!,
    boundMs: run.boundMs!,
  };
  pass("progress", checkProgress(progress), histories.requests.length);
}
