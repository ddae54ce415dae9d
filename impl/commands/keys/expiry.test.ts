import { describe, expect, test } from "vitest";
import { EPOCH_MS } from "../../../testing/clock.ts";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { Config } from "../../config/config.ts";
import { findDirective } from "../../config/directives.ts";
import { strings } from "../strings/index.ts";
import { keys } from "./index.ts";

const COMMANDS = [...strings, ...keys];

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance(COMMANDS);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

const AT_100_S = EPOCH_MS + 100_000;

describe("EXPIRE and its family", () => {
  test.each([
    ["expire k 100", `PEXPIREAT k ${AT_100_S}`],
    ["pexpire k 100000", `PEXPIREAT k ${AT_100_S}`],
    ["expireat k 1700000100", `PEXPIREAT k ${AT_100_S}`],
    ["pexpireat k 1700000100000", `pexpireat k ${AT_100_S}`],
    ["expire k 100 nx", `PEXPIREAT k ${AT_100_S} nx`],
    ["expire k 100 LT lt", `PEXPIREAT k ${AT_100_S} LT lt`],
    ["expire k 0", "DEL k"],
    ["expire k -1", "DEL k"],
    ["pexpire k -9223372036854775808", "DEL k"],
    ["expireat k 1700000000", "DEL k"],
    ["pexpireat k 1700000000000", "DEL k"],
    ["pexpireat k 9223372036854775807", "pexpireat k 9223372036854775807"],
    ["expireat k 9223372036854775", "PEXPIREAT k 9223372036854775000"],
  ])("the effect of %s is %s", (line, effect) => {
    const redis = start("set k v");
    expect(redis.run(line)).toBe(":1\r\n");
    expect(redis.effects()).toEqual([effect]);
    expect(redis.run("exists k")).toBe(effect === "DEL k" ? ":0\r\n" : ":1\r\n");
    expect(redis.instance.data.changes.count).toBe(2);
  });

  test("an expiry in the past is UNLINK under lazyfree-lazy-expire", () => {
    const config = new Config();
    expect(config.load(findDirective("lazyfree-lazy-expire")!, ["yes"])).toBeNull();
    const redis = testInstance(COMMANDS, config);
    redis.script("set k v", "expire k -1", "set k v", "getex k pxat 1");
    expect(redis.effects().filter((line) => line.startsWith("UNLINK"))).toHaveLength(2);
  });

  /** The expiry before, in seconds from now; 0 for none. */
  test.each([
    [0, "nx", 1],
    [50, "nx", 0],
    [0, "xx", 0],
    [50, "xx", 1],
    [0, "gt", 0],
    [50, "gt", 1],
    [100, "gt", 0],
    [150, "gt", 0],
    [0, "lt", 1],
    [50, "lt", 0],
    [100, "lt", 0],
    [150, "lt", 1],
    [0, "xx lt", 0],
    [150, "LT XX", 1],
    [50, "xx gt", 1],
    [0, "xx gt", 0],
  ])("with %s s left, EXPIRE k 100 %s is %s", (before, condition, reply) => {
    const redis = start("set k v", before === 0 ? "persist k" : `expire k ${before}`);
    expect(redis.run(`expire k 100 ${condition}`)).toBe(`:${reply}\r\n`);
    expect(redis.effects()).toHaveLength(reply);
    const left = reply === 1 ? 100 : before === 0 ? -1 : before;
    expect(redis.run("ttl k")).toBe(`:${left}\r\n`);
  });

  const CONFLICT = "NX and XX, GT or LT options at the same time are not compatible";
  test.each([
    ["expire k 1 nx xx", CONFLICT],
    ["expire k 1 gt nx", CONFLICT],
    ["expire k 1 nx lt gt", CONFLICT],
    ["expire k 1 gt lt", "GT and LT options at the same time are not compatible"],
    ["expire k x foo", "Unsupported option foo"],
    ["expire k x", "value is not an integer or out of range"],
    ["expire none x", "value is not an integer or out of range"],
    ["expire k 9223372036854775808", "value is not an integer or out of range"],
    ["expire k 9223372036854776", "invalid expire time in 'expire' command"],
    ["expire k 9223372036854775", "invalid expire time in 'expire' command"],
    ["expire none -9223372036854776", "invalid expire time in 'expire' command"],
    ["pexpire k 9223372036854775807", "invalid expire time in 'pexpire' command"],
    ["expireat k 9223372036854776", "invalid expire time in 'expireat' command"],
  ])("%s: %s", (line, error) => {
    const redis = start("set k v");
    expect(redis.run(line)).toBe(`-ERR ${error}\r\n`);
    expect(redis.effects()).toEqual([]);
  });

  test("an absent key has no expiry to set", () => {
    expect(start().run("expire k 100")).toBe(":0\r\n");
  });
});

describe("TTL and its family", () => {
  test.each([
    ["set k v pxat 1700000001499", ["1", "1499", "1700000001", "1700000001499"]],
    ["set k v pxat 1700000001500", ["2", "1500", "1700000002", "1700000001500"]],
    ["set k v pxat 1700000000000", ["0", "0", "1700000000", "1700000000000"]],
    [
      "set k v pxat 9223372036854775807",
      ["9223370336854776", "9223370336854775807", "9223372036854776", "9223372036854775807"],
    ],
    ["set k v", ["-1", "-1", "-1", "-1"]],
    ["del k", ["-2", "-2", "-2", "-2"]],
  ])("after %s", (line, replies) => {
    const redis = start(line);
    const names = ["ttl", "pttl", "expiretime", "pexpiretime"];
    expect(names.map((name) => redis.run(`${name} k`))).toEqual(
      replies.map((reply) => `:${reply}\r\n`),
    );
  });

  test("do not mark the key as accessed", () => {
    const redis = start("set k v ex 100");
    redis.clock.advance(5000);
    redis.script("ttl k", "pttl k", "expiretime k", "pexpiretime k");
    expect(redis.run("object idletime k")).toBe(":5\r\n");
  });
});

describe("PERSIST", () => {
  test("takes the expiry away", () => {
    const redis = start("set k v ex 100");
    expect(redis.script("persist k", "ttl k", "persist k", "persist none")).toEqual([
      "persist k => :1",
      "ttl k => :-1",
      "persist k => :0",
      "persist none => :0",
    ]);
    expect(redis.effects()).toEqual(["persist k"]);
  });
});
