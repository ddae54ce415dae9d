import { assert, CHECKED } from "../assert.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import type { Request } from "../resp/request.ts";
import type { Call } from "./call.ts";
import { captureKeys } from "./capture.ts";
import type { Handler } from "./command.ts";
import type { CommandRecord } from "./command-table.ts";
import { ERR } from "./errors.ts";
import type { Frames } from "./frames.ts";
import type { Instance } from "./instance.ts";
import type { Origin } from "./observer.ts";
import type { Session } from "./session.ts";

/** A request above this size is timed by itself even when its command is a constant-time one. */
const TIMED_ALONE_BYTES = 4096;
/** A command whose duration is measured together with its neighbours'. */
const NOT_TIMED = -1;

/**
 * Runs one command in a frame of its own: its handler, its effects, its statistics.
 *
 * A command for which the system has no memory is answered with an error, as beyond `maxmemory`.
 * It has changed nothing, but for MSET, whose earlier pairs stay.
 */
export function run(
  instance: Instance,
  frames: Frames,
  session: Session,
  record: CommandRecord,
  request: Request,
  origin: Origin,
): void {
  const { reply } = session;
  const { statistics, settings, observer } = instance;
  const { database } = session;
  const { changes, effects } = instance.data;
  const changesBefore = changes.count;
  const toldBefore = CHECKED ? changes.told : 0;
  const mutationsBefore = CHECKED ? instance.data.mutations : 0;
  const effectsBefore = CHECKED ? effects.begun : 0;
  const errorsBefore = statistics.errorReplies;
  const timedAlone =
    request.argc > record.constantTimeArgc ||
    settings.preciseTiming ||
    request.spanBytes > TIMED_ALONE_BYTES;
  const startUs = timedAlone ? instance.time.settle() : NOT_TIMED;

  const call = frames.enter(session, record, request, reply, origin);
  if (observer !== null) observer.enters(call);
  const foundMemory = execute(call, record);
  if (call.again !== null) {
    leave(call, frames, errorsBefore, startUs);
    return;
  }
  if (record.isCacheable && instance.tracking.isOn) rememberKeys(instance, frames, call);
  if (changes.count !== changesBefore && call.effect === "verbatim" && effects.enabled) {
    effects.verbatim(database, request);
  }
  if (CHECKED && foundMemory) {
    verifyChanges(instance, call, toldBefore, mutationsBefore, effectsBefore);
  }
  end(call, frames, errorsBefore, startUs);
}

/** A command has been left before its end: it goes on later. */
function leave(call: Call, frames: Frames, errorsBefore: number, startUs: number): void {
  assert(
    call.effect === "none",
    "only what consists of commands is left: their effects are its own",
  );
  call.ending = () => end(call, frames, errorsBefore, startUs);
}

/**
 * Takes the commands up again that were left, innermost first.
 *
 * @returns false when they were left again
 */
export function goOn(frames: Frames): boolean {
  for (let call = frames.top; call !== null; call = frames.top) {
    const { again, ending } = call;
    assert(again !== null && ending !== null, "a command that was left goes on");
    call.again = null;
    again();
    // The handler may have set it again.
    if ((call as { again: (() => void) | null }).again !== null) return false;
    call.ending = null;
    ending();
  }
  return true;
}

/**
 * A command has ended, and its effects are encoded: its statistics.
 *
 * @param startUs when it began, or NOT_TIMED
 */
function end(call: Call, frames: Frames, errorsBefore: number, startUs: number): void {
  const { instance, record } = call;
  const { statistics, observer } = instance;
  // A command that waits has been counted when it began to.
  if (call.origin !== "served") {
    record.calls++;
    statistics.commandsProcessed++;
  }
  if (
    statistics.errorReplies !== errorsBefore &&
    statistics.errorReplies > statistics.errorsAttributed
  ) {
    record.failedCalls++;
    statistics.errorsAttributed = statistics.errorReplies;
  }
  if (observer !== null) observer.leaves(call);
  frames.leave(call);
  if (startUs !== NOT_TIMED) attribute(instance, call, instance.time.settle() - startUs);
  else instance.time.defer(record);
}

/**
 * Runs the handler. The record does not know what a handler is given: this is the place that does.
 *
 * @returns false when there was no memory, which has been replied
 */
export function execute(call: Call, record: CommandRecord): boolean {
  const { reply } = call;
  // CLIENT REPLY ON takes back what was written while replies were off.
  const isMuted = call.session.mutedFrom >= 0;
  const { walk } = call.instance.data;
  if (walk !== null && record.mayReplicate) captureKeys(call, walk);
  let foundMemory = true;
  try {
    (record.fn as Handler)(call);
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    foundMemory = false;
    reply.truncate(call.replyStart);
    reply.error(ERR.outOfMemory);
  }
  if (CHECKED) {
    assert(isMuted || reply.length >= call.replyStart, "a command takes no earlier reply back");
  }
  return foundMemory;
}

/**
 * The client that has had a command run may keep what it read in its cache. Of a script these are the
 * keys that it was given, as in Redis. What is served was remembered when its wait began.
 */
function rememberKeys({ tracking }: Instance, frames: Frames, call: Call): void {
  if (call.origin === "served") return;
  const { record, request } = call.origin === "script" ? frames.below(call) : call;
  tracking.remember(frames.client!, record.command, request);
}

/** Throws when a command has changed a key and told nobody, or has told and left no effect. */
function verifyChanges(
  instance: Instance,
  call: Call,
  toldBefore: number,
  mutationsBefore: number,
  effectsBefore: number,
): void {
  const name = call.record.fullName;
  const hasTold = instance.data.changes.told !== toldBefore;
  const hasMutated = instance.data.mutations !== mutationsBefore;
  assert(hasTold || !hasMutated, `${name} has changed a key and has not said so`);
  if (!instance.data.effects.enabled || !hasTold || call.effect === "none") return;
  assert(
    instance.data.effects.begun !== effectsBefore,
    `${name} has changed a key without an effect`,
  );
}

function attribute(instance: Instance, call: Call, durationUs: number): void {
  const { settings } = instance;
  const { record, session } = call;
  record.microseconds += durationUs;
  if (settings.latencyTracking) record.observe(durationUs);
  instance.noteLatency(record.fast ? "fast-command" : "command", durationUs);
  const threshold = settings.slowlogThresholdUs;
  if (threshold >= 0 && durationUs >= threshold && !record.skipSlowlog) {
    instance.slowlog.record(
      call.request,
      call.redacted,
      Math.floor(instance.time.nowMs / 1000),
      Math.floor(durationUs),
      session.facts.address,
      session.name,
      settings.slowlogMaxLength,
    );
  }
  call.redacted.length = 0;
}
