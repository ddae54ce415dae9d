import { assert, CHECKED } from "../assert.ts";
import type { Persistence } from "../ports/persistence.ts";
import { countedBytes, sessionMemoryBytes } from "./client-memory.ts";
import type { Clients } from "./clients.ts";
import type { DataSet } from "./data-set.ts";
import type { Statistics } from "./statistics.ts";

/** What is measured. */
export interface MemoryHost {
  readonly data: DataSet;
  readonly clients: Clients;
  readonly statistics: Statistics;
  readonly persistence: Persistence;
  readonly scripts: {
    readonly engine: { readonly usedBytes: number };
    readonly functions: { readonly engine: { readonly usedBytes: number } };
    readonly cache: { readonly bodyBytes: number };
  };
  readonly tracking: { readonly table: { readonly size: number; readonly usedBytes: number } };
}

/** Where an instance's memory goes, in bytes. It counts what it can name, not the runtime's heap. */
export interface MemoryUsage {
  /** All of it. */
  readonly totalBytes: number;
  /** The most that was seen. */
  readonly peakBytes: number;
  /** What the empty databases took at the start. */
  readonly startupBytes: number;
  /** Sessions with their buffers, replicas excepted. */
  readonly clientsBytes: number;
  /** Sessions of replicas with their buffers. */
  readonly replicasBytes: number;
  /** How much of `replicasBytes` waits to be sent to them. */
  readonly replicaOutputBytes: number;
  /** What waits to be written to the log. */
  readonly logBytes: number;
  /** What Lua has in use. */
  readonly luaBytes: number;
  /** The texts of scripts, and libraries. */
  readonly scriptsBytes: number;
  /** What does not count against `maxmemory`: evicting keys would only make it more. */
  readonly uncountedBytes: number;
  /** What is not data: all of the above, and the indexes of keys. */
  readonly overheadBytes: number;
  /** Keys and values. */
  readonly datasetBytes: number;
  /** Bytes taken from the system for all this, free blocks included. */
  readonly reservedBytes: number;
}

/** Measures the memory in use, and remembers the peak. */
export function measureMemory(instance: MemoryHost): MemoryUsage {
  const { data, statistics, scripts, persistence } = instance;
  const { clientsBytes, replicasBytes, replicaOutputBytes, spareBytes } = measureClients(instance);
  let indexBytes = 0;
  let freeBytes = 0;
  for (const keyspace of data.databases) {
    if (keyspace.size > 0) indexBytes += keyspace.indexBytes + keyspace.expiryIndexBytes;
    freeBytes += keyspace.reservedBytes - keyspace.usedBytes;
  }
  const logBytes = persistence.aof?.pendingBytes ?? 0;
  const luaBytes = scripts.engine.usedBytes + scripts.functions.engine.usedBytes;
  const libraryBytes = data.libraries.usedBytes;
  const bodyBytes = scripts.cache.bodyBytes;
  const uncountedBytes = replicaOutputBytes + logBytes;
  const databaseBytes = data.usedBytes;
  const startupBytes = statistics.startupMemoryBytes;
  const clientBytes = clientsBytes + replicasBytes;
  const { table } = instance.tracking;
  const cachesBytes = table.size === 0 ? 0 : table.usedBytes;
  const restBytes = luaBytes + bodyBytes + logBytes + cachesBytes;
  const totalBytes = databaseBytes + clientBytes + restBytes;
  statistics.countedBesideDataBytes = totalBytes - databaseBytes - uncountedBytes;
  statistics.peakMemoryBytes = Math.max(statistics.peakMemoryBytes, totalBytes);
  const ownBytes = Math.min(startupBytes + indexBytes + libraryBytes, databaseBytes);
  const overheadBytes = ownBytes + totalBytes - databaseBytes;
  if (CHECKED) {
    assert(overheadBytes <= totalBytes, "what is no data is a part of everything");
    assert(freeBytes >= 0, "what is used has been reserved");
    assert(uncountedBytes <= totalBytes, "what does not count is a part of everything");
  }
  return {
    ...{ totalBytes, peakBytes: statistics.peakMemoryBytes, startupBytes },
    ...{ clientsBytes, replicasBytes, replicaOutputBytes, logBytes, luaBytes },
    scriptsBytes: bodyBytes + libraryBytes,
    ...{ uncountedBytes, overheadBytes, datasetBytes: totalBytes - overheadBytes },
    reservedBytes: totalBytes + freeBytes + spareBytes,
  };
}

function measureClients(instance: MemoryHost) {
  let clientsBytes = 0;
  let replicasBytes = 0;
  let replicaOutputBytes = 0;
  let spareBytes = 0;
  for (const session of instance.clients.sessions.values()) {
    const bytes = sessionMemoryBytes(session);
    if (session.replica?.attached) {
      replicasBytes += bytes;
      replicaOutputBytes += session.outputBytes;
    } else {
      clientsBytes += bytes;
    }
    const replyBytes = session.outputBytes - session.outputListBytes;
    spareBytes += session.reply.bytes.length - session.reply.length + replyBytes;
    session.countedBytes = countedBytes(session);
  }
  return { clientsBytes, replicasBytes, replicaOutputBytes, spareBytes };
}

/** `part` of `whole` in per cent; 0 of nothing. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
