import type { SnapshotWalk } from "../replication/snapshot-walk.ts";
import type { Call } from "./call.ts";
import { extractKeys } from "./key-extraction.ts";

/**
 * A command is about to run that may change its keys: a snapshot that is being written takes them as
 * they are. How it says to use them is not asked: XREADGROUP says that it reads its streams.
 */
export function captureKeys(call: Call, walk: SnapshotWalk): void {
  const { keyspace, record, request } = call;
  for (const { position } of extractKeys(record.command, request) ?? []) {
    const ref = keyspace.find(
      request.bytes,
      request.offsets[position]!,
      request.lengths[position]!,
    );
    if (ref !== 0) walk.capture(keyspace, ref);
  }
}
