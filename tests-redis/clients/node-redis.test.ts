import { randomBytes } from "node:crypto";
import { createClient, createClientPool, ErrorReply, RESP_TYPES, WatchError } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  againstRedis,
  restartVeridis,
  startTarget,
  stopTargets,
  type Target,
  until,
} from "./target.ts";

/** What applications do with node-redis. */

let target: Target;
const opened: Array<{ destroy(): void; readonly isOpen: boolean }> = [];

beforeAll(async () => {
  target = await startTarget();
});

afterAll(() => stopTargets());

afterEach(() => {
  for (const client of opened.splice(0)) if (client.isOpen) client.destroy();
});

describe.each([2, 3] as const)("node-redis in RESP%d", (RESP) => {
  type Options = {
    readonly database?: number;
    readonly name?: string;
    readonly password?: string;
    readonly port?: number;
    readonly reconnectStrategy?: number | false;
  };

  function create({ port = target.port, reconnectStrategy = 10, ...options }: Options = {}) {
    const socket = { port, host: "127.0.0.1", reconnectStrategy };
    const client = createClient({ RESP, socket, ...options });
    client.on("error", () => {});
    opened.push(client);
    return client;
  }

  type Client = ReturnType<typeof create>;

  async function connect(options: Options = {}): Promise<Client> {
    const client = create(options);
    await client.connect();
    return client;
  }

  let redis: Client;

  beforeEach(async () => {
    redis = await connect();
    await redis.flushAll();
  });

  test("speaks the protocol that it was asked for", async () => {
    expect(await redis.sendCommand(["CLIENT", "INFO"])).toContain(` resp=${RESP}`);
  });

  test("strings, counters and several keys at once", async () => {
    expect(await redis.set("a", "1")).toBe("OK");
    expect(await redis.set("a", "2", { condition: "NX" })).toBeNull();
    expect(await redis.set("a", "3", { GET: true })).toBe("1");
    expect(await redis.incrBy("a", 39)).toBe(42);
    expect(await redis.incrByFloat("f", 10.5)).toBe("10.5");
    expect(await redis.append("a", "!")).toBe(3);
    expect(await redis.mSet({ b: "x", c: "" })).toBe("OK");
    expect(await redis.mGet(["a", "b", "c", "none"])).toEqual(["42!", "x", "", null]);
    expect(await redis.mSetNX({ b: "y", d: "z" })).toBe(0);
    expect(await redis.getRange("a", 0, 1)).toBe("42");
    expect(await redis.getDel("b")).toBe("x");
    expect(await redis.lcs("a", "none")).toBe("");
    expect(await redis.exists(["a", "b", "c"])).toBe(2);
    expect(await redis.unlink(["a", "c", "none"])).toBe(2);
  });

  test("keys that end by themselves", async () => {
    await redis.set("soon", "v", { expiration: { type: "PX", value: 30 } });
    await redis.setEx("later", 100, "v");
    expect(await redis.ttl("later")).toBeGreaterThan(90);
    expect(await redis.expire("later", 50, "GT")).toBe(0);
    expect(await redis.persist("later")).toBe(1);
    expect(await redis.ttl("later")).toBe(-1);
    await until("it has ended", async () => (await redis.get("soon")) === null);
    expect(await redis.pTTL("soon")).toBe(-2);
  });

  test("binary keys and values", async () => {
    const binary = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const key = Buffer.from([0, 13, 10, 255, 36, 42, 128]);
    const value = randomBytes(10_000);
    await binary.set(key, value);
    expect((await binary.get(key))?.equals(value)).toBe(true);
    expect((await binary.keys("*"))[0]?.equals(key)).toBe(true);
    expect(await binary.setRange(key, 9_998, Buffer.from([0, 0, 1]))).toBe(10_001);
    expect((await binary.getRange(key, -3, -1))?.equals(Buffer.from([0, 0, 1]))).toBe(true);
  });

  test("values of several megabytes", async () => {
    const binary = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const values = [randomBytes(5_000_000), randomBytes(3_000_001), Buffer.alloc(8_000_000, "v")];
    await Promise.all(values.map((value, i) => binary.set(`big${i}`, value)));
    const back = await Promise.all(values.map((_, i) => binary.get(`big${i}`)));
    expect(back.map((value, i) => value?.equals(values[i]!))).toEqual([true, true, true]);
    expect(await redis.strLen("big1")).toBe(3_000_001);
  });

  test("thousands of commands at once", async () => {
    const sets = Array.from({ length: 3000 }, (_, i) => redis.set(`k${i}`, `v${i}`));
    const gets = Array.from({ length: 3000 }, (_, i) => redis.get(`k${i}`));
    expect(new Set(await Promise.all(sets))).toEqual(new Set(["OK"]));
    expect(await Promise.all(gets)).toEqual(Array.from({ length: 3000 }, (_, i) => `v${i}`));
  });

  test("a transaction, and one that is refused", async () => {
    expect(await redis.multi().set("t", "1").incr("t").get("t").exec()).toEqual(["OK", 2, "2"]);
    await expect(redis.multi().set("s", "x").incr("s").set("s", "z").exec()).rejects.toThrow(
      "1 commands failed",
    );
    expect(await redis.get("s")).toBe("z");
    await expect(redis.multi().set("u", "1").addCommand(["nosuch"]).exec()).rejects.toThrow();
    expect(await redis.exists("u")).toBe(0);
  });

  test("WATCH: a conflict, none, and UNWATCH", async () => {
    const other = await connect();
    await redis.watch("w");
    await other.set("w", "theirs");
    await expect(redis.multi().set("w", "mine").exec()).rejects.toThrow(WatchError);
    expect(await redis.get("w")).toBe("theirs");
    await redis.watch("w");
    expect(await redis.multi().set("w", "mine").exec()).toEqual(["OK"]);
    await redis.watch("w");
    await other.del("w");
    await redis.unwatch();
    expect(await redis.multi().exists("w").exec()).toEqual([0]);
  });

  test("a pool", async () => {
    const socket = { port: target.port, host: "127.0.0.1" };
    const pool = createClientPool({ RESP, socket }, { minimum: 2, maximum: 10 });
    pool.on("error", () => {});
    await pool.connect();
    try {
      const counts = await Promise.all(Array.from({ length: 300 }, () => pool.incr("n")));
      expect(new Set(counts).size).toBe(300);
      expect(Math.max(...counts)).toBe(300);

      let conflicts = 0;
      const add = (): Promise<void> =>
        pool.execute(async (client) => {
          for (;;) {
            await client.watch("count");
            const count = Number(await client.get("count"));
            try {
              await client
                .multi()
                .set("count", count + 1)
                .exec();
              return;
            } catch (error) {
              if (!(error instanceof WatchError)) throw error;
              conflicts++;
            }
          }
        });
      await Promise.all(Array.from({ length: 100 }, add));
      expect(await redis.get("count")).toBe("100");
      expect(conflicts).toBeGreaterThan(0);
    } finally {
      pool.destroy();
    }
  });

  test("databases", async () => {
    const third = await connect({ database: 3 });
    await third.set("k", "v");
    expect(await redis.exists("k")).toBe(0);
    expect(await third.move("k", 0)).toBe(1);
    expect(await redis.copy("k", "k2", { DB: 3 })).toBe(1);
    expect(await third.keys("*")).toEqual(["k2"]);
    await redis.swapDb(0, 3);
    expect(await redis.get("k2")).toBe("v");
  });

  test("a scan finds every key of a large keyspace", async () => {
    const count = 5000;
    await redis.mSet(
      Array.from({ length: count }, (_, i): [string, string] => [
        `${i % 2 === 0 ? "even" : "odd"}:${i}`,
        "v",
      ]),
    );
    const found = new Set<string>();
    for await (const keys of redis.scanIterator({ MATCH: "even:*", COUNT: 100, TYPE: "string" })) {
      for (const key of keys) found.add(key);
    }
    expect(found.size).toBe(count / 2);
    expect(await redis.dbSize()).toBe(count);
  });

  test("errors carry Redis' texts", async () => {
    await expect(redis.sendCommand(["nosuch", "a", "b"])).rejects.toThrow(
      "ERR unknown command 'nosuch', with args beginning with: 'a' 'b' ",
    );
    await expect(redis.sendCommand(["get"])).rejects.toThrow(
      "ERR wrong number of arguments for 'get' command",
    );
    await expect(redis.rename("none", "k")).rejects.toThrow(ErrorReply);
  });

  test("what the server says of itself", async () => {
    expect(await redis.configGet("maxmemory")).toEqual({ maxmemory: "0" });
    expect(await redis.info("server")).toContain("redis_version:7.0.15");
    expect(await redis.commandCount()).toBeGreaterThan(50);
    const me = await redis.clientInfo();
    expect(me).toMatchObject({ db: 0, id: await redis.clientId() });
    const list = await redis.clientList();
    expect(list.map((one) => one.id)).toContain(me.id);
  });

  test("a killed connection comes back with its database and its name", async () => {
    const client = await connect({ database: 2, name: "worker" });
    await client.set("k", "v");
    const before = await client.clientId();
    await redis.clientKill({ filter: "ID", id: before });
    await until("it is back", async () => {
      const id = await client.clientId().catch(() => before);
      return id !== before;
    });
    expect(await client.clientGetName()).toBe("worker");
    expect(await client.get("k")).toBe("v");
  });

  test.skipIf(againstRedis)("a client outlives a restart of the server", async () => {
    const own = await startTarget();
    const client = await connect({ port: own.port });
    await client.set("k", "v");
    await own.stop();
    await until("it has noticed", () => !client.isReady);
    const answer = client.get("k");
    const again = await restartVeridis(own.port);
    expect(await answer).toBeNull();
    client.destroy();
    await again.stop();
  });

  test("passwords", async () => {
    const own = await startTarget({ requirepass: "secret" });
    const right = await connect({ port: own.port, password: "secret" });
    expect(await right.set("k", "v")).toBe("OK");
    const wrong = create({ port: own.port, password: "guess", reconnectStrategy: false });
    await expect(wrong.connect()).rejects.toThrow("WRONGPASS");
    await own.stop();
  });

  test("closing waits for what is under way", async () => {
    const client = await connect();
    const answers = Array.from({ length: 100 }, () => client.incr("n"));
    await client.close();
    expect((await Promise.all(answers)).at(-1)).toBe(100);
    expect(client.isOpen).toBe(false);
  });
});
