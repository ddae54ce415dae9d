import { humanBytes } from "./info-statistics.ts";

/** What MEMORY DOCTOR judges by, in bytes unless it is a number of something. */
export interface MemorySigns {
  readonly usedBytes: number;
  readonly peakBytes: number;
  /** Taken from the system for data, free blocks included. */
  readonly reservedBytes: number;
  /** How much of that is in memory. */
  readonly reservedResidentBytes: number;
  /** What the process has in memory. */
  readonly residentBytes: number;
  readonly clientsBytes: number;
  readonly clients: number;
  readonly replicasBytes: number;
  readonly replicas: number;
  readonly scripts: number;
}

const MB = 1024 * 1024;

/** Below this there is nothing to diagnose. */
const SMALL_INSTANCE_BYTES = 5 * MB;
/** What is out of proportion is a problem only beyond this. */
const LARGE_SURPLUS_BYTES = 10 * MB;

/** The conditions are those of Redis 7.0.15, in its order. */
const CONDITIONS: readonly {
  readonly holds: (signs: MemorySigns) => boolean;
  readonly says: (signs: MemorySigns) => string;
}[] = [
  {
    holds: ({ peakBytes, usedBytes }) => Math.fround(peakBytes / usedBytes) > 1.5,
    says: ({ peakBytes, usedBytes }) =>
      `Peak: ${humanBytes(peakBytes)} were in use once, ${humanBytes(usedBytes)} are now. What was freed has ` +
      "gone back to the system where whole segments are empty; the rest is filled first as data grows.",
  },
  {
    holds: ({ residentBytes, usedBytes }) => isOver(residentBytes, usedBytes, 1.4),
    says: ({ residentBytes, usedBytes }) =>
      `Resident memory: the process has ${humanBytes(residentBytes)} in memory for ${humanBytes(usedBytes)} in use. ` +
      "The runtime's own memory is part of that, and weighs little once there is much data; so are " +
      "free blocks, of which the next findings tell.",
  },
  {
    holds: ({ reservedBytes, usedBytes }) => isOver(reservedBytes, usedBytes, 1.1),
    says: ({ reservedBytes, usedBytes }) =>
      `Fragmentation: ${humanBytes(reservedBytes - usedBytes)} of what data was given lie in free blocks. New ` +
      "values of the same sizes will fill them; MEMORY PURGE frees what removed values have left.",
  },
  {
    holds: ({ reservedResidentBytes, reservedBytes }) =>
      isOver(reservedResidentBytes, reservedBytes, 1.1),
    says: ({ reservedResidentBytes, reservedBytes }) =>
      `Allocator: it has ${humanBytes(reservedResidentBytes)} in memory and needs ${humanBytes(reservedBytes)}. ` +
      "MEMORY PURGE gives back what can be given.",
  },
  {
    holds: ({ residentBytes, reservedResidentBytes }) =>
      isOver(residentBytes, reservedResidentBytes, 1.1),
    says: ({ residentBytes, reservedResidentBytes }) =>
      `Process: ${humanBytes(residentBytes - reservedResidentBytes)} of its memory belong to no data: the runtime, its ` +
      "heap, compiled code, scripts that run.",
  },
  {
    holds: ({ replicas, replicasBytes }) => replicas > 0 && replicasBytes > LARGE_SURPLUS_BYTES,
    says: ({ replicas, replicasBytes }) =>
      `Replicas: ${humanBytes(replicasBytes)} wait for ${count(replicas, "replica")}. One of them reads too ` +
      "slowly: INFO replication shows how far each is, CLIENT LIST what waits for it.",
  },
  {
    holds: ({ clients, clientsBytes }) => Math.floor(clientsBytes / clients) > 200 * 1024,
    says: ({ clients, clientsBytes }) =>
      `Clients: ${humanBytes(clientsBytes)} lie in the buffers of ${count(clients, "client")}. Subscribers that read ` +
      "too slowly, long replies and long pipelines do that; CLIENT LIST shows whose they are.",
  },
  {
    holds: ({ scripts }) => scripts > 1000,
    says: ({ scripts }) =>
      `Scripts: ${scripts} are kept. Scripts that differ only in their values should take them as ` +
      "KEYS and ARGV; SCRIPT FLUSH forgets all of them.",
  },
];

function isOver(whole: number, part: number, ratio: number): boolean {
  return whole / part > ratio && whole - part > LARGE_SURPLUS_BYTES;
}

function count(number: number, name: string): string {
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}

/** What is wrong with an instance's memory, in a text for people. */
export function diagnose(signs: MemorySigns): string {
  if (signs.usedBytes < SMALL_INSTANCE_BYTES) {
    return "The server is empty or holds very little data: there is nothing to diagnose yet.\n";
  }
  const findings = CONDITIONS.filter(({ holds }) => holds(signs));
  if (findings.length === 0) return "No memory problem was found.\n";
  const lines = findings.map(({ says }) => ` * ${says(signs)}\n\n`);
  return `Memory problems were found:\n\n${lines.join("")}`;
}
