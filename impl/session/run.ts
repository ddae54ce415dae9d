import { OutOfMemory } from "../engine/out-of-memory.ts";
import type { Request } from "../resp/request.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR } from "./errors.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";

/** A request above this size is timed by itself even when its command is a constant-time one. */
const TIMED_ALONE_BYTES = 4096;

/**
 * Runs one command: its handler, its effects, its statistics. EXEC runs its queue through this
 * too, so the call's fields are put back afterwards.
 *
 * A command for which the system has no memory is answered with an error, as beyond `maxmemory`.
 * It has changed nothing, but for MSET, whose earlier pairs stay.
 */
export function run(
  instance: Instance,
  session: Session,
  record: CommandRecord,
  request: Request,
): void {
  const call = instance.call;
  const reply = session.reply;
  call.session = session;
  call.request = request;
  call.reply = reply;
  call.record = record;
  call.keyspace = instance.databases[session.database]!;
  call.rewritten = false;
  const dirty = instance.dirty;
  const database = session.database;
  const statistics = instance.statistics;
  const errors = statistics.errorReplies;
  const settings = instance.settings;
  const timedAlone =
    !record.constantTime || settings.preciseTiming || request.spanBytes > TIMED_ALONE_BYTES;
  const startUs = timedAlone ? instance.settleTiming() : 0;

  const mark = reply.length;
  try {
    record.fn(call);
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    reply.truncate(mark);
    reply.error(ERR.outOfMemory);
  }

  record.calls++;
  statistics.commandsProcessed++;
  if (instance.dirty !== dirty && !call.rewritten && instance.effects.enabled) {
    instance.effects.verbatim(database, request);
  }
  if (statistics.errorReplies !== errors && statistics.errorReplies > statistics.errorsAttributed) {
    record.failedCalls++;
    statistics.errorsAttributed = statistics.errorReplies;
  }
  if (timedAlone) {
    attribute(instance, session, record, request, instance.settleTiming() - startUs);
  } else {
    instance.deferTiming(record);
  }
}

function attribute(
  instance: Instance,
  session: Session,
  record: CommandRecord,
  request: Request,
  durationUs: number,
): void {
  const settings = instance.settings;
  record.microseconds += durationUs;
  if (settings.latencyTracking) record.observe(durationUs);
  const atSeconds = Math.floor(instance.nowMs / 1000);
  if (settings.latencyThresholdMs > 0 && durationUs >= settings.latencyThresholdMs * 1000) {
    const event = record.fast ? "fast-command" : "command";
    instance.latency.add(event, atSeconds, Math.floor(durationUs / 1000));
  }
  const threshold = settings.slowlogThresholdUs;
  if (threshold >= 0 && durationUs >= threshold && !record.skipSlowlog) {
    instance.slowlog.record(
      request,
      instance.call.redacted,
      atSeconds,
      Math.floor(durationUs),
      session.facts.address,
      session.name,
      settings.slowlogMaxLength,
    );
  }
  instance.call.redacted.length = 0;
}
