/** What a command's function gets and gives. */
import { Result } from "effect";
import type { CommandError } from "./errors.ts";
import { type Bytes, ok, type Reply } from "./reply.ts";
import {
  databaseOf,
  type Entry,
  remove,
  type Session,
  type State,
  sessionOf,
  store,
  withSession,
} from "./state.ts";

/** One command as it reaches its function. */
export interface Call {
  readonly state: State;
  readonly sessionId: number;
  /** The command's own name, in lower case, with its subcommand after a bar. */
  readonly command: string;
  /** The whole command, its name included. There are as many as the command's arity demands. */
  readonly args: ReadonlyArray<Bytes>;
  /** Microseconds since the Unix epoch; it stands still during the command. */
  readonly nowUs: bigint;
  readonly nowMs: bigint;
  /** The command runs as a part of EXEC and must not block. */
  readonly insideExec?: true;
}

/** What a command has done. */
export interface Outcome {
  readonly state: State;
  /** Null when the command answers nothing. */
  readonly reply: Reply | null;
  /** What the session reads instead of `reply`, by a command that minds CLIENT REPLY itself. */
  readonly sent?: ReadonlyArray<Reply>;
  /** The server closes the connection after the reply. */
  readonly closes?: boolean;
}

/** What a command means. */
export type Meaning = (call: Call) => Result.Result<Outcome, CommandError>;

/** The argument at that position, which the command's arity guarantees. */
export const argument = (call: Call, position: number): Bytes => {
  const value = call.args[position];
  if (value === undefined) throw new RangeError(`${call.command} has no argument ${position}`);
  return value;
};

/** The session that sent the command. */
export const session = (call: Call): Session => sessionOf(call.state, call.sessionId);

/** The entry of that key in the session's database. */
export const lookup = (call: Call, key: Bytes): Entry | undefined =>
  databaseOf(call.state, session(call).database).get(key);

/** Sets that key in the session's database. */
export const put = (call: Call, key: Bytes, entry: Entry): State =>
  store(call.state, session(call).database, key, entry);

/** Deletes that key, which exists, from the session's database. */
export const drop = (call: Call, key: Bytes): State =>
  remove(call.state, session(call).database, key);

/** Changes the session that sent the command. */
export const update = (call: Call, change: Partial<Session>): State =>
  withSession(call.state, call.sessionId, { ...session(call), ...change });

/** The command changes nothing and answers. */
export const answer = (call: Call, reply: Reply | null): Result.Result<Outcome, CommandError> =>
  Result.succeed({ state: call.state, reply });

/** The command leads to that state and answers, with OK unless something else is given. */
export const become = (
  state: State,
  reply: Reply | null = ok,
): Result.Result<Outcome, CommandError> => Result.succeed({ state, reply });
