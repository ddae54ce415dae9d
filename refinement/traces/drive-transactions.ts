/**
 * Behaviours of transactions, driven through the production server.
 *
 * A behaviour supplies the commands in the order in which they are taken, the passing of time,
 * syncs, disconnects and crashes. The server runs from received bytes to sent bytes in lockstep
 * with the model (`refinement/refine/transactions-check.ts`). Beyond that, the commands must be
 * answered by the behaviour's own actions and replies, as far as the first crash that keeps
 * another part of the log.
 */
import type { State } from "../../model/transactions/state.ts";
import { type RawEvent, specReply } from "../abstraction/transactions-words.ts";
import {
  type ActionTally,
  compareTransactions,
  type Stimulus,
} from "../refine/transactions-check.ts";
import type { BehaviourStep, GeneratedBehaviour } from "./behaviours.ts";

type Step = BehaviourStep<State>;

const CLIENTS = ["a", "b"];
/** Who writes what the behaviour finds in the log. */
const FOUNDER = CLIENTS.length;
/** A lifetime, and a time after which it is over. */
const LIFETIME_MS = 20;
const PAST_MS = 25;

const DURABLE: readonly Stimulus[] = [{ _tag: "Flush" }, { _tag: "EndSync" }, { _tag: "Flush" }];

/** The server takes a command. */
const TAKEN = new Set([
  ...["Run", "RunExpired", "Refuse", "Misuse", "Multi", "Queue", "Watch", "Unwatch", "Discard"],
  ...["ExecAbort", "ExecNil", "ExecStart"],
]);
/** The server answers one. */
const ANSWERS = new Set([...[...TAKEN].filter((name) => name !== "ExecStart"), "ExecFinish"]);

/** What came of a behaviour. */
export interface Driven {
  /** Answers that were compared with the behaviour's. */
  readonly answers: number;
  /** What differs; null when nothing does. */
  readonly difference: string | null;
}

/**
 * Drives the production server through a behaviour.
 *
 * @param tally counts the actions that it took
 */
export function driveTransactions(
  { initial, steps }: GeneratedBehaviour<State>,
  tally: ActionTally,
): Driven {
  const founding = foundingOf(initial);
  const whole = wholeExecs(steps);
  const stimuli = [...founding, ...whole.flatMap(stimuliOf)];
  const taken: RawEvent[] = [];
  const divergence = compareTransactions(stimuli, tally, taken);
  if (divergence !== null) {
    const { at, where, expected, actual } = divergence;
    const difference = `input ${at + 1}, ${where}: ${expected}, not ${actual}`;
    return { answers: 0, difference };
  }
  const expected = answersOf(whole);
  const actual = productionAnswers(taken).slice(founding.length > 0 ? 1 : 0);
  return compare(expected, actual);
}

/** What is in the log at first is written by a client of its own. */
function foundingOf({ log }: State): readonly Stimulus[] {
  const effects = log.flat();
  if (effects.length === 0) return [];
  const lines = effects.map(({ key, val, ttl }) => {
    return ttl === "none" ? `SET ${key} ${val}` : `SET ${key} ${val} PX ${LIFETIME_MS}`;
  });
  return [{ _tag: "Send", client: FOUNDER, lines }, ...DURABLE];
}

/** An EXEC of the server ends before anything else: the behaviour counts up to one that does not. */
function wholeExecs(steps: readonly Step[]): readonly Step[] {
  let start = -1;
  for (const [index, { action }] of steps.entries()) {
    if (action === "ExecStart") start = index;
    else if (action === "ExecFinish") start = -1;
    else if (action === "Crash" && start >= 0) break;
  }
  return start >= 0 ? steps.slice(0, start) : steps;
}

function stimuliOf({ action, before, after }: Step): readonly Stimulus[] {
  const names = Object.keys(before.sessions);
  if (TAKEN.has(action)) {
    // EXEC is taken off the wire when it has run.
    const name = names.find((each) =>
      action === "ExecStart"
        ? after.executing?.session === each
        : before.sessions[each]!.wire.length > after.sessions[each]!.wire.length,
    )!;
    const client = CLIENTS.indexOf(name);
    return [{ _tag: "Send", client, lines: [lineOf(before.sessions[name]!.wire[0]!)] }];
  }
  if (action === "Persist") return DURABLE;
  if (action === "Pass") return [{ _tag: "Wait", ms: PAST_MS }];
  if (action === "ActiveExpire") return [{ _tag: "Tick" }];
  if (action === "Crash") return [{ _tag: "Crash" }];
  if (action !== "Disconnect") return [];
  const gone = names.find((each) => before.sessions[each] !== after.sessions[each]);
  return gone === undefined ? [] : [{ _tag: "Disconnect", client: CLIENTS.indexOf(gone) }];
}

/** A command as a client of Redis sends it. */
function lineOf([name, ...words]: readonly string[]): string {
  if (name === "SETX") return `SET ${words.join(" ")} PX ${LIFETIME_MS}`;
  if (name === "FAIL") return "SET x one EX 0";
  if (name === "BAD") return "NOSUCH x";
  return [name, ...words].join(" ");
}

/** An answer: the action and its reply; a crash: what it kept. */
type Answer = readonly [action: string, ...words: readonly string[]];

function answersOf(steps: readonly Step[]): readonly Answer[] {
  let timePassed = false;
  return steps.flatMap(({ action, before, after }): Answer[] => {
    timePassed ||= action === "Pass";
    // The clock may be set back while the server is down; the server's world does not do that.
    if (action === "Crash") return [["Crash", timePassed ? "clock" : String(after.log.length)]];
    if (!ANSWERS.has(action)) return [];
    const name = Object.keys(before.sessions).find((each) => {
      return after.sessions[each]!.out.length > before.sessions[each]!.out.length;
    })!;
    return [[action, ...after.sessions[name]!.out.at(-1)!.val]];
  });
}

function productionAnswers(taken: readonly RawEvent[]): readonly Answer[] {
  return taken.flatMap(({ action, fields }): Answer[] => {
    if (action === "Crash") return [["Crash", String(fields["keep"])]];
    return ANSWERS.has(action) ? [[action, ...specReply(String(fields["reply"]))]] : [];
  });
}

function compare(expected: readonly Answer[], actual: readonly Answer[]): Driven {
  for (const [index, wanted] of expected.entries()) {
    const got = actual[index];
    if (JSON.stringify(got) === JSON.stringify(wanted)) continue;
    // Other data from here on.
    if (wanted[0] === "Crash" && got?.[0] === "Crash") return { answers: index, difference: null };
    const difference = `answer ${index + 1}: ${wanted.join(" ")}, not ${got?.join(" ")}`;
    return { answers: index, difference };
  }
  return { answers: expected.length, difference: null };
}
