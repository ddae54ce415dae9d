/** Keyv with @keyv/redis: namespaces, times to live, many keys at once. */

import KeyvRedis from "@keyv/redis";
import { Keyv } from "keyv";
import { expect, test } from "vitest";
import { atEnd, nodeRedis, serverForTests, upTo } from "./application.ts";
import { startDurableTarget, until } from "./target.ts";

const target = serverForTests();

function keyv(namespace: string, port = target.port, useUnlink = true) {
  const store = new KeyvRedis(`redis://127.0.0.1:${port}`, { useUnlink });
  const cache = new Keyv({ store, namespace, useKeyPrefix: false });
  cache.on("error", () => {});
  atEnd(() => cache.disconnect());
  return cache;
}

test("values of every kind come back as they went", async () => {
  const cache = keyv("kinds");
  const values = [0, -1.5, "", "größer\r\n", true, null, [1, [2]], { a: { b: ["c"] } }];
  for (const [i, value] of values.entries()) expect(await cache.set(`k${i}`, value)).toBe(true);
  expect(await cache.getMany(values.map((_, i) => `k${i}`))).toEqual(values);
  expect(await cache.get("none")).toBeUndefined();
  await cache.set("bytes", Buffer.from([0, 255]));
  expect(await cache.get("bytes")).toEqual(Buffer.from([0, 255]));
});

test("values end by themselves", async () => {
  const cache = keyv("mortal");
  await cache.set("soon", "v", 300);
  await cache.set("later", "v", 60_000);
  expect(await cache.has("soon")).toBe(true);
  await until("it has ended", async () => !(await cache.has("soon")));
  expect(await cache.get("soon")).toBeUndefined();
  expect(await cache.get("later")).toBe("v");
});

test.each([true, false])(
  "a namespace is emptied without its neighbour (UNLINK: %s)",
  async (unlink) => {
    const [one, other] = [keyv("one", target.port, unlink), keyv("other", target.port, unlink)];
    const entries = upTo(500).map((i) => ({ key: `k${i}`, value: { i } }));
    await one.setMany(entries);
    await other.setMany(entries);
    const found = new Map<string, { i: number }>();
    for await (const [key, value] of one.iterator!("one")) found.set(key, value);
    expect([...found.keys()].sort()).toEqual(entries.map(({ key }) => key).sort());
    expect(await one.deleteMany(["k0", "k1"])).toBe(true);
    expect(await one.has("k0")).toBe(false);
    await one.clear();
    expect(await one.getMany(entries.map(({ key }) => key))).toEqual(entries.map(() => undefined));
    expect(await other.getMany(entries.map(({ key }) => key))).toEqual(
      entries.map(({ value }) => value),
    );
    expect(await (await nodeRedis(target.port)).dbSize()).toBe(500);
  },
);

test("a cache outlives a restart of the server with its log on", async () => {
  const durable = await startDurableTarget();
  const cache = keyv("lasting", durable.port);
  await cache.setMany(upTo(100).map((i) => ({ key: `k${i}`, value: i, ttl: 100_000 })));
  await durable.restart();
  await until("it is back", async () => (await cache.get("k0")) === 0);
  expect(await cache.getMany(upTo(100).map((i) => `k${i}`))).toEqual(upTo(100));
});
