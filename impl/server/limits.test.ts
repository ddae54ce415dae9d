import { expect, test } from "vitest";
import { Config } from "../config/config.ts";
import { followLimits, verifyLimits } from "./limits.ts";

test.each([
  ["maxclients", "7"],
  ["timeout", "9"],
  ["client-output-buffer-limit", "normal 10 5 1"],
  ["repl-backlog-size", "1mb"],
  ["proto-max-bulk-len", "2mb"],
  ["client-query-buffer-limit", "3mb"],
  ["maxmemory-clients", "4mb"],
])("CONFIG SET %s is followed", (name, text) => {
  const config = new Config();
  const followed = followLimits(config);
  const before = structuredClone(followed);
  const pairs: [string, string][] = [[name, text]];
  // The backlog counts where the replicas' limit is below it.
  if (name === "repl-backlog-size")
    pairs.unshift(["client-output-buffer-limit", "replica 1000 0 0"]);
  expect(config.setMany(pairs, { isLocal: true, isLoading: false })).toBeNull();
  expect(followed).not.toEqual(before);
  verifyLimits(config, followed);
});

test.each([
  ["0", "1gb", 0],
  ["1mb", "0", 2 ** 20],
  ["1kb", "0", 128 * 1024],
  ["25%", "4mb", 2 ** 20],
  ["25%", "0", 0],
  ["1%", "1mb", 128 * 1024],
])("maxmemory-clients %s of maxmemory %s", (clients, memory, bytes) => {
  const config = new Config();
  const { limits } = followLimits(config);
  const pairs: [string, string][] = [
    ["maxmemory-clients", clients],
    ["maxmemory", memory],
  ];
  expect(config.setMany(pairs, { isLocal: true, isLoading: false })).toBeNull();
  expect(limits.clientsBytes).toBe(bytes);
});

test("a limit that is not the configuration's is found", () => {
  const config = new Config();
  const followed = followLimits(config);
  followed.limits.timeoutSeconds = 1;
  expect(() => verifyLimits(config, followed)).toThrow("limits of another configuration");
});
