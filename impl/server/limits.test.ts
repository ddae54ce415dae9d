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

test("a limit that is not the configuration's is found", () => {
  const config = new Config();
  const followed = followLimits(config);
  followed.limits.timeoutSeconds = 1;
  expect(() => verifyLimits(config, followed)).toThrow("limits of another configuration");
});
