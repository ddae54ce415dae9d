/**
 * Who may run what, now: the rules in Redis' order, in one list that dispatch, EXEC and scripts
 * share.
 *
 * Most commands meet no rule at all. Each rule has a bit; a command's record says which rules could
 * ever concern it, and the state of server and session says which are in force: only where both
 * agree is a rule asked.
 */
import type { Request } from "../resp/request.ts";
import type { CommandFlag } from "./command-declaration.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR } from "./errors.ts";
import type { Instance } from "./instance.ts";
import { contextOf, permissionError, refusePermission } from "./permissions.ts";
import { RULES_IN_ORDER, Rule, type RuleName } from "./rules.ts";
import type { Session } from "./session.ts";

/** Why the command must not run now; null when it may. */
type Refusal = (
  instance: Instance,
  session: Session,
  record: CommandRecord,
  request: Request,
) => string | null;

const REFUSALS: { readonly [Name in RuleName]: Refusal } = {
  guarded: (instance, session, record) =>
    instance.mayDebug(session) ? null : guardRefusal(record),
  authentication: (_, session) => (session.authenticated ? null : ERR.noAuth),
  notInMulti: () => ERR.noMulti,
  permission: (instance, session, record, request) => {
    const denial = refusePermission(instance, session, record, request, contextOf(session));
    return denial === null ? null : permissionError(denial, record);
  },
  // Whatever the command is, room is made before it runs; as in Redis, not while a script runs.
  memory: (instance, session, record) => {
    if (instance.isBusy || instance.eviction.perform() !== "out") return null;
    return takesMemory(session, record) ? ERR.outOfMemory : null;
  },
  log: ({ persistence: { writeError, isStuck, snapshots } }, session, record) => {
    if (writeError === null) {
      const isStopped =
        snapshots.stopsWrites && (record.tellsHealth || has(session, record, "write"));
      return isStopped ? ERR.snapshotsFail : null;
    }
    // A reply that shows what has executed and cannot be written would wait for the disk.
    const isRefused = record.tellsHealth || (isStuck && record.consultsData);
    return isRefused || has(session, record, "write") ? unwritable(writeError) : null;
  },
  replicas: (instance, session, record) =>
    has(session, record, "write") && lacksReplicas(instance) ? ERR.noReplicas : null,
  subscriber: (_, __, record) => onlyForSubscribers(record),
  loading: ({ persistence }) => (persistence.loading === null ? null : ERR.loading),
  busy: ({ scripts }) => scripts.busyError,
  follower: () => "ERR Replica can't interact with the keyspace",
};

/** The rules that are in force for a session now, as bits. */
export function rulesInForce(instance: Instance, session: Session): number {
  let bits = instance.settings.rules;
  if (instance.users.mustAuthenticate) bits |= Rule.authentication;
  if (!session.user.isUnrestricted) bits |= Rule.permission;
  if (session.queue !== null) bits |= Rule.notInMulti;
  if (session.inSubscriberMode) bits |= Rule.subscriber;
  if (session.isMonitor) bits |= Rule.follower;
  if (instance.persistence.isRefusing) bits |= Rule.log | Rule.loading;
  if (instance.isBusy) bits |= Rule.busy;
  return bits;
}

/** The first of the rules `due`, given as bits, that refuses the command: its error; else null. */
export function refusalBy(
  due: number,
  instance: Instance,
  session: Session,
  record: CommandRecord,
  request: Request,
): string | null {
  for (const name of RULES_IN_ORDER) {
    if ((due & Rule[name]) === 0) continue;
    const error = REFUSALS[name](instance, session, record, request);
    if (error !== null) return error;
  }
  return null;
}

/**
 * Requests up to this size are taken without a look at the disk: the ballast holds many of them.
 * Where files have a limit it makes no room, and so much must be left.
 */
const LARGE_BYTES = 256 * 1024;

/**
 * Why the disk has no room for what the command would write; null when it has, or is not asked.
 *
 * What has executed must reach the disk: a command whose effect would not fit is refused before.
 */
export function lacksRoom(
  instance: Instance,
  session: Session,
  record: CommandRecord,
  request: Request,
): string | null {
  const queuedBytes = record.runsQueue && session.queue !== null ? session.queueBytes : 0;
  const sizeBytes = request.argumentBytes + queuedBytes;
  const { persistence } = instance;
  if (sizeBytes < LARGE_BYTES && !persistence.limitsFiles) return null;
  if (!has(session, record, "write")) return null;
  const reason = persistence.lacksRoomFor(Math.max(sizeBytes, LARGE_BYTES));
  return reason === null ? null : unwritable(reason);
}

function unwritable(reason: string): string {
  return `MISCONF Errors writing to the AOF file: ${reason}`;
}

function takesMemory(session: Session, record: CommandRecord): boolean {
  if (session.queue !== null && !record.endsTransaction) return true;
  if (record.takesMemory) return true;
  if (!record.runsQueue || session.queue === null) return false;
  return session.queue.some(({ judged, isIdle }) => judged.takesMemory && !isIdle);
}

/** Whether the command, or one of those that EXEC would run, has the flag. */
function has(session: Session, record: CommandRecord, flag: CommandFlag): boolean {
  if (record.command.flags.includes(flag)) return true;
  if (!record.runsQueue || session.queue === null) return false;
  return session.queue.some((queued) => queued.judged.command.flags.includes(flag));
}

/** True when fewer replicas are there than `min-replicas-to-write` asks for. */
export function lacksReplicas(instance: Instance): boolean {
  const { minReplicas, minReplicasMaxLagSeconds } = instance.settings;
  return minReplicasMaxLagSeconds > 0 && goodReplicas(instance) < minReplicas;
}

/** How many replicas have been heard within `min-replicas-max-lag` seconds. */
export function goodReplicas(instance: Instance): number {
  const lagMs = instance.settings.minReplicasMaxLagSeconds * 1000;
  let good = 0;
  for (const replica of instance.feed.replicas) {
    if (replica.online && instance.time.nowMs - replica.acknowledgedMs <= lagMs) good++;
  }
  return good;
}

function onlyForSubscribers({ fullName }: CommandRecord): string {
  return (
    `ERR Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET ` +
    "are allowed in this context"
  );
}

function guardRefusal(record: CommandRecord): string {
  const name = record.fullName.split("|")[0]!.toUpperCase();
  return (
    `ERR ${name} command not allowed. If the ${record.guardedBy} option is set to ` +
    `"local", you can run it from a local connection, otherwise you need to set this option in ` +
    "the configuration file, and then restart the server."
  );
}
