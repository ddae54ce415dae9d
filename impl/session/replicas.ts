/** Sessions as replicas: how one begins to follow, and what is due while it does. */
import { assert } from "../assert.ts";
import { encodeRdb } from "../replication/rdb.ts";
import { Replica } from "../replication/replica.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";
import { snapshotHead } from "./snapshot-head.ts";

/** The session as a replica, which it may yet become. */
export function replicaOf(session: Session): Replica {
  session.replica ??= new Replica(session.id);
  return session.replica;
}

/**
 * Lets a session follow: it gets a snapshot of all databases, and then every effect.
 *
 * The snapshot is written here and now; nothing else is served meanwhile.
 *
 * @param announce whether the history's name and the offset go before the snapshot: PSYNC
 */
export function follow(instance: Instance, session: Session, announce: boolean): void {
  const { feed, statistics } = instance;
  const replica = replicaOf(session);
  // Writes that nobody heard have no offset, so that a history that they are in has a new name.
  if (feed.replicas.size === 0) instance.history.change();
  const head = snapshotHead(instance);
  const { chunks, lengthBytes } = encodeRdb({
    ...head,
    libraries: replica.withoutFunctions ? [] : head.libraries,
    databases: replica.withoutKeys ? [] : instance.data.databases,
  });
  const place = announce ? `+FULLRESYNC ${instance.history.id} ${feed.offset}\r\n` : "";
  replica.acknowledges = announce;
  replica.acknowledgedMs = instance.time.nowMs;
  const { effects } = instance.data;
  assert(effects.pending === 0, "a snapshot shows what is not journaled");
  feed.attach(replica, session.outbox, [Buffer.from(`${place}$${lengthBytes}\r\n`), ...chunks]);
  effects.forgetDatabase();
  statistics.fullSyncs++;
}

/** The address that a replica names as its own, or else the one that it has come from. */
export function replicaAddress(instance: Instance, replica: Replica): string {
  const { facts } = instance.clients.sessions.get(replica.sessionId)!;
  return replica.address || facts.address.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}

/** What is due once a second: pings, and the end of links that have fallen silent. */
export function replicationTick(instance: Instance): void {
  const { feed, config } = instance;
  feed.tick(config.get("repl-ping-replica-period"));
  const before = instance.time.nowMs - config.get("repl-timeout") * 1000;
  for (const replica of feed.replicas) {
    if (!replica.online) replica.acknowledgedMs = instance.time.nowMs;
    if (!replica.acknowledges || replica.acknowledgedMs >= before) continue;
    const session = instance.clients.sessions.get(replica.sessionId)!;
    instance.control.log(
      `Disconnecting timedout replica (streaming sync): ${session.facts.address}`,
    );
    instance.clients.closing.push(session);
  }
}
