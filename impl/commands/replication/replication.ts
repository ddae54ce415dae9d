import { splitArgs } from "../../config/quoting.ts";
import { parseInteger64 } from "../../engine/integers.ts";
import type { Replica } from "../../replication/replica.ts";
import { endSatisfiedWaits } from "../../session/blocking.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import { follow, replicaOf } from "../../session/replicas.ts";
import { integerArgument } from "../shared/numbers.ts";

const FLAGS = ["admin", "noscript", "no_async_loading", "no_multi"] as const;

/** An address must be shorter than this. */
const ADDRESS_MAX_LENGTH = 256;

/** SYNC: everything, and then every change. */
export const SYNC: Command = {
  name: "sync",
  arity: 1,
  flags: FLAGS,
  acl: [],
  group: "server",
  since: "1.0.0",
  summary: "Makes this connection a replica's: all keys, then every change",
  handler: sync,
};

function sync(call: Call): void {
  if (mayFollow(call)) follow(call.instance, call.session, false);
}

/**
 * PSYNC replicationid offset: as SYNC, with the history's name and place before it. There is no
 * backlog, so that a replica that comes back gets everything again.
 */
export const PSYNC: Command = {
  name: "psync",
  arity: -3,
  flags: FLAGS,
  acl: [],
  group: "server",
  since: "2.8.0",
  summary: "Makes this connection a replica's, with the name and place of the history",
  arguments: [
    { name: "replicationid", type: "string" },
    { name: "offset", type: "integer" },
  ],
  handler: psync,
};

function psync(call: Call): void {
  const { instance, session, request, reply } = call;
  if (session.isFollower) return;
  if (request.argc > 3 && request.is(3, "failover")) {
    reply.error("ERR PSYNC FAILOVER can't be sent to a master.");
    return;
  }
  if (!mayFollow(call) || integerArgument(call, 2) === null) return;
  if (!request.text(1).startsWith("?")) instance.statistics.partialSyncsRefused++;
  follow(instance, session, true);
}

/** A replica does not become one again. False, with the error replied, when it is impossible. */
function mayFollow({ session, reply }: Call): boolean {
  const { replica } = session;
  if (session.isFollower) return false;
  if (reply.length > 0) {
    reply.error("ERR SYNC and PSYNC are invalid with pending output");
    return false;
  }
  if (replica?.withoutKeys && !replica.readsUntilMark) {
    reply.error("ERR Filtered replica requires EOF capability");
    return false;
  }
  return true;
}

/** REPLCONF option value ...: what a replica says of itself. ACK and GETACK have no reply. */
export const REPLCONF: Command = {
  name: "replconf",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "allow_busy"],
  acl: [],
  group: "server",
  since: "3.0.0",
  complexity: "O(1)",
  summary: "Tells a primary about the replica behind this connection",
  docFlags: ["syscmd"],
  handler: replconf,
};

function replconf(call: Call): void {
  const { session, request, reply } = call;
  if (request.argc % 2 === 0) {
    reply.error(ERR.syntax);
    return;
  }
  const replica = replicaOf(session);
  for (let i = 1; i < request.argc; i += 2) {
    if (request.is(i, "ack")) {
      acknowledge(call, replica, i + 1);
      return;
    }
    if (request.is(i, "getack")) return;
    if (!setOption(call, replica, i)) return;
  }
  reply.ok();
}

/** The replica has the stream up to an offset. */
function acknowledge(call: Call, replica: Replica, i: number): void {
  const { instance, request } = call;
  const offset = parseInteger64(request.bytes, request.offsets[i]!, request.lengths[i]!);
  if (!replica.attached || offset === null) return;
  replica.acknowledgedOffset = Math.max(replica.acknowledgedOffset, Number(offset));
  replica.acknowledgedMs = instance.time.nowMs;
  endSatisfiedWaits(instance);
}

/** False, with the error replied, when the option at argument `i` or its value is wrong. */
function setOption(call: Call, replica: Replica, i: number): boolean {
  const { request, reply } = call;
  if (request.is(i, "listening-port")) {
    const port = integerArgument(call, i + 1);
    if (port !== null) replica.listeningPort = Number(port);
    return port !== null;
  }
  if (request.is(i, "ip-address")) return setAddress(call, replica, request.text(i + 1));
  if (request.is(i, "capa")) {
    if (request.is(i + 1, "eof")) replica.readsUntilMark = true;
    return true;
  }
  if (request.is(i, "rdb-only")) return setSnapshotOnly(call, replica, i + 1);
  if (request.is(i, "rdb-filter-only")) return setFilter(call, replica, request.text(i + 1));
  reply.error(`ERR Unrecognized REPLCONF option: ${request.cText(i)}`);
  return false;
}

function setAddress({ reply }: Call, replica: Replica, address: string): boolean {
  if (address.length < ADDRESS_MAX_LENGTH) {
    replica.address = address;
    return true;
  }
  const length = `${address.length} bytes`;
  reply.error(`ERR REPLCONF ip-address provided by replica instance is too long: ${length}`);
  return false;
}

function setSnapshotOnly(call: Call, replica: Replica, i: number): boolean {
  const value = integerArgument(call, i);
  if (value === null) return false;
  if (value !== 0 && value !== 1) {
    call.reply.error("ERR value is out of range, value must between 0 and 1");
    return false;
  }
  replica.snapshotOnly = value === 1;
  return true;
}

/** The only thing that a filter can name is `functions`; what it does not name stays out. */
function setFilter({ reply }: Call, replica: Replica, value: string): boolean {
  const words = splitArgs(value);
  if (words === null) {
    reply.error("ERR Missing rdb-filter-only values");
    return false;
  }
  replica.withoutKeys = true;
  replica.withoutFunctions = true;
  for (const word of words) {
    if (word.toLowerCase() !== "functions") {
      reply.error(`ERR Unsupported rdb-filter-only option: ${word}`);
      return false;
    }
    replica.withoutFunctions = false;
  }
  return true;
}
