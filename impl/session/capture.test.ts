import { expect, test } from "vitest";
import { testInstance } from "../../testing/instance.ts";
import { commands } from "../commands/index.ts";
import { RdbWriter } from "../rdb/writer.ts";
import { SnapshotWriter } from "../replication/rdb.ts";
import { SnapshotWalk } from "../replication/snapshot-walk.ts";
import { snapshotHead } from "./snapshot-head.ts";

test.each([
  [
    "of which the last STORE decides",
    ["GEORADIUS", "none", "0", "0", "1", "km", "STORE", "x", "STORE", "k"],
  ],
  ["whose key specs do not fit", ["PFMERGE", "k"]],
  ["that counts its keys wrongly and is an error", ["ZUNIONSTORE", "k", "no", "k"]],
])("a command %s changes no key before the walk has met it", (_, request) => {
  const redis = testInstance(commands);
  redis.run("pfadd k a");
  const { data } = redis.instance;
  const head = snapshotHead(redis.instance);
  const walk = new SnapshotWalk(new SnapshotWriter(new RdbWriter(4096), head), data.databases);
  data.walk = walk;
  redis.send(...request);
  expect(walk.writtenKeys).toBe(1);
});
