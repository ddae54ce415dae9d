import type { Session } from "./session.ts";

/** What a session costs beside its buffers, in bytes; measured with a hundred thousand sessions. */
const SESSION_BYTES = 1024;

/** An estimate of the memory that a session keeps, in bytes. */
export function sessionMemoryBytes(session: Session): number {
  return (
    SESSION_BYTES +
    session.reply.bytes.length +
    session.input.lengthBytes +
    session.input.freeBytes +
    session.queueBytes +
    session.name.length
  );
}
