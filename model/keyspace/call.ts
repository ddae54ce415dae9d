/** What the meanings of commands are written with. */
import { Result } from "effect";
import type { Call, Meaning, Outcome } from "./command.ts";
import { type CommandError, fail } from "./errors.ts";
import { intArgument } from "./numbers.ts";
import { type Bytes, ok, type Reply } from "./reply.ts";
import {
  databaseOf,
  type Entry,
  remove,
  type Session,
  type State,
  sessionOf,
  store,
  storeUnseen,
  withSession,
} from "./state.ts";
import type { TypeName, Value, ValueOf } from "./types.ts";

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

/** What that key holds, which must be of that type; nothing when there is no such key. */
export const valueAt = <T extends TypeName>(
  call: Call,
  key: Bytes,
  type: T,
): Result.Result<ValueOf<T> | undefined, CommandError> => {
  const value: Value | undefined = lookup(call, key)?.value;
  const isOther = value !== undefined && value.type !== type;
  return isOther ? fail("WrongType") : Result.succeed(value as ValueOf<T> | undefined);
};

/** Sets that key in the session's database; it dies at that time, or never. */
export const put = (
  call: Call,
  key: Bytes,
  value: Value,
  expireAtMs: bigint | null = null,
): State => store(call.state, session(call).database, key, { value, expireAtMs });

/** Gives that key another value; it dies when it would have died. */
export const change = (call: Call, key: Bytes, value: Value): State =>
  put(call, key, value, lookup(call, key)?.expireAtMs);

/** As `change`; but nobody who watches the key learns of it. */
export const changeUnseen = (call: Call, key: Bytes, value: Value): State => {
  const expireAtMs = lookup(call, key)?.expireAtMs ?? null;
  return storeUnseen(call.state, session(call).database, key, { value, expireAtMs });
};

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

/** A command that changes nothing and always answers the same. */
export const always =
  (reply: Reply): Meaning =>
  (call) =>
    answer(call, reply);

/** The subcommand takes no such arguments. */
export const misused = (call: Call): Result.Result<never, CommandError> =>
  fail("SubcommandSyntax", argument(call, 0), argument(call, 1));

/** The index of a database that exists. */
export const databaseArgument = (call: Call, arg: Bytes): Result.Result<number, CommandError> =>
  Result.flatMap(intArgument(arg), (index) => existing(call.state, index));

/** That index, if there is such a database. */
export const existing = (state: State, index: number): Result.Result<number, CommandError> =>
  index >= 0 && index < state.databases.length ? Result.succeed(index) : fail("DatabaseOutOfRange");
