import { assert } from "../assert.ts";
import type { Config } from "../config/config.ts";
import type { DirectiveName } from "../config/directives.ts";
import type { EncodingLimits } from "../types/limits.ts";
import { Rule } from "./rules.ts";

const ORDERS = ["lru", "lfu", "random", "ttl"] as const;

/** By what keys are chosen for eviction: `none` when none is. */
export type EvictionOrder = (typeof ORDERS)[number] | "none";

/**
 * The configuration values that cores read, as plain fields that follow the configuration, so that
 * the hot path reads no table.
 */
export class Settings implements EncodingLimits {
  /** `databases`. */
  databases = 16;
  /** `lazyfree-lazy-expire`. */
  lazyExpire = false;
  /** `lazyfree-lazy-server-del`: what a command overwrites is freed as UNLINK does. */
  lazyServerDelete = false;
  /** `lazyfree-lazy-user-del`: DEL's work is UNLINK's. */
  lazyUserDelete = false;
  /** `lazyfree-lazy-user-flush`: FLUSHALL and FLUSHDB are ASYNC unless they say SYNC. */
  lazyUserFlush = false;
  /**
   * Redis shares the objects of 0 to 9999: false when `maxmemory` is set and its policy needs an
   * access time for each key. OBJECT REFCOUNT shows it.
   */
  sharedIntegers = true;
  /** Active expiry runs; DEBUG SET-ACTIVE-EXPIRE turns it off. */
  activeExpire = true;
  /** Scripts may run DEBUG: DEBUG SET-DISABLE-DENY-SCRIPTS. */
  scriptsDebug = false;
  /** `maxmemory-policy` is one of the LFU policies. */
  lfu = false;
  /** `lfu-log-factor`. */
  lfuLogFactor = 10;
  /** `lfu-decay-time`, in minutes. */
  lfuDecayMinutes = 1;
  /** `set-max-intset-entries`. */
  setMaxIntsetEntries = 512;
  /** `slowlog-log-slower-than`, in microseconds; negative turns the slow log off. */
  slowlogThresholdUs = 10_000;
  /** `slowlog-max-len`. */
  slowlogMaxLength = 128;
  /** `latency-monitor-threshold`, in milliseconds; 0 turns the monitor off. */
  latencyThresholdMs = 0;
  /** `latency-tracking`. */
  latencyTracking = true;
  /** `list-max-listpack-size`: what a node of a list may hold. */
  listFill = -2;
  /** `stream-node-max-bytes`; 0 for no limit. */
  streamNodeMaxBytes = 4096;
  /** `stream-node-max-entries`; 0 for no limit. */
  streamNodeMaxEntries = 100;
  /** `proto-max-bulk-len`, in bytes. */
  maxBulkBytes = 512 * 1024 * 1024;
  /** `hll-sparse-max-bytes`. */
  sparseMaxBytes = 3000;
  /** The periodic work rests: DEBUG PAUSE-CRON. */
  cronPaused = false;
  /** `maxmemory`, in bytes; 0 for no limit. */
  maxMemoryBytes = 0;
  /** `maxmemory-policy`. */
  evictionPolicy = "noeviction";
  /** By what keys are chosen for eviction; `none` when none is. */
  evictionOrder: EvictionOrder = "none";
  /** Only keys with an expiry are evicted. */
  evictsExpiring = false;
  /** `maxmemory-samples`. */
  evictionSamples = 5;
  /** `maxmemory-eviction-tenacity`. */
  evictionTenacity = 10;
  /** `lazyfree-lazy-eviction`. */
  lazyEviction = false;
  /** `min-replicas-to-write`. */
  minReplicas = 0;
  /** `min-replicas-max-lag`; 0 turns `minReplicas` off. */
  minReplicasMaxLagSeconds = 10;
  /** `hash-max-listpack-entries`. */
  hashMaxListpackEntries = 512;
  /** `hash-max-listpack-value`, in bytes. */
  hashMaxListpackValueBytes = 64;
  /** `zset-max-listpack-entries`. */
  zsetMaxListpackEntries = 128;
  /** `zset-max-listpack-value`, in bytes. */
  zsetMaxListpackValueBytes = 64;
  /** `notify-keyspace-events`, as bits. */
  notifiedEvents = 0;
  /** `tracking-table-max-keys`; 0 for no limit. */
  trackingTableMaxKeys = 1_000_000;
  /** `enable-debug-command`. */
  debugCommand: "no" | "yes" | "local" = "no";

  /** Copies the values now and after each CONFIG SET. */
  constructor(config: Config) {
    const copy = (): undefined => void Object.assign(this, valuesOf(config));
    copy();
    for (const name of FOLLOWED) config.onChange(name, copy);
  }

  /** Throws unless the settings are what the configuration says. */
  verifyInvariants(config: Config): void {
    for (const [name, value] of Object.entries(valuesOf(config))) {
      const found = this[name as keyof Settings];
      assert(found === value, `the setting ${name} is not what the configuration says`);
    }
  }

  /** The rules of admission that the configuration puts in force, as bits: see `rules.ts`. */
  get rules(): number {
    let bits: number = Rule.guarded;
    if (this.maxMemoryBytes > 0) bits |= Rule.memory;
    if (this.minReplicas > 0) bits |= Rule.replicas;
    return bits;
  }

  /** Durations are measured command by command, because somebody asks for short ones. */
  get preciseTiming(): boolean {
    const threshold = this.slowlogThresholdUs;
    return (threshold >= 0 && threshold < PRECISE_BELOW_US) || this.latencyThresholdMs > 0;
  }
}

/** The directives that can change while the server runs and that settings are made of. */
const FOLLOWED: readonly DirectiveName[] = [
  "lazyfree-lazy-expire",
  "lazyfree-lazy-server-del",
  "lazyfree-lazy-user-del",
  "lazyfree-lazy-user-flush",
  "maxmemory",
  "maxmemory-policy",
  "maxmemory-samples",
  "maxmemory-eviction-tenacity",
  "lazyfree-lazy-eviction",
  "lfu-log-factor",
  "lfu-decay-time",
  "set-max-intset-entries",
  "slowlog-log-slower-than",
  "slowlog-max-len",
  "latency-monitor-threshold",
  "latency-tracking",
  "tracking-table-max-keys",
  "stream-node-max-bytes",
  "stream-node-max-entries",
  "list-max-listpack-size",
  "proto-max-bulk-len",
  "hll-sparse-max-bytes",
  "min-replicas-to-write",
  "min-replicas-max-lag",
  "hash-max-listpack-entries",
  "hash-max-listpack-value",
  "zset-max-listpack-entries",
  "zset-max-listpack-value",
  "notify-keyspace-events",
  "enable-debug-command",
];

/** The settings that a configuration makes. */
function valuesOf(config: Config) {
  const policy = config.get("maxmemory-policy");
  const maxMemoryBytes = config.get("maxmemory");
  return {
    databases: config.get("databases"),
    lazyExpire: config.get("lazyfree-lazy-expire"),
    lazyServerDelete: config.get("lazyfree-lazy-server-del"),
    lazyUserDelete: config.get("lazyfree-lazy-user-del"),
    lazyUserFlush: config.get("lazyfree-lazy-user-flush"),
    sharedIntegers: maxMemoryBytes === 0 || !/-l[rf]u$/.test(policy),
    lfu: policy.endsWith("-lfu"),
    lfuLogFactor: config.get("lfu-log-factor"),
    lfuDecayMinutes: config.get("lfu-decay-time"),
    setMaxIntsetEntries: config.get("set-max-intset-entries"),
    slowlogThresholdUs: config.get("slowlog-log-slower-than"),
    slowlogMaxLength: config.get("slowlog-max-len"),
    latencyThresholdMs: config.get("latency-monitor-threshold"),
    latencyTracking: config.get("latency-tracking"),
    trackingTableMaxKeys: Number(config.get("tracking-table-max-keys")),
    listFill: config.get("list-max-listpack-size"),
    streamNodeMaxBytes: config.get("stream-node-max-bytes"),
    streamNodeMaxEntries: config.get("stream-node-max-entries"),
    maxBulkBytes: config.get("proto-max-bulk-len"),
    sparseMaxBytes: config.get("hll-sparse-max-bytes"),
    maxMemoryBytes,
    evictionPolicy: policy,
    evictionOrder: orderOf(policy),
    evictsExpiring: policy.startsWith("volatile-"),
    evictionSamples: config.get("maxmemory-samples"),
    evictionTenacity: config.get("maxmemory-eviction-tenacity"),
    lazyEviction: config.get("lazyfree-lazy-eviction"),
    minReplicas: config.get("min-replicas-to-write"),
    minReplicasMaxLagSeconds: config.get("min-replicas-max-lag"),
    hashMaxListpackEntries: config.get("hash-max-listpack-entries"),
    hashMaxListpackValueBytes: config.get("hash-max-listpack-value"),
    zsetMaxListpackEntries: config.get("zset-max-listpack-entries"),
    zsetMaxListpackValueBytes: config.get("zset-max-listpack-value"),
    notifiedEvents: config.get("notify-keyspace-events"),
    debugCommand: config.get("enable-debug-command"),
  } satisfies Partial<Settings>;
}

/** By what a policy chooses keys. */
function orderOf(policy: string): EvictionOrder {
  return ORDERS.find((order) => policy.endsWith(`-${order}`)) ?? "none";
}

/** A batch of short commands lasts less than this; longer ones cannot hide in it. */
const PRECISE_BELOW_US = 1000;
