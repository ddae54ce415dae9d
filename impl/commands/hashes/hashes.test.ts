import fc from "fast-check";
import { expect, test } from "vitest";
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
