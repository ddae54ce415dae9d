import { expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { strings } from "../strings/index.ts";
import { transactions } from "../transactions/index.ts";
import { keys } from "./index.ts";

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance([...strings, ...keys, ...transactions]);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

test("DEL and UNLINK remove; the effect is the command with every key", () => {
  const redis = start("mset a 1 b 2 c 3");
  expect(redis.script("del a x b", "UNLINK c c", "del x", "exists a b c")).toEqual([
    "del a x b => :2",
    "UNLINK c c => :1",
    "del x => :0",
    "exists a b c => :0",
  ]);
  expect(redis.effects()).toEqual(["del a x b", "UNLINK c c"]);
  expect(redis.instance.data.changes.count).toBe(6);
});

test("DEL of a key whose time is past removes nothing of its own", () => {
  const redis = start("set k v px 10");
  redis.clock.advance(11);
  expect(redis.run("del k")).toBe(":0\r\n");
  expect(redis.effects()).toEqual(["DEL k"]);
});

test("EXISTS and TOUCH count a key as often as it is named", () => {
  expect(start("set a 1").script("exists a a b", "touch a b a", "type a", "type b")).toEqual([
    "exists a a b => :2",
    "touch a b a => :2",
    "type a => +string",
    "type b => +none",
  ]);
});

/** Commands of another client, and whether they make the first one's transaction fail. */
test.each([
  ["set k 2", true],
  ["set k 2 nx", false],
  ["set k 5", true],
  ["append k x", true],
  ["incr k", true],
  ["incr other", false],
  ["get k", false],
  ["touch k", false],
  ["del k", true],
  ["del other", false],
  ["mset other 1 k 2", true],
  ["msetnx other 1 k 2", false],
  ["expire k 100", true],
  ["expire k 100 xx", false],
  ["persist k", false],
  ["getex k", false],
  ["getex k persist", false],
  ["getex k ex 100", true],
  ["getdel k", true],
  ["getset k v", true],
  ["rename k z", true],
  ["rename z k", true],
  ["rename k k", false],
  ["renamenx z k", false],
  ["copy z k", false],
  ["copy z k replace", true],
  ["move k 1", true],
])("after WATCH k, %s of another client fails EXEC: %s", (line, fails) => {
  const redis = start("set k 5", "set z 9", "watch k");
  redis.connect().run(line);
  redis.run("multi");
  redis.run("get z");
  expect(redis.run("exec").startsWith("*-1\r\n")).toBe(fails);
});

test.each([
  ["persist k", true],
  ["getex k persist", true],
  ["set k 5 keepttl", true],
  ["ttl k", false],
])("after WATCH of an expiring k, %s of another client fails EXEC: %s", (line, fails) => {
  const redis = start("set k 5 ex 100", "watch k");
  const before = redis.instance.data.changes.count;
  redis.connect().run(line);
  expect(redis.instance.data.changes.count - before).toBe(fails ? 1 : 0);
  expect(redis.script("multi", "get k", "exec").at(-1) === "exec => *-1").toBe(fails);
});

test("the key's end by time fails EXEC, unless it was past at WATCH", () => {
  const redis = start("set k v px 10", "watch k");
  redis.clock.advance(11);
  expect(redis.script("multi", "get k", "exec").at(-1)).toBe("exec => *-1");
  redis.run("set k v px 10");
  redis.clock.advance(11);
  redis.run("watch k");
  redis.connect().run("get k");
  expect(redis.script("multi", "get k", "exec").at(-1)).toBe("exec => *1 $-1");
});

test("under CLIENT PAUSE a key whose time is past counts as absent, and stays", () => {
  const redis = start("set k v px 10");
  redis.clock.advance(11);
  redis.instance.clients.pause = { mode: "write", untilMs: redis.instance.time.nowMs + 1011 };
  const lines = ["get k", "exists k", "type k", "scan 0", "keys *", "randomkey"];
  expect(redis.script(...lines)).toEqual([
    "get k => $-1",
    "exists k => :0",
    "type k => +none",
    "scan 0 => *2 $1 0 *0",
    "keys * => *0",
    "randomkey => $1 k",
  ]);
  expect(redis.instance.data.expireCycle(100)).toBe(0);
  expect(redis.effects()).toEqual([]);
  expect(redis.instance.data.databases[0]!.size).toBe(1);
  redis.clock.advance(1000);
  expect(redis.run("get k")).toBe("$-1\r\n");
  expect(redis.effects()).toEqual(["DEL k"]);
});
