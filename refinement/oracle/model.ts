/** The model as the oracle sees it: one plain function per event. */

import type { Given, Message, Reply } from "../../model/keyspace/index.ts";
import {
  disconnect,
  execute,
  leastRoom,
  makeRoom,
  mustAuthenticate,
  type State,
  settle,
} from "../../model/keyspace/index.ts";

export type { Session } from "../../model/keyspace/index.ts";
export {
  admits,
  connect,
  countOf,
  decode,
  disconnect,
  encode,
  endWait,
  initial,
  isBeyondRedis,
  isDeterministic,
  isPush,
  isWaiting,
  listOf,
  mayEndByTime,
} from "../../model/keyspace/index.ts";
export type { Message, Reply, State };

/** What one command does to the model. */
export interface Step {
  readonly state: State;
  readonly replies: ReadonlyArray<Reply>;
  readonly closes: boolean;
  readonly messages: ReadonlyArray<Message>;
  /** What sessions are given behind all others. */
  readonly late: ReadonlyArray<Message>;
  /** What sessions read whose waits this has ended. */
  readonly given: ReadonlyArray<Given>;
}

/** A client that has not said who it is may send so many arguments, of so many bytes. */
const STRANGER_ARGUMENTS = 10;
const STRANGER_ARGUMENT_BYTES = 16_384;

/** The error of the protocol itself, which the model knows nothing of; null when there is none. */
function protocolError(state: State, sessionId: number, args: ReadonlyArray<string>) {
  const isStranger =
    mustAuthenticate(state) && state.sessions.get(sessionId)?.authenticated === false;
  if (!isStranger || !closesStrangers(args)) return null;
  const hasMany = args.length > STRANGER_ARGUMENTS;
  return hasMany ? "unauthenticated multibulk length" : "unauthenticated bulk length";
}

/** Whether a client that has not said who it is loses its connection by such a request. */
export function closesStrangers(args: ReadonlyArray<string>): boolean {
  return (
    args.length > STRANGER_ARGUMENTS || args.some((arg) => arg.length > STRANGER_ARGUMENT_BYTES)
  );
}

/** Runs one command of a session at a given time; `answered` tells what chance has decided. */
export function step(
  state: State,
  sessionId: number,
  args: ReadonlyArray<string>,
  nowMs: number,
  answered?: Reply,
): Step {
  const error = protocolError(state, sessionId, args);
  if (error !== null) {
    const reply: Reply = { _tag: "Error", text: `ERR Protocol error: ${error}` };
    const gone = disconnect(state, sessionId);
    return { state: gone, replies: [reply], closes: true, messages: [], given: [], late: [] };
  }
  const after = execute(state, sessionId, args, BigInt(nowMs), { answered });
  if (after.state.config.maxmemory === state.config.maxmemory) return after;
  // Redis makes room at once for a new limit, and not only before the next command.
  const roomier = makeRoom(after.state, leastRoom(after.state));
  const { state: settled, given } = settle(roomier, BigInt(nowMs));
  return { ...after, state: settled, given: [...after.given, ...given] };
}

/** Whether a session is told of changes once for all that a loop turn of the server has run. */
export function hasBroadcasts(state: State): boolean {
  return [...state.sessions.values()].some(({ caching }) => caching?.broadcast === true);
}

/** The protocol that a session speaks now; 2 when the session is not connected. */
export function protocolOf(state: State, sessionId: number): 2 | 3 {
  return state.sessions.get(sessionId)?.protocol ?? 2;
}

/** The word that a message begins with: `message` or `invalidate`, for example. */
export function kindOf(message: Reply): string {
  const first = message._tag === "OneRun" ? message.runs[0][0] : message;
  const word = first?._tag === "Push" ? first.items[0] : undefined;
  return word?._tag === "Bulk" ? word.bytes : "nothing";
}
