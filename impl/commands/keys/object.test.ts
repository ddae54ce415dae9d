import { describe, expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { Config } from "../../config/config.ts";
import { findDirective } from "../../config/directives.ts";
import { strings } from "../strings/index.ts";
import { keys } from "./index.ts";

const COMMANDS = [...strings, ...keys];

/** An instance whose configuration has `directives`, each `name value`. */
function start(...directives: readonly string[]): TestInstance {
  const config = new Config();
  for (const directive of directives) {
    const [name, value] = directive.split(" ");
    expect(config.load(findDirective(name!)!, [value!])).toBeNull();
  }
  return testInstance(COMMANDS, config);
}

describe("OBJECT IDLETIME", () => {
  test("counts seconds since the last access", () => {
    const redis = start();
    redis.run("set k v");
    redis.clock.advance(3000);
    expect(redis.run("object idletime k")).toBe(":3\r\n");
    redis.run("get k");
    expect(redis.run("object idletime k")).toBe(":0\r\n");
  });

  test.each([
    ["get k", 0],
    ["touch k", 0],
    ["append k x", 0],
    ["exists k", 9],
    ["type k", 9],
    ["object encoding k", 9],
    ["scan 0 type string", 9],
    ["keys *", 9],
  ])("after %s it is %s", (line, seconds) => {
    const redis = start();
    redis.run("set k v");
    redis.clock.advance(9000);
    redis.run(line);
    expect(redis.run("object idletime k")).toBe(`:${seconds}\r\n`);
  });

  test("goes along with RENAME and MOVE, begins anew with COPY", () => {
    const redis = start();
    redis.script("set a v");
    redis.clock.advance(5000);
    redis.run("copy a b");
    expect(redis.run("object idletime b")).toBe(":0\r\n");
  });

  test("is refused under LFU", () => {
    const redis = start("maxmemory-policy allkeys-lfu");
    redis.run("set k v");
    expect(redis.run("object idletime none")).toBe("$-1\r\n");
    expect(redis.run("object idletime k")).toMatch(
      /^-ERR An LFU maxmemory policy is selected, idle time not tracked\. Please note that /,
    );
  });
});

describe("OBJECT FREQ", () => {
  test("is refused without LFU", () => {
    const redis = start();
    redis.run("set k v");
    expect(redis.run("object freq none")).toBe("$-1\r\n");
    expect(redis.run("object freq k")).toMatch(
      /^-ERR An LFU maxmemory policy is not selected, access frequency not tracked\. Please note /,
    );
  });

  test("begins at 5, grows with accesses, is inherited by a new value, decays by the minute", () => {
    const redis = start("maxmemory-policy allkeys-lfu", "lfu-log-factor 0");
    redis.run("set k v");
    expect(redis.run("object freq k")).toBe(":5\r\n");
    redis.script("get k", "get k", "set k w");
    expect(redis.run("object freq k")).toBe(":8\r\n");
    redis.clock.advance(3 * 60_000);
    expect(redis.run("object freq k")).toBe(":5\r\n");
  });
});

describe("OBJECT REFCOUNT", () => {
  test.each([
    ["0", "2147483647"],
    ["9999", "2147483647"],
    ["10000", "1"],
    ["-1", "1"],
    ["007", "1"],
    ["text", "1"],
  ])("of %s is %s", (value, count) => {
    const redis = start();
    redis.run(`set k ${value}`);
    expect(redis.run("object refcount k")).toBe(`:${count}\r\n`);
  });

  test("is 1 where each key needs an access mark of its own", () => {
    const redis = start("maxmemory-policy allkeys-lru", "maxmemory 100mb");
    redis.run("set k 5");
    expect(redis.run("object refcount k")).toBe(":1\r\n");
  });
});

test.each([
  ["object", "-ERR wrong number of arguments for 'object' command"],
  ["object foo", "-ERR unknown subcommand 'foo'. Try OBJECT HELP."],
  ["object encoding", "-ERR wrong number of arguments for 'object|encoding' command"],
  ["object encoding none", "$-1"],
  ["object refcount none", "$-1"],
])("%s: %s", (line, reply) => {
  expect(start().run(line)).toBe(`${reply}\r\n`);
});

test("OBJECT HELP has 15 lines", () => {
  const lines = start().run("object help").trimEnd().split("\r\n");
  expect(lines[0]).toBe("*15");
  expect(lines[1]).toBe("+OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  expect(lines.at(-1)).toBe("+    Prints this help.");
  expect(lines).toHaveLength(16);
});
