/**
 * INFO's values, Veridis beside redis-server after the same conversation: every field is compared, or
 * it has a reason not to be.
 */
import type { WireClient } from "../../testing/wire/client.ts";

/** Why a field's value is each server's own. */
const OWN: ReadonlyArray<readonly [reason: string, fields: string]> = [
  [
    "the machine, the process, the build and the moment",
    "redis_git_sha1 redis_git_dirty redis_build_id os arch_bits monotonic_clock multiplexing_api " +
      "atomicvar_api gcc_version veridis_version process_id run_id tcp_port server_time_usec " +
      "uptime_in_seconds uptime_in_days lru_clock executable config_file used_cpu_sys used_cpu_user " +
      "used_cpu_sys_children used_cpu_user_children used_cpu_sys_main_thread " +
      "used_cpu_user_main_thread master_replid rdb_last_save_time total_system_memory " +
      "total_system_memory_human",
  ],
  [
    "memory is laid out otherwise",
    "used_memory used_memory_human used_memory_rss used_memory_rss_human used_memory_peak " +
      "used_memory_peak_human used_memory_peak_perc used_memory_overhead used_memory_startup " +
      "used_memory_dataset used_memory_dataset_perc allocator_allocated allocator_active " +
      "allocator_resident allocator_frag_ratio allocator_frag_bytes allocator_rss_ratio " +
      "allocator_rss_bytes rss_overhead_ratio rss_overhead_bytes mem_fragmentation_ratio " +
      "mem_fragmentation_bytes mem_clients_normal mem_allocator client_recent_max_input_buffer " +
      "client_recent_max_output_buffer used_memory_lua used_memory_lua_human used_memory_vm_eval " +
      "used_memory_scripts_eval used_memory_vm_functions used_memory_vm_total " +
      "used_memory_vm_total_human used_memory_functions used_memory_scripts " +
      "used_memory_scripts_human mem_total_replication_buffers mem_replication_backlog",
  ],
  [
    "how input and output are cut into pieces, and how fast",
    "instantaneous_ops_per_sec instantaneous_input_kbps instantaneous_output_kbps " +
      "instantaneous_input_repl_kbps instantaneous_output_repl_kbps total_reads_processed " +
      "total_writes_processed total_net_input_bytes total_net_output_bytes reply_buffer_shrinks " +
      "reply_buffer_expands",
  ],
  [
    "how expired keys are looked for",
    "expired_stale_perc expired_time_cap_reached_count expire_cycle_cpu_milliseconds",
  ],
];

const OWN_FIELDS = new Set(OWN.flatMap(([, fields]) => fields.split(" ")));

/** What is done before INFO is asked, by whom. Nothing of it is up to chance or time. */
export const INFO_CONVERSATION: ReadonlyArray<readonly [who: "one" | "other", line: string]> = [
  ["one", "FLUSHALL"],
  ["one", "SCRIPT FLUSH"],
  ["one", "CONFIG RESETSTAT"],
  ["one", "SET a 1"],
  ["one", "SET b 2 EX 1000"],
  ["one", "GET a"],
  ["one", "MGET a b c"],
  ["one", "GET"],
  ["one", "NOSUCHCOMMAND"],
  ["one", "LPUSH a x"],
  ["one", "LPUSH l x y"],
  ["one", "SELECT 3"],
  ["one", "SET a 1 PX 1"],
  ["one", "SET b 1"],
  ["one", "SELECT 0"],
  ["one", "EVAL return(1) 0"],
  ["one", "EVAL return(redis.call('get','a')) 0"],
  ["one", "EVAL return(redis.call('lpush','a',1)) 0"],
  ["one", "EVAL redis.pcall('lpush','a',1) 0"],
  ["one", "EVAL return(redis.pcall('nosuch')) 0"],
  ["one", "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0"],
  ["one", "MULTI"],
  ["one", "INCR a"],
  ["one", "INCR l"],
  ["one", "EXEC"],
  ["one", "MULTI"],
  ["one", "GET"],
  ["one", "EXEC"],
  ["one", "OBJECT ENCODING a"],
  ["one", "OBJECT NOSUCH"],
  ["one", "CONFIG SET nosuch 1"],
  ["one", "AUTH wrong"],
  ["one", "DEL b nothing"],
  ["one", "UNLINK l"],
  ["other", "SUBSCRIBE one two"],
  ["other", "PSUBSCRIBE p*"],
  ["other", "SSUBSCRIBE s"],
];

/** A server's fields after the conversation, or the reason why a field does not count. */
export async function infoValues(
  one: WireClient,
  other: WireClient,
  ask: (client: WireClient, args: ReadonlyArray<string>) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  for (const [who, line] of INFO_CONVERSATION) {
    await ask(who === "one" ? one : other, line.split(" "));
  }
  // The key whose time is past is gone once somebody has asked for it.
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const line of ["SELECT 3", "EXISTS a", "SELECT 0"]) await ask(one, line.split(" "));
  const info = await ask(one, ["INFO", "everything"]);
  const fields = new Map<string, string>();
  for (const line of info.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 0 || line.startsWith("#") || line.startsWith("txt:")) continue;
    const name = line.slice(0, colon);
    if (name.startsWith("latency_percentiles_usec_")) continue;
    const value = line.slice(colon + 1).replace(/usec=\d+,usec_per_call=[\d.]+/, "usec=(own)");
    fields.set(
      name,
      OWN_FIELDS.has(name) ? "(own)" : value.replace(/avg_ttl=\d+/, "avg_ttl=(own)"),
    );
  }
  return fields;
}
