import { afterEach, expect, test, vi } from "vitest";
import { OOM, refuseBuffers } from "../../../testing/full-memory.ts";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

afterEach(() => vi.unstubAllGlobals());

const HUGE = "x".repeat(700_000);

test("commands that find no memory change nothing, and leave no key behind", () => {
  const redis = testInstance(commands);
  redis.run("RPUSH l a b c");
  redis.send("RPUSH", "big", HUGE);
  redis.effects();
  refuseBuffers();
  expect(redis.send("RPUSH", "l", "1", "2", HUGE)).toBe(OOM);
  expect(redis.send("LPUSH", "new", "1", HUGE)).toBe(OOM);
  expect(redis.send("LSET", "l", "1", HUGE)).toBe(OOM);
  expect(redis.send("LINSERT", "l", "BEFORE", "b", HUGE)).toBe(OOM);
  expect(redis.run("LMOVE big new LEFT LEFT")).toBe(OOM);
  expect(redis.run("LMOVE big l LEFT RIGHT")).toBe(OOM);
  expect(redis.run("COPY big new")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(redis.script("LRANGE l 0 -1", "LLEN big", "DBSIZE")).toEqual([
    "LRANGE l 0 -1 => *3 $1 a $1 b $1 c",
    "LLEN big => :1",
    "DBSIZE => :2",
  ]);
});

test("what several keys are popped from propagates as the pop of one", () => {
  const redis = testInstance(commands);
  redis.run("RPUSH l a b c");
  redis.effects();
  redis.run("LMPOP 2 x l RIGHT COUNT 9");
  redis.run("RPUSH l a b");
  redis.run("LTRIM l 0 -1");
  expect(redis.effects()).toEqual(["RPOP l 3", "RPUSH l a b"]);
});

test("the fill of the configuration bounds listpacks from the next change on", () => {
  const redis = testInstance(commands);
  redis.run("RPUSH l a b c d");
  const small = redis.run("MEMORY USAGE l");
  redis.run("CONFIG SET list-max-listpack-size 2");
  redis.run("RPUSH l e");
  expect(redis.run("MEMORY USAGE l")).not.toBe(small);
  expect(redis.script("LRANGE l 0 -1", "OBJECT ENCODING l")).toEqual([
    "LRANGE l 0 -1 => *5 $1 a $1 b $1 c $1 d $1 e",
    "OBJECT ENCODING l => $9 quicklist",
  ]);
});

test("a list that moves onto itself turns, whatever room its entry has", () => {
  for (let length = 1; length <= 120; length++) {
    const redis = testInstance(commands);
    redis.send("rpush", "l", "x".repeat(length), "second", "third");
    for (const [from, to] of [
      ["left", "right"],
      ["right", "left"],
    ]) {
      redis.send("lmove", "l", "l", from!, to!);
    }
    expect(redis.run("lindex l 0")).toBe(`$${length}\r\n${"x".repeat(length)}\r\n`);
    expect(redis.run("llen l")).toBe(":3\r\n");
  }
});
