import type { Config } from "../config/config.ts";
import { Rule } from "./rules.ts";

/**
 * The configuration values that cores read, as plain fields that follow the configuration, so that
 * the hot path reads no table.
 */
export class Settings {
  /** `databases`. */
  databases = 16;
  /** `requirepass`; empty for none. */
  requirePassword = "";
  /** `lazyfree-lazy-expire`. */
  lazyExpire = false;
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
  /** `maxmemory-policy` is one of the LFU policies. */
  lfu = false;
  /** `lfu-log-factor`. */
  lfuLogFactor = 10;
  /** `lfu-decay-time`, in minutes. */
  lfuDecayMinutes = 1;
  /** `slowlog-log-slower-than`, in microseconds; negative turns the slow log off. */
  slowlogThresholdUs = 10_000;
  /** `slowlog-max-len`. */
  slowlogMaxLength = 128;
  /** `latency-monitor-threshold`, in milliseconds; 0 turns the monitor off. */
  latencyThresholdMs = 0;
  /** `latency-tracking`. */
  latencyTracking = true;
  /** `proto-max-bulk-len`, in bytes. */
  maxBulkBytes = 512 * 1024 * 1024;
  /** The periodic work rests: DEBUG PAUSE-CRON. */
  cronPaused = false;
  /** `maxmemory`, in bytes; 0 for no limit. */
  maxMemoryBytes = 0;
  /** `min-replicas-to-write`. */
  minReplicas = 0;
  /** `min-replicas-max-lag`; 0 turns `minReplicas` off. */
  minReplicasMaxLagSeconds = 10;
  /** `enable-debug-command`. */
  debugCommand: "no" | "yes" | "local" = "no";

  /** Copies the values now and after each CONFIG SET. */
  constructor(config: Config) {
    this.databases = config.get("databases");
    config.follow("requirepass", (value) => {
      this.requirePassword = value ?? "";
    });
    config.follow("lazyfree-lazy-expire", (value) => {
      this.lazyExpire = value;
    });
    config.follow("lazyfree-lazy-user-del", (value) => {
      this.lazyUserDelete = value;
    });
    config.follow("lazyfree-lazy-user-flush", (value) => {
      this.lazyUserFlush = value;
    });
    config.follow("maxmemory", (value) => {
      this.maxMemoryBytes = value;
      this.#followSharing(config);
    });
    config.follow("min-replicas-to-write", (value) => {
      this.minReplicas = value;
    });
    config.follow("min-replicas-max-lag", (value) => {
      this.minReplicasMaxLagSeconds = value;
    });
    config.follow("maxmemory-policy", (value) => {
      this.lfu = value.endsWith("-lfu");
      this.#followSharing(config);
    });
    config.follow("lfu-log-factor", (value) => {
      this.lfuLogFactor = value;
    });
    config.follow("lfu-decay-time", (value) => {
      this.lfuDecayMinutes = value;
    });
    config.follow("slowlog-log-slower-than", (value) => {
      this.slowlogThresholdUs = value;
    });
    config.follow("slowlog-max-len", (value) => {
      this.slowlogMaxLength = value;
    });
    config.follow("latency-monitor-threshold", (value) => {
      this.latencyThresholdMs = value;
    });
    config.follow("latency-tracking", (value) => {
      this.latencyTracking = value;
    });
    config.follow("proto-max-bulk-len", (value) => {
      this.maxBulkBytes = value;
    });
    config.follow("enable-debug-command", (value) => {
      this.debugCommand = value;
    });
  }

  #followSharing(config: Config): void {
    const needsAccessTimes = /-l[rf]u$/.test(config.get("maxmemory-policy"));
    this.sharedIntegers = config.get("maxmemory") === 0 || !needsAccessTimes;
  }

  /** The rules of admission that the configuration puts in force, as bits: see `rules.ts`. */
  get rules(): number {
    let bits: number = Rule.guarded;
    if (this.requirePassword !== "") bits |= Rule.authentication;
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

/** A batch of short commands lasts less than this; longer ones cannot hide in it. */
const PRECISE_BELOW_US = 1000;
