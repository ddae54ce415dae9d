import fc from "fast-check";
import { expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { Config } from "../../config/config.ts";
import { findDirective } from "../../config/directives.ts";
import { verifyValues } from "../../types/index.ts";
import { commands } from "../index.ts";

/** So many integers are an intset here: a few more make a table, which grows and shrinks. */
const MOST_INTEGERS = 4;

function start() {
  const config = new Config();
  const limit = findDirective("set-max-intset-entries")!;
  expect(config.load(limit, [String(MOST_INTEGERS)])).toBeNull();
  return testInstance(commands, config);
}

/** The items of a flat array of bulk strings. */
function itemsOf(reply: string): string[] {
  return reply.split("\r\n").filter((_, at) => at > 0 && at % 2 === 0);
}

const member = fc.oneof(
  { weight: 1, arbitrary: fc.nat({ max: 200 }).map((n) => `member${n}`) },
  { weight: 3, arbitrary: fc.nat({ max: 7 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("40000", "-5000000000", "", "x".repeat(70)) },
);
const operation = fc.tuple(
  fc.constantFrom("sadd", "sadd", "sadd", "srem", "srem", "spop", "sismember", "smove"),
  fc.array(member, { minLength: 1, maxLength: 6 }),
);

test("a set is a set, through growth, conversion and shrinking", () => {
  const forms = new Set<string>();
  let emptied = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 100, size: "max" }), (list) => {
      const redis = start();
      const set = new Set<string>();
      const other = new Set<string>();
      for (const [name, members] of list) {
        const [first] = members as [string, ...string[]];
        const before = set.size;
        if (name === "sadd") {
          for (const one of members) set.add(one);
          expect(redis.send("sadd", "s", ...members)).toBe(`:${set.size - before}\r\n`);
        } else if (name === "srem") {
          for (const one of members) set.delete(one);
          expect(redis.send("srem", "s", ...members)).toBe(`:${before - set.size}\r\n`);
        } else if (name === "spop") {
          const popped = itemsOf(redis.send("spop", "s", String(members.length)));
          for (const one of popped) expect(set.delete(one)).toBe(true);
          expect(popped.length).toBe(Math.min(before, members.length));
        } else if (name === "smove") {
          const moved = set.delete(first);
          if (moved) other.add(first);
          expect(redis.send("smove", "s", "o", first)).toBe(`:${moved ? 1 : 0}\r\n`);
        } else {
          expect(redis.send("sismember", "s", first)).toBe(`:${set.has(first) ? 1 : 0}\r\n`);
        }
        if (set.size === 0) emptied++;
        else forms.add(redis.run("object encoding s"));
        expect(redis.run("scard s")).toBe(`:${set.size}\r\n`);
        verifyValues(redis.instance.data.databases[0]!);
      }
      expect(itemsOf(redis.run("smembers s")).sort()).toEqual([...set].sort());
      expect(itemsOf(redis.run("sunion s o")).sort()).toEqual([...set.union(other)].sort());
      expect(itemsOf(redis.run("sinter s o")).sort()).toEqual([...set.intersection(other)].sort());
      expect(itemsOf(redis.run("sdiff s o")).sort()).toEqual([...set.difference(other)].sort());
      redis.instance.verifyInvariants();
    }),
    { numRuns: 60 },
  );
  expect([forms.size, emptied > 5]).toEqual([2, true]);
});

test("a set that a scan goes through shows every member that stays", () => {
  const redis = start();
  for (let i = 0; i < 100; i++) redis.run(`sadd s stays${i}`);
  const seen = new Set<string>();
  let cursor = "0";
  let step = 0;
  do {
    const reply = redis.run(`sscan s ${cursor} count 5`).split("\r\n");
    cursor = reply[2]!;
    for (const word of reply.slice(4)) if (word.startsWith("stays")) seen.add(word);
    for (let i = 0; i < 30; i++) redis.run(`sadd s comes${step * 30 + i}`);
    if (step % 2 === 1) for (let i = 0; i < 60; i++) redis.run(`srem s comes${i + step * 20}`);
    step++;
  } while (cursor !== "0" && step < 500);
  expect(cursor).toBe("0");
  expect(seen.size).toBe(100);
});

/** Of `counts`, which are equally likely: a value that chance exceeds once in a hundred thousand runs. */
const CHI_SQUARE_99 = 172;

function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

/** A hundred members in each form, and a table that is being rehashed. */
const HUNDREDS = [
  { form: "intset", name: (i: number) => String(i), more: 0 },
  { form: "hashtable", name: (i: number) => `m${i}`, more: 0 },
  { form: "a table that shrinks", name: (i: number) => `m${i}`, more: 1700 },
];

for (const { form, name, more } of HUNDREDS) {
  const filled = () => {
    const redis = testInstance(commands);
    const all = Array.from({ length: 100 }, (_, i) => name(i));
    const passing = Array.from({ length: more }, (_, i) => `passing${i}`);
    redis.send("sadd", "s", ...all, ...passing);
    if (more > 0) redis.send("srem", "s", ...passing);
    return { redis, all };
  };

  test(`each member is drawn as often as any other: ${form}`, () => {
    const { redis, all } = filled();
    for (const [count, times] of [
      [1, 40],
      [-40, 1],
      [10, 4],
      [80, 1],
    ] as const) {
      const drawn = new Map(all.map((one) => [one, 0]));
      for (let i = 0; i < 100 * times; i++) {
        for (const one of itemsOf(redis.run(`srandmember s ${count}`))) {
          drawn.set(one, drawn.get(one)! + 1);
        }
      }
      expect(drawn.size).toBe(100);
      expect(chiSquare([...drawn.values()])).toBeLessThan(CHI_SQUARE_99);
    }
  });

  test(`each member is popped as often as any other: ${form}`, () => {
    const popped = new Map<string, number>();
    const { redis } = filled();
    for (let i = 0; i < 300; i++) {
      redis.run("copy s t replace");
      const names = [...itemsOf(redis.run("spop t 9")), redis.run("spop t").split("\r\n")[1]!];
      expect(new Set(names).size).toBe(10);
      for (const one of names) popped.set(one, (popped.get(one) ?? 0) + 1);
    }
    expect(popped.size).toBe(100);
    expect(chiSquare([...popped.values()])).toBeLessThan(CHI_SQUARE_99);
  });
}

test("what SPOP has drawn is removed by name in a replay; all of it with the key", () => {
  const redis = start();
  redis.script("sadd s a", "spop s", "sadd s a b", "spop s 5", "spop s");
  expect(redis.effects()).toEqual([
    ...["SELECT 0", "sadd s a", "SREM s a"],
    ...["sadd s a b", "DEL s"],
  ]);
});

test("one integer more than the limit makes a table, whether it comes alone or with others", () => {
  const redis = start();
  redis.script("sadd s 1 2 3", "sadd t 1 2 3 4", "sadd u 1 2 3 4 5", "sadd s 4");
  expect(redis.run("object encoding s")).toBe("$6\r\nintset\r\n");
  expect(redis.run("object encoding t")).toBe("$6\r\nintset\r\n");
  expect(redis.run("object encoding u")).toBe("$9\r\nhashtable\r\n");
  redis.script("sadd s 5", "sunionstore v s", "srem u 5", "copy t w");
  expect(redis.run("object encoding s")).toBe("$9\r\nhashtable\r\n");
  expect(redis.run("object encoding v")).toBe("$9\r\nhashtable\r\n");
  expect(redis.run("object encoding u")).toBe("$9\r\nhashtable\r\n");
  expect(redis.run("object encoding w")).toBe("$6\r\nintset\r\n");
});

test("a limit that sinks converts nothing before something is added", () => {
  const redis = start();
  redis.run("sadd s 1 2 3");
  redis.run("config set set-max-intset-entries 1");
  expect(redis.run("object encoding s")).toBe("$6\r\nintset\r\n");
  expect(redis.run("sadd s 1")).toBe(":0\r\n");
  expect(redis.run("object encoding s")).toBe("$6\r\nintset\r\n");
  expect(redis.run("sadd s 4")).toBe(":1\r\n");
  expect(redis.run("object encoding s")).toBe("$9\r\nhashtable\r\n");
});

test("a negative count without end is refused", () => {
  const redis = start();
  redis.run("sadd s a");
  expect(redis.run("srandmember s -9223372036854775807")).toContain("-OOM");
});
