/**
 * Behaviours of client-side caching, driven through the production server.
 *
 * A behaviour supplies the commands in the order in which they are taken, the ends of turns, keys that
 * expire, syncs, disconnects and crashes. The server runs from received bytes to sent bytes in lockstep
 * with the model (`refinement/refine/tracking-check.ts`). Beyond that, it must take the behaviour's own
 * steps with the behaviour's own replies, as far as the first crash that keeps another part of the log.
 */
import type { Command, Mode, State } from "../../model/tracking/state.ts";
import { optionsOf, specItem } from "../abstraction/tracking-words.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import type { ActionTally } from "../refine/stimuli.ts";
import { compareTracking, type Stimulus } from "../refine/tracking-check.ts";
import type { BehaviourStep, GeneratedBehaviour } from "./behaviours.ts";
import { compareAnswers, type Driven, DURABLE, wholeExecs } from "./driving.ts";

type Step = BehaviourStep<State>;

const CLIENTS = ["a", "b"];
/** The server takes a command. */
const TAKEN: ReadonlySet<string> = new Set(["Run", "Track", "Say", "ExecStart"]);
/** Steps that are compared: who is answered, and with what. */
const ANSWERS: ReadonlySet<string> = new Set(["Run", "RunExpired", "Track", "Say", "ExecFinish"]);
/** Every client is there, so that others may name it. */
const CONNECTED: readonly Stimulus[] = CLIENTS.map((_, client) => {
  return { _tag: "Send", client, lines: ["HELLO 3"] };
});

/**
 * Drives the production server through a behaviour.
 *
 * @param tally counts the actions that it took
 */
export function driveTracking({ steps }: GeneratedBehaviour<State>, tally: ActionTally): Driven {
  const whole = wholeExecs(steps);
  const taken: RawEvent[] = [];
  const divergence = compareTracking([...CONNECTED, ...whole.flatMap(stimuliOf)], tally, taken);
  if (divergence !== null) {
    const { at, where, expected, actual } = divergence;
    const difference = `input ${at + 1}, ${where}: ${expected}, not ${actual}`;
    return { answers: 0, difference };
  }
  return compareAnswers(whole.flatMap(answersOf), taken.flatMap(answersOfServer));
}

function stimuliOf({ action, before, after }: Step): readonly Stimulus[] {
  if (TAKEN.has(action)) return taking(before, takenFrom(action, before, after));
  if (action === "RunExpired") {
    const name = takenFrom(action, before, after);
    const [, key] = before.clients[name]!.wire[0]!;
    return [{ _tag: "Expire", key: key!, reader: CLIENTS.indexOf(name) }];
  }
  if (action === "Expire") {
    const key = Object.keys(before.db).find((each) => before.db[each] !== after.db[each])!;
    return [{ _tag: "Expire", key, reader: null }];
  }
  if (action === "Turn") return [{ _tag: "Flush" }];
  if (action === "Persist") return DURABLE;
  if (action === "Crash") return [{ _tag: "Crash" }, ...CONNECTED];
  if (action !== "Disconnect") return [];
  const gone = CLIENTS.findIndex((each) => isGone(each, before, after));
  return gone < 0 ? [] : [{ _tag: "Disconnect", client: gone }, CONNECTED[gone]!];
}

/** Who disconnects begins anew; others may only lose whom they had told in their place. */
function isGone(name: string, before: State, after: State): boolean {
  const { wire, how, said, out } = before.clients[name]!;
  const now = after.clients[name]!;
  const isFresh = now.how === "off" && now.to === name && now.wire.length + now.out.length === 0;
  return isFresh && (how !== "off" || said || wire.length + out.length > 0);
}

function taking({ clients }: State, name: string): readonly Stimulus[] {
  const client = CLIENTS.indexOf(name);
  const command = clients[name]!.wire[0]!;
  const [word, mode, target] = command;
  if (word === "TRACK" && mode !== "off" && target !== name) {
    return [{ _tag: "Redirect", client, other: CLIENTS.indexOf(target!), mode: mode as Mode }];
  }
  return [{ _tag: "Send", client, lines: linesOf(command) }];
}

/** A command as a client of Redis sends it. */
function linesOf([name, ...words]: Command): readonly string[] {
  const [first] = words;
  switch (name) {
    case "FLUSH":
      return ["FLUSHALL"];
    case "CACHING":
      return [`CLIENT CACHING ${first!.toUpperCase()}`];
    case "TRACK":
      if (first === "off") return ["CLIENT TRACKING OFF"];
      return [`CLIENT TRACKING ON ${optionsOf(first as Mode)}`.trim()];
    case "EXEC": {
      const body = words.flatMap((word, i) => (i % 2 === 0 ? linesOf([word, words[i + 1]!]) : []));
      return ["MULTI", ...body, "EXEC"];
    }
    default:
      return [[name, ...words].join(" ")];
  }
}

/** Whose command is taken. EXEC is taken off the wire when it has run. */
function takenFrom(action: string, before: State, after: State): string {
  if (action === "ExecStart") return after.executing!.client;
  return CLIENTS.find((each) => {
    return before.clients[each]!.wire.length > after.clients[each]!.wire.length;
  })!;
}

function answersOf({ action, before, after }: Step): readonly string[] {
  if (action === "Crash") return [`Crash ${after.log.length}`];
  if (!ANSWERS.has(action)) return [];
  const name = takenFrom(action, before, after);
  const reply = after.clients[name]!.out[before.clients[name]!.out.length]!;
  return [JSON.stringify([action, reply.val])];
}

function answersOfServer({ action, fields }: RawEvent): readonly string[] {
  if (action === "Crash") return [`Crash ${fields["keep"]}`];
  if (!ANSWERS.has(action)) return [];
  return [JSON.stringify([action, specItem(String(fields["reply"]), action === "ExecFinish")])];
}
