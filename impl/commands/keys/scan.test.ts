import { describe, expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { strings } from "../strings/index.ts";
import { transactions } from "../transactions/index.ts";
import { keys } from "./index.ts";

function start(count = 0): TestInstance {
  const redis = testInstance([...strings, ...keys, ...transactions]);
  for (let i = 0; i < count; i++) redis.run(`set key:${i} v`);
  redis.effects();
  return redis;
}

/** One SCAN: the next cursor and the keys. */
function step(redis: TestInstance, line: string): { cursor: string; found: string[] } {
  const lines = redis.run(line).trimEnd().split("\r\n");
  expect(lines[0]).toBe("*2");
  return { cursor: lines[2]!, found: lines.slice(4).filter((_, i) => i % 2 === 1) };
}

/** SCAN from the first cursor to the last. */
function scanAll(redis: TestInstance, options = "", between = () => {}): string[] {
  const all: string[] = [];
  let cursor = "0";
  do {
    const next = step(redis, `scan ${cursor}${options}`);
    cursor = next.cursor;
    all.push(...next.found);
    between();
  } while (cursor !== "0");
  return all;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `key:${i}`).sort();
}

describe("SCAN", () => {
  test("returns every key once while nothing changes", () => {
    expect(scanAll(start(300)).sort()).toEqual(names(300));
  });

  test("COUNT sets the size of a step", () => {
    const redis = start(300);
    expect(step(redis, "scan 0").found.length).toBeLessThan(40);
    expect(step(redis, "scan 0 count 1000")).toMatchObject({ cursor: "0" });
    expect(scanAll(redis, " count 1").sort()).toEqual(names(300));
  });

  test("returns what is there throughout, while the table grows and shrinks", () => {
    const redis = start(100);
    let more = 0;
    const grown = scanAll(redis, " count 5", () => {
      for (let n = 0; n < 50 && more < 1000; n++) redis.run(`set more:${more++} v`);
    });
    expect(new Set(grown)).toEqual(new Set([...grown, ...names(100)]));
    const shrunk = scanAll(redis, " count 5", () => {
      for (let n = 0; n < 200 && more > 0; n++) redis.run(`del more:${--more}`);
    });
    expect(new Set(shrunk)).toEqual(new Set([...shrunk, ...names(100)]));
  });

  test("MATCH and TYPE filter", () => {
    const redis = start(100);
    expect(scanAll(redis, " match key:7*").sort()).toEqual(
      names(100).filter((name) => name.startsWith("key:7")),
    );
    expect(scanAll(redis, " MATCH * TYPE String")).toHaveLength(100);
    expect(scanAll(redis, " type list")).toEqual([]);
    expect(scanAll(redis, " match x match key:1")).toEqual(["key:1"]);
  });

  test("removes and passes over what is past, each an effect of its own", () => {
    const redis = start();
    redis.script("set a v px 10", "set b v px 10", "set c v");
    redis.effects();
    redis.clock.advance(11);
    expect(scanAll(redis)).toEqual(["c"]);
    expect(redis.effects().sort()).toEqual(["DEL a", "DEL b"]);
  });

  test("inside EXEC the removals belong to the transaction", () => {
    const redis = start();
    redis.script("set a v px 10", "set b v px 10");
    redis.effects();
    redis.clock.advance(11);
    redis.script("multi", "scan 0", "exec");
    const effects = redis.effects();
    expect([effects[0], effects.at(-1)]).toEqual(["MULTI", "EXEC"]);
    expect(effects.slice(1, -1).sort()).toEqual(["DEL a", "DEL b"]);
  });

  test("MATCH passes over what is past and does not match", () => {
    const redis = start();
    redis.run("set a v px 10");
    redis.effects();
    redis.clock.advance(11);
    expect(scanAll(redis, " match b")).toEqual([]);
    expect(redis.effects()).toEqual([]);
  });

  test.each([
    ["scan x", "invalid cursor"],
    ["scan 1x", "invalid cursor"],
    ["scan -", "invalid cursor"],
    ["scan 18446744073709551616", "invalid cursor"],
    ["scan x foo", "invalid cursor"],
    ["scan 0 count 0", "syntax error"],
    ["scan 0 count x", "value is not an integer or out of range"],
    ["scan 0 count", "syntax error"],
    ["scan 0 foo bar", "syntax error"],
  ])("%s: %s", (line, error) => {
    expect(start().run(line)).toBe(`-ERR ${error}\r\n`);
  });

  test.each(["", "0", "007", "+5", "-1", "18446744073709551615", "-18446744073709551615"])(
    "'%s' is a cursor",
    (cursor) => {
      expect(start().send("scan", cursor)).toBe("*2\r\n$1\r\n0\r\n*0\r\n");
    },
  );

  test("a cursor does not begin with a space", () => {
    expect(start().send("scan", " 0")).toBe("-ERR invalid cursor\r\n");
  });
});

describe("KEYS", () => {
  test("lists what matches and is not past, and removes nothing", () => {
    const redis = start();
    redis.script("mset one 1 two 2 three 3", "set gone v px 10");
    redis.effects();
    redis.clock.advance(11);
    expect(
      redis
        .run("keys *")
        .match(/[a-z]+/g)
        ?.sort(),
    ).toEqual(["one", "three", "two"]);
    expect(
      redis
        .run("keys t*")
        .match(/[a-z]+/g)
        ?.sort(),
    ).toEqual(["three", "two"]);
    expect(redis.run("keys four")).toBe("*0\r\n");
    expect(redis.effects()).toEqual([]);
  });
});

describe("RANDOMKEY", () => {
  test("draws every key", () => {
    const redis = start(5);
    const drawn = new Set(Array.from({ length: 200 }, () => redis.run("randomkey")));
    expect(drawn.size).toBe(5);
  });

  test("is nil in an empty database, and removes what is past", () => {
    const redis = start();
    redis.script("set a v px 10", "set b v px 10");
    redis.effects();
    redis.clock.advance(11);
    expect(redis.run("randomkey")).toBe("$-1\r\n");
    expect(redis.effects().sort()).toEqual(["DEL a", "DEL b"]);
  });
});
