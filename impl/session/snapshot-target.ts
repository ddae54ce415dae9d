import { Keyspace } from "../engine/keyspace.ts";
import type { SnapshotTarget } from "../replication/snapshot-reader.ts";
import { rootedValues } from "../types/rooted.ts";
import { restoredAccess } from "./access.ts";
import type { Instance } from "./instance.ts";

/** Values of which nothing is to stay lie in small segments. */
const SCRATCH_SEGMENT_BYTES = 64 * 1024;

/** The data set of an instance, as a snapshot is read into it. */
export function snapshotTarget(
  instance: Instance,
  fact: (name: string, value: string) => void,
  note: (text: string) => void,
): SnapshotTarget {
  const { data, scripts, settings, time } = instance;
  return {
    databases: data.databases,
    scratch: new Keyspace({
      hashKey: [0, 0],
      segmentBytes: SCRATCH_SEGMENT_BYTES,
      rooted: (arena, key) => rootedValues(arena, key, settings),
    }),
    nowMs: time.nowMs,
    addLibrary: (code) => scripts.functions.restore([code], "append", true),
    access: (idleSeconds, frequency) => restoredAccess(instance, idleSeconds, frequency),
    fact,
    note,
  };
}
