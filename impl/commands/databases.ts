import type { Call } from "../session/call.ts";
import { ERR } from "../session/errors.ts";
import { databaseArgument, int32Argument } from "./numbers.ts";

/** SELECT: the database of this connection. */
export function select(call: Call): void {
  const index = databaseArgument(call, 1);
  if (index === null) return;
  call.select(index);
  call.reply.ok();
}

/** DBSIZE: keys of the selected database, expired ones that nobody has met included. */
export function dbsize(call: Call): void {
  call.reply.integer(call.keyspace.size);
}

/** SWAPDB: two databases exchange their contents for every client. */
export function swapdb(call: Call): void {
  const { instance, reply } = call;
  const first = int32Argument(call, 1, "ERR invalid first DB index");
  if (first === null) return;
  const second = int32Argument(call, 2, "ERR invalid second DB index");
  if (second === null) return;
  const count = instance.databases.length;
  if (first < 0 || first >= count || second < 0 || second >= count) {
    reply.error(ERR.dbIndex);
    return;
  }
  if (first !== second) instance.swap(first, second);
  instance.dirty++;
  reply.ok();
}

/** FLUSHDB: empties the selected database. */
export function flushdb(call: Call): void {
  const mode = flushMode(call);
  if (mode === null) return;
  flush(call, call.session.database, mode);
  forceEffect(call);
  call.reply.ok();
}

/** FLUSHALL: empties every database. */
export function flushall(call: Call): void {
  const mode = flushMode(call);
  if (mode === null) return;
  for (let database = 0; database < call.instance.databases.length; database++) {
    flush(call, database, mode);
  }
  forceEffect(call);
  call.reply.ok();
}

type FlushMode = "sync" | "async";

/** The modes differ in a statistic only: neither walks the keys. */
function flushMode(call: Call): FlushMode | null {
  const { instance, request, reply } = call;
  if (request.argc === 1) return instance.settings.lazyUserFlush ? "async" : "sync";
  if (request.argc === 2 && request.is(1, "sync")) return "sync";
  if (request.argc === 2 && request.is(1, "async")) return "async";
  reply.error(ERR.syntax);
  return null;
}

function flush(call: Call, database: number, mode: FlushMode): void {
  const instance = call.instance;
  const removed = instance.flush(database);
  instance.dirty += removed;
  if (mode === "async") instance.statistics.lazyFreedObjects += removed;
}

/** Flushing is an effect even where there was nothing to flush. */
function forceEffect(call: Call): void {
  call.rewritten = true;
  if (call.effects.enabled) call.effects.verbatim(call.session.database, call.request);
}
