import { describe, expect, test } from "vitest";
import { EPOCH_MS } from "../../../testing/clock.ts";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { keys } from "../keys/index.ts";
import { strings } from "./index.ts";

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance([...strings, ...keys]);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

const AT_100_S = EPOCH_MS + 100_000;

describe("SET", () => {
  test("stores and replaces", () => {
    const redis = start();
    expect(redis.run("set k v")).toBe("+OK\r\n");
    expect(redis.run("SET k w")).toBe("+OK\r\n");
    expect(redis.run("get k")).toBe("$1\r\nw\r\n");
    expect(redis.effects()).toEqual(["SELECT 0", "set k v", "SET k w"]);
    expect(redis.instance.data.changes.count).toBe(2);
  });

  test("takes any bytes", () => {
    const redis = start();
    redis.send("set", "\0\r\n\xff", "\xfe\0\r\n");
    expect(redis.send("get", "\0\r\n\xff")).toBe("$4\r\n\xfe\0\r\n\r\n");
  });

  test("replaces a value of another length, and drops the expiry", () => {
    const redis = start("set k v ex 100");
    redis.send("set", "k", "x".repeat(1000));
    expect(redis.script("strlen k", "ttl k")).toEqual(["strlen k => :1000", "ttl k => :-1"]);
  });

  test.each([
    ["set k v nx", "set k v nx => $-1", "k"],
    ["set n v nx", "set n v nx => +OK", "n"],
    ["set k v xx", "set k v xx => +OK", "k"],
    ["set n v xx", "set n v xx => $-1", "n"],
    ["set k v get", "set k v get => $3 old", "k"],
    ["set n v get", "set n v get => $-1", "n"],
    ["set k v nx get", "set k v nx get => $3 old", "k"],
    ["set n v XX GET", "set n v XX GET => $-1", "n"],
  ])("%s", (line, answer) => {
    expect(start("set k old").script(line)).toEqual([answer]);
  });

  test.each([
    ["set k v ex 100", `SET k v PXAT ${AT_100_S}`],
    ["set k v px 100000", `SET k v PXAT ${AT_100_S}`],
    ["set k v exat 2000000000", "SET k v PXAT 2000000000000"],
    ["set k v PXAT 2000000000001", "SET k v PXAT 2000000000001"],
    ["set k v XX get ex 100", `SET k v PXAT ${AT_100_S}`],
    ["set k v ex 1 ex 100", `SET k v PXAT ${AT_100_S}`],
    ["set k v gEt keepttl GET xx", "set k v keepttl xx"],
    ["set k v keepttl", "set k v keepttl"],
    ["set k v pxat 9223372036854775807", "SET k v PXAT 9223372036854775807"],
  ])("the effect of %s is %s", (line, effect) => {
    const redis = start("set k old");
    redis.run(line);
    expect(redis.effects()).toEqual([effect]);
  });

  test("a condition that fails has no effect", () => {
    const redis = start("set k old");
    redis.run("set k v nx ex 100");
    redis.run("set n v xx");
    redis.run("set k v nx get");
    expect(redis.effects()).toEqual([]);
    expect(redis.run("get k")).toBe("$3\r\nold\r\n");
  });

  test("KEEPTTL keeps the expiry, any other form drops it", () => {
    const redis = start("set k v ex 100", "set k w keepttl");
    expect(redis.script("ttl k", "set k x xx get", "ttl k")).toEqual([
      "ttl k => :100",
      "set k x xx get => $1 w",
      "ttl k => :-1",
    ]);
  });

  test.each([
    "nx xx",
    "xx nx",
    "ex",
    "ex 1 px 1",
    "keepttl ex 1",
    "pxat 1 keepttl",
    "persist",
    "foo",
  ])("%s is a syntax error", (options) => {
    const redis = start("set k old");
    expect(redis.run(`set k v ${options}`)).toBe("-ERR syntax error\r\n");
    expect(redis.run("get k")).toBe("$3\r\nold\r\n");
  });

  test.each([
    ["ex 0", "invalid expire time in 'set' command"],
    ["px -1", "invalid expire time in 'set' command"],
    ["exat 0", "invalid expire time in 'set' command"],
    ["ex 9223372036854776", "invalid expire time in 'set' command"],
    ["ex 9223372036854775", "invalid expire time in 'set' command"],
    ["px 9223372036854775807", "invalid expire time in 'set' command"],
    ["ex 1.5", "value is not an integer or out of range"],
    ["ex 9223372036854775808", "value is not an integer or out of range"],
    ["ex 0 get", "invalid expire time in 'set' command"],
  ])("%s: %s", (options, error) => {
    expect(start().run(`set k v ${options}`)).toBe(`-ERR ${error}\r\n`);
  });

  test("an expiry in the past is stored and met by the next access", () => {
    const redis = start("set k v pxat 1");
    expect(redis.run("exists k")).toBe(":0\r\n");
    expect(redis.effects()).toEqual(["DEL k"]);
  });

  test("a key whose time is past counts as absent, and its end is an effect of its own", () => {
    const redis = start("set k v px 10");
    redis.clock.advance(10);
    expect(redis.run("set k w nx")).toBe("$-1\r\n");
    redis.clock.advance(1);
    expect(redis.run("set k w nx")).toBe("+OK\r\n");
    expect(redis.effects()).toEqual(["MULTI", "DEL k", "set k w nx", "EXEC"]);
    expect(redis.instance.statistics.expiredKeys).toBe(1);
  });

  test.each([
    ["5", "int"],
    ["-9223372036854775808", "int"],
    ["9223372036854775807", "int"],
    ["9223372036854775808", "embstr"],
    ["-0", "embstr"],
    ["01", "embstr"],
    ["x".repeat(44), "embstr"],
    ["x".repeat(45), "raw"],
  ])("%s is held as %s", (value, encoding) => {
    const redis = start();
    redis.send("set", "k", value);
    expect(redis.run("object encoding k")).toBe(`$${encoding.length}\r\n${encoding}\r\n`);
    redis.send("set", "k", "other");
    redis.send("getset", "k", value);
    expect(redis.run("object encoding k")).toBe(`$${encoding.length}\r\n${encoding}\r\n`);
  });
});

describe("SETNX, SETEX, PSETEX, GETSET", () => {
  test("replies", () => {
    expect(
      start().script(
        "setnx k v",
        "setnx k w",
        "get k",
        "setex k 100 a",
        "ttl k",
        "psetex k 200000 b",
        "ttl k",
        "getset k c",
        "ttl k",
        "getset n d",
        "setex k 0 e",
        "psetex k -5 e",
        "setex k x e",
      ),
    ).toEqual([
      "setnx k v => :1",
      "setnx k w => :0",
      "get k => $1 v",
      "setex k 100 a => +OK",
      "ttl k => :100",
      "psetex k 200000 b => +OK",
      "ttl k => :200",
      "getset k c => $1 b",
      "ttl k => :-1",
      "getset n d => $-1",
      "setex k 0 e => -ERR invalid expire time in 'setex' command",
      "psetex k -5 e => -ERR invalid expire time in 'psetex' command",
      "setex k x e => -ERR value is not an integer or out of range",
    ]);
  });

  test.each([
    ["setnx n v", ["setnx n v"]],
    ["setnx k v", []],
    ["setex k 100 v", [`SET k v PXAT ${AT_100_S}`]],
    ["psetex k 100000 v", [`SET k v PXAT ${AT_100_S}`]],
    ["getset k v", ["SET k v"]],
  ])("the effect of %s is %j", (line, effects) => {
    const redis = start("set k old");
    redis.run(line);
    expect(redis.effects()).toEqual(effects);
  });
});

describe("MSET, MSETNX", () => {
  test("replies", () => {
    expect(
      start().script(
        "mset a 1 b 2 a 3",
        "mget a b c",
        "mset a",
        "mset a 1 b",
        "msetnx c 1 a 2",
        "msetnx c 1 d 2",
        "exists c d",
        "MSETNX a",
        "MSETNX a 1 b",
      ),
    ).toEqual([
      "mset a 1 b 2 a 3 => +OK",
      "mget a b c => *3 $1 3 $1 2 $-1",
      "mset a => -ERR wrong number of arguments for 'mset' command",
      "mset a 1 b => -ERR wrong number of arguments for 'mset' command",
      "msetnx c 1 a 2 => :0",
      "msetnx c 1 d 2 => :1",
      "exists c d => :2",
      "MSETNX a => -ERR wrong number of arguments for 'msetnx' command",
      "MSETNX a 1 b => -ERR wrong number of arguments for 'msetnx' command",
    ]);
  });

  test("each pair is a change, the command one effect", () => {
    const redis = start();
    redis.run("mset a 1 b 2");
    redis.run("msetnx a 1 c 2");
    expect(redis.effects()).toEqual(["SELECT 0", "mset a 1 b 2"]);
    expect(redis.instance.data.changes.count).toBe(2);
  });
});
