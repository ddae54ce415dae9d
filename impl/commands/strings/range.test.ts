import { describe, expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { keys } from "../keys/index.ts";
import { strings } from "./index.ts";

const COMMANDS = [...strings, ...keys];

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance(COMMANDS);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

describe("GETRANGE", () => {
  const MIN = "-9223372036854775808";
  const MAX = "9223372036854775807";
  test.each([
    ["0", "4", "Hello"],
    ["-5", "-1", "World"],
    ["0", "-1", "HelloWorld"],
    ["3", "2", ""],
    ["-1", "-5", ""],
    ["-100", "3", "Hell"],
    ["5", "100", "World"],
    ["100", "200", ""],
    ["-3", "-100", ""],
    ["-100", "-100", "H"],
    ["-100", "-50", "H"],
    ["0", MAX, "HelloWorld"],
    [MAX, MAX, ""],
    [MIN, "-9223372036854775807", "H"],
    ["-9223372036854775807", MIN, ""],
  ])("from %s to %s is '%s'", (first, last, text) => {
    const redis = start("set k HelloWorld");
    expect(redis.run(`getrange k ${first} ${last}`)).toBe(`$${text.length}\r\n${text}\r\n`);
    expect(redis.run(`substr k ${first} ${last}`)).toBe(`$${text.length}\r\n${text}\r\n`);
  });

  test("of nothing is the empty string", () => {
    const redis = start();
    redis.send("set", "empty", "");
    expect(redis.script("getrange none 0 -1", "getrange empty 0 0")).toEqual([
      "getrange none 0 -1 => $0",
      "getrange empty 0 0 => $0",
    ]);
  });

  test("its numbers are checked before the key", () => {
    const error = "-ERR value is not an integer or out of range\r\n";
    const redis = start();
    expect(redis.run("getrange k a 1")).toBe(error);
    expect(redis.run("getrange k 1 9223372036854775808")).toBe(error);
    expect(redis.instance.statistics.keyspaceMisses).toBe(0);
  });
});

describe("SETRANGE", () => {
  test("overwrites, lengthens and fills", () => {
    const redis = start();
    expect(
      redis.script("setrange k 2 ab", "setrange k 0 X", "setrange k 3 long", "object encoding k"),
    ).toEqual([
      "setrange k 2 ab => :4",
      "setrange k 0 X => :4",
      "setrange k 3 long => :7",
      "object encoding k => $3 raw",
    ]);
    expect(redis.run("get k")).toBe("$7\r\nX\0along\r\n");
  });

  test("of nothing changes nothing", () => {
    const redis = start("set n 5");
    expect(redis.send("setrange", "k", "5", "")).toBe(":0\r\n");
    expect(redis.send("setrange", "n", "9223372036854775807", "")).toBe(":1\r\n");
    expect(redis.script("exists k", "object encoding n")).toEqual([
      "exists k => :0",
      "object encoding n => $3 int",
    ]);
    expect(redis.effects()).toEqual([]);
  });

  test("keeps the expiry", () => {
    expect(start("set k v ex 100", "setrange k 50 x").run("ttl k")).toBe(":100\r\n");
  });

  test.each([
    ["setrange k -1 a", "offset is out of range"],
    ["setrange k a b", "value is not an integer or out of range"],
    ["setrange k 9223372036854775808 b", "value is not an integer or out of range"],
    ["setrange k 100 a", "string exceeds maximum allowed size (proto-max-bulk-len)"],
    ["setrange k 99 ab", "string exceeds maximum allowed size (proto-max-bulk-len)"],
    [
      "setrange k 9223372036854775807 a",
      "string exceeds maximum allowed size (proto-max-bulk-len)",
    ],
  ])("%s: %s", (line, error) => {
    const redis = testInstance(COMMANDS);
    redis.instance.settings.maxBulkBytes = 100;
    expect(redis.run(line)).toBe(`-ERR ${error}\r\n`);
    expect(redis.run("exists k")).toBe(":0\r\n");
    expect(redis.run("setrange k 99 a")).toBe(":100\r\n");
  });
});

describe("APPEND", () => {
  test("adds, and counts the whole", () => {
    const redis = start();
    expect(
      redis.script("append k abc", "append k def", "get k", "strlen k", "strlen none"),
    ).toEqual([
      "append k abc => :3",
      "append k def => :6",
      "get k => $6 abcdef",
      "strlen k => :6",
      "strlen none => :0",
    ]);
    expect(redis.effects()).toEqual(["SELECT 0", "append k abc", "append k def"]);
  });

  test("a new key is encoded as by SET, a longer one is raw, even by nothing", () => {
    const redis = start();
    redis.run("append n 12");
    expect(redis.run("object encoding n")).toBe("$3\r\nint\r\n");
    expect(redis.send("append", "n", "")).toBe(":2\r\n");
    expect(redis.run("object encoding n")).toBe("$3\r\nraw\r\n");
  });

  test("makes an empty string of nothing", () => {
    const redis = start();
    expect(redis.send("append", "k", "")).toBe(":0\r\n");
    expect(redis.run("exists k")).toBe(":1\r\n");
  });

  test("stops at proto-max-bulk-len", () => {
    const redis = testInstance(COMMANDS);
    redis.instance.settings.maxBulkBytes = 5;
    redis.run("append k abc");
    expect(redis.run("append k def")).toBe(
      "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n",
    );
    expect(redis.run("append k de")).toBe(":5\r\n");
  });

  test("grows a value through every size", () => {
    const redis = start();
    let expected = "";
    for (let i = 1; expected.length < 5000; i++) {
      const piece = String.fromCharCode(97 + (i % 26)).repeat(i);
      expected += piece;
      redis.send("append", "k", piece);
    }
    expect(redis.run("get k")).toBe(`$${expected.length}\r\n${expected}\r\n`);
  });

  test("stops at what the keyspace can hold, however large proto-max-bulk-len is", () => {
    const redis = start("set k v");
    redis.instance.settings.maxBulkBytes = 2 ** 40;
    expect(redis.run(`setrange k ${512 * 1024 * 1024} x`)).toBe(
      "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n",
    );
  });
});
