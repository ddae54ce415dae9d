import { afterEach, expect, test, vi } from "vitest";
import { OOM, refuseBuffers } from "../../../testing/full-memory.ts";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

afterEach(() => vi.unstubAllGlobals());

const HUGE = "x".repeat(700_000);

test("commands that find no memory change nothing and say so", () => {
  const redis = testInstance(commands);
  redis.run("MSET a 1 b 2");
  redis.run("EXPIRE a 100");
  redis.run("SELECT 1");
  redis.run("SET other 1");
  redis.run("SELECT 0");
  redis.effects();
  refuseBuffers(1);
  expect(redis.send("SET", "a", HUGE)).toBe(OOM);
  expect(redis.send("SET", "a", HUGE, "GET")).toBe(OOM);
  expect(redis.send("GETSET", "a", HUGE)).toBe(OOM);
  expect(redis.send("SETNX", "new", HUGE)).toBe(OOM);
  expect(redis.send("APPEND", "a", HUGE)).toBe(OOM);
  expect(redis.run("SETRANGE b 900000 x")).toBe(OOM);
  expect(redis.send("RENAME", "a", HUGE)).toBe(OOM);
  expect(redis.run("MOVE a 3")).toBe(OOM);
  expect(redis.run("COPY a b DB 4 REPLACE")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(redis.script("MGET a b new", "TTL a", "DBSIZE")).toEqual([
    "MGET a b new => *3 $1 1 $1 2 $-1",
    "TTL a => :100",
    "DBSIZE => :2",
  ]);
});

test("what a command gives up is given up last", () => {
  const redis = testInstance(commands);
  redis.send("SET", "big", HUGE);
  redis.run("SET small 1");
  refuseBuffers(500_000);
  expect(redis.run("RENAME big small")).toBe(OOM);
  expect(redis.run("COPY big small REPLACE")).toBe(OOM);
  expect(redis.run("GET small")).toBe("$1\r\n1\r\n");
  expect(redis.run("STRLEN big")).toBe(`:${HUGE.length}\r\n`);
});

test("a new key for which the index cannot grow is refused, and old ones are served", () => {
  const redis = testInstance(commands);
  let keys = 0;
  while (redis.run(`SET k${keys} v`) === "+OK\r\n") {
    keys++;
    // The next size of the index is refused, and no segment is needed before.
    if (keys === 10) refuseBuffers(256);
  }
  expect(keys).toBe(12);
  expect(redis.run(`SET k${keys} v`)).toBe(OOM);
  expect(redis.run("INCR counter")).toBe(OOM);
  expect(redis.run(`RENAME k1 k${keys}`)).toBe("+OK\r\n");
  expect(redis.run("SET k2 w")).toBe("+OK\r\n");
  expect(redis.run("DEL k3 k4")).toBe(":2\r\n");
  expect(redis.run("SET new v")).toBe("+OK\r\n");
  expect(redis.run("DBSIZE")).toBe(":11\r\n");
  redis.instance.verifyInvariants();
  vi.unstubAllGlobals();
  for (let i = 0; i < 100; i++) expect(redis.run(`SET more${i} v`)).toBe("+OK\r\n");
  redis.instance.verifyInvariants();
});

test("an expiry for which there is no memory changes nothing", () => {
  const redis = testInstance(commands);
  redis.run("SELECT 1");
  redis.run("MSET k old other old");
  redis.effects();
  refuseBuffers(1);
  expect(redis.run("SET k new EX 100")).toBe(OOM);
  expect(redis.run("SETEX k 100 new")).toBe(OOM);
  expect(redis.run("PSETEX k 100 new")).toBe(OOM);
  expect(redis.run("GETEX k EX 100")).toBe(OOM);
  expect(redis.run("EXPIRE k 100")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(redis.script("GET k", "TTL k")).toEqual(["GET k => $3 old", "TTL k => :-1"]);
  vi.unstubAllGlobals();
  redis.run("EXPIRE other 100");
  refuseBuffers(1);
  expect(redis.run("SET k new EX 100")).toBe("+OK\r\n");
  redis.instance.verifyInvariants();
});

test("a large index stays when there is no memory for a small one", () => {
  const redis = testInstance(commands);
  for (let i = 0; i < 1000; i++) redis.run(`SET k${i} v`);
  refuseBuffers(1);
  for (let i = 0; i < 990; i++) expect(redis.run(`DEL k${i}`)).toBe(":1\r\n");
  redis.instance.verifyInvariants();
  expect(redis.run("DBSIZE")).toBe(":10\r\n");
});

test("MSET keeps the pairs that found memory, and its effect says which", () => {
  const redis = testInstance(commands);
  redis.run("SET a 0");
  redis.effects();
  refuseBuffers(500_000);
  expect(redis.send("MSET", "a", "1", "b", HUGE, "c", "3")).toBe(OOM);
  expect(redis.effects()).toEqual(["MSET a 1"]);
  expect(redis.run("MGET a b c")).toBe("*3\r\n$1\r\n1\r\n$-1\r\n$-1\r\n");
});

test("in a transaction only the command that finds no memory fails", () => {
  const redis = testInstance(commands);
  redis.run("SET a 0");
  redis.run("MULTI");
  redis.run("INCR a");
  redis.send("SET", "b", HUGE);
  redis.run("INCR a");
  redis.effects();
  refuseBuffers(500_000);
  expect(redis.run("EXEC")).toBe(`*3\r\n:1\r\n${OOM}:2\r\n`);
  expect(redis.effects()).toEqual(["MULTI", "INCR a", "INCR a", "EXEC"]);
});
