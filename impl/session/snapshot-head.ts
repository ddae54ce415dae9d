import { Opcode } from "../rdb/form.ts";
import type { SnapshotHead, WriteAccess } from "../replication/rdb.ts";
import { idleSeconds, lfuCounter } from "./access.ts";
import type { Instance } from "./instance.ts";
import { measureMemory } from "./memory-usage.ts";
import { REDIS_VERSION } from "./version.ts";

/** When the data were saved last, in seconds since the epoch. As in Redis, a start counts as that. */
export function lastSaveSeconds({ persistence, statistics }: Instance): number {
  return persistence.snapshots.savedSeconds ?? statistics.startedSeconds;
}

/** What stands in front of the keys of a snapshot of an instance. */
export function snapshotHead(instance: Instance): SnapshotHead {
  const { config, data, history, feed, time } = instance;
  return {
    libraries: [...data.libraries].map(({ code }) => code),
    facts: [
      ["redis-ver", REDIS_VERSION],
      ["redis-bits", "64"],
      ["ctime", String(Math.floor(time.nowMs / 1000))],
      ["used-mem", String(measureMemory(instance).totalBytes)],
      ["repl-stream-db", "0"],
      ["repl-id", history.id],
      ["repl-offset", String(feed.offset)],
      ["aof-base", "0"],
    ],
    checksum: config.get("rdbchecksum"),
    writeAccess: accessWriter(instance),
  };
}

/** As in Redis a snapshot says only what `maxmemory-policy` keeps. */
function accessWriter(instance: Instance): WriteAccess | null {
  const policy = instance.config.get("maxmemory-policy");
  if (policy.endsWith("-lru")) {
    return (writer, access) => {
      writer.byte(Opcode.idle);
      writer.length(idleSeconds(instance.time.nowMs, access));
    };
  }
  if (!policy.endsWith("-lfu")) return null;
  return (writer, access) => {
    writer.byte(Opcode.frequency);
    writer.byte(lfuCounter(instance, access));
  };
}
