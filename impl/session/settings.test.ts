import { expect, test } from "vitest";
import { Config } from "../config/config.ts";
import { Settings } from "./settings.ts";

test.each([
  ["lazyfree-lazy-expire", "yes", "lazyExpire", true],
  ["lazyfree-lazy-user-del", "yes", "lazyUserDelete", true],
  ["lazyfree-lazy-user-flush", "yes", "lazyUserFlush", true],
  ["maxmemory", "1gb", "maxMemoryBytes", 2 ** 30],
  ["maxmemory-policy", "allkeys-lfu", "lfu", true],
  ["lfu-log-factor", "7", "lfuLogFactor", 7],
  ["lfu-decay-time", "5", "lfuDecayMinutes", 5],
  ["slowlog-log-slower-than", "-1", "slowlogThresholdUs", -1],
  ["slowlog-max-len", "3", "slowlogMaxLength", 3],
  ["latency-monitor-threshold", "9", "latencyThresholdMs", 9],
  ["latency-tracking", "no", "latencyTracking", false],
  ["proto-max-bulk-len", "2mb", "maxBulkBytes", 2 ** 21],
  ["min-replicas-to-write", "2", "minReplicas", 2],
  ["min-replicas-max-lag", "3", "minReplicasMaxLagSeconds", 3],
])("CONFIG SET %s is followed", (name, text, setting, value) => {
  const config = new Config();
  const settings = new Settings(config);
  settings.verifyInvariants(config);
  expect(config.setMany([[name, text]], { isLocal: true, isLoading: false })).toBeNull();
  expect(settings[setting as keyof Settings]).toBe(value);
  settings.verifyInvariants(config);
});

test("a setting that is not the configuration's is found", () => {
  const config = new Config();
  const settings = new Settings(config);
  settings.slowlogMaxLength = 1;
  expect(() => settings.verifyInvariants(config)).toThrow("the setting slowlogMaxLength");
});
