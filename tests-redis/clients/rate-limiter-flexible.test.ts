/** rate-limiter-flexible: limits that hold exactly, however many ask at once. */
import {
  BurstyRateLimiter,
  type IRateLimiterRedisOptions,
  RateLimiterQueue,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import { describe, expect, test } from "vitest";
import { ioredis, nodeRedis, serverForTests, upTo } from "./application.ts";

const target = serverForTests();

const CLIENTS: Record<string, () => Promise<Partial<IRateLimiterRedisOptions>>> = {
  ioredis: async () => ({ storeClient: ioredis(target.port, { enableOfflineQueue: true }) }),
  "node-redis": async () => ({ storeClient: await nodeRedis(target.port), useRedisPackage: true }),
};

/** How many of so many at once are let through, with what is left for each of those. */
async function consumeAll(limiter: RateLimiterRedis, count: number, key = "someone") {
  const outcomes = await Promise.allSettled(upTo(count).map(() => limiter.consume(key)));
  const left: number[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") left.push(outcome.value.remainingPoints);
    // What refuses says so with a result; anything else is an error.
    else expect(outcome.reason).toBeInstanceOf(RateLimiterRes);
  }
  return left;
}

describe.each(Object.keys(CLIENTS))("with %s", (name) => {
  async function limiter(options: Omit<IRateLimiterRedisOptions, "storeClient">) {
    const client = await CLIENTS[name]!();
    return new RateLimiterRedis({ ...client, ...options } as IRateLimiterRedisOptions);
  }

  test("exactly as many as there are points, from several instances at once", async () => {
    const options = { points: 50, duration: 60 };
    const [a, b] = [await limiter(options), await limiter(options)];
    const left = await Promise.all([consumeAll(a, 100), consumeAll(b, 100)]);
    expect(left.flat().sort((x, y) => x - y)).toEqual(upTo(50));
    expect((await a.get("someone"))?.consumedPoints).toBe(200);
    expect(await consumeAll(b, 10, "someone else")).toHaveLength(10);
  });

  test("a window ends, and the next begins whole", async () => {
    const limit = await limiter({ points: 5, duration: 2 });
    expect(await consumeAll(limit, 8)).toHaveLength(5);
    const refused = await limit.consume("someone").catch((result: RateLimiterRes) => result);
    expect(refused.msBeforeNext).toBeGreaterThan(0);
    expect(refused.msBeforeNext).toBeLessThanOrEqual(2000);
    await new Promise((resolve) => setTimeout(resolve, refused.msBeforeNext + 5));
    expect(await consumeAll(limit, 8)).toHaveLength(5);
  });

  test("who asks too often is blocked for longer; penalties, rewards and deletion", async () => {
    const limit = await limiter({ points: 3, duration: 1, blockDuration: 60 });
    expect(await consumeAll(limit, 4)).toHaveLength(3);
    const blocked = await limit.consume("someone").catch((result: RateLimiterRes) => result);
    expect(blocked.msBeforeNext).toBeGreaterThan(1000);
    expect(await limit.delete("someone")).toBe(true);
    expect(await limit.get("someone")).toBeNull();
    await limit.penalty("someone", 2);
    expect((await limit.reward("someone", 1)).consumedPoints).toBe(1);
    expect(await consumeAll(limit, 4)).toHaveLength(2);
    await limit.set("vip", -10, 60);
    expect(await consumeAll(limit, 20, "vip")).toHaveLength(13);
    await limit.block("bad", 60);
    expect(await consumeAll(limit, 1, "bad")).toEqual([]);
  });
});

test("bursts are allowed from a second budget", async () => {
  const storeClient = ioredis(target.port);
  const bursty = new BurstyRateLimiter(
    new RateLimiterRedis({ storeClient, points: 2, duration: 60, keyPrefix: "steady" }),
    new RateLimiterRedis({ storeClient, points: 5, duration: 60, keyPrefix: "burst" }),
  );
  const outcomes = await Promise.allSettled(upTo(20).map(() => bursty.consume("someone")));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(7);
});

test("a queue of requests lets each through when its turn has come", async () => {
  const limit = new RateLimiterRedis({
    ...{ storeClient: ioredis(target.port), points: 5, duration: 1 },
  });
  const queue = new RateLimiterQueue(limit);
  const startedMs = performance.now();
  const atMs = await Promise.all(
    upTo(12).map(async () => {
      await queue.removeTokens(1);
      return performance.now() - startedMs;
    }),
  );
  expect(atMs).toEqual([...atMs].sort((a, b) => a - b));
  for (const [i, ms] of atMs.entries()) {
    expect(ms).toBeGreaterThan(Math.floor(i / 5) * 1000 * 0.95);
  }
});
