/** rate-limit-redis: express-rate-limit in front of several servers that share one limit. */
import express from "express";
import { rateLimit } from "express-rate-limit";
import { type RedisReply, RedisStore } from "rate-limit-redis";
import { describe, expect, test } from "vitest";
import { ioredis, nodeRedis, serveHttp, serverForTests, upTo } from "./application.ts";

const target = serverForTests();
const LIMIT = 20;

type SendCommand = (...args: string[]) => Promise<RedisReply>;

const CLIENTS: Record<string, () => Promise<SendCommand>> = {
  ioredis: async () => {
    const client = ioredis(target.port);
    return (command, ...args) => client.call(command!, ...args) as Promise<RedisReply>;
  },
  "node-redis": async () => {
    const client = await nodeRedis(target.port);
    return (...args) => client.sendCommand(args);
  },
};

describe.each(Object.keys(CLIENTS))("with %s", (name) => {
  async function limited(windowMs: number) {
    const store = new RedisStore({ sendCommand: await CLIENTS[name]!() });
    const application = express();
    const keyGenerator = (request: express.Request) => request.get("x-user") ?? "nobody";
    application.use(
      rateLimit({ windowMs, limit: LIMIT, standardHeaders: "draft-6", store, keyGenerator }),
    );
    application.get("/", (_, response) => void response.send("served"));
    return { ...(await serveHttp(application)), store };
  }

  async function statuses(urls: readonly string[], count: number, user = "someone") {
    const headers = { "x-user": user };
    const responses = await Promise.all(
      upTo(count).map((i) => fetch(urls[i % urls.length]!, { headers })),
    );
    return responses.map((response) => response.status);
  }

  test("two servers serve exactly as many requests as one may", async () => {
    const [a, b] = [await limited(60_000), await limited(60_000)];
    const seen = await statuses([a.url, b.url], 50);
    expect(seen.filter((status) => status === 200)).toHaveLength(LIMIT);
    expect(seen.filter((status) => status === 429)).toHaveLength(50 - LIMIT);
    expect(await statuses([a.url], 3, "another")).toEqual([200, 200, 200]);
    const response = await fetch(b.url, { headers: { "x-user": "another" } });
    expect(response.headers.get("ratelimit-limit")).toBe(String(LIMIT));
    expect(response.headers.get("ratelimit-remaining")).toBe(String(LIMIT - 4));
    expect(Number(response.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
    await b.store.resetKey("another");
    const anew = await fetch(a.url, { headers: { "x-user": "another" } });
    expect(anew.headers.get("ratelimit-remaining")).toBe(String(LIMIT - 1));
    expect((await b.store.get("another"))?.totalHits).toBe(1);
  });

  test("the next window begins at zero, and a lost script is loaded again", async () => {
    const { url } = await limited(1500);
    await statuses([url], 30);
    const client = ioredis(target.port);
    await client.script("FLUSH");
    expect((await fetch(url, { headers: { "x-user": "someone" } })).status).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, 1600));
    expect(await statuses([url], LIMIT)).toEqual(upTo(LIMIT).map(() => 200));
  });
});
