/** INFO: the sections of figures. */
import type { Instance } from "../../session/instance.ts";
import { measureMemory, percent } from "../../session/memory-usage.ts";

const HUMAN_UNITS = ["K", "M", "G", "T", "P"] as const;

/** A size as people read it: `512B`, `1.50K`, `2.00M`. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < HUMAN_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${HUMAN_UNITS[unit]}`;
}

/** A size as two lines: in bytes, and as people read it. */
function sizeLines(name: string, bytes: number): readonly string[] {
  return [`${name}:${bytes}`, `${name}_human:${humanBytes(bytes)}`];
}

/** `# Memory`: what the instance can name; the process' own figure is `used_memory_rss`. */
export function memory(instance: Instance): readonly string[] {
  const usage = measureMemory(instance);
  const { facts, config, statistics } = instance;
  const { residentBytes } = facts.usage();
  const aboveStart = usage.totalBytes - usage.startupBytes;
  const { reservedBytes } = usage;
  const freeBytes = reservedBytes - usage.totalBytes;
  const ratio = usage.totalBytes === 0 ? 1 : residentBytes / usage.totalBytes;
  return [
    ...sizeLines("used_memory", usage.totalBytes),
    ...sizeLines("used_memory_rss", residentBytes),
    ...sizeLines("used_memory_peak", usage.peakBytes),
    `used_memory_peak_perc:${percent(usage.totalBytes, usage.peakBytes).toFixed(2)}%`,
    `used_memory_overhead:${usage.overheadBytes}`,
    `used_memory_startup:${usage.startupBytes}`,
    `used_memory_dataset:${usage.datasetBytes}`,
    `used_memory_dataset_perc:${percent(usage.datasetBytes, aboveStart).toFixed(2)}%`,
    `allocator_allocated:${usage.totalBytes}`,
    `allocator_active:${reservedBytes}`,
    `allocator_resident:${reservedBytes}`,
    ...sizeLines("total_system_memory", facts.systemMemoryBytes),
    ...scriptLines(instance),
    ...sizeLines("maxmemory", config.get("maxmemory")),
    `maxmemory_policy:${config.get("maxmemory-policy")}`,
    `allocator_frag_ratio:${(reservedBytes / usage.totalBytes || 1).toFixed(2)}`,
    `allocator_frag_bytes:${freeBytes}`,
    "allocator_rss_ratio:1.00",
    "allocator_rss_bytes:0",
    `rss_overhead_ratio:${(residentBytes / reservedBytes || 1).toFixed(2)}`,
    `rss_overhead_bytes:${residentBytes - reservedBytes}`,
    `mem_fragmentation_ratio:${ratio.toFixed(2)}`,
    `mem_fragmentation_bytes:${residentBytes - usage.totalBytes}`,
    `mem_not_counted_for_evict:${usage.uncountedBytes}`,
    "mem_replication_backlog:0",
    `mem_total_replication_buffers:${usage.replicaOutputBytes}`,
    `mem_clients_slaves:${usage.replicasBytes}`,
    `mem_clients_normal:${usage.clientsBytes}`,
    "mem_cluster_links:0",
    `mem_aof_buffer:${usage.logBytes}`,
    "mem_allocator:veridis-arena",
    "active_defrag_running:0",
    "lazyfree_pending_objects:0",
    `lazyfreed_objects:${statistics.lazyFreedObjects}`,
  ];
}

/** What scripts and functions take: `vm` is what Lua has in use, which is not counted as used. */
function scriptLines({ data: { libraries }, scripts }: Instance): readonly string[] {
  const vmBytes = scripts.engine.usedBytes;
  const functionVmBytes = scripts.functions.engine.usedBytes;
  const { cache } = scripts;
  return [
    `used_memory_lua:${vmBytes}`,
    `used_memory_vm_eval:${vmBytes}`,
    `used_memory_lua_human:${humanBytes(vmBytes)}`,
    `used_memory_scripts_eval:${cache.bodyBytes}`,
    `number_of_cached_scripts:${cache.size}`,
    `number_of_functions:${libraries.functionCount}`,
    `number_of_libraries:${libraries.size}`,
    `used_memory_vm_functions:${functionVmBytes}`,
    ...sizeLines("used_memory_vm_total", vmBytes + functionVmBytes),
    `used_memory_functions:${libraries.usedBytes}`,
    ...sizeLines("used_memory_scripts", cache.bodyBytes + libraries.usedBytes),
  ];
}

/** `# Stats` */
export function stats({
  statistics,
  peers,
  eviction,
  tracking,
  clients: { subscriptions },
}: Instance): readonly string[] {
  const exceededUs = statistics.evictionExceededUs + eviction.exceededUs;
  const kilobytes = (bytes: number) => (bytes / 1024).toFixed(2);
  return [
    `total_connections_received:${statistics.connectionsReceived}`,
    `total_commands_processed:${statistics.commandsProcessed}`,
    `instantaneous_ops_per_sec:${Math.floor(statistics.commandRate.perSecond)}`,
    `total_net_input_bytes:${statistics.inputBytes}`,
    `total_net_output_bytes:${statistics.outputBytes}`,
    "total_net_repl_input_bytes:0",
    `total_net_repl_output_bytes:${statistics.replicaOutputBytes}`,
    `instantaneous_input_kbps:${kilobytes(statistics.inputRate.perSecond)}`,
    `instantaneous_output_kbps:${kilobytes(statistics.outputRate.perSecond)}`,
    "instantaneous_input_repl_kbps:0.00",
    "instantaneous_output_repl_kbps:0.00",
    `rejected_connections:${statistics.connectionsRejected}`,
    `sync_full:${statistics.fullSyncs}`,
    "sync_partial_ok:0",
    `sync_partial_err:${statistics.partialSyncsRefused}`,
    `expired_keys:${statistics.expiredKeys}`,
    "expired_stale_perc:0.00",
    "expired_time_cap_reached_count:0",
    "expire_cycle_cpu_milliseconds:0",
    `evicted_keys:${statistics.evictedKeys}`,
    `evicted_clients:${statistics.evictedClients}`,
    `total_eviction_exceeded_time:${Math.floor(exceededUs / 1000)}`,
    `current_eviction_exceeded_time:${Math.floor(eviction.exceededUs / 1000)}`,
    `keyspace_hits:${statistics.keyspaceHits}`,
    `keyspace_misses:${statistics.keyspaceMisses}`,
    `pubsub_channels:${subscriptions.channels.size}`,
    `pubsub_patterns:${subscriptions.patterns.size}`,
    `pubsubshard_channels:${subscriptions.shards.size}`,
    "latest_fork_usec:0",
    "total_forks:0",
    `migrate_cached_sockets:${peers.size}`,
    "slave_expires_tracked_keys:0",
    "active_defrag_hits:0",
    "active_defrag_misses:0",
    "active_defrag_key_hits:0",
    "active_defrag_key_misses:0",
    "total_active_defrag_time:0",
    "current_active_defrag_time:0",
    `tracking_total_keys:${tracking.table.size}`,
    `tracking_total_items:${tracking.table.items}`,
    `tracking_total_prefixes:${tracking.broadcasts.size}`,
    `unexpected_error_replies:${statistics.unexpectedErrorReplies}`,
    `total_error_replies:${statistics.errorReplies}`,
    "dump_payload_sanitizations:0",
    `total_reads_processed:${statistics.readsProcessed}`,
    `total_writes_processed:${statistics.writesProcessed}`,
    "io_threaded_reads_processed:0",
    "io_threaded_writes_processed:0",
    "reply_buffer_shrinks:0",
    "reply_buffer_expands:0",
  ];
}

/** `# Commandstats`: the commands that somebody has called. */
export function commandStats(instance: Instance): readonly string[] {
  return instance.commands.all
    .filter((one) => one.calls > 0 || one.failedCalls > 0 || one.rejectedCalls > 0)
    .map((one) => {
      const perCall = one.calls === 0 ? 0 : one.microseconds / one.calls;
      return (
        `cmdstat_${safeName(one.fullName)}:calls=${one.calls},` +
        `usec=${Math.floor(one.microseconds)},usec_per_call=${perCall.toFixed(2)},` +
        `rejected_calls=${one.rejectedCalls},failed_calls=${one.failedCalls}`
      );
    });
}

/** `# Errorstats`: error replies by code, in the order of the codes. */
export function errorStats({ statistics }: Instance): readonly string[] {
  return [...statistics.errors]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, count]) => `errorstat_${safeName(code)}:count=${count}`);
}

/** `# Latencystats`: percentiles of how long calls take. */
export function latencyStats(instance: Instance): readonly string[] {
  if (!instance.settings.latencyTracking) return [];
  const percentiles = instance.config.get("latency-tracking-info-percentiles");
  return instance.commands.all
    .filter((one) => one.histogram !== null)
    .map((one) => {
      const values = percentiles.map(
        (wanted) => `p${wanted}=${percentileUs(one.histogram!, wanted).toFixed(3)}`,
      );
      return `latency_percentiles_usec_${safeName(one.fullName)}:${values.join(",")}`;
    });
}

/** The bound of the bucket within which the wanted share of the calls lies, in microseconds. */
function percentileUs(histogram: Uint32Array, wanted: number): number {
  let total = 0;
  for (const count of histogram) total += count;
  const needed = Math.max(1, Math.ceil((total * Math.min(100, wanted)) / 100));
  let calls = 0;
  for (let k = 0; k < histogram.length; k++) {
    calls += histogram[k]!;
    if (calls >= needed) return 2 ** k;
  }
  return 0;
}

/** A name as it may stand before the colon of a line. */
function safeName(name: string): string {
  return name.replace(/[#:\r\n]/g, "_");
}
