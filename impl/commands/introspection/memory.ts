import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import type { Instance } from "../../session/instance.ts";
import { type MemoryUsage, measureMemory, percent } from "../../session/memory-usage.ts";
import { typeOf } from "../../types/index.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { integerArgument } from "../shared/numbers.ts";
import { diagnose, type MemorySigns } from "./memory-doctor.ts";

const COMMON = { flags: [], acl: [], group: "server", since: "4.0.0" } as const;

const REPORT_TIPS = [
  "nondeterministic_output",
  "request_policy:all_shards",
  "response_policy:special",
] as const;

/** Elements that MEMORY PURGE frees between two looks whether there are more. */
const PURGED_AT_ONCE = 100_000;

/** Elements that MEMORY USAGE measures unless told how many. */
const DEFAULT_SAMPLES = 5;

/**
 * MEMORY USAGE key [SAMPLES count]: the bytes of the key's entry, and those that its value takes
 * beside it.
 */
const MEMORY_USAGE: Command = {
  ...COMMON,
  name: "usage",
  arity: -3,
  flags: ["readonly"],
  keySpecs: [
    {
      flags: ["RO"],
      begin: { type: "index", index: 2 },
      find: { type: "range", lastKey: 0, keyStep: 1, limit: 0 },
    },
  ],
  complexity: "O(N) in the number of samples",
  summary: "Shows how many bytes a key takes",
  arguments: [
    { name: "key", type: "key", keySpecIndex: 0 },
    { name: "count", type: "integer", token: "SAMPLES", flags: ["optional"] },
  ],
  handler: memoryUsage,
};

function memoryUsage(call: Call): void {
  const { request, reply, keyspace } = call;
  let samples = DEFAULT_SAMPLES;
  for (let i = 3; i < request.argc; i += 2) {
    if (!request.is(i, "samples") || i + 1 === request.argc) {
      reply.error(ERR.syntax);
      return;
    }
    const count = integerArgument(call, i + 1);
    if (count === null) return;
    if (count < 0) {
      reply.error(ERR.syntax);
      return;
    }
    samples = Number(count);
  }
  const ref = keyspace.find(request.bytes, request.offsets[2]!, request.lengths[2]!);
  if (ref === 0) reply.nil();
  else reply.integer(keyspace.entryBytes(ref) + valueBytes(keyspace, ref, samples));
}

/** Bytes of a value beside its entry. */
function valueBytes(keyspace: Keyspace, ref: EntryRef, samples: number): number {
  return typeOf(keyspace, ref).heldBytes(keyspace, ref, samples);
}

/** A ratio as C prints a double with seventeen digits. */
function ratioText(value: number): string {
  const text = value.toPrecision(17);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Name and value of a field of MEMORY STATS; a text is a double. */
type Field = readonly [name: string, value: number | string];

const MEMORY_STATS: Command = {
  ...COMMON,
  consultsNoData: true,
  name: "stats",
  arity: 2,
  tips: REPORT_TIPS,
  complexity: "O(N) in the number of clients",
  summary: "Shows where the memory goes",
  handler: memoryStats,
};

function memoryStats(call: Call): void {
  const { instance, reply } = call;
  const usage = measureMemory(instance);
  const databases = instance.data.databases
    .map((one, index) => ({ index, one }))
    .filter(({ one }) => one.size > 0);
  const before = overallFields(usage, instance);
  const after = detailFields(call, usage);
  reply.map(before.length + databases.length + after.length);
  writeFields(call, before);
  for (const { index, one } of databases) {
    reply.bulkText(`db.${index}`);
    reply.map(3);
    writeFields(call, [
      ["overhead.hashtable.main", one.indexBytes],
      ["overhead.hashtable.expires", one.expiryIndexBytes],
      ["overhead.hashtable.slot-to-keys", 0],
    ]);
  }
  writeFields(call, after);
}

function writeFields({ reply }: Call, fields: readonly Field[]): void {
  for (const [name, value] of fields) {
    reply.bulkText(name);
    if (typeof value === "number") reply.integer(value);
    else reply.doubleText(value);
  }
}

function overallFields(usage: MemoryUsage, { scripts, data }: Instance): readonly Field[] {
  return [
    ["peak.allocated", usage.peakBytes],
    ["total.allocated", usage.totalBytes],
    ["startup.allocated", usage.startupBytes],
    ["replication.backlog", 0],
    ["clients.slaves", usage.replicasBytes],
    ["clients.normal", usage.clientsBytes],
    ["cluster.links", 0],
    ["aof.buffer", usage.logBytes],
    ["lua.caches", scripts.cache.bodyBytes],
    ["functions.caches", data.libraries.usedBytes],
  ];
}

function detailFields({ instance }: Call, usage: MemoryUsage): readonly Field[] {
  const keys = instance.data.databases.reduce((sum, one) => sum + one.size, 0);
  const aboveStart = usage.totalBytes - usage.startupBytes;
  const { residentBytes } = instance.facts.usage();
  const activeBytes = usage.reservedBytes;
  const ratio = (part: number, whole: number) => ratioText(whole === 0 ? 1 : part / whole);
  return [
    ["overhead.total", usage.overheadBytes],
    ["keys.count", keys],
    ["keys.bytes-per-key", keys === 0 ? 0 : Math.floor(aboveStart / keys)],
    ["dataset.bytes", usage.datasetBytes],
    ["dataset.percentage", ratioText(percent(usage.datasetBytes, aboveStart))],
    ["peak.percentage", ratioText(percent(usage.totalBytes, usage.peakBytes))],
    ["allocator.allocated", usage.totalBytes],
    ["allocator.active", activeBytes],
    ["allocator.resident", activeBytes],
    ["allocator-fragmentation.ratio", ratio(activeBytes, usage.totalBytes)],
    ["allocator-fragmentation.bytes", activeBytes - usage.totalBytes],
    ["allocator-rss.ratio", "1"],
    ["allocator-rss.bytes", 0],
    ["rss-overhead.ratio", ratio(residentBytes, activeBytes)],
    ["rss-overhead.bytes", residentBytes - activeBytes],
    ["fragmentation", ratio(residentBytes, usage.totalBytes)],
    ["fragmentation.bytes", residentBytes - usage.totalBytes],
  ];
}

const MEMORY_DOCTOR: Command = {
  ...COMMON,
  consultsNoData: true,
  name: "doctor",
  arity: 2,
  tips: REPORT_TIPS,
  complexity: "O(1)",
  summary: "Reports problems with memory",
  handler: memoryDoctor,
};

function memoryDoctor({ instance, reply }: Call): void {
  const usage = measureMemory(instance);
  const { clients, feed, scripts } = instance;
  const replicas = feed.replicas.size;
  const signs: MemorySigns = {
    usedBytes: usage.totalBytes,
    peakBytes: usage.peakBytes,
    reservedBytes: usage.reservedBytes,
    // Free blocks count as resident, as MEMORY STATS has it.
    reservedResidentBytes: usage.reservedBytes,
    residentBytes: instance.facts.usage().residentBytes,
    clientsBytes: usage.clientsBytes,
    clients: clients.sessions.size - replicas,
    replicasBytes: usage.replicasBytes,
    replicas,
    scripts: scripts.cache.size,
  };
  reply.verbatim("txt", diagnose(signs));
}

/** MEMORY MALLOC-STATS: the arena per database. */
const MEMORY_MALLOC_STATS: Command = {
  ...COMMON,
  consultsNoData: true,
  name: "malloc-stats",
  arity: 2,
  tips: REPORT_TIPS,
  complexity: "O(N) in the number of databases",
  summary: "Shows the figures of the allocator",
  handler: memoryMallocStats,
};

function memoryMallocStats(call: Call): void {
  const lines = call.instance.data.databases.map(
    (one, index) =>
      `db${index}: ${one.usedBytes} bytes in use, ${one.reservedBytes} bytes reserved\n`,
  );
  call.reply.verbatim("txt", lines.join(""));
}

/**
 * MEMORY PURGE: what removed values have left is freed to the end, and buffers that nobody uses are
 * given back. Segments go back by themselves when their last block is freed.
 */
const MEMORY_PURGE: Command = {
  ...COMMON,
  consultsNoData: true,
  name: "purge",
  arity: 2,
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  complexity: "O(1)",
  summary: "Asks the allocator to give free memory back",
  handler: memoryPurge,
};

function memoryPurge({ instance, reply }: Call): void {
  while (instance.data.reclaim(PURGED_AT_ONCE));
  instance.clients.large.trim();
  reply.ok();
}

const HELP: readonly HelpEntry[] = [
  ["DOCTOR", "Report problems with memory."],
  ["MALLOC-STATS", "Show the figures of the allocator."],
  ["PURGE", "Ask the allocator to give free memory back."],
  ["STATS", "Show where the memory goes."],
  [
    "USAGE <key> [SAMPLES <count>]",
    "Show how many bytes <key> and its value take. Of nested values, <count>",
    "are measured (default: 5; 0 means all).",
  ],
];

/** MEMORY and its subcommands. */
export const MEMORY: Command = {
  name: "memory",
  arity: -2,
  flags: [],
  acl: [],
  group: "server",
  since: "4.0.0",
  complexity: "That of the subcommand",
  summary: "Shows where memory goes",
  subcommands: [
    MEMORY_DOCTOR,
    helpSubcommand(HELP, { acl: [], group: "server", since: "4.0.0" }),
    MEMORY_MALLOC_STATS,
    MEMORY_PURGE,
    MEMORY_STATS,
    MEMORY_USAGE,
  ],
};
