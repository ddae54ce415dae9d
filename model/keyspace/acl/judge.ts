/** Who may run what, now. */
import type { Call } from "../command.ts";
import { type CommandError, commandError } from "../errors.ts";
import { type State, sessionOf } from "../state.ts";
import { type Denial, denial, readsAnyKey } from "./permission.ts";
import { refused } from "./refusals.ts";
import { newDefault } from "./rules.ts";
import type { Refusal, User } from "./user.ts";

/** The user that a session is. */
export const userOf = (call: Call): User => {
  const { user } = sessionOf(call.state, call.sessionId);
  return call.state.users.get(user) ?? newDefault;
};

/** The command is not allowed: why, and the state that remembers it. */
export interface Judged {
  readonly state: State;
  readonly denial: Denial;
}

/** Whether the session's user may run the command that the call is about. */
export const judge = (call: Call, context: Refusal["context"]): Judged | undefined => {
  const why = denial(userOf(call), call.command, call.args);
  if (why === undefined) return undefined;
  const object = why.reason === "command" ? call.command : (call.args[why.position] as string);
  const { user: username } = sessionOf(call.state, call.sessionId);
  const facts = { reason: why.reason, context, object, username };
  return { state: refused(call.state, facts, call.nowMs), denial: why };
};

/** The error of a command that is not allowed. */
export const permissionError = (call: Call, { reason }: Denial): CommandError => {
  if (reason === "command") return commandError("NoPermission", call.command);
  return reason === "key" ? commandError("NoKeyPermission") : commandError("NoChannelPermission");
};

/** Whether the command may read whatever key it finds. */
export const mayReadAnyKey = (call: Call): boolean =>
  readsAnyKey(userOf(call), call.command, call.args);
