/** What a client is given that does not answer its request: messages, events, invalidations. */
import type { ReplyWriter } from "../resp/reply.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";

/**
 * Pushes to a session, from within a command or between two. The item is whole: it stands behind the
 * reply of a request that runs, and CLIENT REPLY does not suppress it.
 *
 * @param dependency the unit of the log that it depends on: NOTHING, or RUNNING for what tells of the
 *   changes that the present command makes
 * @param write writes the item
 */
export function push(
  instance: Instance,
  session: Session,
  dependency: number,
  write: (writer: ReplyWriter) => void,
): void {
  if (session.closed) return;
  session.outbox.push(dependency, write, instance.gate);
  instance.clients.pushed.push(session);
}

/**
 * A command and its effects are done: what was pushed meanwhile depends on the log's end by now, at
 * most.
 *
 * @param told is called for each session that was given something
 */
export function settlePushed(instance: Instance, told: (session: Session) => void): void {
  for (const session of instance.clients.pushed.splice(0)) {
    if (session.closed) continue;
    session.outbox.settle(instance.gate);
    told(session);
  }
}
