import { randomBytes } from "node:crypto";
import { Redis, type RedisOptions } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  againstRedis,
  restartVeridis,
  startTarget,
  stopTargets,
  type Target,
  until,
} from "./target.ts";

/** What applications do with ioredis. */

let target: Target;
const clients: Redis[] = [];

beforeAll(async () => {
  target = await startTarget();
});

afterAll(() => stopTargets());

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
});

describe.each([2, 3] as const)("ioredis in RESP%d", (protocol) => {
  let redis: Redis;

  function connect(options: Omit<RedisOptions, "replyMapping"> = {}): Redis {
    const client = new Redis({ port: target.port, host: "127.0.0.1", protocol, ...options });
    client.on("error", () => {});
    clients.push(client);
    return client;
  }

  beforeEach(async () => {
    redis = connect();
    await redis.flushall();
  });

  test("speaks the protocol that it was asked for", async () => {
    expect(await redis.client("INFO")).toContain(` resp=${protocol}`);
  });

  test("strings, counters and several keys at once", async () => {
    expect(await redis.set("a", "1")).toBe("OK");
    expect(await redis.set("a", "2", "NX")).toBeNull();
    expect(await redis.set("a", "3", "GET")).toBe("1");
    expect(await redis.incrby("a", 39)).toBe(42);
    expect(await redis.incrbyfloat("f", "0.1")).toBe("0.1");
    expect(await redis.append("a", "!")).toBe(3);
    expect(await redis.mset({ b: "x", c: "" })).toBe("OK");
    expect(await redis.mget("a", "b", "c", "none")).toEqual(["42!", "x", "", null]);
    expect(await redis.getrange("a", 0, 1)).toBe("42");
    expect(await redis.getdel("b")).toBe("x");
    expect(await redis.exists("a", "b", "c")).toBe(2);
    expect(await redis.del("a", "c", "none")).toBe(2);
  });

  test("keys that end by themselves", async () => {
    await redis.set("soon", "v", "PX", 30);
    await redis.setex("later", 100, "v");
    expect(await redis.ttl("later")).toBeGreaterThan(90);
    expect(await redis.persist("later")).toBe(1);
    expect(await redis.ttl("later")).toBe(-1);
    await until("it has ended", async () => (await redis.get("soon")) === null);
    expect(await redis.pttl("soon")).toBe(-2);
  });

  test("binary keys and values", async () => {
    const key = Buffer.from([0, 13, 10, 255, 36, 42, 128]);
    const value = randomBytes(10_000);
    await redis.set(key, value);
    expect(await redis.getBuffer(key)).toEqual(value);
    expect((await redis.keysBuffer("*"))[0]).toEqual(key);
    expect(await redis.setrange(key, 9_998, Buffer.from([0, 0, 1]))).toBe(10_001);
    expect((await redis.getrangeBuffer(key, -3, -1)).equals(Buffer.from([0, 0, 1]))).toBe(true);
    expect((await redis.mgetBuffer(key, "none"))[1]).toBeNull();
  });

  test("values of several megabytes", async () => {
    const values = [randomBytes(5_000_000), randomBytes(3_000_001), Buffer.alloc(8_000_000, "v")];
    await Promise.all(values.map((value, i) => redis.set(`big${i}`, value)));
    const back = await Promise.all(values.map((_, i) => redis.getBuffer(`big${i}`)));
    expect(back.map((value, i) => value?.equals(values[i]!))).toEqual([true, true, true]);
    expect(await redis.strlen("big1")).toBe(3_000_001);
  });

  test("a pipeline of thousands, with an error among them", async () => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 3000; i++) pipeline.set(`k${i}`, `v${i}`);
    pipeline.incr("k7");
    for (let i = 0; i < 3000; i++) pipeline.get(`k${i}`);
    const results = (await pipeline.exec()) ?? [];
    expect(results).toHaveLength(6001);
    expect(results[3000]?.[0]?.message).toBe("ERR value is not an integer or out of range");
    expect(results.slice(3001).map(([, value]) => value)).toEqual(
      Array.from({ length: 3000 }, (_, i) => `v${i}`),
    );
  });

  test("automatic pipelining", async () => {
    const auto = connect({ enableAutoPipelining: true });
    const values = await Promise.all(Array.from({ length: 500 }, () => auto.incr("n")));
    expect(values).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  });

  test("a transaction, and one that is refused", async () => {
    expect(await redis.multi().set("t", "1").incr("t").get("t").exec()).toEqual([
      [null, "OK"],
      [null, 2],
      [null, "2"],
    ]);
    const failing = await redis.multi().set("s", "x").incr("s").set("s", "y").exec();
    expect(failing?.[1]?.[0]?.message).toBe("ERR value is not an integer or out of range");
    expect(await redis.get("s")).toBe("y");
    await expect(redis.multi().set("u", "1").call("nosuch").exec()).rejects.toThrow(
      "EXECABORT Transaction discarded because of previous errors.",
    );
    expect(await redis.exists("u")).toBe(0);
  });

  test("WATCH: a conflict, none, and UNWATCH", async () => {
    const other = connect();
    await redis.watch("w");
    await other.set("w", "theirs");
    expect(await redis.multi().set("w", "mine").exec()).toBeNull();
    expect(await redis.get("w")).toBe("theirs");
    await redis.watch("w");
    expect(await redis.multi().set("w", "mine").exec()).toEqual([[null, "OK"]]);
    await redis.watch("w");
    await other.del("w");
    await redis.unwatch();
    expect(await redis.multi().exists("w").exec()).toEqual([[null, 0]]);
  });

  test("a pool of clients that count with optimistic locks loses no update", async () => {
    const pool = Array.from({ length: 8 }, () => connect());
    let conflicts = 0;
    const add = async (client: Redis): Promise<void> => {
      for (;;) {
        await client.watch("count");
        const count = Number(await client.get("count"));
        const result = await client
          .multi()
          .set("count", count + 1)
          .exec();
        if (result !== null) return;
        conflicts++;
      }
    };
    await Promise.all(
      pool.map(async (client) => {
        for (let i = 0; i < 25; i++) await add(client);
      }),
    );
    expect(await redis.get("count")).toBe("200");
    expect(conflicts).toBeGreaterThan(0);
  });

  test("databases and key prefixes", async () => {
    const third = connect({ db: 3, keyPrefix: "app:" });
    await third.set("k", "v");
    expect(await redis.get("app:k")).toBeNull();
    await redis.select(3);
    expect(await redis.keys("*")).toEqual(["app:k"]);
    expect(await redis.move("app:k", 0)).toBe(1);
    expect(await third.exists("k")).toBe(0);
  });

  test("scripts of its own: a rate limiter and a lock", async () => {
    redis.defineCommand("limit", {
      numberOfKeys: 1,
      lua: `local n = redis.call("INCR", KEYS[1])
            if n == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
            return {n, redis.call("PTTL", KEYS[1])}`,
    });
    redis.defineCommand("unlock", {
      numberOfKeys: 1,
      lua: `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`,
    });
    type Scripted = Redis & {
      limit(key: string, ms: number): Promise<[number, number]>;
      unlock(key: string, token: string): Promise<number>;
    };
    const scripted = redis as Scripted;
    const counts = await Promise.all(
      Array.from({ length: 20 }, () => scripted.limit("calls", 60_000)),
    );
    expect(counts.map(([count]) => count)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(counts.every(([, ttl]) => ttl > 0 && ttl <= 60_000)).toBe(true);
    await redis.set("lock", "mine", "PX", 60_000, "NX");
    expect(await scripted.unlock("lock", "other")).toBe(0);
    await redis.script("FLUSH");
    expect(await scripted.unlock("lock", "mine")).toBe(1);
    const reply = await redis.eval(
      "return cjson.encode({KEYS, ARGV, nested = {1, 2}})",
      1,
      "k",
      "v",
    );
    expect(JSON.parse(String(reply))).toEqual({ 1: ["k"], 2: ["v"], nested: [1, 2] });
    await expect(redis.eval("error('no')", 0)).rejects.toThrow("no");
  });

  test("a scan finds every key of a large keyspace", async () => {
    const count = 5000;
    const pipeline = redis.pipeline();
    for (let i = 0; i < count; i++) pipeline.set(`${i % 2 === 0 ? "even" : "odd"}:${i}`, i);
    await pipeline.exec();
    const found = new Set<string>();
    for await (const keys of redis.scanStream({ match: "even:*", count: 100, type: "string" })) {
      for (const key of keys as string[]) found.add(key);
    }
    expect(found.size).toBe(count / 2);
    expect(await redis.dbsize()).toBe(count);
  });

  test("errors carry Redis' texts", async () => {
    await expect(redis.call("nosuch", "a", "b")).rejects.toThrow(
      "ERR unknown command 'nosuch', with args beginning with: 'a' 'b' ",
    );
    await expect(redis.call("get")).rejects.toThrow(
      "ERR wrong number of arguments for 'get' command",
    );
    await expect(redis.call("set", "k", "v", "EX", "0")).rejects.toThrow(
      "ERR invalid expire time in 'set' command",
    );
    await expect(redis.rename("none", "k")).rejects.toThrow("ERR no such key");
  });

  test("a killed connection comes back with its database and its name", async () => {
    const client = connect({ db: 2, connectionName: "worker", retryStrategy: () => 10 });
    await client.set("k", "v");
    const before = await client.client("ID");
    expect(await redis.client("KILL", "ID", before)).toBe(1);
    await until("it is back", async () => {
      const id = await client.client("ID").catch(() => before);
      return id !== before;
    });
    expect(await client.client("GETNAME")).toBe("worker");
    expect(await client.get("k")).toBe("v");
  });

  test("commands under way when the connection breaks are sent again", async () => {
    const client = connect({ retryStrategy: () => 10, autoResendUnfulfilledCommands: true });
    await redis.client("PAUSE", 300, "WRITE");
    const id = await client.client("ID");
    const answer = client.set("resent", "yes");
    await until("it waits", async () => String(await redis.client("LIST")).includes("cmd=set"));
    await redis.client("KILL", "ID", id);
    expect(await answer).toBe("OK");
    expect(await redis.get("resent")).toBe("yes");
  });

  test.skipIf(againstRedis)("a client outlives a restart of the server", async () => {
    const own = await startTarget();
    const client = connect({ port: own.port, retryStrategy: () => 20, maxRetriesPerRequest: null });
    await client.set("k", "v");
    await own.stop();
    const answer = client.get("k");
    const again = await restartVeridis(own.port);
    expect(await answer).toBeNull();
    client.disconnect();
    await again.stop();
  });

  test("passwords", async () => {
    const own = await startTarget({ requirepass: "secret" });
    const right = connect({ port: own.port, password: "secret" });
    expect(await right.set("k", "v")).toBe("OK");
    const none = connect({ port: own.port, retryStrategy: () => null });
    await expect(none.get("k")).rejects.toThrow("NOAUTH");
    const wrong = connect({ port: own.port, password: "guess", retryStrategy: () => null });
    await expect(wrong.get("k")).rejects.toThrow(/WRONGPASS|NOAUTH/);
    await own.stop();
  });

  test("a command that takes too long times out, and the connection goes on", async () => {
    const client = connect({ commandTimeout: 100 });
    await redis.client("PAUSE", 400, "WRITE");
    await expect(client.set("k", "v")).rejects.toThrow("Command timed out");
    await redis.client("UNPAUSE");
    expect(await client.ping()).toBe("PONG");
  });

  test("QUIT ends the connection", async () => {
    const client = connect();
    expect(await client.quit()).toBe("OK");
    await until("it has ended", () => client.status === "end");
  });

  test("many clients at once", async () => {
    const pool = Array.from({ length: 100 }, () => connect());
    const results = await Promise.all(pool.map((client, i) => client.set(`c${i}`, i)));
    expect(results.every((result) => result === "OK")).toBe(true);
    expect(await redis.dbsize()).toBe(100);
  });
});

test("RESP3 maps and doubles as JavaScript's own", async () => {
  const client = new Redis({
    port: target.port,
    host: "127.0.0.1",
    protocol: 3,
    replyMapping: "resp3",
  });
  clients.push(client);
  expect(await client.config("GET", "maxmemory")).toEqual({ maxmemory: "0" });
});
