import type { SnapshotWalk } from "../replication/snapshot-walk.ts";
import type { Call } from "./call.ts";
import { extractKeys } from "./key-extraction.ts";

/** A command is about to run that may change its keys: a snapshot that is being written takes them as they are. */
export function captureKeys(call: Call, walk: SnapshotWalk): void {
  const { keyspace, record, request } = call;
  for (const { position, flags } of extractKeys(record.command, request) ?? []) {
    if (flags.includes("RO")) continue;
    const ref = keyspace.find(
      request.bytes,
      request.offsets[position]!,
      request.lengths[position]!,
    );
    if (ref !== 0) walk.capture(keyspace, ref);
  }
}
