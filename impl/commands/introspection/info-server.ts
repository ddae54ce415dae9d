/** INFO: the sections that describe the server. */

import type { AofFacts, Loading } from "../../ports/persistence.ts";
import type { Replica } from "../../replication/replica.ts";
import { goodReplicas } from "../../session/admission.ts";
import type { Instance } from "../../session/instance.ts";
import { replicaAddress } from "../../session/replicas.ts";
import { lastSaveSeconds } from "../../session/snapshot-head.ts";
import { accessSeconds } from "../../session/timing.ts";
import { REDIS_VERSION } from "../../session/version.ts";

/** `# Server` */
export function server(instance: Instance): readonly string[] {
  const { facts, config, statistics } = instance;
  const nowUs = instance.clock.wallUs();
  const uptimeSeconds = secondsBetween(statistics.startedUs, nowUs);
  return [
    `redis_version:${REDIS_VERSION}`,
    "redis_git_sha1:00000000",
    "redis_git_dirty:0",
    "redis_build_id:0",
    `veridis_version:${facts.version}`,
    "redis_mode:standalone",
    `os:${facts.operatingSystem}`,
    `arch_bits:${facts.archBits}`,
    "monotonic_clock:POSIX clock_gettime",
    "multiplexing_api:libuv",
    `process_id:${facts.processId}`,
    "process_supervised:no",
    `run_id:${facts.runId}`,
    `tcp_port:${facts.tcpPort()}`,
    `server_time_usec:${nowUs}`,
    `uptime_in_seconds:${uptimeSeconds}`,
    `uptime_in_days:${Math.floor(uptimeSeconds / 86_400)}`,
    `hz:${config.get("hz")}`,
    `configured_hz:${config.get("hz")}`,
    `lru_clock:${accessSeconds(instance.time.nowMs)}`,
    `executable:${facts.executable}`,
    `config_file:${facts.configFile}`,
    "io_threads_active:0",
  ];
}

function secondsBetween(startUs: number, endUs: number): number {
  return Math.floor(endUs / 1_000_000) - Math.floor(startUs / 1_000_000);
}

/** `# Clients` */
export function clients(instance: Instance): readonly string[] {
  const { recent, sessions } = instance.clients;
  const { inputBytes, outputBytes } = recent.at(instance.time.nowMs);
  return [
    `connected_clients:${sessions.size - instance.feed.replicas.size}`,
    "cluster_connections:0",
    `maxclients:${instance.config.get("maxclients")}`,
    `client_recent_max_input_buffer:${inputBytes}`,
    `client_recent_max_output_buffer:${outputBytes}`,
    `blocked_clients:${instance.clients.waits.size}`,
    `tracking_clients:${instance.tracking.size}`,
    `clients_in_timeout_table:${instance.clients.waits.limitedSize}`,
  ];
}

/** `# Persistence`: nothing is forked, and the fields say so. */
export function persistence(instance: Instance): readonly string[] {
  const { aof, loading, snapshots, writeError } = instance.persistence;
  return [
    `loading:${loading === null ? 0 : 1}`,
    "async_loading:0",
    "current_cow_peak:0",
    "current_cow_size:0",
    "current_cow_size_age:0",
    "current_fork_perc:0.00",
    `current_save_keys_processed:${snapshots.writtenKeys}`,
    `current_save_keys_total:${snapshots.totalKeys}`,
    `rdb_changes_since_last_save:${instance.data.changes.unsaved}`,
    `rdb_bgsave_in_progress:${snapshots.currentSeconds < 0 ? 0 : 1}`,
    `rdb_last_save_time:${lastSaveSeconds(instance)}`,
    `rdb_last_bgsave_status:${snapshots.hasFailed ? "err" : "ok"}`,
    `rdb_last_bgsave_time_sec:${snapshots.lastSeconds}`,
    `rdb_current_bgsave_time_sec:${snapshots.currentSeconds}`,
    `rdb_saves:${snapshots.saves}`,
    "rdb_last_cow_size:0",
    `rdb_last_load_keys_expired:${snapshots.expiredKeys}`,
    `rdb_last_load_keys_loaded:${snapshots.loadedKeys}`,
    `aof_enabled:${aof === null ? 0 : 1}`,
    "aof_rewrite_in_progress:0",
    "aof_rewrite_scheduled:0",
    "aof_last_rewrite_time_sec:-1",
    "aof_current_rewrite_time_sec:-1",
    "aof_last_bgrewrite_status:ok",
    "aof_rewrites:0",
    "aof_rewrites_consecutive_failures:0",
    `aof_last_write_status:${writeError === null ? "ok" : "err"}`,
    "aof_last_cow_size:0",
    "module_fork_in_progress:0",
    "module_fork_last_cow_size:0",
    ...(aof === null ? [] : aofLines(aof)),
    ...(loading === null ? [] : loadingLines(instance, loading)),
  ];
}

function aofLines(aof: AofFacts): readonly string[] {
  return [
    `aof_current_size:${aof.sizeBytes}`,
    `aof_base_size:${aof.baseBytes}`,
    "aof_pending_rewrite:0",
    `aof_buffer_length:${aof.pendingBytes}`,
    `aof_pending_bio_fsync:${aof.isSyncing ? 1 : 0}`,
    `aof_delayed_fsync:${aof.delayedSyncs}`,
  ];
}

function loadingLines(instance: Instance, loading: Loading): readonly string[] {
  const { startedSeconds, totalBytes, loadedBytes } = loading;
  const elapsedSeconds = Math.floor(instance.time.nowMs / 1000) - startedSeconds;
  const etaSeconds =
    loadedBytes === 0 ? 1 : Math.floor((elapsedSeconds * (totalBytes - loadedBytes)) / loadedBytes);
  return [
    `loading_start_time:${startedSeconds}`,
    `loading_total_bytes:${totalBytes}`,
    "loading_rdb_used_mem:0",
    `loading_loaded_bytes:${loadedBytes}`,
    `loading_loaded_perc:${((100 * loadedBytes) / Math.max(1, totalBytes)).toFixed(2)}`,
    `loading_eta_seconds:${etaSeconds}`,
  ];
}

/** `# Replication`: a primary with its replicas. There is no backlog of past writes. */
export function replication(instance: Instance): readonly string[] {
  return [
    "role:master",
    `connected_slaves:${instance.feed.replicas.size}`,
    ...goodReplicasLine(instance),
    ...[...instance.feed.replicas].map((replica, i) => replicaLine(instance, replica, i)),
    "master_failover_state:no-failover",
    `master_replid:${instance.history.id}`,
    `master_replid2:${"0".repeat(40)}`,
    `master_repl_offset:${instance.feed.offset}`,
    "second_repl_offset:-1",
    "repl_backlog_active:0",
    `repl_backlog_size:${instance.config.get("repl-backlog-size")}`,
    "repl_backlog_first_byte_offset:0",
    "repl_backlog_histlen:0",
  ];
}

/** Shown where writes need replicas. */
function goodReplicasLine(instance: Instance): readonly string[] {
  const { minReplicas, minReplicasMaxLagSeconds } = instance.settings;
  if (minReplicas === 0 || minReplicasMaxLagSeconds === 0) return [];
  return [`min_slaves_good_slaves:${goodReplicas(instance)}`];
}

function replicaLine(instance: Instance, replica: Replica, i: number): string {
  const lagMs = replica.online ? instance.time.nowMs - replica.acknowledgedMs : 0;
  return (
    `slave${i}:ip=${replicaAddress(instance, replica)},port=${replica.listeningPort},` +
    `state=${replica.online ? "online" : "send_bulk"},` +
    `offset=${replica.acknowledgedOffset},lag=${Math.floor(lagMs / 1000)}`
  );
}

/** `# CPU` */
export function cpu(instance: Instance): readonly string[] {
  const { userUs, systemUs } = instance.facts.usage();
  return [
    `used_cpu_sys:${seconds(systemUs)}`,
    `used_cpu_user:${seconds(userUs)}`,
    `used_cpu_sys_children:${seconds(0)}`,
    `used_cpu_user_children:${seconds(0)}`,
    `used_cpu_sys_main_thread:${seconds(systemUs)}`,
    `used_cpu_user_main_thread:${seconds(userUs)}`,
  ];
}

function seconds(us: number): string {
  return (us / 1_000_000).toFixed(6);
}

/** `# Keyspace`: the databases that hold keys. */
export function keyspace(instance: Instance): readonly string[] {
  const lines: string[] = [];
  instance.data.databases.forEach((one, database) => {
    if (one.size === 0) return;
    const { size, expiringCount, averageTtlMs } = one;
    lines.push(`db${database}:keys=${size},expires=${expiringCount},avg_ttl=${averageTtlMs}`);
  });
  return lines;
}
