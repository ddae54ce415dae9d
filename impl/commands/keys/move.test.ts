import { describe, expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { databases } from "../databases/index.ts";
import { strings } from "../strings/index.ts";
import { keys } from "./index.ts";

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance([...strings, ...keys, ...databases]);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

const SAME = "-ERR source and destination objects are the same";
const RANGE = "-ERR value is out of range, value must between -2147483648 and 2147483647";

describe("RENAME, RENAMENX", () => {
  test("take value and expiry along, over what was there", () => {
    const redis = start("set a 1 ex 100", "set b other");
    expect(
      redis.script("rename a b", "get b", "ttl b", "exists a", "rename a b", "renamenx a b"),
    ).toEqual([
      "rename a b => +OK",
      "get b => $1 1",
      "ttl b => :100",
      "exists a => :0",
      "rename a b => -ERR no such key",
      "renamenx a b => -ERR no such key",
    ]);
    expect(redis.effects()).toEqual(["rename a b"]);
  });

  test("an expiry at the target does not stay", () => {
    expect(start("set a 1", "set b 2 ex 100", "rename a b").run("ttl b")).toBe(":-1\r\n");
  });

  test("RENAMENX leaves an existing target alone", () => {
    const redis = start("set a 1", "set b 2");
    expect(redis.script("renamenx a b", "get b", "renamenx a c", "get c")).toEqual([
      "renamenx a b => :0",
      "get b => $1 2",
      "renamenx a c => :1",
      "get c => $1 1",
    ]);
    expect(redis.effects()).toEqual(["renamenx a c"]);
  });

  test("to the same name change nothing", () => {
    const redis = start("set a 1");
    const before = redis.instance.data.changes.count;
    expect(redis.script("rename a a", "renamenx a a", "rename x x")).toEqual([
      "rename a a => +OK",
      "renamenx a a => :0",
      "rename x x => -ERR no such key",
    ]);
    expect(redis.effects()).toEqual([]);
    expect(redis.instance.data.changes.count).toBe(before);
  });

  test("count one change", () => {
    const redis = start("set a 1", "rename a b");
    expect(redis.instance.data.changes.count).toBe(2);
  });

  test("an encoding goes along", () => {
    const redis = start("set a 1", "append a 2", "rename a b");
    expect(redis.run("object encoding b")).toBe("$3\r\nraw\r\n");
  });
});

describe("COPY", () => {
  test("copies value, encoding and expiry", () => {
    const redis = start("set a 1 ex 100", "append a 2");
    redis.effects();
    expect(
      redis.script("copy a b", "get b", "ttl b", "object encoding b", "copy a b", "get a"),
    ).toEqual([
      "copy a b => :1",
      "get b => $2 12",
      "ttl b => :100",
      "object encoding b => $3 raw",
      "copy a b => :0",
      "get a => $2 12",
    ]);
    expect(redis.effects()).toEqual(["copy a b"]);
  });

  test("REPLACE replaces, expiry included", () => {
    const redis = start("set a 1", "set b 2 ex 100");
    expect(redis.script("copy a b REPLACE", "get b", "ttl b")).toEqual([
      "copy a b REPLACE => :1",
      "get b => $1 1",
      "ttl b => :-1",
    ]);
  });

  test("copies to another database; the last DB counts", () => {
    const redis = start("set a 1 ex 100");
    expect(
      redis.script("copy a a db 3 DB 2", "copy a a db 2", "select 2", "get a", "ttl a", "dbsize"),
    ).toEqual([
      "copy a a db 3 DB 2 => :1",
      "copy a a db 2 => :0",
      "select 2 => +OK",
      "get a => $1 1",
      "ttl a => :100",
      "dbsize => :1",
    ]);
    expect(redis.effects()).toEqual(["copy a a db 3 DB 2"]);
  });

  test.each([
    ["copy a a", SAME],
    ["copy x x", SAME],
    ["copy a a db 0", SAME],
    ["copy a b db 16", "-ERR DB index is out of range"],
    ["copy a b db -1", "-ERR DB index is out of range"],
    ["copy a b db x", "-ERR value is not an integer or out of range"],
    ["copy a b db 3000000000", RANGE],
    ["copy a b db", "-ERR syntax error"],
    ["copy a b foo", "-ERR syntax error"],
    ["copy x b", ":0"],
  ])("%s: %s", (line, reply) => {
    expect(start("set a 1").run(line)).toBe(`${reply}\r\n`);
  });

  test("a target whose time is past is no obstacle", () => {
    const redis = start("set a 1", "set b 2 px 10");
    redis.clock.advance(11);
    expect(redis.run("copy a b")).toBe(":1\r\n");
    expect(redis.effects()).toEqual(["MULTI", "DEL b", "copy a b", "EXEC"]);
  });

  test("changes the target for its watchers, in its database", () => {
    const redis = start("set a 1");
    const { watches } = redis.instance.data;
    const other = redis.connect();
    watches.watch(other.session, 2, "a", false);
    redis.run("copy a b");
    redis.run("copy a b db 2");
    expect(other.session.dirtyCas).toBe(false);
    redis.run("copy a a db 2");
    expect(other.session.dirtyCas).toBe(true);
  });
});

describe("MOVE", () => {
  test("takes value, expiry and access mark along", () => {
    const redis = start("set a 1 ex 100");
    expect(
      redis.script("move a 1", "exists a", "set a 2", "move a 1", "move x 1", "select 1", "ttl a"),
    ).toEqual([
      "move a 1 => :1",
      "exists a => :0",
      "set a 2 => +OK",
      "move a 1 => :0",
      "move x 1 => :0",
      "select 1 => +OK",
      "ttl a => :100",
    ]);
    expect(redis.effects()).toEqual(["move a 1", "set a 2"]);
  });

  test.each([
    ["move a 0", SAME],
    ["move a 16", "-ERR DB index is out of range"],
    ["move a x", "-ERR value is not an integer or out of range"],
    ["move a 3000000000", RANGE],
  ])("%s: %s", (line, reply) => {
    expect(start("set a 1").run(line)).toBe(`${reply}\r\n`);
  });

  test("counts one change and tells the watchers of both databases", () => {
    const redis = start("set a 1");
    const [source, target] = [redis.connect().session, redis.connect().session];
    redis.instance.data.watches.watch(source, 0, "a", false);
    redis.instance.data.watches.watch(target, 1, "a", false);
    redis.run("move a 1");
    expect([source.dirtyCas, target.dirtyCas]).toEqual([true, true]);
    expect(redis.instance.data.changes.count).toBe(2);
  });
});
