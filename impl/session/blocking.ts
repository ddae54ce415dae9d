/**
 * The end of waiting: sessions that WAIT, CLIENT PAUSE or SHUTDOWN hold back, or that wait for keys
 * (`serve.ts`).
 *
 * A wait ends in two steps, because it may end while another session's command runs. `endBlock`
 * writes what the waiting command owes and puts the session on `instance.clients.unblocked`;
 * `resumeUnblocked` runs what was postponed, between commands.
 */
import assert from "node:assert/strict";
import { RUNNING } from "../gate/outbox.ts";
import type { Request } from "../resp/request.ts";
import type { Instance } from "./instance.ts";
import { measureMemory } from "./memory-usage.ts";
import { beginReply, endReply } from "./reply-mode.ts";
import type { Blocked, Session } from "./session.ts";

const UNBLOCKED_ERROR = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

/**
 * Ends a session's wait: by its time, by an error, or because what it waited for is over.
 *
 * @param how `timeout` sends the reply of a wait whose time is up, `error` the error of
 *   CLIENT UNBLOCK, `over` nothing
 */
export function endBlock(
  instance: Instance,
  session: Session,
  how: "timeout" | "error" | "over",
): void {
  const blocked = instance.clients.waits.end(session);
  assert.ok(blocked !== null, "only a waiting session can stop waiting");
  session.postponed = blocked.postponed;
  if (how !== "over") replyAtEnd(instance, session, blocked, how);
  instance.clients.unblocked.push(session);
  if (instance.observer !== null) instance.observer.unblocks(session);
}

function replyAtEnd(
  instance: Instance,
  session: Session,
  blocked: Blocked,
  how: "timeout" | "error",
): void {
  const { outbox } = session;
  outbox.open();
  if (session.replyMode !== "on") beginReply(session);
  if (how === "timeout") {
    blocked.onTimeout(session);
  } else {
    session.reply.error(UNBLOCKED_ERROR);
    if (session.lastCommand !== null) session.lastCommand.failedCalls++;
    instance.statistics.errorsAttributed = instance.statistics.errorReplies;
  }
  if (session.replyMode !== "on") endReply(session);
  outbox.close(RUNNING, instance.gate);
  instance.clients.pushed.push(session);
}

/**
 * What is due: ends the waits whose time is up, CLIENT PAUSE's once it is over, and samples how
 * fast the counters grow. Run it `hz` times a second, between commands, after `beginBatch`.
 */
export function tick(instance: Instance): void {
  if (!instance.settings.cronPaused) instance.statistics.sampleRates(instance.time.nowMs);
  if (instance.settings.maxMemoryBytes > 0) measureMemory(instance);
  if (instance.clients.pause !== null && instance.time.nowMs >= instance.clients.pause.untilMs)
    unpause(instance);
  const { time, clients } = instance;
  instance.peers.closeIdle(time.nowMs);
  const { waits } = clients;
  for (let due = waits.due(time.nowMs); due !== null; due = waits.due(time.nowMs)) {
    endBlock(instance, due, "timeout");
  }
}

/** Replicas have acknowledged more: ends the waits that this satisfies. */
export function endSatisfiedWaits(instance: Instance): void {
  for (const session of [...instance.clients.waits.of("wait")]) {
    const awaited = session.blocked!.awaited!;
    if (instance.feed.acknowledgedBy(awaited.offset) < awaited.replicas) continue;
    endBlock(instance, session, "timeout");
  }
}

/** Ends CLIENT PAUSE: every request that it held back is to run again. */
export function unpause(instance: Instance): void {
  instance.clients.pause = null;
  for (const session of [...instance.clients.waits.of("paused")])
    endBlock(instance, session, "over");
}

/**
 * Runs the requests that were postponed in sessions whose wait is over.
 *
 * Call it between commands, after a batch or a tick.
 *
 * @param execute dispatches a request
 * @returns the sessions that may go on: they have replies to send and perhaps kept input
 */
export function resumeUnblocked(
  instance: Instance,
  execute = dispatchFor(instance),
): readonly Session[] {
  const sessions = instance.clients.unblocked.splice(0);
  let next = 0;
  // While a script runs for long the others wait until it has ended.
  for (; next < sessions.length && !instance.isBusy; next++) {
    const session = sessions[next]!;
    const request: Request | null = session.postponed;
    session.postponed = null;
    if (request !== null && !session.closed) execute(session, request);
  }
  instance.clients.unblocked.unshift(...sessions.splice(next));
  return sessions.filter((session) => !session.closed && session.blocked === null);
}

function dispatchFor(instance: Instance): (session: Session, request: Request) => void {
  return (session, request) => instance.executor.dispatch(session, request);
}
