import { assert, CHECKED } from "../assert.ts";
import { sessionMemoryBytes } from "./client-memory.ts";
import type { Instance } from "./instance.ts";

/** Where an instance's memory goes, in bytes. It counts what it can name, not the runtime's heap. */
export interface MemoryUsage {
  /** All of it. */
  readonly totalBytes: number;
  /** The most that was seen. */
  readonly peakBytes: number;
  /** What the empty databases took at the start. */
  readonly startupBytes: number;
  /** Sessions with their buffers. */
  readonly clientsBytes: number;
  /** Scripts and libraries. */
  readonly scriptsBytes: number;
  /** What is not data: the start's share, the sessions, scripts and libraries. */
  readonly overheadBytes: number;
  /** Keys and values with their index. */
  readonly datasetBytes: number;
  /** Bytes taken from the system for databases, scripts and libraries, free blocks included. */
  readonly reservedBytes: number;
}

/** Measures the memory in use, and remembers the peak. */
export function measureMemory(instance: Instance): MemoryUsage {
  let clientsBytes = 0;
  for (const session of instance.clients.sessions.values())
    clientsBytes += sessionMemoryBytes(session);
  let databaseBytes = 0;
  let reservedBytes = 0;
  for (const keyspace of instance.data.databases) {
    databaseBytes += keyspace.usedBytes;
    reservedBytes += keyspace.reservedBytes;
  }
  const { statistics } = instance;
  statistics.clientsMemoryBytes = clientsBytes;
  const startupBytes = statistics.startupMemoryBytes;
  const scriptsBytes = instance.data.libraries.usedBytes + instance.scripts.cache.bodyBytes;
  const totalBytes = databaseBytes + scriptsBytes + clientsBytes;
  statistics.peakMemoryBytes = Math.max(statistics.peakMemoryBytes, totalBytes);
  const overheadBytes = Math.min(startupBytes, databaseBytes) + scriptsBytes + clientsBytes;
  if (CHECKED) {
    assert(overheadBytes <= totalBytes, "what is no data is a part of everything");
    assert(databaseBytes <= reservedBytes, "what is used has been reserved");
  }
  return {
    totalBytes,
    peakBytes: statistics.peakMemoryBytes,
    startupBytes,
    clientsBytes,
    scriptsBytes,
    overheadBytes,
    datasetBytes: totalBytes - overheadBytes,
    reservedBytes: reservedBytes + scriptsBytes,
  };
}

/** `part` of `whole` in per cent; 0 of nothing. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
