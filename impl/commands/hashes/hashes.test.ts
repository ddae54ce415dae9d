import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { OOM, refuseBuffers } from "../../../testing/full-memory.ts";
import { testInstance } from "../../../testing/instance.ts";
import { Config } from "../../config/config.ts";
import { findDirective } from "../../config/directives.ts";
import { verifyValues } from "../../types/index.ts";
import { commands } from "../index.ts";

/** So many fields fit a listpack here: a few more make a table, which grows and shrinks. */
const MOST_PACKED = 4;

function start() {
  const config = new Config();
  const limit = findDirective("hash-max-listpack-entries")!;
  expect(config.load(limit, [String(MOST_PACKED)])).toBeNull();
  return testInstance(commands, config);
}

/** The items of a flat array of bulk strings. */
function itemsOf(reply: string): string[] {
  return reply.split("\r\n").filter((_, at) => at > 0 && at % 2 === 0);
}

const field = fc.oneof(
  fc.nat({ max: 200 }).map((n) => `field${n}`),
  fc.nat({ max: 6 }).map(String),
);
const value = fc.constantFrom("v", "12", "-7", "x".repeat(65), "");
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant("hset"), field, value) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("hdel"), field) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("hget"), field) },
);

test("a hash is a map, through growth, conversion and shrinking", () => {
  let tables = 0;
  let emptied = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 150, size: "max" }), (list) => {
      const redis = start();
      const map = new Map<string, string>();
      for (const [name, key, written] of list) {
        const had = map.has(key!);
        if (name === "hget") {
          const expected = had ? `$${map.get(key!)!.length}\r\n${map.get(key!)}\r\n` : "$-1\r\n";
          expect(redis.send("hget", "h", key!)).toBe(expected);
          continue;
        }
        const reply = redis.send(name!, "h", key!, ...(written === undefined ? [] : [written]));
        expect(reply).toBe(name === "hset" ? `:${had ? 0 : 1}\r\n` : `:${had ? 1 : 0}\r\n`);
        if (name === "hset") map.set(key!, written!);
        else map.delete(key!);
        if (map.size === 0) emptied++;
        expect(redis.run("hlen h")).toBe(`:${map.size}\r\n`);
        verifyValues(redis.instance.data.databases[0]!);
      }
      if (redis.run("object encoding h").includes("hashtable")) tables++;
      const items = itemsOf(redis.run("hgetall h"));
      const pairs = items.flatMap((item, at) => (at % 2 === 0 ? [[item, items[at + 1]!]] : []));
      expect(new Map(pairs as [string, string][])).toEqual(map);
    }),
    { numRuns: 60 },
  );
  expect([tables > 5, emptied > 5]).toEqual([true, true]);
});

test("a hash that a scan goes through shows every field that stays", () => {
  const redis = start();
  for (let i = 0; i < 100; i++) redis.run(`hset h stays${i} 1`);
  const seen = new Set<string>();
  let cursor = "0";
  let step = 0;
  do {
    const reply = redis.run(`hscan h ${cursor} count 5`).split("\r\n");
    cursor = reply[2]!;
    for (const word of reply.slice(4)) if (word.startsWith("stays")) seen.add(word);
    for (let i = 0; i < 30; i++) redis.run(`hset h comes${step * 30 + i} 1`);
    if (step % 2 === 1) for (let i = 0; i < 60; i++) redis.run(`hdel h comes${i + step * 20}`);
    step++;
  } while (cursor !== "0" && step < 500);
  expect(cursor).toBe("0");
  expect(seen.size).toBe(100);
});

test("HINCRBY and HINCRBYFLOAT journal what they have made of a float", () => {
  const redis = start();
  redis.script("hset h n 10", "hincrby h n 5", "hincrbyfloat h n 0.5");
  expect(redis.effects()).toEqual([
    ...["SELECT 0", "hset h n 10", "hincrby h n 5"],
    "HSET h n 15.5",
  ]);
});

afterEach(() => vi.unstubAllGlobals());

const HUGE = "x".repeat(700_000);

test("HSET keeps the pairs that found memory, and its effect says which", () => {
  const redis = start();
  redis.run("hset h a 0");
  redis.run("hset other a 0");
  redis.effects();
  refuseBuffers(500_000);
  expect(redis.send("hset", "h", "a", "1", "b", HUGE, "c", "3")).toBe(OOM);
  expect(redis.effects()).toEqual(["HSET h a 1"]);
  expect(redis.run("hmget h a b c")).toBe("*3\r\n$1\r\n1\r\n$-1\r\n$-1\r\n");
  expect(redis.send("hset", "new", "a", HUGE)).toBe(OOM);
  expect(redis.send("hsetnx", "new", "a", HUGE)).toBe(OOM);
  expect(redis.send("hincrby", HUGE, "a", "1")).toBe(OOM);
  expect(redis.send("hincrbyfloat", "other", HUGE, "1")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(redis.script("dbsize", "hgetall other")).toEqual([
    "dbsize => :2",
    "hgetall other => *2 $1 a $1 0",
  ]);
});

test("HRANDFIELD gives different fields, as many as it is asked for, or as there are", () => {
  const redis = start();
  for (let i = 0; i < 60; i++) redis.run(`hset h ${i} v${i}`);
  redis.run("hset small a 1 b 2 c 3 d 4");
  for (const [key, size] of [
    ["h", 60],
    ["small", 4],
  ] as const) {
    for (const count of [1, 2, 3, 15, 19, 20, 21, 59, 60, 61, 1000]) {
      const fields = itemsOf(redis.run(`hrandfield ${key} ${count}`));
      expect([fields.length, new Set(fields).size]).toEqual(Array(2).fill(Math.min(count, size)));
      const pairs = itemsOf(redis.run(`hrandfield ${key} ${-count} withvalues`));
      expect(pairs.length).toBe(count * 2);
    }
  }
});

test.each([
  [60, 2],
  [60, 20],
  [4, 1],
  [4, 3],
])("of %i fields HRANDFIELD draws each as often, %i at a time", (size, count) => {
  const redis = start();
  for (let i = 0; i < size; i++) redis.run(`hset h ${i} v`);
  const drawn = Array<number>(size).fill(0);
  for (let left = 3000; left > 0; left -= count) {
    for (const field of itemsOf(redis.run(`hrandfield h ${count}`))) drawn[Number(field)]!++;
  }
  const expected = drawn.reduce((sum, n) => sum + n) / size;
  const chiSquare = drawn.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // So much is left behind less than once in a million runs.
  expect(chiSquare).toBeLessThan(size === 4 ? 35 : 130);
});

test("a hash that becomes a table keeps its expiry and its idle time, and follows CONFIG SET", () => {
  const redis = start();
  redis.script("hset h a 1 b 2", "expire h 100");
  redis.clock.advance(7000);
  expect(redis.run("object idletime h")).toBe(":7\r\n");
  redis.run("config set hash-max-listpack-entries 2 hash-max-listpack-value 3");
  redis.run("hset h a 9");
  expect(redis.run("object encoding h")).toBe("$8\r\nlistpack\r\n");
  redis.run("hset h c 3");
  expect(redis.script("object encoding h", "ttl h", "hget h b")).toEqual([
    "object encoding h => $9 hashtable",
    "ttl h => :93",
    "hget h b => $1 2",
  ]);
  redis.script("hset short a 123", "hset long a 1234", "hincrby long2 a 1000");
  expect(redis.script("object encoding short", "object encoding long")).toEqual([
    "object encoding short => $8 listpack",
    "object encoding long => $9 hashtable",
  ]);
  expect(redis.run("object encoding long2")).toBe("$9\r\nhashtable\r\n");
});
