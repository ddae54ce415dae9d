import { beforeEach, expect, test } from "vitest";
import { configOf } from "../../testing/config.ts";
import { type TestClient, type TestInstance, testInstance } from "../../testing/instance.ts";
import { TestServer } from "../../testing/server.ts";
import { ReplyScanner } from "../../testing/wire/scanner.ts";
import { commands } from "../commands/index.ts";

let redis: TestInstance;
let listener: TestClient;

beforeEach(() => {
  redis = testInstance(commands);
  listener = redis.connect();
  listener.run("hello 3");
  listener.run("psubscribe *");
});

/** What the listener has been told since the last call, each as `channel message`. */
function told(): string[] {
  const { reply, outbox } = listener.session;
  const frames = new ReplyScanner().push(Buffer.from(reply.bytes.subarray(0, reply.length)));
  outbox.drop();
  return frames.map(({ bytes }) => bytes.toString("latin1").split("\r\n").filter(isWord).join(" "));
}

/** The words of a pmessage behind its kind and its pattern. */
function isWord(line: string, i: number): boolean {
  return i > 4 && !line.startsWith("$") && line !== "";
}

function notify(classes: string): void {
  redis.send("config", "set", "notify-keyspace-events", classes);
}

test("both channels, each only when its letter is there", () => {
  notify("KEA");
  redis.run("set k v");
  expect(told()).toEqual(["__keyspace@0__:k set", "__keyevent@0__:set k"]);
  notify("KA");
  redis.run("select 3");
  redis.run("set k v");
  expect(told()).toEqual(["__keyspace@3__:k set"]);
  notify("E$");
  redis.run("set k v");
  redis.run("del k");
  expect(told()).toEqual(["__keyevent@3__:set k"]);
});

test("neither a channel without classes nor classes without a channel tell of anything", () => {
  for (const classes of ["", "KE", "A", "Amn"]) {
    notify(classes);
    redis.run("set k v");
    redis.run("get nothing");
    redis.run("del k");
    expect(told()).toEqual([]);
  }
});

test("A is everything but misses and new keys, which have letters of their own", () => {
  notify("EAmn");
  redis.run("get k");
  redis.run("set k v");
  redis.run("set k w");
  expect(told()).toEqual(
    ["keymiss", "new", "set", "set"].map((event) => `__keyevent@0__:${event} k`),
  );
  notify("EA");
  redis.run("get x");
  redis.run("set x v");
  expect(told()).toEqual(["__keyevent@0__:set x"]);
});

test("what is made again by DEBUG RELOAD is not new", () => {
  redis = testInstance(commands, configOf({ "enable-debug-command": "yes" }));
  listener = redis.connect();
  listener.run("psubscribe *");
  notify("En");
  redis.run("set k v");
  expect(told()).toEqual(["__keyevent@0__:new k"]);
  expect(redis.run("debug reload")).toBe("+OK\r\n");
  expect(told()).toEqual([]);
  redis.run("set z v");
  expect(told()).toEqual(["__keyevent@0__:new z"]);
});

test("what expires in the background is told when its removal is on the disk", () => {
  const server = TestServer.loaded({ appendfsync: "always", "notify-keyspace-events": "Ex" });
  const [a, b] = [server.connect(), server.connect()];
  a.ask("subscribe __keyevent@0__:expired");
  a.take();
  b.ask("set k v px 50");
  server.endSync();
  server.pass(100);
  expect(a.take()).toBe("");
  server.endSync();
  expect(a.take()).toContain("$7\r\nmessage\r\n$22\r\n__keyevent@0__:expired\r\n$1\r\nk\r\n");
});

test("a change that somebody makes himself is told behind the reply", () => {
  notify("Eg$");
  redis.run("hello 3");
  redis.run("subscribe __keyevent@0__:set");
  expect(redis.run("set k v")).toBe(
    "+OK\r\n>3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set\r\n$1\r\nk\r\n",
  );
});
