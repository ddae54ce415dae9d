/**
 * One step of the model: a session sends a command, the server answers.
 *
 * The checks come in Redis' order: the name, the number of arguments, authentication, the
 * transaction; then the command runs.
 */
import { Effect, Result } from "effect";
import type { Call, Outcome } from "./call.ts";
import { type Command, commands } from "./commands.ts";
import { type CommandError, commandError } from "./errors.ts";
import { type Bytes, error, type Reply } from "./reply.ts";
import { Clock, type Random } from "./services.ts";
import {
  disconnect,
  forgetExpired,
  type Session,
  type State,
  sessionOf,
  withoutAnyLingering,
  withSession,
} from "./state.ts";
import { lower, word } from "./text.ts";
import { abort, enqueue, exec, noTransaction } from "./transactions.ts";

/** What a step leads to. */
export interface Step {
  readonly state: State;
  /** What the session reads, in the protocol that the session speaks after the step. */
  readonly replies: ReadonlyArray<Reply>;
  /** The server closes the connection after the replies; the session is gone from the state. */
  readonly closes: boolean;
}

/** A command found by name, or why there is none. */
type Found =
  | { readonly _tag: "Found"; readonly name: string; readonly command: Command }
  | { readonly _tag: "Missing"; readonly error: CommandError };

const lookupCommand = (args: ReadonlyArray<Bytes>): Found => {
  const [given = "", subcommand] = args;
  const name = lower(given);
  const command = name === "exec" ? EXEC : own(commands, name);
  if (command === undefined)
    return { _tag: "Missing", error: commandError("UnknownCommand", given, args.slice(1)) };
  if (command.subcommands === undefined || subcommand === undefined)
    return { _tag: "Found", name, command };
  const inner = own(command.subcommands, lower(subcommand));
  if (inner === undefined)
    return { _tag: "Missing", error: commandError("UnknownSubcommand", given, subcommand) };
  return { _tag: "Found", name: `${name}|${lower(subcommand)}`, command: inner };
};

const own = (record: Readonly<Record<string, Command>>, name: string): Command | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Runs a command whose name and arity have been checked. */
const run = (call: Call, command: Command): Outcome => {
  const current = { ...call, state: forgetExpired(call.state, call.nowMs) };
  const result = command.meaning(current);
  if (Result.isSuccess(result)) return result.success;
  return { state: current.state, reply: error(result.failure.text) };
};

const EXEC: Command = {
  arity: 1,
  immediate: true,
  meaning: exec((call) => {
    const found = lookupCommand(call.args);
    if (found._tag === "Missing") throw new Error("only known commands are queued");
    return run({ ...call, command: found.name }, found.command);
  }),
};

const arityFits = (arity: number, count: number): boolean =>
  arity < 0 ? count >= -arity : count === arity;

const process = (call: Call): Outcome => {
  const found = lookupCommand(call.args);
  if (found._tag === "Missing") return reject(call, found.error);
  const { command, name } = found;
  const named = { ...call, command: name };
  if (!arityFits(command.arity, call.args.length))
    return reject(named, commandError("WrongArity", name));
  const { authenticated, queue } = sessionOf(call.state, call.sessionId);
  if (call.state.config.requirepass !== "" && !authenticated && !command.open)
    return reject(named, commandError("AuthenticationRequired"));
  const waits = queue !== null && !command.immediate;
  return run(named, waits ? { ...command, meaning: enqueue } : command);
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

/** What remains of a session's wish for silence when a command has ended. */
const nextReplies = (replies: Session["replies"]): Session["replies"] => {
  if (replies === "skip next") return "skip";
  return replies === "skip" ? "on" : replies;
};

const isSilent = (replies: Session["replies"]): boolean => replies === "off" || replies === "skip";

const step = (state: State, sessionId: number, args: ReadonlyArray<Bytes>, nowUs: bigint): Step => {
  const nowMs = nowUs / 1000n;
  const current = forgetExpired(state, nowMs);
  if (isForeign(args)) return { state: disconnect(current, sessionId), replies: [], closes: true };
  const outcome = process({ state: current, sessionId, command: "", args, nowUs, nowMs });
  const session = outcome.state.sessions.get(sessionId);
  const spoken = session?.replies ?? "on";
  const replies = outcome.reply === null || isSilent(spoken) ? [] : [outcome.reply];
  if (outcome.closes || session === undefined)
    return { state: disconnect(outcome.state, sessionId), replies, closes: true };
  const next = nextReplies(spoken);
  if (next === spoken) return { state: outcome.state, replies, closes: false };
  const after = withSession(outcome.state, sessionId, { ...session, replies: next });
  return { state: after, replies, closes: false };
};

/**
 * A connected session sends one command, name first.
 *
 * Refusals of any kind are replies, so the effect never fails.
 */
export const execute = (
  state: State,
  sessionId: number,
  args: ReadonlyArray<Bytes>,
): Effect.Effect<Step, never, Clock | Random> =>
  Effect.gen(function* () {
    const clock = yield* Clock;
    return step(state, sessionId, args, clock.nowUs());
  });

/** Active expiry runs to its end: keys whose time is past are gone and no longer counted. */
export const expireNow = (state: State): Effect.Effect<State, never, Clock> =>
  Effect.gen(function* () {
    const clock = yield* Clock;
    return withoutAnyLingering(forgetExpired(state, clock.nowUs() / 1000n));
  });
