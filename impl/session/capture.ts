import type { SnapshotWalk } from "../replication/snapshot-walk.ts";
import type { Call } from "./call.ts";
import { extractKeys } from "./key-extraction.ts";

/**
 * A command is about to run that may change its keys: a snapshot that is being written takes them as
 * they are. How it says to use them is not asked: XREADGROUP says that it reads its streams. Where
 * keys cannot be told, as of PFMERGE without a source, each argument may be one: taking a key early
 * is never wrong.
 */
export function captureKeys(call: Call, walk: SnapshotWalk): void {
  const { record, request } = call;
  const { command } = record;
  const told = extractKeys(command, request);
  if (told === null) {
    for (let position = 1; position < request.argc; position++) capture(call, walk, position);
    return;
  }
  for (const { position } of told) capture(call, walk, position);
  if (command.untoldKeys === undefined) return;
  for (const { position } of command.untoldKeys(request)) capture(call, walk, position);
}

function capture({ keyspace, request }: Call, walk: SnapshotWalk, position: number): void {
  const { bytes, offsets, lengths } = request;
  const ref = keyspace.find(bytes, offsets[position]!, lengths[position]!);
  if (ref !== 0) walk.capture(keyspace, ref);
}
