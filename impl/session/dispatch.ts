import type { Request } from "../resp/request.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR, unknownSubcommand, wrongArity } from "./errors.ts";
import type { Instance } from "./instance.ts";
import { beginReply, endReply } from "./reply-mode.ts";
import { restriction } from "./restrictions.ts";
import { run } from "./run.ts";
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
export function dispatch(instance: Instance, session: Session, request: Request): void {
  const { steps } = instance;
  if (steps !== null) steps.before(session);
  if (session.replyMode !== "on") beginReply(session);
  session.consultsData = false;
  const record = instance.commands.find(request);
  if (record === null) rejectUnknown(instance, session, request);
  else decide(instance, session, record, request);
  if (instance.effects.pending > 0) instance.effects.commit();
  if (steps !== null) steps.after(session);
  session.streamOffset = instance.feed.offset;
  session.lastInteractionMs = instance.nowMs;
  if (session.replyMode !== "on" && session.blocked === null) endReply(session);
}

function decide(
  instance: Instance,
  session: Session,
  parent: CommandRecord,
  request: Request,
): void {
  let record = parent;
  if (parent.subcommands !== null && request.argc > 1) {
    const sub = parent.subcommands.get(request.text(1).toLowerCase());
    if (sub !== undefined) record = sub;
    else {
      session.lastCommand = null;
      const error = unknownSubcommand(request.cText(1), request.cText(0));
      reject(instance, session, null, error);
      return;
    }
  }
  session.lastCommand = record;
  if (!record.accepts(request.argc)) {
    reject(instance, session, record, wrongArity(record.fullName));
    return;
  }
  if (record.isProtected && !instance.mayDebug(session)) {
    reject(instance, session, record, debugRefused(record));
    return;
  }
  if (!session.authenticated && !record.noAuth && instance.settings.requirePassword !== "") {
    reject(instance, session, record, ERR.noAuth);
    return;
  }
  if (session.queue !== null && record.noMulti) {
    reject(instance, session, record, ERR.noMulti);
    return;
  }
  if (instance.settings.restricting || instance.persistence.isRefusing) {
    const error = restriction(instance, session, record);
    if (error !== null) {
      reject(instance, session, record, error);
      return;
    }
  }
  if (instance.pause !== null && mustWait(instance, session, record)) {
    instance.postpone(session, request);
    return;
  }
  if (session.queue !== null && !record.runsInMulti) {
    enqueue(session, record, request);
    return;
  }
  session.consultsData = record.consultsData;
  run(instance, session, record, request);
}

function enqueue(session: Session, record: CommandRecord, request: Request): void {
  if (!session.dirtyExec && !session.dirtyCas) {
    const kept = request.copy();
    session.queue!.push({ record, request: kept });
    session.queueBytes += kept.bytes.length + kept.argc * ADDRESS_BYTES;
  }
  session.reply.simple("QUEUED");
}

/** Under CLIENT PAUSE WRITE an EXEC waits if its transaction holds a write. */
function mustWait(instance: Instance, session: Session, record: CommandRecord): boolean {
  if (!instance.isPaused || session.replica?.attached) return false;
  if (instance.pause!.mode === "all") return true;
  if (record.mayReplicate) return true;
  if (record.fullName !== "exec" || session.queue === null) return false;
  return session.queue.some((queued) => queued.record.mayReplicate);
}

/** Refuses a command before it runs: counts it, and spoils a transaction that is being queued. */
function reject(
  instance: Instance,
  session: Session,
  record: CommandRecord | null,
  error: string,
): void {
  if (record !== null) record.rejectedCalls++;
  if (session.queue !== null) session.dirtyExec = true;
  if (record?.fullName === "exec") {
    session.endTransaction();
    instance.watches.unwatch(session);
    const text = error.startsWith("ERR ") ? error.slice(4) : error;
    session.reply.error(`EXECABORT Transaction discarded because of: ${text}`);
  } else {
    session.reply.error(error);
  }
  instance.statistics.errorsAttributed = instance.statistics.errorReplies;
}

function rejectUnknown(instance: Instance, session: Session, request: Request): void {
  const name = request.cText(0).slice(0, ERROR_ECHO_LENGTH);
  const lower = name.toLowerCase();
  if (lower === "host:" || lower === "post") {
    session.closeAfterReply = true;
    return;
  }
  let args = "";
  for (let i = 1; i < request.argc && args.length < ERROR_ECHO_LENGTH; i++) {
    args += `'${request.cText(i).slice(0, ERROR_ECHO_LENGTH - args.length)}' `;
  }
  session.lastCommand = null;
  const text = `ERR unknown command '${name}', with args beginning with: ${args}`;
  reject(instance, session, null, text);
}

function debugRefused(record: CommandRecord): string {
  const name = record.fullName.split("|")[0]!.toUpperCase();
  return (
    `ERR ${name} command not allowed. If the enable-${name.toLowerCase()}-command option is set to ` +
    `"local", you can run it from a local connection, otherwise you need to set this option in ` +
    "the configuration file, and then restart the server."
  );
}
