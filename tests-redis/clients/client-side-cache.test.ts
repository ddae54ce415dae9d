/** node-redis' client-side cache: what has been read is not asked for again until it changes. */
import { createClient } from "redis";
import { expect, test } from "vitest";
import { atEnd, nodeRedis, serverForTests, upTo } from "./application.ts";
import { until } from "./target.ts";

const target = serverForTests();

async function caching(maxEntries = 0) {
  const client = createClient({
    RESP: 3,
    socket: { port: target.port, host: "127.0.0.1", reconnectStrategy: 20 },
    clientSideCache: { ttl: 0, maxEntries, evictPolicy: "LRU" },
  });
  client.on("error", () => {});
  atEnd(() => client.close());
  await client.connect();
  return client;
}

/** How many GETs the server has executed. */
async function gets(client: Awaited<ReturnType<typeof nodeRedis>>): Promise<number> {
  const count = /cmdstat_get:calls=(\d+)/.exec(await client.info("commandstats"))?.[1];
  return Number(count ?? 0);
}

test("a value is read once, and again when another client has changed it", async () => {
  const [reader, writer] = [await caching(), await nodeRedis(target.port)];
  await writer.set("k", "one");
  const before = await gets(writer);
  for (let i = 0; i < 5; i++) expect(await reader.get("k")).toBe("one");
  expect(await gets(writer)).toBe(before + 1);
  await writer.set("k", "two");
  await until("the change is seen", async () => (await reader.get("k")) === "two");
  expect(await gets(writer)).toBe(before + 2);
});

test("what expires, goes or is emptied is read again", async () => {
  const [reader, writer] = [await caching(), await nodeRedis(target.port)];
  await writer.set("mortal", "v", { expiration: { type: "PX", value: 100 } });
  await writer.set("deleted", "v");
  await writer.set("flushed", "v");
  for (const key of ["mortal", "deleted", "flushed"]) expect(await reader.get(key)).toBe("v");
  await writer.del("deleted");
  await until("it is gone", async () => (await reader.get("deleted")) === null);
  await until("it has expired", async () => (await reader.get("mortal")) === null);
  await writer.flushAll();
  await until("all are gone", async () => (await reader.get("flushed")) === null);
});

test("two caches under writes end with what was written last", async () => {
  const readers = [await caching(), await caching(5)];
  const writer = await nodeRedis(target.port);
  for (let round = 0; round < 20; round++) {
    await Promise.all(upTo(10).map((i) => writer.set(`k${i}`, `${round}`)));
    for (const reader of readers) {
      const seen = await Promise.all(upTo(10).map((i) => reader.get(`k${i}`)));
      for (const value of seen) expect(Number(value)).toBeLessThanOrEqual(round);
    }
  }
  for (const reader of readers) {
    await until("the last value of each", async () => {
      const seen = await Promise.all(upTo(10).map((i) => reader.get(`k${i}`)));
      return seen.every((value) => value === "19");
    });
  }
});
