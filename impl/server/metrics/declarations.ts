/**
 * The metrics of a server: each declared once, for Prometheus and for the table in the docs.
 *
 * Names, types and labels are those of redis_exporter, whose dashboards read them; what it does not
 * have begins with `veridis_`.
 */
import { goodReplicas } from "../../session/admission.ts";
import type { CommandRecord } from "../../session/command-table.ts";
import type { Instance } from "../../session/instance.ts";

/** Values of one metric, each with the values of its labels in order. */
type Samples = readonly (readonly [value: number, ...labels: readonly string[]])[];

/** A metric. */
export interface MetricDeclaration {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly labels: readonly string[];
  /** Its values now. `info` holds the fields of INFO. */
  readonly read: (instance: Instance, info: ReadonlyMap<string, string>) => Samples;
}

type FieldRow = readonly [name: string, field: string, help: string];

/** A metric that is a field of INFO. */
function field(type: MetricDeclaration["type"], [name, from, help]: FieldRow): MetricDeclaration {
  return {
    name: `redis_${name}`,
    ...{ type, help, labels: [] },
    read: (_, info) => {
      const text = info.get(from);
      return text === undefined ? [] : [[text === "ok" ? 1 : text === "err" ? 0 : Number(text)]];
    },
  };
}

const GAUGES: readonly FieldRow[] = [
  ["uptime_in_seconds", "uptime_in_seconds", "Seconds since the start."],
  ["process_id", "process_id", "Number of the process."],
  ["connected_clients", "connected_clients", "Clients that are connected, replicas left out."],
  ["max_clients", "maxclients", "Most clients at a time."],
  [
    "blocked_clients",
    "blocked_clients",
    "Clients that wait for a key, for replicas or for a pause.",
  ],
  ["tracking_clients", "tracking_clients", "Clients that keep a cache of their own."],
  [
    "clients_in_timeout_table",
    "clients_in_timeout_table",
    "Clients that wait no longer than some time.",
  ],
  [
    "client_recent_max_input_buffer_bytes",
    "client_recent_max_input_buffer",
    "The largest input buffer of a client.",
  ],
  [
    "client_recent_max_output_buffer_bytes",
    "client_recent_max_output_buffer",
    "The largest output buffer of a client.",
  ],
  ["memory_used_bytes", "used_memory", "Memory of keys, values, their index and clients."],
  ["memory_used_rss_bytes", "used_memory_rss", "Resident memory of the process."],
  ["memory_used_peak_bytes", "used_memory_peak", "The most memory that was in use."],
  ["memory_used_overhead_bytes", "used_memory_overhead", "Memory in use that is no data."],
  ["memory_used_startup_bytes", "used_memory_startup", "Memory of the empty databases."],
  ["memory_used_dataset_bytes", "used_memory_dataset", "Memory of keys and values."],
  ["memory_used_lua_bytes", "used_memory_lua", "Memory of the machine that runs scripts."],
  ["memory_used_scripts_bytes", "used_memory_scripts", "Memory of scripts that are kept."],
  ["memory_max_bytes", "maxmemory", "Most memory for data; 0 is no limit."],
  ["number_of_cached_scripts", "number_of_cached_scripts", "Scripts that are kept."],
  ["number_of_functions", "number_of_functions", "Functions that are loaded."],
  ["number_of_libraries", "number_of_libraries", "Libraries of functions that are loaded."],
  ["allocator_active_bytes", "allocator_active", "Memory taken from the system."],
  ["allocator_allocated_bytes", "allocator_allocated", "Memory in use of what was taken."],
  ["allocator_resident_bytes", "allocator_resident", "Resident memory of what was taken."],
  ["allocator_frag_ratio", "allocator_frag_ratio", "Memory taken for each byte in use."],
  ["allocator_frag_bytes", "allocator_frag_bytes", "Memory taken and not in use."],
  ["mem_fragmentation_ratio", "mem_fragmentation_ratio", "Resident memory for each byte in use."],
  ["mem_fragmentation_bytes", "mem_fragmentation_bytes", "Resident memory that is not in use."],
  ["mem_clients_normal", "mem_clients_normal", "Memory of clients."],
  ["mem_clients_slaves", "mem_clients_slaves", "Memory of replicas."],
  ["lazyfree_pending_objects", "lazyfree_pending_objects", "Removed values still to be freed."],
  ["migrate_cached_sockets_total", "migrate_cached_sockets", "Connections that MIGRATE keeps."],
  ["loading_dump_file", "loading", "1 while the data are being loaded."],
  [
    "rdb_changes_since_last_save",
    "rdb_changes_since_last_save",
    "Changes since the last snapshot.",
  ],
  ["rdb_bgsave_in_progress", "rdb_bgsave_in_progress", "1 while a snapshot is being written."],
  ["rdb_last_save_timestamp_seconds", "rdb_last_save_time", "When the last snapshot was written."],
  ["rdb_last_bgsave_status", "rdb_last_bgsave_status", "1 unless the last snapshot failed."],
  ["rdb_last_bgsave_duration_sec", "rdb_last_bgsave_time_sec", "How long the last snapshot took."],
  ["aof_enabled", "aof_enabled", "1 while there is a log."],
  ["aof_rewrite_in_progress", "aof_rewrite_in_progress", "1 while the log is being rewritten."],
  ["aof_last_bgrewrite_status", "aof_last_bgrewrite_status", "1 unless the last rewrite failed."],
  ["aof_last_write_status", "aof_last_write_status", "1 unless the log cannot be written."],
  ["aof_current_size_bytes", "aof_current_size", "Bytes of the log."],
  ["aof_base_size_bytes", "aof_base_size", "Bytes of the log's files that are closed."],
  ["aof_buffer_length", "aof_buffer_length", "Bytes that wait to be written to the log."],
  ["aof_pending_bio_fsync", "aof_pending_bio_fsync", "1 while the log is being synced."],
  ["aof_delayed_fsync", "aof_delayed_fsync", "How often writes waited for a slow sync."],
  ["pubsub_channels", "pubsub_channels", "Channels that somebody listens to."],
  ["pubsub_patterns", "pubsub_patterns", "Patterns that somebody listens to."],
  ["pubsubshard_channels", "pubsubshard_channels", "Shard channels that somebody listens to."],
  ["connected_slaves", "connected_slaves", "Replicas that follow."],
  ["master_repl_offset", "master_repl_offset", "Bytes of the stream of replicas so far."],
  ["second_repl_offset", "second_repl_offset", "The offset of the history before this one."],
  ["replication_backlog_bytes", "repl_backlog_size", "Size of the backlog for replicas."],
  ["repl_backlog_is_active", "repl_backlog_active", "1 while there is a backlog."],
  ["repl_backlog_history_bytes", "repl_backlog_histlen", "Bytes in the backlog."],
  ["replica_resyncs_full", "sync_full", "How often a replica was given everything."],
  ["replica_partial_resync_accepted", "sync_partial_ok", "How often a replica could go on."],
  ["replica_partial_resync_denied", "sync_partial_err", "How often a replica could not go on."],
  ["hz", "hz", "What `hz` says."],
  ["configured_hz", "configured_hz", "What `hz` says."],
];

const COUNTERS: readonly FieldRow[] = [
  ["connections_received_total", "total_connections_received", "Connections that were accepted."],
  ["rejected_connections_total", "rejected_connections", "Connections that were refused."],
  ["commands_processed_total", "total_commands_processed", "Commands that have run."],
  ["net_input_bytes_total", "total_net_input_bytes", "Bytes that have come."],
  ["net_output_bytes_total", "total_net_output_bytes", "Bytes that have left."],
  [
    "net_repl_output_bytes_total",
    "total_net_repl_output_bytes",
    "Bytes that have left to replicas.",
  ],
  ["keyspace_hits_total", "keyspace_hits", "Look-ups of keys that were there."],
  ["keyspace_misses_total", "keyspace_misses", "Look-ups of keys that were not there."],
  ["expired_keys_total", "expired_keys", "Keys that were removed when their time was past."],
  ["evicted_keys_total", "evicted_keys", "Keys that were removed to make room."],
  ["evicted_clients_total", "evicted_clients", "Clients that were closed to make room."],
  ["lazyfreed_objects_total", "lazyfreed_objects", "Values that were freed bit by bit."],
  ["total_error_replies", "total_error_replies", "Replies that were errors."],
  ["unexpected_error_replies", "unexpected_error_replies", "Errors that nobody expected."],
  ["total_reads_processed", "total_reads_processed", "Reads from connections."],
  ["total_writes_processed", "total_writes_processed", "Writes to connections."],
  ["cpu_sys_seconds_total", "used_cpu_sys", "CPU time in the kernel, in seconds."],
  ["cpu_user_seconds_total", "used_cpu_user", "CPU time in the process, in seconds."],
  ["cpu_sys_children_seconds_total", "used_cpu_sys_children", "The same of children: none."],
  ["cpu_user_children_seconds_total", "used_cpu_user_children", "The same of children: none."],
];

/** A metric of each command that somebody has called, subcommands as `config|get`. */
function perCommand(
  name: string,
  help: string,
  value: (record: CommandRecord) => number,
): MetricDeclaration {
  return {
    name: `redis_commands_${name}`,
    ...{ type: "counter", help, labels: ["cmd"] },
    read: ({ commands }) =>
      commands.all
        .filter(({ calls, rejectedCalls, failedCalls }) => calls + rejectedCalls + failedCalls > 0)
        .map((record) => [value(record), record.fullName]),
  };
}

/** A metric of each database that holds keys. */
function perDatabase(
  name: string,
  help: string,
  value: (database: Instance["data"]["databases"][number]) => number,
): MetricDeclaration {
  return {
    name: `redis_db_${name}`,
    ...{ type: "gauge", help, labels: ["db"] },
    read: ({ data }) =>
      data.databases.flatMap((one, i) =>
        one.size === 0 ? [] : ([[value(one), `db${i}`]] as const),
      ),
  };
}

/** A metric of the server as a whole. */
function single(
  name: string,
  type: MetricDeclaration["type"],
  help: string,
  value: (instance: Instance) => number,
): MetricDeclaration {
  return { name, type, help, labels: [], read: (instance) => [[value(instance)]] };
}

const INSTANCE_FACTS = [
  ...["role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy"],
  ...["tcp_port", "run_id", "process_id", "master_replid"],
];

/** Every metric, in the order in which they are shown. */
export const METRICS: readonly MetricDeclaration[] = [
  single("redis_up", "gauge", "1: the server answers.", () => 1),
  {
    name: "redis_instance_info",
    type: "gauge",
    help: "1; the labels say what the server is.",
    labels: INSTANCE_FACTS,
    read: (_, info) => [[1, ...INSTANCE_FACTS.map((name) => info.get(name) ?? "")]],
  },
  single(
    "redis_start_time_seconds",
    "gauge",
    "When the server started, in seconds since the epoch.",
    ({ statistics }) => Math.floor(statistics.startedUs / 1_000_000),
  ),
  single("redis_config_maxclients", "gauge", "What `maxclients` says.", ({ config }) =>
    config.get("maxclients"),
  ),
  single("redis_config_maxmemory", "gauge", "What `maxmemory` says, in bytes.", ({ config }) =>
    config.get("maxmemory"),
  ),
  ...GAUGES.map((row) => field("gauge", row)),
  ...COUNTERS.map((row) => field("counter", row)),
  perDatabase("keys", "Keys of a database.", ({ size }) => size),
  perDatabase(
    "keys_expiring",
    "Keys of a database whose time will pass.",
    (one) => one.expiringCount,
  ),
  perDatabase(
    "avg_ttl_seconds",
    "Time that such keys have left, on average.",
    (one) => one.averageTtlMs / 1000,
  ),
  perCommand("total", "Calls of a command.", ({ calls }) => calls),
  perCommand(
    "duration_seconds_total",
    "Time that its calls took, in seconds.",
    (record) => record.microseconds / 1_000_000,
  ),
  perCommand(
    "rejected_calls_total",
    "Calls that were refused before they ran.",
    (record) => record.rejectedCalls,
  ),
  perCommand("failed_calls_total", "Calls that ran and failed.", ({ failedCalls }) => failedCalls),
  {
    name: "redis_errors_total",
    type: "counter",
    help: "Error replies by their code.",
    labels: ["err"],
    read: ({ statistics }) => [...statistics.errors].map(([code, count]) => [count, code]),
  },
  single(
    "redis_slowlog_length",
    "gauge",
    "Entries of the slow log.",
    ({ slowlog }) => slowlog.length,
  ),
  single(
    "redis_slowlog_last_id",
    "gauge",
    "Number of its newest entry; 0 while it is empty.",
    ({ slowlog }) => slowlog.newest(1)[0]?.id ?? 0,
  ),
  single(
    "redis_last_slow_execution_duration_seconds",
    "gauge",
    "How long its newest entry took, in seconds; 0 while it is empty.",
    ({ slowlog }) => (slowlog.newest(1)[0]?.durationUs ?? 0) / 1_000_000,
  ),
  {
    name: "redis_latency_spike_last",
    type: "gauge",
    help: "When an event of LATENCY was slow last, in seconds since the epoch.",
    labels: ["event_name"],
    read: ({ latency }) =>
      [...latency.events].map(([event, { samples }]) => [samples.at(-1)!.atSeconds, event]),
  },
  {
    name: "redis_latency_spike_duration_seconds",
    type: "gauge",
    help: "How long it took then, in seconds.",
    labels: ["event_name"],
    read: ({ latency }) =>
      [...latency.events].map(([event, { samples }]) => [samples.at(-1)!.latencyMs / 1000, event]),
  },
  single(
    "veridis_good_replicas",
    "gauge",
    "Replicas that were heard within `min-replicas-max-lag`.",
    goodReplicas,
  ),
  single(
    "veridis_log_up",
    "gauge",
    "1 while replies may leave: 0 when the log is poisoned.",
    ({ gate }) => (gate.isUp ? 1 : 0),
  ),
  single("veridis_log_units_total", "counter", "Units that the log has been given.", ({ gate }) =>
    finite(gate.end),
  ),
  single(
    "veridis_log_open_units_total",
    "counter",
    "Units up to which replies may leave.",
    ({ gate }) => finite(gate.gate),
  ),
];

/** A number of a unit: without a log nothing is waited for. */
function finite(unit: number): number {
  return Number.isFinite(unit) ? unit : 0;
}
