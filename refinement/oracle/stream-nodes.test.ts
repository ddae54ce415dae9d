/**
 * Where the nodes of streams end, beside redis-server, for every limit that a few entries meet; and
 * what DUMP makes of them.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../../impl/commands/index.ts";
import { testInstance } from "../../testing/instance.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { type RedisServer, startRedis } from "./redis.ts";

let redis: RedisServer;
let client: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
});

/** Commands that go to both, of which every reply must be the same. */
async function same(...lines: readonly (readonly string[])[]): Promise<void> {
  const subject = testInstance(commands);
  await ask(client, "FLUSHALL");
  const usual = ["stream-node-max-bytes", "4096", "stream-node-max-entries", "100"];
  await ask(client, "CONFIG", "SET", ...usual);
  // What is compressed may differ: Redis' compressor finds what an earlier call has left in its table.
  const plain = ["CONFIG", "SET", "rdbcompression", "no"];
  for (const line of [plain, ...lines]) {
    expect([line, subject.send(...line)]).toEqual([line, await ask(client, ...line)]);
  }
}

const ENTRIES: readonly (readonly string[])[] = [
  ["XADD", "x", "1-1", "f", "v"],
  ["XADD", "x", "1-2", "f", "128"],
  ["XADD", "x", "1-300", "f", "w".repeat(11)],
  ["XADD", "x", "70000-0", "g", "", "h", "-1"],
  ["XADD", "x", "70000-1", "f", "9223372036854775807"],
  ["XADD", "x", "18446744073709551615-1", "f", "v"],
  ["XDEL", "x", "1-2"],
];

test("for every number of bytes", async () => {
  for (let most = 40; most < 180; most++) {
    await same(
      ["CONFIG", "SET", "stream-node-max-bytes", String(most)],
      ...ENTRIES,
      ["XINFO", "STREAM", "x"],
      ["DUMP", "x"],
    );
  }
});

test("for every number of entries", async () => {
  for (let most = 0; most < 7; most++) {
    await same(
      ["CONFIG", "SET", "stream-node-max-entries", String(most)],
      ...ENTRIES,
      ["XINFO", "STREAM", "x", "FULL"],
      ["DUMP", "x"],
      ["XTRIM", "x", "MAXLEN", "~", "1"],
      ["XINFO", "STREAM", "x", "FULL"],
    );
  }
});
