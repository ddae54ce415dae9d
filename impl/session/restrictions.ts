import type { CommandFlag } from "./command.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR } from "./errors.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";

/** They may always end a transaction or a connection. */
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(["exec", "discard", "quit", "reset"]);

/**
 * Why the server's state forbids a command: its memory is used up (`maxmemory`), its log cannot be
 * written, too few replicas keep up (`min-replicas-to-write`), or the data set is being loaded. Null
 * when nothing does.
 *
 * EXEC is judged by what it would run. In a transaction nothing may be queued without memory.
 */
export function restriction(
  instance: Instance,
  session: Session,
  record: CommandRecord,
): string | null {
  const { settings } = instance;
  if (settings.maxMemoryBytes > 0 && takesMemory(session, record) && isFull(instance)) {
    return ERR.outOfMemory;
  }
  const { writeError, loading } = instance.persistence;
  if (writeError !== null && (has(session, record, "write") || record.fullName === "ping")) {
    return `MISCONF Errors writing to the AOF file: ${writeError}`;
  }
  if (settings.minReplicas > 0 && has(session, record, "write") && lacksReplicas(instance)) {
    return ERR.noReplicas;
  }
  if (loading !== null && !record.runsInLoading) return ERR.loading;
  return null;
}

function takesMemory(session: Session, record: CommandRecord): boolean {
  if (session.queue !== null && !ENDS_TRANSACTION.has(record.fullName)) return true;
  return has(session, record, "denyoom");
}

/** Whether the command, or one of those that EXEC would run, has the flag. */
function has(session: Session, record: CommandRecord, flag: CommandFlag): boolean {
  if (record.command.flags.includes(flag)) return true;
  if (record.fullName !== "exec" || session.queue === null) return false;
  return session.queue.some((queued) => queued.record.command.flags.includes(flag));
}

function isFull(instance: Instance): boolean {
  let usedBytes = instance.statistics.clientsMemoryBytes;
  for (const keyspace of instance.databases) usedBytes += keyspace.usedBytes;
  return usedBytes > instance.settings.maxMemoryBytes;
}

function lacksReplicas(instance: Instance): boolean {
  const { minReplicas, minReplicasMaxLagSeconds } = instance.settings;
  return minReplicasMaxLagSeconds > 0 && goodReplicas(instance) < minReplicas;
}

/** How many replicas have been heard within `min-replicas-max-lag` seconds. */
export function goodReplicas(instance: Instance): number {
  const lagMs = instance.settings.minReplicasMaxLagSeconds * 1000;
  let good = 0;
  for (const replica of instance.feed.replicas) {
    if (replica.online && instance.nowMs - replica.acknowledgedMs <= lagMs) good++;
  }
  return good;
}
