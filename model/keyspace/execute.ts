/**
 * One step of the model: a session sends a command, the server answers.
 *
 * The checks come in Redis' order: the name, the number of arguments, permission, authentication,
 * the transaction; then the command runs.
 */

import { judge, permissionError } from "./acl/judge.ts";
import { broadcast, CACHEABLE, NOBODY, tellAll, tellServed, withCaches } from "./caching.ts";
import {
  arityFits,
  type Call,
  type Given,
  type Message,
  type Outcome,
  runCommand,
} from "./command.ts";
import { findCommand } from "./commands.ts";
import { type CommandError, commandError } from "./errors.ts";
import { leastRoom, makeRoom, type Room } from "./memory.ts";
import { type Bytes, error, type Reply } from "./reply.ts";
import {
  disconnect,
  endCommand,
  forgetExpired,
  inSubscriberMode,
  isSilent,
  mustAuthenticate,
  noTransaction,
  type State,
  sessionOf,
  withSession,
} from "./state.ts";
import { needsRoom } from "./takes-memory.ts";
import { word } from "./text.ts";
import { abort, enqueue } from "./transactions/transactions.ts";
import { isWaiting, type Served, serveAll, serveNext } from "./waiting.ts";

/** What a step leads to. */
export interface Step {
  readonly state: State;
  /** What the session reads, in the protocol that the session speaks after the step. */
  readonly replies: ReadonlyArray<Reply>;
  /**
   * The server closes the connection after the replies; the session is gone from the state. (When
   * CLIENT REPLY silences the last reply, Redis 7.0.15 leaves the connection open, but mute.)
   */
  readonly closes: boolean;
  /** What sessions are given beside the replies; the session itself gets it behind them. */
  readonly messages: ReadonlyArray<Message>;
  /** What sessions read whose waits this has ended, in the order in which it did. */
  readonly given: ReadonlyArray<Given>;
  /** What sessions are given behind all of that: what may not stay in their caches. */
  readonly late: ReadonlyArray<Message>;
}

const handle = (unnamed: Call): Outcome => {
  const found = unnamed.find(unnamed.args);
  if (found._tag === "Missing") return reject(unnamed, found.error);
  const { command, name } = found;
  const arrived = { ...unnamed, command: name };
  if (!arityFits(command, arrived.args.length))
    return reject(arrived, commandError("WrongArity", name));
  const { config } = arrived.state;
  if (command.isGuarded && !config.enableDebugCommand)
    return reject(arrived, commandError("DebugNotAllowed"));
  const { authenticated, queue: begun } = sessionOf(arrived.state, arrived.sessionId);
  if (mustAuthenticate(arrived.state) && !authenticated && !command.isOpen)
    return reject(arrived, commandError("AuthenticationRequired"));
  const judged = judge(arrived, begun === null ? "toplevel" : "multi");
  if (judged !== undefined)
    return reject({ ...arrived, state: judged.state }, permissionError(arrived, judged.denial));
  const call = findRoom(arrived);
  if (call.isOut && needsRoom(call)) return reject(call, commandError("OutOfMemory"));
  const session = sessionOf(call.state, call.sessionId);
  const { queue } = session;
  if (inSubscriberMode(session) && !command.isForSubscribers)
    return reject(call, commandError("OnlyForSubscribers", name));
  const waits = queue !== null && !command.isImmediate;
  const unqueueable = waits ? command.unqueueable?.(call) : undefined;
  if (unqueueable !== undefined) return reject(call, unqueueable);
  const outcome = runCommand(call, waits ? enqueue : command.meaning);
  const isRead = !waits && CACHEABLE.has(name);
  return withCaches(call, outcome, isRead ? { command, args: call.args } : null);
};

/** CLIENT CACHING means the next command that is none of CLIENT's, or the next transaction. */
const forgetSaid = (state: State, { find, args, sessionId }: Call): State => {
  const session = state.sessions.get(sessionId);
  if (!session?.caching?.said || session.queue !== null) return state;
  const found = find(args);
  if (found._tag === "Found" && found.name.startsWith("client|")) return state;
  return withSession(state, sessionId, {
    ...session,
    caching: { ...session.caching, said: false },
  });
};

/** The call as it finds the state once the server has made room. */
const findRoom = (call: Call): Call => {
  if (call.isReplay || call.room === undefined) return call;
  const room = call.room(call.state);
  const state = makeRoom(call.state, room);
  return room.isOut ? { ...call, state, isOut: true } : { ...call, state };
};

/** The command is refused before it runs. A refused EXEC ends its transaction. */
const reject = (call: Call, reason: CommandError): Outcome => {
  if (call.command !== "exec") return { state: abort(call), reply: error(reason.text) };
  const session = sessionOf(call.state, call.sessionId);
  const state = withSession(call.state, call.sessionId, { ...session, ...noTransaction });
  const text = reason.text.replace(/^ERR /, "");
  return { state, reply: error(commandError("ExecRejected", text).text) };
};

/** The first line of an HTTP request: a browser is being made to talk to the server. */
const isForeign = (args: ReadonlyArray<Bytes>): boolean =>
  ["host:", "post"].includes(word(args[0] ?? ""));

/** What a step takes beside its command. */
export interface Inputs {
  /**
   * The server's reply, where it may tell what chance has decided (SPOP); without it the model
   * decides.
   */
  readonly answered?: Reply | undefined;
  /** The command is an effect that has been judged before. */
  readonly isReplay?: boolean;
  /** Why the server's log cannot be written now; not given while it can. */
  readonly unwritable?: Bytes | undefined;
  /** What the server has done to make room; without it, what every server would do at least. */
  readonly room?: (state: State) => Room;
}

/**
 * A connected session sends one command, name first.
 *
 * Refusals of any kind are replies. The limits of the protocol itself, such as those on what may be
 * sent before authentication, are not the model's.
 *
 * @param nowMs milliseconds since the Unix epoch; time stands still while a command runs
 * @returns the state in which those are served who wait for what the command has brought
 */
export const execute = (
  state: State,
  sessionId: number,
  args: ReadonlyArray<Bytes>,
  nowMs: bigint,
  inputs: Inputs = {},
): Step => {
  const step = run(state, sessionId, args, nowMs, inputs);
  const given = [...step.given];
  const late = [...step.late];
  let served = serve(step.state, nowMs);
  while ("given" in served) {
    given.push(served.given);
    const told = tellServed(served.state, served.given.sessionId);
    late.push(...told.messages);
    served = serve(told.state, nowMs);
  }
  const told = broadcast(tellServed(served, NOBODY).state);
  return { ...step, state: told.state, given, late: [...late, ...told.messages] };
};

/** Between commands: serves whoever can be served since keys have gone whose time is past. */
export const settle = (
  state: State,
  nowMs: bigint,
): { readonly state: State; readonly given: ReadonlyArray<Given> } =>
  serveAll(state, nowMs, findCommand);

/** The first step behind `run`: the next one who waits for what it has brought is served, if any is. */
export const serve = (state: State, nowMs: bigint): Served | State =>
  serveNext(state, nowMs, findCommand);

/** As `execute`, up to where somebody is to be served. */
export const run = (
  state: State,
  sessionId: number,
  args: ReadonlyArray<Bytes>,
  nowMs: bigint,
  { answered, isReplay = false, unwritable, room = leastRoom }: Inputs = {},
): Step => {
  if (isWaiting(state, sessionId)) throw new RangeError(`session ${sessionId} waits`);
  sessionOf(state, sessionId);
  if (isForeign(args)) {
    return {
      state: disconnect(state, sessionId),
      replies: [],
      closes: true,
      messages: [],
      given: [],
      late: [],
    };
  }
  const current = forgetExpired(state, nowMs);
  const call: Call = {
    state: current,
    sessionId,
    command: "",
    args,
    nowMs,
    find: findCommand,
    answered,
    unwritable,
    room,
    ...(isReplay && { isReplay }),
  };
  const handled = withCaches(call, handle(call), null);
  const { state: told, messages: late } = tellAll(handled.state, handled.due ?? []);
  const outcome = { ...handled, state: forgetSaid(told, call) };
  const { given = [], messages = [] } = outcome;
  if (outcome.waits)
    return { state: outcome.state, replies: [], closes: false, messages, given, late };
  const session = sessionOf(outcome.state, sessionId);
  const heard = outcome.reply === null || isSilent(session) ? [] : [outcome.reply];
  const replies = outcome.sent ?? heard;
  if (outcome.closes) {
    const state = disconnect(outcome.state, sessionId);
    const others = late.filter((message) => message.sessionId !== sessionId);
    return { state, replies, closes: true, messages, given, late: others };
  }
  const after = endCommand(outcome.state, sessionId);
  return { state: after, replies, closes: false, messages, given, late };
};
