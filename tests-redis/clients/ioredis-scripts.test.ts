/** ioredis: commands that are scripts, pipelines that it makes by itself, and both together. */
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { atEnd, ioredis, serverForTests, upTo } from "./application.ts";

const target = serverForTests();

/** Takes `amount` from an account if it has it; both are logged. */
const TRANSFER = `
local balance = tonumber(redis.call("HGET", KEYS[1], "balance") or "0")
local amount = tonumber(ARGV[1])
if balance < amount then return redis.error_reply("POOR " .. balance) end
redis.call("HINCRBY", KEYS[1], "balance", -amount)
redis.call("HINCRBY", KEYS[2], "balance", amount)
redis.call("RPUSH", KEYS[3], cjson.encode({from = KEYS[1], to = KEYS[2], amount = amount}))
return {balance - amount, redis.call("HGET", KEYS[2], "balance")}`;

interface Banking {
  transfer(from: string, to: string, log: string, amount: number): Promise<[number, string]>;
  echo(...args: Array<string | Buffer | number>): Promise<unknown>;
  echoBuffer(...args: Array<string | Buffer | number>): Promise<Buffer[]>;
  balance(key: string): Promise<number>;
}

function bank(options: { enableAutoPipelining?: boolean; keyPrefix?: string } = {}) {
  const client = new Redis({
    ...{ port: target.port, host: "127.0.0.1" },
    ...options,
    scripts: {
      transfer: { numberOfKeys: 3, lua: TRANSFER },
      echo: { lua: "return {KEYS[1], ARGV[1]}" },
      balance: {
        ...{ numberOfKeys: 1, readOnly: true },
        lua: `return tonumber(redis.call("HGET", KEYS[1], "balance"))`,
      },
    },
  });
  client.on("error", () => {});
  atEnd(() => client.disconnect());
  return client as Redis & Banking;
}

test("concurrent transfers by a script keep the sum and its log", async () => {
  const clients = upTo(4).map(() => bank());
  const accounts = upTo(5).map((i) => `account:${i}`);
  const redis = ioredis(target.port);
  for (const account of accounts) await redis.hset(account, "balance", 100);
  let refused = 0;
  await Promise.all(
    upTo(400).map(async (i) => {
      const [from, to] = [accounts[i % 5]!, accounts[(i * 3 + 1) % 5]!];
      await clients[i % 4]!.transfer(from, to, "log", 1 + ((i * 7) % 60)).catch((error: Error) => {
        expect(error.message).toMatch(/^POOR \d+/);
        refused++;
      });
    }),
  );
  const balances = await Promise.all(accounts.map((account) => clients[0]!.balance(account)));
  expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(500);
  expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
  expect(refused).toBeGreaterThan(0);
  const log = await redis.lrange("log", 0, -1);
  expect(log).toHaveLength(400 - refused);
  const replayed = new Map(accounts.map((account) => [account, 100]));
  for (const line of log) {
    const { from, to, amount } = JSON.parse(line) as { from: string; to: string; amount: number };
    replayed.set(from, replayed.get(from)! - amount);
    replayed.set(to, replayed.get(to)! + amount);
  }
  expect([...replayed.values()]).toEqual(balances);
});

test("a number of keys given with the call, key prefixes, bytes and numbers", async () => {
  const client = bank({ keyPrefix: "app:" });
  expect(await client.echo(1, "key", "argument")).toEqual(["app:key", "argument"]);
  expect(await client.echo(1, "key", 7)).toEqual(["app:key", "7"]);
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  expect(await client.echoBuffer(1, "key", bytes)).toEqual([Buffer.from("app:key"), bytes]);
});

test("a script that the server has forgotten is sent again, in pipelines too", async () => {
  const client = bank();
  await client.hset("a", "balance", 10);
  expect(await client.transfer("a", "b", "log", 1)).toEqual([9, "1"]);
  await client.script("FLUSH");
  expect(await client.transfer("a", "b", "log", 1)).toEqual([8, "2"]);
  await client.script("FLUSH");
  const pipeline = client.pipeline() as unknown as {
    transfer(...args: Array<string | number>): unknown;
    exec(): Promise<Array<[Error | null, unknown]>>;
  };
  for (let i = 0; i < 10; i++) pipeline.transfer("a", "b", "log", 1);
  const results = await pipeline.exec();
  expect(results.slice(0, 8).map(([error]) => error)).toEqual(upTo(8).map(() => null));
  expect(results[7]![1]).toEqual([0, "10"]);
  expect(results[8]![0]?.message).toContain("POOR 0");
});

test("pipelines that it makes by itself keep order, errors and results apart", async () => {
  const client = bank({ enableAutoPipelining: true });
  await client.set("text", "abc");
  const before = Number(/total_reads_processed:(\d+)/.exec(await client.info("stats"))![1]);
  const results = await Promise.allSettled(
    upTo(1000).map((i) =>
      i % 10 === 3
        ? client.incr("text")
        : i % 10 === 7
          ? client.echo(1, "k", i)
          : client.incr("counter"),
    ),
  );
  const after = Number(/total_reads_processed:(\d+)/.exec(await client.info("stats"))![1]);
  const counted = results.filter((_, i) => i % 10 !== 3 && i % 10 !== 7);
  expect(counted.map((result) => result.status === "fulfilled" && result.value)).toEqual(
    upTo(800).map((i) => i + 1),
  );
  for (let i = 3; i < 1000; i += 10) expect(results[i]!.status).toBe("rejected");
  for (let i = 7; i < 1000; i += 10) {
    expect(results[i]).toEqual({ status: "fulfilled", value: ["k", String(i)] });
  }
  // A thousand requests in few reads: they did leave together.
  expect(after - before).toBeLessThan(300);
});

test("transactions with scripts among their commands", async () => {
  const client = bank();
  await client.hset("a", "balance", 10);
  await client.transfer("a", "b", "log", 1);
  const sha = String(await client.script("LOAD", "return redis.call('INCR', KEYS[1])"));
  const result = await client
    .multi()
    .set("n", 1)
    .evalsha(sha, 1, "n")
    .eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, "n", 40)
    .get("n")
    .exec();
  expect(result).toEqual([
    [null, "OK"],
    [null, 2],
    [null, 42],
    [null, "42"],
  ]);
});
