/** cache-manager: what is costly is computed once, in a cache of two tiers. */
import KeyvRedis from "@keyv/redis";
import { createCache } from "cache-manager";
import { Keyv } from "keyv";
import { expect, test } from "vitest";
import { atEnd, nodeRedis, serverForTests, upTo } from "./application.ts";
import { until } from "./target.ts";

const target = serverForTests();

function remote(): Keyv {
  const store = new KeyvRedis(`redis://127.0.0.1:${target.port}`);
  const keyv = new Keyv({ store, namespace: "cache", useKeyPrefix: false });
  keyv.on("error", () => {});
  atEnd(() => keyv.disconnect());
  return keyv;
}

test("a value is computed once by each of many that want it, and kept for the others", async () => {
  const [a, b] = [createCache({ stores: [remote()] }), createCache({ stores: [remote()] })];
  let computed = 0;
  const compute = async (i: number) => {
    computed++;
    return { square: i * i };
  };
  const wanted = upTo(100).map((i) => i % 20);
  const results = await Promise.all(wanted.map((i) => a.wrap(`s:${i}`, () => compute(i), 60_000)));
  expect(results).toEqual(wanted.map((i) => ({ square: i * i })));
  expect(computed).toBe(20);
  const others = await Promise.all(wanted.map((i) => b.wrap(`s:${i}`, () => compute(i), 60_000)));
  expect(others).toEqual(results);
  expect(computed).toBe(20);
});

test("several at once, times to live, deletion", async () => {
  const cache = createCache({ stores: [remote()], ttl: 60_000 });
  await cache.mset(upTo(50).map((i) => ({ key: `k${i}`, value: i })));
  expect(await cache.mget(["k0", "k49", "none"])).toEqual([0, 49, undefined]);
  expect(await cache.ttl("k1")).toBeGreaterThan(Date.now());
  await cache.set("soon", "v", 50);
  await until("it has ended", async () => (await cache.get("soon")) === undefined);
  await cache.mdel(["k0", "k1"]);
  expect(await cache.mget(["k0", "k1", "k2"])).toEqual([undefined, undefined, 2]);
  await cache.clear();
  expect(await (await nodeRedis(target.port)).dbSize()).toBe(0);
});

test("two tiers: the near one first, and refilled from the far one", async () => {
  const [near, far] = [new Keyv(), remote()];
  const cache = createCache({ stores: [near, far] });
  await cache.set("k", "v", 60_000);
  expect(await far.get("k")).toBe("v");
  await near.clear();
  expect(await cache.get("k")).toBe("v");
  let computed = 0;
  const compute = () => ++computed;
  expect(await cache.wrap("c", compute, { ttl: 10_000, refreshThreshold: 9950 })).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  // Close to its end, what is there is given at once and computed anew behind.
  expect(await cache.wrap("c", compute, { ttl: 10_000, refreshThreshold: 9950 })).toBe(1);
  await until("it is new", async () => (await cache.get("c")) === 2);
});
