/** What a client is given that does not answer its request: messages, events, invalidations. */

import type { Gate } from "../gate/gate.ts";
import { BEHIND, NOTHING } from "../gate/outbox.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import type { Clients } from "./clients.ts";
import type { ExecutionObserver } from "./observer.ts";
import type { Session } from "./session.ts";

/** What pushing needs of the instance. */
export interface PushHost {
  readonly gate: Gate;
  readonly clients: Clients;
  readonly observer: ExecutionObserver | null;
}

/**
 * Pushes to a session, from within a command or between two. The item is whole: it stands behind the
 * reply of a request that runs, and CLIENT REPLY does not suppress it.
 *
 * @param dependency the unit of the log that it depends on: NOTHING, or RUNNING for what tells of the
 *   changes that the present command makes
 * @param write writes the item
 */
export function push(
  instance: PushHost,
  session: Session,
  dependency: number,
  write: (writer: ReplyWriter) => void,
): void {
  if (!mayBePushedTo(instance, session)) return;
  session.outbox.push(dependency, write, instance.gate);
  noteOf(instance, session);
}

/** `push` of an item that is written already: `bytes[0..length)`. */
export function pushBytes(
  instance: PushHost,
  session: Session,
  dependency: number,
  bytes: Uint8Array,
  length: number,
): void {
  if (!mayBePushedTo(instance, session)) return;
  session.outbox.append(dependency, bytes, 0, length, instance.gate);
  noteOf(instance, session);
}

/** Nothing is said to who is leaving; and a replica that listens to anything else is closed. */
function mayBePushedTo(instance: PushHost, session: Session): boolean {
  if (session.closed || session.closeAfterReply || session.closeAsap) return false;
  if (!session.outbox.isStream) return true;
  instance.clients.closing.push(session);
  return false;
}

/**
 * The dependency of a reply that consults no data: while a script runs that was left it may stand
 * behind what that one has pushed.
 */
export function ofNoData({ isBusy }: { readonly isBusy: boolean }, { outbox }: Session): number {
  return isBusy && outbox.isUnsettled ? BEHIND : NOTHING;
}

function noteOf(instance: PushHost, session: Session): void {
  instance.clients.pushed.push(session);
  instance.clients.onPushed(session);
  if (instance.observer !== null) instance.observer.pushes(session);
}

/**
 * A command and its effects are done: what was pushed meanwhile depends on the log's end by now, at
 * most.
 *
 * @param told is called for each session that was given something
 */
export function settlePushed(instance: PushHost, told: (session: Session) => void): void {
  for (const session of instance.clients.pushed.splice(0)) {
    if (session.closed) continue;
    session.outbox.settle(instance.gate);
    told(session);
  }
}
