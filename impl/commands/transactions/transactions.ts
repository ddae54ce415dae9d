import { latin1 } from "../../resp/request.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { lateError, refusePermission } from "../../session/permissions.ts";
import type { QueuedCommand } from "../../session/session.ts";

const FLAGS = ["noscript", "loading", "stale", "fast", "allow_busy"] as const;

/** MULTI: opens a queue. */
export const MULTI: Command = {
  name: "multi",
  arity: 1,
  flags: FLAGS,
  constantTime: true,
  acl: ["transaction"],
  group: "transactions",
  consultsNoData: true,
  runsInMulti: true,
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Begins a transaction: what follows is queued until EXEC",
  handler: multi,
};

function multi(call: Call): void {
  const { session, reply } = call;
  if (session.queue !== null) {
    reply.error("ERR MULTI calls can not be nested");
    return;
  }
  session.queue = [];
  reply.ok();
}

/** DISCARD: drops the queue and the watches. */
export const DISCARD: Command = {
  name: "discard",
  arity: 1,
  flags: FLAGS,
  acl: ["transaction"],
  group: "transactions",
  consultsNoData: true,
  runsInMulti: true,
  endsTransaction: true,
  since: "2.0.0",
  complexity: "O(N) in the number of queued commands",
  summary: "Drops the commands queued since MULTI",
  handler: discard,
};

function discard(call: Call): void {
  const { instance, session, reply } = call;
  if (session.queue === null) {
    reply.error("ERR DISCARD without MULTI");
    return;
  }
  session.endTransaction();
  instance.data.watches.unwatch(session);
  reply.ok();
}

/** EXEC: runs the queue as one step, unless it was spoiled or a watched key has changed. */
export const EXEC: Command = {
  name: "exec",
  arity: 1,
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
  acl: ["transaction"],
  group: "transactions",
  runsInMulti: true,
  endsTransaction: true,
  runsQueue: true,
  since: "1.2.0",
  complexity: "That of the queued commands",
  summary: "Runs the commands queued since MULTI as one step",
  handler: exec,
};

function exec(call: Call): void {
  const { instance, session, reply } = call;
  const queue = session.queue;
  if (queue === null) {
    reply.error("ERR EXEC without MULTI");
    return;
  }
  const spoiled = session.dirtyExec;
  const changed = instance.data.hasChangedFor(session);
  const executing = { commands: queue.length, bytes: session.queueBytes };
  instance.data.watches.unwatch(session);
  session.endTransaction();
  if (spoiled) {
    reply.error("EXECABORT Transaction discarded because of previous errors.");
    return;
  }
  if (changed) {
    reply.nilArray();
    return;
  }
  session.executing = executing;
  // Its effects are those of the commands in it.
  call.withoutEffect();
  reply.array(queue.length);
  runQueue(call, queue, 0, -1);
}

/**
 * Runs the commands from the `first` on. One that is left, because it runs a script for long, leaves
 * EXEC as well.
 *
 * @param lastByte the end of what the client still hears; -1 for all of it
 */
function runQueue(
  call: Call,
  queue: readonly QueuedCommand[],
  first: number,
  lastByte: number,
): void {
  const { instance, session, reply } = call;
  let audible = lastByte;
  for (let i = first; i < queue.length; i++) {
    const { record, request } = queue[i]!;
    // Its user's rules may have changed since it was queued.
    const denial = refusePermission(instance, session, record, request, "multi");
    if (denial !== null) reply.error(lateError(denial));
    else if (!instance.executor.run(session, record, request, "exec")) {
      leaveQueue(call, queue, i + 1, audible);
      return;
    }
    // A client that has killed itself hears no more, though the rest is executed.
    if (session.closeAfterReply && audible < 0) audible = reply.length;
  }
  if (audible >= 0) reply.truncate(audible);
  session.executing = null;
}

function leaveQueue(
  call: Call,
  queue: readonly QueuedCommand[],
  next: number,
  lastByte: number,
): void {
  call.again = () => runQueue(call, queue, next, lastByte);
}

/** WATCH: the next EXEC fails if one of the keys changes until then. */
export const WATCH: Command = {
  name: "watch",
  arity: -2,
  flags: FLAGS,
  keySpecs: [keyRange(["RO"], 1, -1, 1)],
  acl: ["transaction"],
  group: "transactions",
  consultsNoData: true,
  runsInMulti: true,
  since: "2.2.0",
  complexity: "O(1) for each key",
  summary: "Makes the next EXEC fail if one of the keys changes before it",
  arguments: [{ name: "key", type: "key", keySpecIndex: 0, flags: ["multiple"] }],
  handler: watch,
};

function watch(call: Call): void {
  const { instance, session, request, reply, keyspace } = call;
  if (session.queue !== null) {
    reply.error("ERR WATCH inside MULTI is not allowed");
    return;
  }
  reply.ok();
  if (session.dirtyCas) return;
  for (let i = 1; i < request.argc; i++) {
    const offset = request.offsets[i]!;
    const length = request.lengths[i]!;
    const ref = keyspace.find(request.bytes, offset, length);
    const expired = ref !== 0 && keyspace.isExpired(ref, call.nowMs);
    instance.data.watches.watch(
      session,
      session.database,
      latin1(request.bytes, offset, length),
      expired,
    );
  }
}

/** UNWATCH: forgets the watched keys and what happened to them. */
export const UNWATCH: Command = {
  name: "unwatch",
  arity: 1,
  flags: FLAGS,
  acl: ["transaction"],
  group: "transactions",
  consultsNoData: true,
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Forgets the keys that this connection watches",
  handler: unwatch,
};

function unwatch(call: Call): void {
  call.instance.data.watches.unwatch(call.session);
  call.session.dirtyCas = false;
  call.reply.ok();
}
