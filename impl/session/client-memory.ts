import type { Session } from "./session.ts";

/** What a session costs beside its buffers, in bytes; measured with a hundred thousand sessions. */
const SESSION_BYTES = 1024;

/** What a queued command costs beside its arguments, in bytes; measured with 200,000 PINGs. */
const QUEUED_COMMAND_BYTES = 800;

/** What a session's transaction keeps: the queue and the watched keys, in bytes. */
export function transactionBytes({ queue, queueBytes, watchedBytes }: Session): number {
  return queueBytes + (queue === null ? 0 : queue.length * QUEUED_COMMAND_BYTES) + watchedBytes;
}

/** An estimate of the memory that a session keeps, in bytes. */
export function sessionMemoryBytes(session: Session): number {
  return (
    SESSION_BYTES +
    session.reply.bytes.length +
    session.outbox.leadBytes +
    session.unsentBytes +
    session.input.lengthBytes +
    session.input.freeBytes +
    transactionBytes(session) +
    (session.subscriptions?.bytes ?? 0) +
    (session.tracking?.bytes ?? 0) +
    session.name.length
  );
}
