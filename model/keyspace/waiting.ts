/**
 * Waiting for keys: a command that has found nothing waits for one of its keys, and runs again when
 * one is there.
 *
 * After each command, an EXEC as a whole, the keys that have come are ready in the order in which
 * they came, and of those who wait for one the first is served first, until the key is gone.
 */
import { Result } from "effect";
import { judge, permissionError } from "./acl/judge.ts";
import { answer, session } from "./call.ts";
import { type Call, type Find, type Given, type Outcome, runCommand } from "./command.ts";
import { type CommandError, commandError, fail } from "./errors.ts";
import { parseLongDouble, timesRoundedUp } from "./longdouble.ts";
import { endingTimeout } from "./numbers.ts";
import { type Bytes, error, nilArray, type Reply } from "./reply.ts";
import {
  type Entry,
  endCommand,
  forgetExpired,
  isEnded,
  isExpired,
  isSilent,
  type State,
  sessionOf,
  typeAt,
  type Waiter,
  waitsFor,
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
  /** It runs again, too, when one of the keys is gone or has another type. */
  readonly endsWithKey?: boolean;
  /** What runs again, if it is not the command as it was sent. */
  readonly again?: ReadonlyArray<Bytes>;
}

/** The command has found nothing: its session waits, unless that is inside EXEC. */
export const waitFor = (
  call: Call,
  { keys, type, timeoutMs, otherwise, endsWithKey = false, again = call.args }: Wanted,
): Result.Result<Outcome, CommandError> => {
  if (call.insideExec) return answer(call, otherwise);
  const { state, sessionId, nowMs } = call;
  const { database } = session(call);
  const untilMs = timeoutMs === 0n ? null : nowMs + timeoutMs;
  const waiter: Waiter = {
    ...{ sessionId, database, keys: [...new Set(keys)], type, endsWithKey },
    ...{ args: again, untilMs },
  };
  const waiting = [...state.waiting, waiter];
  return Result.succeed({ state: { ...state, waiting }, reply: null, waits: true });
};

/** Who is served next: the state afterwards, and what the session is given. */
export interface Served {
  readonly state: State;
  readonly given: Given;
}

/**
 * Serves the first of those who wait for the key that came first, and find what they wait for in it;
 * nobody, when nothing that has come is still there for somebody. The state afterwards is the same
 * but for the keys that have come.
 */
export const serveNext = (before: State, nowMs: bigint, find: Find): Served | State => {
  let state = forgetExpired(before, nowMs);
  for (;;) {
    const [first, ...later] = state.ready;
    if (first === undefined) return state;
    const { database, key } = first;
    const type = typeAt(state, database, key);
    const line = state.waiting.filter((waiter) => waitsFor(waiter, database, key));
    const able = line.filter((waiter) => waiter.type === type);
    for (const waiter of [...able, ...line.filter((one) => isEnded(one, type))]) {
      const served = serve(state, waiter, key, nowMs, find);
      if (served !== undefined) return served;
    }
    state = { ...state, ready: later };
  }
};

/** Runs the command of one who waits again; nothing, when it goes on waiting in its place. */
const serve = (
  before: State,
  waiter: Waiter,
  come: Bytes,
  nowMs: bigint,
  find: Find,
): Served | undefined => {
  const { sessionId, args } = waiter;
  const found = find(args);
  if (found._tag === "Missing") throw new Error("only known commands wait");
  const state = withoutWaiter(before, sessionId);
  const call: Call = { state, sessionId, command: found.name, args, nowMs, find, come };
  const judged = judge(call, "toplevel");
  if (judged !== undefined)
    return give(judged.state, sessionId, error(permissionError(call, judged.denial).text));
  const { state: after, reply, waits } = runCommand(call, found.command.meaning);
  if (waits) return undefined;
  if (reply === null) throw new Error(`${found.name} answers nothing`);
  return give(after, sessionId, reply);
};

/** Serves whoever can be served, one behind the other. */
export const serveAll = (
  before: State,
  nowMs: bigint,
  find: Find,
): { readonly state: State; readonly given: ReadonlyArray<Given> } => {
  const given: Given[] = [];
  let served = serveNext(before, nowMs, find);
  for (; "given" in served; served = serveNext(served.state, nowMs, find)) given.push(served.given);
  return { state: served, given };
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

/** Whether somebody waits for the end of a key that is over by time. Redis tells them when it meets the key. */
export const endsByTime = (state: State, nowMs: bigint): boolean =>
  hasMortalEnd(state, (entry) => isExpired(entry, nowMs));

/** Whether somebody waits for the end of a key that time may bring. */
export const mayEndByTime = (state: State): boolean =>
  hasMortalEnd(state, ({ expireAtMs }) => expireAtMs !== null);

const hasMortalEnd = (
  { waiting, databases }: State,
  isMortal: (entry: Entry) => boolean,
): boolean =>
  waiting.some(({ endsWithKey, database, keys }) => {
    const entries = keys.map((key) => databases[database]?.get(key));
    return endsWithKey && entries.some((entry) => entry !== undefined && isMortal(entry));
  });
