/**
 * Behaviours of waiting for keys, driven through the production server.
 *
 * A behaviour supplies the commands in the order in which they are taken, the end of limited waits,
 * syncs, disconnects and crashes. The server runs from received bytes to sent bytes in lockstep with
 * the model (`refinement/refine/blocking-check.ts`). Beyond that, it must take the behaviour's own
 * steps with the behaviour's own replies, as far as the first crash that keeps another part of the
 * log.
 */
import type { State } from "../../model/blocking/state.ts";
import { specAnswer } from "../abstraction/blocking-words.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import { compareBlocking, type Stimulus } from "../refine/blocking-check.ts";
import type { ActionTally } from "../refine/stimuli.ts";
import type { BehaviourStep, GeneratedBehaviour } from "./behaviours.ts";
import { compareAnswers, type Driven, DURABLE, wholeExecs } from "./driving.ts";

type Step = BehaviourStep<State>;

const CLIENTS = ["a", "b", "c"];
/** A limited wait, in seconds, and a time after which it is over. */
const LIMIT_SECONDS = "0.02";
const PAST_MS = 25;

/** The server takes a command. */
const TAKEN = new Set(["Run", "Wait", "Unblock", "Multi", "Queue", "ExecStart"]);
/** Steps that are compared: who is answered, and with what. */
const ANSWERS = new Set([
  "Run",
  "Wait",
  "Serve",
  "Timeout",
  "Unblock",
  "Multi",
  "Queue",
  "ExecFinish",
]);

/**
 * Drives the production server through a behaviour.
 *
 * @param tally counts the actions that it took
 */
export function driveBlocking({ steps }: GeneratedBehaviour<State>, tally: ActionTally): Driven {
  const whole = wholeExecs(wholeTurns(steps));
  const taken: RawEvent[] = [];
  const divergence = compareBlocking(whole.flatMap(stimuliOf), tally, taken);
  if (divergence !== null) {
    const { at, where, expected, actual } = divergence;
    const difference = `input ${at + 1}, ${where}: ${expected}, not ${actual}`;
    return { answers: 0, difference };
  }
  return compareAnswers(whole.flatMap(answersOf), taken.flatMap(answersOfServer));
}

/** The server serves before anything else: the behaviour counts up to a crash before that. */
function wholeTurns(steps: readonly Step[]): readonly Step[] {
  const cut = steps.findIndex(({ action, before }) => {
    return action === "Crash" && before.ready.length > 0 && before.executing === null;
  });
  return cut < 0 ? steps : steps.slice(0, cut);
}

function stimuliOf({ action, before, after }: Step): readonly Stimulus[] {
  if (TAKEN.has(action)) {
    const name = takenFrom(action, before, after);
    const client = CLIENTS.indexOf(name);
    const command = before.clients[name]!.wire[0]!;
    if (command[0] !== "UNBLOCK") return [{ _tag: "Send", client, lines: [lineOf(command)] }];
    return [{ _tag: "Unblock", client, other: CLIENTS.indexOf(command[1]!) }];
  }
  if (action === "Persist") return DURABLE;
  if (action === "Timeout") return [{ _tag: "Wait", ms: PAST_MS }];
  if (action === "Crash") return [{ _tag: "Crash" }];
  if (action !== "Disconnect") return [];
  const gone = CLIENTS.find((each) => before.clients[each] !== after.clients[each]);
  return gone === undefined ? [] : [{ _tag: "Disconnect", client: CLIENTS.indexOf(gone) }];
}

/** Whose command is taken. EXEC is taken off the wire when it has run. */
function takenFrom(action: string, before: State, after: State): string {
  if (action === "ExecStart") return after.executing!.client;
  return CLIENTS.find((each) => {
    return before.clients[each]!.wire.length > after.clients[each]!.wire.length;
  })!;
}

/** A command as a client of Redis sends it. */
function lineOf([name, ...words]: readonly string[]): string {
  const [limit, ...keys] = words;
  const seconds = limit === "forever" ? "0" : LIMIT_SECONDS;
  if (name === "BLPOP") return `BLPOP ${keys.join(" ")} ${seconds}`;
  if (name === "BLMOVE") return `BLMOVE ${keys.join(" ")} LEFT RIGHT ${seconds}`;
  return [name, ...words].join(" ");
}

function answersOf({ action, before, after }: Step): readonly string[] {
  if (action === "Crash") return [`Crash ${after.log.length}`];
  if (!ANSWERS.has(action)) return [];
  const answered = CLIENTS.filter((each) => {
    return after.clients[each]!.out.length > before.clients[each]!.out.length;
  });
  // Who is unblocked is answered in the step of who does it.
  const own = action === "Unblock" ? takenFrom(action, before, after) : answered[0];
  return [JSON.stringify([action, own === undefined ? [] : after.clients[own]!.out.at(-1)!.val])];
}

function answersOfServer({ action, fields }: RawEvent): readonly string[] {
  if (action === "Crash") return [`Crash ${fields["keep"]}`];
  if (!ANSWERS.has(action)) return [];
  const { reply } = fields;
  const val = reply === undefined ? [] : specAnswer(String(reply), action === "ExecFinish");
  return [JSON.stringify([action, val])];
}
