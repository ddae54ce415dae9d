/** Redlock: a lock over one server, and over three of which one may be gone. */
import { createRequire } from "node:module";
import type { Redis } from "ioredis";
import { expect, test } from "vitest";
import { ioredis, serverForTests, upTo } from "./application.ts";
import { startTarget } from "./target.ts";

interface Lock {
  readonly value: string;
  readonly expiration: number;
  unlock(): Promise<void>;
  extend(ttlMs: number): Promise<Lock>;
}

interface Redlock {
  lock(resource: string | readonly string[], ttlMs: number): Promise<Lock>;
  on(event: "clientError", listener: (error: Error) => void): void;
}

interface Options {
  readonly retryCount: number;
  readonly retryDelay?: number;
  readonly retryJitter?: number;
}

// It brings no types.
const Constructor = createRequire(import.meta.url)("redlock") as new (
  clients: readonly Redis[],
  options: Options,
) => Redlock;

const target = serverForTests();
const PATIENT = { retryCount: 500, retryDelay: 5, retryJitter: 5 };
const ONCE = { retryCount: 0 };

function redlock(clients: readonly Redis[], options: Options): Redlock {
  const lock = new Constructor(clients, options);
  lock.on("clientError", () => {});
  return lock;
}

test("of many that want a lock one has it at a time", async () => {
  const clients = upTo(5).map(() => ioredis(target.port));
  let inside = 0;
  let turns = 0;
  await Promise.all(
    upTo(25).map(async (i) => {
      const lock = await redlock([clients[i % 5]!], PATIENT).lock("resource", 10_000);
      expect(++inside).toBe(1);
      // Read, wait, write: what goes wrong without a lock.
      const count = Number(await clients[0]!.get("count"));
      await new Promise((resolve) => setTimeout(resolve, 2));
      await clients[0]!.set("count", count + 1);
      turns++;
      inside--;
      await lock.unlock();
    }),
  );
  expect(turns).toBe(25);
  expect(await clients[0]!.get("count")).toBe("25");
  expect(await clients[0]!.exists("resource")).toBe(0);
});

test("a lock ends by itself, is extended, and is not another's to unlock", async () => {
  const client = ioredis(target.port);
  const locks = redlock([client], ONCE);
  const first = await locks.lock("resource", 10_000);
  await expect(locks.lock("resource", 10_000)).rejects.toThrow();
  const extended = await first.extend(60_000);
  expect(await client.pttl("resource")).toBeGreaterThan(30_000);
  await extended.unlock();
  const second = await locks.lock("resource", 50);
  await new Promise((resolve) => setTimeout(resolve, 80));
  const third = await locks.lock("resource", 60_000);
  await second.unlock().catch(() => {});
  expect(await client.get("resource")).toBe(third.value);
  await expect(second.extend(1000)).rejects.toThrow();
});

test("several resources are locked together or not at all", async () => {
  const client = ioredis(target.port);
  const locks = redlock([client], ONCE);
  const both = await locks.lock(["a", "b"], 10_000);
  await expect(locks.lock(["b", "c"], 10_000)).rejects.toThrow();
  expect(await client.exists("c")).toBe(0);
  await both.unlock();
  const other = await locks.lock(["b", "c"], 10_000);
  expect(await client.exists("b", "c")).toBe(2);
  await other.unlock();
});

test("most of three servers are enough", async () => {
  const servers = [await startTarget(), await startTarget(), await startTarget()];
  const clients = servers.map(({ port }) => ioredis(port, { maxRetriesPerRequest: 0 }));
  const locks = redlock(clients, ONCE);
  const lock = await locks.lock("resource", 10_000);
  expect(await Promise.all(clients.map((client) => client.get("resource")))).toEqual(
    upTo(3).map(() => lock.value),
  );
  await servers[0]!.stop();
  await expect(locks.lock("resource", 10_000)).rejects.toThrow();
  await lock.unlock();
  const again = await locks.lock("resource", 10_000);
  await again.unlock();
  await servers[1]!.stop();
  await expect(locks.lock("resource", 10_000)).rejects.toThrow();
  await servers[2]!.stop();
});
