import type { Session } from "./session.ts";
import type { Statistics } from "./statistics.ts";

/** What a session costs beside its buffers, in bytes; measured with a hundred thousand sessions. */
const SESSION_BYTES = 1024;

/** What a queued command costs beside its arguments, in bytes; measured with 200,000 PINGs. */
const QUEUED_COMMAND_BYTES = 800;

/** What a session's transaction keeps: the queue and the watched keys, in bytes. */
export function transactionBytes({ queue, queueBytes, watchedBytes }: Session): number {
  return queueBytes + (queue === null ? 0 : queue.length * QUEUED_COMMAND_BYTES) + watchedBytes;
}

/**
 * An estimate of the memory that a session has in use, in bytes. Of the buffer for replies what waits
 * beyond a usual reply counts: if room counted that none of them uses, what evictions tell the
 * clients would lead to more evictions.
 */
export function sessionMemoryBytes(session: Session): number {
  return (
    SESSION_BYTES +
    session.outputListBytes +
    session.input.lengthBytes +
    session.input.freeBytes +
    session.input.partialArgumentBytes +
    transactionBytes(session) +
    (session.subscriptions?.bytes ?? 0) +
    (session.tracking?.bytes ?? 0) +
    session.name.length
  );
}

/** How much of a session counts against the limit on memory, in bytes; of a replica nothing does. */
export function countedBytes(session: Session): number {
  if (session.closed || session.replica?.attached) return 0;
  return sessionMemoryBytes(session);
}

/** A session has changed: the limit on memory is told of the difference. */
export function recount(statistics: Statistics, session: Session): void {
  const bytes = countedBytes(session);
  statistics.countedBesideDataBytes += bytes - session.countedBytes;
  session.countedBytes = bytes;
}
