import { describe, expect, test } from "vitest";
import { EPOCH_MS } from "../../../testing/clock.ts";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { kindOf } from "../../engine/keyspace.ts";
import { inventType } from "../../types/testing.ts";
import { keys } from "../keys/index.ts";
import { strings } from "./index.ts";

const LIST = inventType("list", 7);

const COMMANDS = [...strings, ...keys];

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance(COMMANDS);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

/** A key `list` that holds no string. */
function withList(redis: TestInstance): TestInstance {
  const key = Buffer.from("list");
  const keyspace = redis.instance.data.databases[0]!;
  keyspace.setBytes(key, 0, key.length, key, 0, key.length, kindOf(LIST, 0), false);
  return redis;
}

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

test.each([
  ...["get list", "getdel list", "getex list", "getset list v", "append list v", "strlen list"],
  ...["getrange list 0 1", "setrange list 0 v", "incr list", "decrby list 5", "incrbyfloat list 1"],
  ...["set list v get", "setrange list 0 v", "getex list ex 0"],
])("%s is refused by type", (line) => {
  const redis = withList(start());
  expect(redis.run(line)).toBe(WRONG_TYPE);
  expect(redis.run("type list")).toBe("+list\r\n");
  expect(redis.effects()).toEqual([]);
});

test("SET replaces any type, MGET passes over it", () => {
  const redis = withList(start("set k v"));
  expect(redis.run("mget list k none")).toBe("*3\r\n$-1\r\n$1\r\nv\r\n$-1\r\n");
  expect(redis.run("set list v")).toBe("+OK\r\n");
  expect(redis.run("type list")).toBe("+string\r\n");
});

test("LCS refuses other types with a text of its own", () => {
  const redis = withList(start());
  expect(redis.run("lcs list none foo")).toBe(
    "-ERR The specified keys must contain string values\r\n",
  );
});

test("reads count hits and misses, writes do not", () => {
  const redis = start("set k v");
  const { statistics } = redis.instance;
  redis.script("get k", "get n", "mget k k n", "strlen k", "getrange n 0 1", "exists k n");
  expect([statistics.keyspaceHits, statistics.keyspaceMisses]).toEqual([5, 4]);
  redis.script("set k v", "incr n", "append k x", "setrange k 0 y", "del k", "persist n");
  expect([statistics.keyspaceHits, statistics.keyspaceMisses]).toEqual([5, 4]);
});

test("a nil is RESP3's own in RESP3", () => {
  const redis = start();
  redis.session.reply.protocol = 3;
  expect(redis.run("get n")).toBe("_\r\n");
});

describe("GETDEL", () => {
  test("reads and removes", () => {
    const redis = start("set k v");
    expect(redis.script("getdel k", "getdel k")).toEqual(["getdel k => $1 v", "getdel k => $-1"]);
    expect(redis.effects()).toEqual(["DEL k"]);
    expect(redis.instance.data.changes.count).toBe(2);
  });

  test("is UNLINK under lazyfree-lazy-user-del", () => {
    const redis = testInstance(COMMANDS);
    redis.instance.settings.lazyUserDelete = true;
    redis.run("set k v");
    redis.run("getdel k");
    expect(redis.effects()).toEqual(["SELECT 0", "set k v", "UNLINK k"]);
  });
});

describe("GETEX", () => {
  const AT_100_S = EPOCH_MS + 100_000;

  test.each([
    ["getex k", "$1\r\nv\r\n", [], 50],
    ["getex k ex 100", "$1\r\nv\r\n", [`PEXPIREAT k ${AT_100_S}`], 100],
    ["getex k PX 100000", "$1\r\nv\r\n", [`PEXPIREAT k ${AT_100_S}`], 100],
    ["getex k exat 1700000100", "$1\r\nv\r\n", [`PEXPIREAT k ${AT_100_S}`], 100],
    ["getex k pxat 1700000100000", "$1\r\nv\r\n", [`PEXPIREAT k ${AT_100_S}`], 100],
    ["getex k persist", "$1\r\nv\r\n", ["PERSIST k"], -1],
    ["getex k pxat 1700000000000", "$1\r\nv\r\n", ["DEL k"], -2],
    ["getex k exat 1", "$1\r\nv\r\n", ["DEL k"], -2],
    ["getex k ex 0", "-ERR invalid expire time in 'getex' command\r\n", [], 50],
    ["getex k nx", "-ERR syntax error\r\n", [], 50],
    ["getex k keepttl", "-ERR syntax error\r\n", [], 50],
    ["getex k persist ex 1", "-ERR syntax error\r\n", [], 50],
    ["getex k px", "-ERR syntax error\r\n", [], 50],
    ["getex none ex 0", "$-1\r\n", [], 50],
  ])("%s", (line, reply, effects, ttl) => {
    const redis = start("set k v ex 50");
    expect(redis.run(line)).toBe(reply);
    expect(redis.effects()).toEqual(effects);
    expect(redis.run("ttl k")).toBe(`:${ttl}\r\n`);
  });

  test("PERSIST changes nothing where there is no expiry", () => {
    const redis = start("set k v");
    const before = redis.instance.data.changes.count;
    expect(redis.run("getex k persist")).toBe("$1\r\nv\r\n");
    expect(redis.effects()).toEqual([]);
    expect(redis.instance.data.changes.count).toBe(before);
  });
});
