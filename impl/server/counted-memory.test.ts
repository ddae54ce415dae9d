/** What clients take counts against `maxmemory` from the moment on at which they take it. */
import { expect, test } from "vitest";
import { TestServer } from "../../testing/server.ts";

const LIMIT = {
  appendonly: "no",
  maxmemory: "100mb",
  "maxmemory-policy": "allkeys-lru",
};

test("what has arrived of a request counts at once, and no more when its client has gone", () => {
  const server = TestServer.loaded(LIMIT);
  const { eviction } = server.instance;
  const a = server.connect();
  expect(a.ask("PING")).toBe("+PONG\r\n");
  const before = eviction.countedBytes;
  const b = server.connect();
  const pieces = Array.from({ length: 60 }, () => ["$1000", "x".repeat(1000)]);
  b.send("*100", ...pieces.flat());
  server.turn();
  expect(eviction.countedBytes - before).toBeGreaterThan(60_000);
  b.leave();
  server.turn();
  expect(eviction.countedBytes).toBe(before);
});

test("what evictions tell the clients leads to no more of them", () => {
  const server = TestServer.loaded(LIMIT);
  const readers = Array.from({ length: 10 }, () => server.connect());
  for (const reader of readers) reader.ask("HELLO 3", "CLIENT TRACKING ON");
  const a = server.connect();
  const keys = Array.from({ length: 100 }, (_, i) => `${i}${"x".repeat(1000)}`);
  for (const key of keys) a.ask(`SET ${key} v`);
  for (const reader of readers) for (const key of keys) reader.send(`GET ${key}`);
  server.turn();
  const used = Number(/used_memory:(\d+)/.exec(a.ask("INFO memory"))![1]);
  a.ask(`CONFIG SET maxmemory ${used - 20_000}`);
  for (let i = 0; i < 5; i++) a.ask("PING");
  const { evictedKeys } = server.instance.statistics;
  expect(evictedKeys).toBeGreaterThan(10);
  expect(evictedKeys).toBeLessThan(40);
});
