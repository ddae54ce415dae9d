import { describe, expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { keys } from "../keys/index.ts";
import { strings } from "../strings/index.ts";
import { transactions } from "../transactions/index.ts";
import { databases } from "./index.ts";

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance([...strings, ...keys, ...databases, ...transactions]);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

const RANGE = "ERR value is out of range, value must between -2147483648 and 2147483647";

test("SELECT chooses; effects name the database when it changes", () => {
  const redis = start();
  redis.script("select 3", "set a 1", "set b 1", "select 0", "set c 1");
  expect(redis.effects()).toEqual(["SELECT 3", "set a 1", "set b 1", "SELECT 0", "set c 1"]);
});

test.each([
  ["select 16", "ERR DB index is out of range"],
  ["select -1", "ERR DB index is out of range"],
  ["select x", "ERR value is not an integer or out of range"],
  ["select 3000000000", RANGE],
])("%s: %s", (line, error) => {
  const redis = start();
  expect(redis.run(line)).toBe(`-${error}\r\n`);
  expect(redis.session.database).toBe(0);
});

test("DBSIZE counts what nobody has met since it was past", () => {
  const redis = start("set a 1", "set b 1 px 10");
  redis.clock.advance(11);
  expect(redis.script("dbsize", "get b", "dbsize")).toEqual([
    "dbsize => :2",
    "get b => $-1",
    "dbsize => :1",
  ]);
});

describe("SWAPDB", () => {
  test("exchanges for every client, as one change", () => {
    const redis = start("set a 1");
    const other = redis.connect();
    other.run("select 1");
    expect(redis.script("swapdb 0 1", "get a")).toEqual(["swapdb 0 1 => +OK", "get a => $-1"]);
    expect(other.run("get a")).toBe("$1\r\n1\r\n");
    expect(redis.effects()).toEqual(["swapdb 0 1"]);
    expect(redis.instance.data.changes.count).toBe(2);
  });

  test("of one database is an effect all the same", () => {
    const redis = start();
    expect(redis.run("swapdb 2 2")).toBe("+OK\r\n");
    expect(redis.effects()).toEqual(["SELECT 0", "swapdb 2 2"]);
  });

  test.each([
    ["swapdb x 1", "ERR invalid first DB index"],
    ["swapdb x y", "ERR invalid first DB index"],
    ["swapdb 1 x", "ERR invalid second DB index"],
    ["swapdb 16 x", "ERR invalid second DB index"],
    ["swapdb 1 3000000000", "ERR invalid second DB index"],
    ["swapdb 16 1", "ERR DB index is out of range"],
    ["swapdb 1 -1", "ERR DB index is out of range"],
  ])("%s: %s", (line, error) => {
    expect(start().run(line)).toBe(`-${error}\r\n`);
  });

  test.each([
    ["set k 1", "", true],
    ["", "set k 1", true],
    ["", "", false],
    ["set other 1", "", false],
  ])("with '%s' here and '%s' there, a watcher of k fails: %s", (here, there, fails) => {
    const redis = start();
    if (here !== "") redis.run(here);
    const other = redis.connect();
    other.run("select 1");
    if (there !== "") other.run(there);
    redis.run("watch k");
    other.run("swapdb 1 0");
    expect(redis.script("multi", "ttl k", "exec").at(-1) === "exec => *-1").toBe(fails);
  });
});

/** What k is in the watched database and in the one that takes its place: absent, live or past. */
test.each([
  ["past", "live", true],
  ["past", "past", false],
  ["past", "absent", false],
  ["absent", "past", false],
  ["live", "past", true],
])(
  "after WATCH of a key that is %s, SWAPDB with one that is %s fails EXEC: %s",
  (here, there, fails) => {
    const lines = { absent: "del k", live: "set k v", past: "set k v pxat 1" };
    const redis = start(lines[here as keyof typeof lines]);
    const other = redis.connect();
    other.run("select 1");
    other.run(lines[there as keyof typeof lines]);
    redis.run("watch k");
    other.run("swapdb 0 1");
    expect(redis.script("multi", "ttl k", "exec").at(-1) === "exec => *-1").toBe(fails);
  },
);

test("a key that SWAPDB has brought in past its time fails EXEC once it is set", () => {
  const redis = start("watch k");
  const other = redis.connect();
  for (const line of ["select 1", "set k v pxat 1", "swapdb 0 1", "select 0", "set k w"]) {
    other.run(line);
  }
  expect(redis.script("multi", "ttl k", "exec").at(-1)).toBe("exec => *-1");
});

test("SELECT precedes a transaction of effects, and stands in it where the database changes", () => {
  const redis = start("set a v px 10", "select 1", "set a v px 10", "set b v");
  redis.clock.advance(11);
  redis.script(
    "select 0",
    "set a w",
    "select 1",
    "multi",
    "set a x",
    "select 0",
    "set b w",
    "exec",
  );
  expect(redis.effects()).toEqual([
    ...["SELECT 0", "MULTI", "DEL a", "set a w", "EXEC"],
    ...["SELECT 1", "MULTI", "DEL a", "set a x", "SELECT 0", "set b w", "EXEC"],
  ]);
});

describe("FLUSHDB, FLUSHALL", () => {
  test("FLUSHDB empties the selected database, FLUSHALL all", () => {
    const redis = start("set a 1", "select 1", "mset b 1 c 1");
    expect(redis.script("flushdb", "dbsize", "select 0", "dbsize", "flushall", "dbsize")).toEqual([
      "flushdb => +OK",
      "dbsize => :0",
      "select 0 => +OK",
      "dbsize => :1",
      "flushall => +OK",
      "dbsize => :0",
    ]);
  });

  test("are effects even when there is nothing to remove, and count what they remove", () => {
    const redis = start("mset a 1 b 1");
    redis.script("flushdb ASYNC", "flushdb", "FLUSHALL sync");
    expect(redis.effects()).toEqual(["flushdb ASYNC", "flushdb", "FLUSHALL sync"]);
    expect(redis.instance.data.changes.count).toBe(4);
    expect(redis.instance.statistics.lazyFreedObjects).toBe(2);
  });

  test.each(["flushdb foo", "flushall sync async"])("%s is a syntax error", (line) => {
    const redis = start("set a 1");
    expect(redis.run(line)).toBe("-ERR syntax error\r\n");
    expect(redis.run("exists a")).toBe(":1\r\n");
    expect(redis.effects()).toEqual([]);
  });

  test.each([
    ["flushdb", "k", true],
    ["flushall", "k", true],
    ["flushall", "absent", false],
  ])("after WATCH, %s of another client changes %s: %s", (line, key, fails) => {
    const redis = start("set k 1", `watch ${key}`);
    redis.connect().run(line);
    expect(redis.script("multi", "ttl k", "exec").at(-1) === "exec => *-1").toBe(fails);
  });
});
