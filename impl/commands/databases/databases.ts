import { assert, CHECKED } from "../../assert.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { flag, integer, oneOf, optional, since } from "../shared/arguments.ts";
import { databaseArgument, int32Argument } from "../shared/numbers.ts";

const FLUSH_MODE: Argument = optional(
  oneOf("async", since("4.0.0", flag("async")), since("6.2.0", flag("sync"))),
);

/** What FLUSHALL and FLUSHDB have in common. */
const FLUSHING = {
  arity: -1,
  flags: ["write"],
  acl: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  group: "server",
  since: "1.0.0",
  complexity: "O(1); the memory goes as a whole",
  history: [
    ["4.0.0", "`ASYNC` is new."],
    ["6.2.0", "`SYNC` is new."],
  ],
  arguments: [FLUSH_MODE],
} as const;

/** SELECT: the database of this connection. */
export const SELECT: Command = {
  name: "select",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  constantTime: true,
  acl: ["connection"],
  group: "connection",
  consultsNoData: true,
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Chooses the database of this connection",
  arguments: [integer("index")],
  handler: select,
};

function select(call: Call): void {
  const index = databaseArgument(call, 1);
  if (index === null) return;
  call.select(index);
  call.reply.ok();
}

/** DBSIZE: keys of the selected database, expired ones that nobody has met included. */
export const DBSIZE: Command = {
  name: "dbsize",
  arity: 1,
  flags: ["readonly", "fast"],
  constantTime: true,
  acl: ["keyspace"],
  tips: ["request_policy:all_shards", "response_policy:agg_sum"],
  group: "server",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Counts the keys of the selected database",
  handler: dbsize,
};

function dbsize(call: Call): void {
  call.reply.integer(call.keyspace.size);
}

/** SWAPDB: two databases exchange their contents for every client. */
export const SWAPDB: Command = {
  name: "swapdb",
  arity: 3,
  flags: ["write", "fast"],
  acl: ["keyspace", "dangerous"],
  group: "server",
  since: "4.0.0",
  complexity: "O(N) in the clients that watch keys of the two databases",
  summary: "Exchanges the contents of two databases",
  arguments: [integer("index1"), integer("index2")],
  handler: swapdb,
};

function swapdb(call: Call): void {
  const { instance, reply } = call;
  const first = int32Argument(call, 1, "ERR invalid first DB index");
  if (first === null) return;
  const second = int32Argument(call, 2, "ERR invalid second DB index");
  if (second === null) return;
  const count = instance.data.databases.length;
  if (first < 0 || first >= count || second < 0 || second >= count) {
    reply.error(ERR.dbIndex);
    return;
  }
  if (first !== second) instance.data.swap(first, second);
  instance.data.changes.add(1);
  reply.ok();
}

/** FLUSHDB: empties the selected database. */
export const FLUSHDB: Command = {
  ...FLUSHING,
  name: "flushdb",
  summary: "Removes every key of the selected database",
  handler: flushdb,
};

function flushdb(call: Call): void {
  const mode = flushMode(call);
  if (mode === null) return;
  flush(call, call.session.database, mode);
  call.instance.data.changes.tracker?.flushed();
  forceEffect(call);
  call.reply.ok();
}

/** FLUSHALL: empties every database. */
export const FLUSHALL: Command = {
  ...FLUSHING,
  name: "flushall",
  summary: "Removes every key of every database",
  handler: flushall,
};

function flushall(call: Call): void {
  const mode = flushMode(call);
  if (mode === null) return;
  for (let database = 0; database < call.instance.data.databases.length; database++) {
    flush(call, database, mode);
  }
  call.instance.data.changes.tracker?.flushed();
  if (call.origin !== "replay") call.instance.persistence.snapshots.flushedAll();
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
  const removed = instance.data.flush(database);
  if (CHECKED) {
    assert(removed >= 0, "a number of keys");
    assert(instance.data.databases[database]!.size === 0, "nothing is left");
  }
  instance.data.changes.add(removed);
  if (mode === "async") instance.statistics.lazyFreedObjects += removed;
}

/** Flushing is an effect even where there was nothing to flush. */
function forceEffect(call: Call): void {
  call.effect = "rewritten";
  if (call.effects.enabled) call.effects.verbatim(call.session.database, call.request);
}
