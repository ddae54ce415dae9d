import { sessionMemoryBytes } from "./client-memory.ts";
import type { Session } from "./session.ts";

/**
 * One client in the format of CLIENT LIST: `name=value` fields with a space between.
 *
 * @param argumentBytes of the request that runs or arrives
 */
export function describeClient(
  session: Session,
  nowMs: number,
  argumentBytes = session.input.partialArgumentBytes,
): string {
  const partialBytes = session.input.partialArgumentBytes;
  const listBytes = session.outputListBytes;
  const nowSeconds = Math.floor(nowMs / 1000);
  const fields: (readonly [string, string | number])[] = [
    ["id", session.id],
    ["addr", session.facts.address],
    ["laddr", session.facts.localAddress],
    ["fd", session.facts.fd],
    ["name", session.name],
    ["age", nowSeconds - Math.floor(session.createdMs / 1000)],
    ["idle", nowSeconds - Math.floor(session.lastInteractionMs / 1000)],
    ["flags", clientFlags(session)],
    ["db", session.database],
    ["sub", session.subscriptions?.channels.size ?? 0],
    ["psub", session.subscriptions?.patterns.size ?? 0],
    ["ssub", session.subscriptions?.shards.size ?? 0],
    ["multi", session.executing?.commands ?? session.queue?.length ?? -1],
    ["qbuf", session.input.lengthBytes],
    ["qbuf-free", session.input.freeBytes],
    ["argv-mem", argumentBytes],
    ["multi-mem", session.executing?.bytes ?? session.queueBytes],
    ["rbs", session.reply.bytes.length],
    ["rbp", session.reply.bytes.length],
    ["obl", session.outputBytes - listBytes],
    ["oll", listBytes > 0 ? buffersOf(session) : 0],
    ["omem", listBytes],
    ["tot-mem", sessionMemoryBytes(session) - partialBytes + argumentBytes],
    ["events", session.unsentBytes > 0 ? "rw" : "r"],
    ["cmd", session.lastCommand?.fullName ?? "NULL"],
    ["user", session.user.name],
    ["redir", session.tracking?.redirection ?? -1],
    ["resp", session.reply.protocol],
    ["lib-name", session.libraryName],
    ["lib-ver", session.libraryVersion],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}

/** One letter per state; `N` when there is none. */
function clientFlags(session: Session): string {
  let flags = "";
  if (session.isMonitor) flags += "O";
  else if (session.replica?.attached) flags += "S";
  if (session.subscriptions !== null) flags += "P";
  if (session.queue !== null || session.inExec) flags += "x";
  if (session.blocked !== null) flags += "b";
  if (session.tracking !== null) {
    flags += "t";
    if (session.tracking.isBroken) flags += "R";
    if (session.tracking.isBroadcast) flags += "B";
  }
  if (session.dirtyCas) flags += "d";
  if (session.closeAfterReply) flags += "c";
  if (session.postponed !== null) flags += "u";
  if (session.closeAsap) flags += "A";
  if (session.facts.address.startsWith("/")) flags += "U";
  if (session.noEvict) flags += "e";
  if (session.noTouch) flags += "T";
  return flags === "" ? "N" : flags;
}

/** In how many buffers output waits: what the transport has, and what has not been handed to it. */
function buffersOf({ unsentBytes, outputBytes }: Session): number {
  return (unsentBytes > 0 ? 1 : 0) + (outputBytes > unsentBytes ? 1 : 0);
}
