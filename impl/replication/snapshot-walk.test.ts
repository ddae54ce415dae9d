import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedCommands } from "../../refinement/fuzz/restore/seeds.ts";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { provision } from "../../scripts/provision.ts";
import { type TestInstance, testInstance } from "../../testing/instance.ts";
import { seededRandom } from "../../testing/random.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { datasetDigest } from "../commands/debug/digest.ts";
import { commands } from "../commands/index.ts";
import { RdbWriter } from "../rdb/writer.ts";
import { snapshotHead } from "../session/snapshot-head.ts";
import { SnapshotWriter } from "./rdb.ts";
import { SnapshotWalk } from "./snapshot-walk.ts";

let redis: RedisServer;
let client: WireClient;
let checker: string;
let dumpFile: string;

beforeAll(async () => {
  checker = await provision("redis-check-rdb");
  redis = await startRedis();
  client = await connectClient(redis.port);
  const folder = (await ask(client, "CONFIG", "GET", "dir")).split("\r\n")[4]!;
  dumpFile = join(folder, "dump.rdb");
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
});

/** Keys of every type in three databases, some of which end. */
function filled(): { ours: TestInstance; keys: readonly string[] } {
  const ours = testInstance(commands);
  const keys: string[] = [];
  for (const [i, lines] of seedCommands().entries()) {
    ours.send("SELECT", String(i % 3));
    for (const line of lines) ours.send(...line);
    if (i % 4 === 0) ours.send("PEXPIREAT", "k", "4000000000000");
    ours.send("RENAME", "k", `key:${i}`);
    keys.push(`key:${i}`);
  }
  return { ours, keys };
}

/** What redis-server has after it has loaded the file. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  writeFileSync(dumpFile, bytes);
  expect(execFileSync(checker, [dumpFile], { encoding: "latin1" })).toContain("Checksum OK");
  expect(await ask(client, "DEBUG", "RELOAD", "NOSAVE")).toBe("+OK\r\n");
  return (await ask(client, "DEBUG", "DIGEST")).slice(1, -2);
}

test("what is written between commands is what there was, for redis-server, too", {
  timeout: 120_000,
}, async () => {
  const random = seededRandom(5);
  const below = (bound: number): number => random.nextU32() % bound;
  for (const compresses of [false, true]) {
    const { ours, keys } = filled();
    const { data } = ours.instance;
    const digest = datasetDigest(ours.instance);
    const writer = new RdbWriter(4096, compresses);
    const snapshot = new SnapshotWriter(writer, snapshotHead(ours.instance));
    const walk = new SnapshotWalk(snapshot, data.databases);
    data.walk = walk;
    for (let i = 0; !walk.isDone; i++) {
      const key = keys[below(keys.length)]!;
      const other = keys[below(keys.length)]!;
      const changes = [
        ["SET", key, "changed"],
        ["DEL", key],
        ["RENAME", key, other],
        ["COPY", key, other, "DB", String(below(3)), "REPLACE"],
        ["PERSIST", key],
        ["PEXPIRE", key, "5000000"],
        ["APPEND", key, "more"],
        ["LPUSH", key, "more"],
        ["HSET", key, "more", "1"],
        ["SADD", key, "more"],
        ["ZADD", key, "1", "more"],
        ["SELECT", String(below(3))],
        ["MOVE", key, String(below(3))],
        ["EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", key],
        ["SET", `new:${i}`, "new"],
      ];
      ours.send(...changes[below(changes.length)]!);
      if (i === 20) ours.send("SWAPDB", "0", "1");
      if (i === 40) ours.send("FLUSHDB");
      walk.step(1 + below(8));
    }
    data.walk = null;
    expect(walk.writtenKeys).toBe(walk.totalKeys);
    const bytes = Buffer.concat(snapshot.finish().chunks);
    expect(await digestOf(bytes)).toBe(digest);
    expect(datasetDigest(ours.instance)).not.toBe(digest);
  }
});
