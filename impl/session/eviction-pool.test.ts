import { expect, test } from "vitest";
import { testInstance } from "../../testing/instance.ts";
import { commands } from "../commands/index.ts";
import { EvictionPool } from "./eviction-pool.ts";

/** Offers `count` keys, of which key `i` has the score `scores[i]`. */
function pooled(scores: readonly number[]) {
  const redis = testInstance(commands);
  const pool = new EvictionPool();
  const keyspace = redis.instance.data.databases[0]!;
  const refOf = (key: string) => keyspace.find(Buffer.from(key), 0, key.length);
  for (const [i, score] of scores.entries()) {
    redis.run(`set k${i} v ex 100`);
    pool.offer(0, keyspace, refOf(`k${i}`), score);
    pool.verifyInvariants();
  }
  const take = (expiring = false): string | null => {
    const ref = pool.takeBest(redis.instance.data.databases, expiring);
    return ref === 0 ? null : redis.instance.data.keyOf(pool.database, ref);
  };
  return { redis, pool, take };
}

test("the best come out first, and the pool keeps sixteen of them", () => {
  const scores = Array.from({ length: 40 }, (_, i) => (i * 7) % 40);
  const { pool, take } = pooled(scores);
  expect(pool.size).toBe(16);
  const best = scores
    .map((score, i) => ({ score, key: `k${i}` }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 16);
  expect(best.map(() => take())).toEqual(best.map(({ key }) => key));
  expect(take()).toBeNull();
});

test("a key that is gone, or that has moved, is passed over", () => {
  const { redis, take } = pooled([1, 2, 3, 4]);
  redis.run("del k3");
  redis.run("rename k2 other");
  expect(take()).toBe("k1");
  expect(take()).toBe("k0");
  expect(take()).toBeNull();
});

test("a key that lives for ever by now is passed over where only mortal ones may go", () => {
  const { redis, take } = pooled([1, 2, 3]);
  redis.run("persist k2");
  redis.run("persist k0");
  expect(take(true)).toBe("k1");
  expect(take(true)).toBeNull();
});
