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
import { type RawEvent, scriptLine, specReply } from "../abstraction/transactions-words.ts";
import type { ActionTally } from "../refine/stimuli.ts";
import { compareTransactions, type Stimulus } from "../refine/transactions-check.ts";
import type { BehaviourStep, GeneratedBehaviour } from "./behaviours.ts";
import { compareAnswers, type Driven, DURABLE, wholeExecs } from "./driving.ts";

type Step = BehaviourStep<State>;

const CLIENTS = ["a", "b"];
/** Who writes what the behaviour finds in the log. */
const FOUNDER = CLIENTS.length;
/** A lifetime, and a time after which it is over. */
const LIFETIME_MS = 20;
const PAST_MS = 25;

/** The server takes a command. */
const TAKEN = new Set([
  ...["Run", "RunExpired", "Refuse", "Misuse", "Multi", "Queue", "Watch", "Unwatch", "Discard"],
  ...["ExecAbort", "ExecNil", "ExecStart"],
]);
/** The server answers one. */
const ANSWERS = new Set([...[...TAKEN].filter((name) => name !== "ExecStart"), "ExecFinish"]);

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
  return compareAnswers(expected, actual);
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
  if (name === "SWAP" || name === "HALF") return scriptLine(name, words[0]!, words[1]!);
  if (name === "BAD") return "NOSUCH x";
  return [name, ...words].join(" ");
}

/** An answer: the action and its reply; a crash: what it kept. */
function answer(action: string, words: readonly string[]): string {
  return [action, ...words].join(" ");
}

function answersOf(steps: readonly Step[]): readonly string[] {
  let timePassed = false;
  return steps.flatMap(({ action, before, after }): string[] => {
    timePassed ||= action === "Pass";
    // The clock may be set back while the server is down; the server's world does not do that.
    if (action === "Crash")
      return [answer("Crash", [timePassed ? "clock" : String(after.log.length)])];
    if (!ANSWERS.has(action)) return [];
    const name = Object.keys(before.sessions).find((each) => {
      return after.sessions[each]!.out.length > before.sessions[each]!.out.length;
    })!;
    return [answer(action, after.sessions[name]!.out.at(-1)!.val)];
  });
}

function productionAnswers(taken: readonly RawEvent[]): readonly string[] {
  return taken.flatMap(({ action, fields }): string[] => {
    if (action === "Crash") return [answer("Crash", [String(fields["keep"])])];
    return ANSWERS.has(action) ? [answer(action, specReply(String(fields["reply"])))] : [];
  });
}
