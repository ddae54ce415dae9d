import { assert, CHECKED } from "../assert.ts";
import type { Request } from "../resp/request.ts";
import { lacksRoom, refusalBy, rulesInForce } from "./admission.ts";
import type { CommandRecord } from "./command-table.ts";
import { unknownSubcommand, wrongArity } from "./errors.ts";
import type { Frames } from "./frames.ts";
import type { Instance } from "./instance.ts";
import { judgedAs } from "./judged.ts";
import type { Outcome } from "./observer.ts";
import { ofNoData } from "./push.ts";
import { beginReply, endReply } from "./reply-mode.ts";
import { goOn, run } from "./run.ts";
import type { Session } from "./session.ts";

/** The part of an unknown command's name and arguments that its error repeats. */
const ERROR_ECHO_LENGTH = 128;
/** What a queued argument costs beside its bytes. */
const ADDRESS_BYTES = 8;

/**
 * Decides about one request in Redis' order: is there such a command, does its arity fit, may this
 * session run it, is it to be queued or to wait; then runs it.
 *
 * Writes the reply to the session's writer; effects of everything that ran are handed to the
 * journal before this returns. A session that is `blocked` afterwards must not be given further
 * requests until it no longer is.
 */
export function dispatch(
  instance: Instance,
  frames: Frames,
  session: Session,
  request: Request,
): void {
  if (CHECKED) {
    frames.verifyIdle();
    const isReady = session.blocked === null && !session.isBusy;
    assert(isReady && !session.closed, "a session that waits gets no request");
  }
  // It is told before the request begins: what is pushed is no part of the reply.
  if (instance.tracking.isOn) instance.tracking.limit();
  const { observer } = instance;
  if (observer !== null) observer.begins(session, request);
  const { outbox } = session;
  outbox.open();
  if (session.replyMode !== "on") beginReply(session);
  session.consultsData = false;
  const record = instance.commands.find(request);
  const outcome =
    record === null
      ? rejectUnknown(instance, session, request)
      : decide(instance, frames, session, record, request);
  if (frames.hasLeft) putAside(instance, frames, session);
  else end(instance, session, outcome);
}

/** A request's script has been left: what it has begun is put aside, and others may come. */
function putAside(instance: Instance, frames: Frames, session: Session): void {
  frames.putAside();
  instance.data.effects.putAside();
  instance.time.freeze(true);
  instance.isBusy = true;
  session.isBusy = true;
  const { observer } = instance;
  if (observer !== null) observer.leftOff(session);
}

/**
 * Takes the request up again whose script was left.
 *
 * @returns false when it was left again
 */
export function takeUp(instance: Instance, frames: Frames, session: Session): boolean {
  if (CHECKED) assert(session.isBusy && instance.isBusy, "a script was left");
  const { observer } = instance;
  if (observer !== null) observer.goesOn(session);
  frames.takeUp();
  instance.data.effects.takeUp();
  instance.isBusy = false;
  session.isBusy = false;
  if (!goOn(frames)) {
    putAside(instance, frames, session);
    return false;
  }
  instance.time.freeze(false);
  end(instance, session, "ran");
  return true;
}

/** A request is dealt with: its effects go to the journal, and its reply is closed. */
function end(instance: Instance, session: Session, outcome: Outcome): void {
  const { observer } = instance;
  const { outbox } = session;
  if (instance.data.effects.pending > 0) instance.data.effects.commit();
  if (observer !== null) observer.ends(session, outcome);
  session.streamOffset = instance.feed.offset;
  session.lastInteractionMs = instance.time.nowMs;
  if (session.replyMode !== "on" && session.blocked === null) endReply(session);
  if (instance.tracking.isOn) instance.tracking.ends(session, outcome);
  // The request may have been the one that begins or ends the log.
  const { gate } = instance;
  const dependency = session.consultsData ? gate.end : ofNoData(instance, session);
  outbox.close(dependency, gate);
}

function decide(
  instance: Instance,
  frames: Frames,
  session: Session,
  parent: CommandRecord,
  request: Request,
): Outcome {
  let record = parent;
  if (parent.subcommands !== null && request.argc > 1) {
    const sub = parent.subcommands.get(request.text(1).toLowerCase());
    if (sub !== undefined) record = sub;
    else {
      session.lastCommand = null;
      const error = unknownSubcommand(request.cText(1), request.cText(0));
      return reject(instance, session, null, error);
    }
  }
  session.lastCommand = record;
  if (!record.accepts(request.argc)) {
    return reject(instance, session, record, wrongArity(record.fullName));
  }
  const judged = judgedAs(instance, record, request);
  const due = judged.rules & rulesInForce(instance, session);
  if (due !== 0) {
    const error = refusalBy(due, instance, session, judged, request);
    if (error !== null) return reject(instance, session, record, error);
  }
  if (instance.clients.pause !== null && mustWait(instance, session, judged)) {
    instance.clients.postpone(session, request);
    return "postponed";
  }
  if (session.queue !== null && !record.runsInMulti) {
    const { queueingError } = record.command;
    const error = queueingError?.(request, session.replyMode !== "on") ?? null;
    if (error !== null) return reject(instance, session, record, error);
    enqueue(instance, session, record, judged, request);
    return "queued";
  }
  if (judged.isWrite || record.runsQueue) {
    const error = lacksRoom(instance, session, judged, request);
    if (error !== null) return reject(instance, session, record, error);
  }
  session.consultsData = record.consultsData;
  run(instance, frames, session, record, request, "client");
  return "ran";
}

/** Keeps the request for EXEC, unless it is known already that EXEC will refuse. */
function enqueue(
  instance: Instance,
  session: Session,
  record: CommandRecord,
  judged: CommandRecord,
  request: Request,
): void {
  if (!session.dirtyExec && !session.dirtyCas) {
    const kept = request.copy();
    const isIdle = instance.data.hasChangedFor(session);
    session.queue!.push({ record, judged, request: kept, isIdle });
    session.queueBytes += kept.bytes.length + kept.argc * ADDRESS_BYTES;
  }
  session.reply.simple("QUEUED");
}

/** Under CLIENT PAUSE WRITE an EXEC waits if its transaction holds a write. */
function mustWait(instance: Instance, session: Session, record: CommandRecord): boolean {
  if (!instance.clients.isPaused || session.isFollower) return false;
  if (instance.clients.pause!.mode === "all") return true;
  if (record.mayReplicate) return true;
  if (!record.runsQueue || session.queue === null) return false;
  return session.queue.some((queued) => queued.judged.mayReplicate);
}

/** Refuses a command before it runs: counts it, and spoils a transaction that is being queued. */
function reject(
  instance: Instance,
  session: Session,
  record: CommandRecord | null,
  error: string,
): Outcome {
  if (record !== null) record.rejectedCalls++;
  if (session.queue !== null) session.dirtyExec = true;
  if (record?.runsQueue) {
    session.endTransaction();
    instance.data.watches.unwatch(session);
    const text = error.startsWith("ERR ") ? error.slice(4) : error;
    session.reply.error(`EXECABORT Transaction discarded because of: ${text}`);
  } else {
    session.reply.error(error);
  }
  instance.statistics.errorsAttributed = instance.statistics.errorReplies;
  return "refused";
}

function rejectUnknown(instance: Instance, session: Session, request: Request): Outcome {
  const name = request.cText(0).slice(0, ERROR_ECHO_LENGTH);
  const lower = name.toLowerCase();
  if (lower === "host:" || lower === "post") {
    session.closeAfterReply = true;
    return "refused";
  }
  let args = "";
  for (let i = 1; i < request.argc && args.length < ERROR_ECHO_LENGTH; i++) {
    args += `'${request.cText(i).slice(0, ERROR_ECHO_LENGTH - args.length)}' `;
  }
  session.lastCommand = null;
  const text = `ERR unknown command '${name}', with args beginning with: ${args}`;
  return reject(instance, session, null, text);
}
