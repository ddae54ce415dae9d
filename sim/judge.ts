/** Hands what a run has recorded to the checkers, each guarantee by the policy in force. */
import { checkAcknowledged } from "./checkers/acknowledged.ts";
import { checkElements } from "./checkers/elements.ts";
import type { Verdict } from "./checkers/history.ts";
import { checkLinearizability } from "./checkers/linearizability.ts";
import { checkProgress } from "./checkers/progress.ts";
import { checkReplyOrder } from "./checkers/reply-order.ts";
import { checkShown } from "./checkers/shown.ts";
import { checkStrictSerializability } from "./checkers/strict-serializability.ts";
import { stringCommands } from "./checkers/strings-model.ts";
import type { Tally } from "./coverage.ts";
import { type Durability, type Stretch, stringsOf } from "./durability.ts";
import type { Histories } from "./histories.ts";
import { Violated } from "./violation.ts";
import { KEYS, type Profile } from "./workload.ts";

/** What a run leaves for its judges. */
export interface JudgedRun {
  readonly profile: Profile;
  readonly histories: Histories;
  /** Null when nothing is kept. */
  readonly durability: Durability | null;
  /** The stretches of the server's life over which histories are judged as one. */
  readonly stretches: readonly Stretch[];
  readonly healedAtMs: number;
  readonly endedAtMs: number;
  readonly boundMs: number;
}

/** What judges, by the name under which it is counted. */
export const CHECKS = [
  "linearizability",
  "no stale cache",
  "strict serializability",
  "acknowledged",
  "shown",
  "replies in order",
  "each element to one client",
  "progress",
] as const;

/** A name of a check. */
export type Check = (typeof CHECKS)[number];

/** Profiles whose clients send transactions, or scripts, which are. */
const TRANSACTED: ReadonlySet<Profile> = new Set(["transactions", "scripts"]);

/** Searches longer than this are given up, and counted. */
const MOST_STATES = 20_000;

/**
 * Judges a run.
 *
 * @param verdicts counts what each checker has judged
 * @throws Violated
 */
export function judge(run: JudgedRun, verdicts: Tally): void {
  const { histories, durability } = run;
  if (run.profile === "strings" || run.profile === "caching") judgeStrings(run, verdicts);
  if (TRANSACTED.has(run.profile)) judgeTransactions(run, verdicts);
  if (durability !== null) {
    const { crashes, replies } = durability;
    const judged = crashes.length === 0 ? 0 : replies.length;
    settle("acknowledged", checkAcknowledged(durability), judged, verdicts);
    settle("shown", checkShown(durability), judged, verdicts);
  }
  const order = histories.orderEvents;
  settle("replies in order", checkReplyOrder(order), order.length, verdicts);
  const elements = histories.elementEvents;
  const given = elements.filter(({ _tag }) => _tag === "Taken").length;
  settle("each element to one client", checkElements(elements, run.stretches), given, verdicts);
  const { healedAtMs: faultsEndedAtMs, endedAtMs, boundMs } = run;
  const progress = { requests: histories.requests, faultsEndedAtMs, endedAtMs, boundMs };
  settle("progress", checkProgress(progress), histories.requests.length, verdicts);
}

/** Single commands on single keys: each key is an object of its own. */
function judgeStrings({ histories, stretches }: JudgedRun, verdicts: Tally): void {
  for (const { first, last, initial } of stretches) {
    const history = histories.commands((run) => run >= first && run <= last);
    const options = { maxStates: MOST_STATES, initial: stringsOf(initial, KEYS) };
    const verdict = checkLinearizability(stringCommands, history, options);
    settle("linearizability", verdict, history.length, verdicts);
    // What a client finds in its cache is as good as a read that it makes then.
    const cached = histories.commands((run) => run >= first && run <= last, true);
    if (cached.length === history.length) continue;
    const judged = checkLinearizability(stringCommands, cached, options);
    settle("no stale cache", judged, cached.length - history.length, verdicts);
  }
}

function judgeTransactions({ histories, stretches }: JudgedRun, verdicts: Tally): void {
  for (const { first, last, initial } of stretches) {
    const history = histories.transactions((run) => run >= first && run <= last);
    const options = { maxStates: MOST_STATES, initial: stringsOf(initial, KEYS) };
    const verdict = checkStrictSerializability(history, options);
    settle("strict serializability", verdict, history.length, verdicts);
  }
}

function settle(
  name: Check,
  verdict: Verdict | { readonly _tag: "Holds" },
  judged: number,
  verdicts: Tally,
): void {
  if (verdict._tag === "Broken") {
    const { what, lines } = verdict.violation;
    throw new Violated(name, what, lines);
  }
  if (verdict._tag === "Undecided") verdicts.count("undecided");
  else if (judged > 0) verdicts.count(name, judged);
}
