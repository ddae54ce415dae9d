/** Whether sessions may run commands: the rules of their users, asked of requests. */
import {
  type Denial,
  denialOf,
  mayReadAnyKey,
  type UsedChannels,
  type UsedKey,
  type Wanted,
} from "../access/permission.ts";
import type { RefusalContext, RefusalFacts } from "../access/refusals.ts";
import type { User } from "../access/user.ts";
import type { Request } from "../resp/request.ts";
import type { Call } from "./call.ts";
import { describeClient } from "./client-line.ts";
import type { CommandRecord } from "./command-table.ts";
import type { Instance } from "./instance.ts";
import { extractKeys, takesKeys } from "./key-extraction.ts";
import type { Session } from "./session.ts";

const NO_KEYS: readonly UsedKey[] = [];

/** Why a user must not run a request; null when it may. The request need not have the arity. */
export function denialFor(user: User, record: CommandRecord, request: Request): Denial | null {
  return user.isUnrestricted ? null : denialOf(user, wantedBy(user, record, request));
}

function wantedBy(user: User, record: CommandRecord, request: Request): Wanted {
  return {
    id: record.accessId,
    isOpen: record.noAuth,
    request,
    keys: user.looksAtKeys ? keysOf(record, request) : NO_KEYS,
    channels: channelsOf(record, request),
  };
}

function keysOf(record: CommandRecord, request: Request): readonly UsedKey[] {
  if (!record.accepts(request.argc)) return NO_KEYS;
  if (record.onlyKey !== null) return record.onlyKey;
  if (!takesKeys(record.command)) return NO_KEYS;
  const told = extractKeys(record.command, request) ?? NO_KEYS;
  const { untoldKeys } = record.command;
  return untoldKeys === undefined ? told : [...told, ...untoldKeys(request)];
}

function channelsOf({ command }: CommandRecord, request: Request): UsedChannels | null {
  if (command.channels === undefined) return null;
  const { arePatterns, onlyFirst } = command.channels;
  const most = request.argc - 1;
  return { first: 1, last: onlyFirst ? Math.min(1, most) : most, arePatterns };
}

/**
 * As `denialFor`, of a session's user; ACL LOG tells of a refusal.
 *
 * @param client the connection that it came by: not a script's own session
 */
export function refusePermission(
  instance: Instance,
  client: Session,
  record: CommandRecord,
  request: Request,
  context: RefusalContext,
): Denial | null {
  const denial = denialFor(client.user, record, request);
  if (denial === null) return null;
  const { reason, argument } = denial;
  const object = reason === "command" ? record.fullName : request.text(argument);
  const username = client.user.name;
  noteRefusal(instance, client, { reason, context, object, username });
  return denial;
}

/** Adds to ACL LOG. */
export function noteRefusal(instance: Instance, client: Session, facts: RefusalFacts): void {
  const line = describeClient(client, instance.time.nowMs);
  const mostEntries = instance.config.get("acllog-max-len");
  instance.refusals.add(facts, instance.time.nowMs, line, mostEntries);
}

/** Where a client's own command is refused. */
export function contextOf(session: Session): RefusalContext {
  return session.queue !== null || session.inExec ? "multi" : "toplevel";
}

/** The error of a command that the user must not run. */
export function permissionError(denial: Denial, { fullName }: CommandRecord): string {
  switch (denial.reason) {
    case "command":
      return `NOPERM this user has no permissions to run the '${fullName}' command`;
    case "key":
      return "NOPERM this user has no permissions to access one of the keys used as arguments";
    case "channel":
      return "NOPERM this user has no permissions to access one of the channels used as arguments";
  }
}

const REASONS_IN_EXEC = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as arguments",
} as const;

/** The error of a command that was allowed when MULTI queued it, and is not any more. */
export function lateError({ reason }: Denial): string {
  return (
    "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC " +
    `call. This command is no longer allowed for the following reason: ${REASONS_IN_EXEC[reason]}`
  );
}

const REASONS_IN_SCRIPT = {
  command: "can't run this command or subcommand",
  key: "can't access at least one of the keys mentioned in the command arguments",
  channel: "can't publish to the channel mentioned in the command",
} as const;

/** The error of a script's command that its user must not run. */
export function errorInScript({ reason }: Denial): string {
  return `ERR The user executing the script ${REASONS_IN_SCRIPT[reason]}`;
}

/** Whether the command that runs may read keys that no argument names. */
export function readsAnyKey({ session, record, request }: Call): boolean {
  const { user } = session;
  return user.isUnrestricted || mayReadAnyKey(user, wantedBy(user, record, request));
}
