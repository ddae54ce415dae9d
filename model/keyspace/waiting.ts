/**
 * Waiting for keys: a command that has found nothing waits for one of its keys, and runs again when
 * one is there.
 *
 * After each command, an EXEC as a whole, the keys that have come are ready in the order in which
 * they came, and of those who wait for one the first is served first, until the key is gone.
 */
import { Result } from "effect";
import { answer, session } from "./call.ts";
import { type Call, type Find, type Given, type Outcome, runCommand } from "./command.ts";
import { type CommandError, commandError, fail } from "./errors.ts";
import { parseLongDouble, timesRoundedUp } from "./longdouble.ts";
import { endingTimeout } from "./numbers.ts";
import { type Bytes, error, nilArray, type Reply } from "./reply.ts";
import {
  databaseOf,
  endCommand,
  forgetExpired,
  isSilent,
  type State,
  sessionOf,
  type Waiter,
  withoutWaiter,
} from "./state.ts";
import type { TypeName } from "./types.ts";

/** For how long a command waits, in milliseconds: for ever, if it is 0. */
export const waitArgument = (bytes: Bytes, nowMs: bigint): Result.Result<bigint, CommandError> => {
  const seconds = parseLongDouble(bytes);
  if (seconds === undefined) return fail("TimeoutNotAFloat");
  const timeoutMs = timesRoundedUp(seconds, 1000n);
  if (timeoutMs !== undefined) return endingTimeout(timeoutMs, nowMs);
  const isNegative = seconds._tag === "Infinite" ? seconds.negative : seconds.mantissa < 0n;
  return fail(isNegative ? "TimeoutNegative" : "TimeoutOutOfRange");
};

/** Of the keys that a command takes from, those that it may take from now. */
export const keysToTry = ({ come }: Call, keys: ReadonlyArray<Bytes>): ReadonlyArray<Bytes> =>
  come === undefined ? keys : [come];

/** What a command waits for. */
export interface Wanted {
  readonly keys: ReadonlyArray<Bytes>;
  readonly type: TypeName;
  /** For ever, if it is 0. */
  readonly timeoutMs: bigint;
  /** The reply where nothing may wait. */
  readonly otherwise: Reply;
}

/** The command has found nothing: its session waits, unless that is inside EXEC. */
export const waitFor = (
  call: Call,
  { keys, type, timeoutMs, otherwise }: Wanted,
): Result.Result<Outcome, CommandError> => {
  if (call.insideExec) return answer(call, otherwise);
  const { state, sessionId, args, nowMs } = call;
  const { database } = session(call);
  const untilMs = timeoutMs === 0n ? null : nowMs + timeoutMs;
  const waiter: Waiter = { sessionId, database, keys: [...new Set(keys)], type, args, untilMs };
  const waiting = [...state.waiting, waiter];
  return Result.succeed({ state: { ...state, waiting }, reply: null, waits: true });
};

/** Who is served next: the state afterwards, and what the session is given. */
export interface Served {
  readonly state: State;
  readonly given: Given;
}

/**
 * Serves the first of those who wait for the key that came first; nobody, when nothing that has come
 * is still there for somebody. The state afterwards is the same but for the keys that have come.
 */
export const serveNext = (before: State, nowMs: bigint, find: Find): Served | State => {
  let state = forgetExpired(before, nowMs);
  for (;;) {
    const [first, ...later] = state.ready;
    if (first === undefined) return state;
    const { database, key } = first;
    const type = databaseOf(state, database).get(key)?.value.type;
    const waiter = state.waiting.find((one) => {
      return one.database === database && one.type === type && one.keys.includes(key);
    });
    if (waiter !== undefined) return serve(state, waiter, key, nowMs, find);
    state = { ...state, ready: later };
  }
};

const serve = (before: State, waiter: Waiter, come: Bytes, nowMs: bigint, find: Find): Served => {
  const { sessionId, args } = waiter;
  const found = find(args);
  if (found._tag === "Missing") throw new Error("only known commands wait");
  const state = withoutWaiter(before, sessionId);
  const call: Call = { state, sessionId, command: found.name, args, nowMs, find, come };
  const { state: after, reply, waits } = runCommand(call, found.command.meaning);
  if (reply === null || waits) throw new Error(`${found.name} waits for a key that is there`);
  return give(after, sessionId, reply);
};

/** Ends a session's wait: its time is up, or another client unblocks it by an error. */
export const endWait = (state: State, sessionId: number, how: "timeout" | "error"): Served =>
  give(
    withoutWaiter(state, sessionId),
    sessionId,
    how === "timeout" ? nilArray : error(commandError("Unblocked").text),
  );

const give = (state: State, sessionId: number, reply: Reply): Served => {
  const replies = isSilent(sessionOf(state, sessionId)) ? [] : [reply];
  return { state: endCommand(state, sessionId), given: { sessionId, replies } };
};

/** Whether a session waits for keys. */
export const isWaiting = ({ waiting }: State, sessionId: number): boolean =>
  waiting.some((waiter) => waiter.sessionId === sessionId);

/** The time is now: ends the waits that last no longer. */
export const endOverdue = (
  before: State,
  nowMs: bigint,
): { readonly state: State; readonly given: ReadonlyArray<Given> } => {
  const overdue = before.waiting
    .filter(({ untilMs }) => untilMs !== null && untilMs <= nowMs)
    .map(({ sessionId }) => sessionId);
  let state = before;
  const given: Given[] = [];
  for (const sessionId of overdue) {
    const ended = endWait(state, sessionId, "timeout");
    state = ended.state;
    given.push(ended.given);
  }
  return { state, given };
};
