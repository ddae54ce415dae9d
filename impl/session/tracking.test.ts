import { beforeEach, expect, test } from "vitest";
import { type TestClient, type TestInstance, testInstance } from "../../testing/instance.ts";
import { TestServer } from "../../testing/server.ts";
import { commands } from "../commands/index.ts";
import { TrackingTable } from "./tracking-table.ts";

let redis: TestInstance;
let reader: TestClient;

beforeEach(() => {
  redis = testInstance(commands);
  reader = redis.connect();
  reader.run("hello 3");
});

/** The keys that the reader has been told of since the last call. */
function told(client = reader): string[] {
  const { reply, outbox } = client.session;
  const text = reply.bytes.toString("latin1", 0, reply.length);
  outbox.drop();
  return text.split(">2\r\n$10\r\ninvalidate\r\n").slice(1).map(keysOf);
}

function keysOf(text: string): string {
  return text
    .split("\r\n")
    .filter((line) => !/^[*$]/.test(line) && line !== "")
    .join(" ");
}

test("nothing is looked at while nobody has a cache and nothing is remembered", () => {
  const { tracking } = redis.instance;
  expect([tracking.isOn, tracking.isHeard]).toEqual([false, false]);
  reader.run("client tracking on");
  expect([tracking.isOn, tracking.isHeard]).toEqual([true, true]);
  reader.run("get k");
  reader.run("client tracking off");
  expect([tracking.isOn, tracking.isHeard]).toEqual([false, true]);
  redis.run("set k v");
  expect([tracking.isOn, tracking.isHeard]).toEqual([false, false]);
  expect(told()).toEqual([]);
});

test("many readers of a key are told once each, in the order of their ids", () => {
  const readers = Array.from({ length: 600 }, () => redis.connect());
  for (const one of readers) {
    one.run("hello 3");
    one.run("client tracking on");
    one.run("get k");
  }
  expect(redis.run("info stats")).toContain("tracking_total_items:600");
  redis.run("set k v");
  for (const one of readers) expect(told(one)).toEqual(["k"]);
  expect(redis.run("info stats")).toContain("tracking_total_items:0");
});

test("who is told for several is told of a flush in the order of their ids", () => {
  const [first, second] = [redis.connect(), redis.connect()];
  second.run("hello 3");
  const { id } = reader.session;
  for (const one of [second, first]) one.run(`client tracking on redirect ${id}`);
  redis.run("flushall");
  // Each in the form that the one itself reads for which it is told.
  expect(told()).toEqual(["", "_"]);
});

test("keys are forgotten while there are too many, and whoever has read them is told", () => {
  reader.run("client tracking on noloop");
  reader.send("mget", ...Array.from({ length: 250 }, (_, i) => `k${i}`));
  redis.run("config set tracking-table-max-keys 10");
  const forgotten: string[] = [];
  for (let i = 0; i < 4; i++) {
    redis.instance.tracking.limit();
    forgotten.push(...told());
  }
  expect(new Set(forgotten).size).toBe(240);
  expect(redis.instance.tracking.table.size).toBe(10);
});

test("room is made with more effort each time that it was not enough", () => {
  reader.run("client tracking on");
  reader.send("mget", ...Array.from({ length: 1000 }, (_, i) => `k${i}`));
  redis.run("config set tracking-table-max-keys 1");
  const sizes = Array.from({ length: 5 }, () => {
    redis.instance.tracking.limit();
    return redis.instance.tracking.table.size;
  });
  expect(sizes).toEqual([900, 700, 400, 1, 1]);
});

test("a client that is told of room is told in front of its reply", () => {
  reader.run("client tracking on");
  reader.run("mget a b");
  redis.run("config set tracking-table-max-keys 1");
  const sent = reader.run("multi");
  expect(sent).toMatch(/^>2\r\n\$10\r\ninvalidate\r\n\*1\r\n\$1\r\n[ab]\r\n\+OK\r\n$/);
});

test("NOLOOP does not keep an expired key from the client that comes across it", () => {
  reader.run("client tracking on noloop");
  redis.run("set k v px 10");
  reader.run("get k");
  redis.clock.advance(20);
  expect(reader.run("get k")).toBe("_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n");
});

test("a table of many keys keeps its accounts", () => {
  const table = new TrackingTable([1, 2]);
  const name = (i: number) => Buffer.from(`key:${i}`);
  for (let i = 0; i < 2000; i++) {
    for (let id = 1; id <= 1 + (i % 3); id++) table.remember(name(i), 0, name(i).length, id);
  }
  table.remember(name(2), 0, name(2).length, 3);
  expect([table.size, table.items]).toEqual([2000, 667 + 2 * 667 + 3 * 666]);
  table.verifyInvariants();
  expect(table.idsOf(table.find(name(2), 0, name(2).length))).toEqual([1, 2, 3]);
  for (let i = 0; i < 1000; i++) table.forget(table.find(name(i), 0, name(i).length));
  table.verifyInvariants();
  expect(table.size).toBe(1000);
  table.clear();
  table.verifyInvariants();
  expect([table.size, table.items]).toEqual([0, 0]);
});

test("INFO and CLIENT LIST show who has a cache", () => {
  reader.run("client tracking on bcast prefix a prefix b");
  const other = redis.connect();
  other.run("client tracking on redirect 1");
  other.run("get k");
  expect(redis.run("info clients")).toContain("tracking_clients:2");
  const stats = redis.run("info stats");
  for (const field of ["keys:1", "items:1", "prefixes:2"]) {
    expect(stats).toContain(`tracking_total_${field}\r\n`);
  }
  expect(reader.run("client info")).toMatch(/ flags=tB .* redir=0 /);
  expect(other.run("client info")).toMatch(/ flags=t .* redir=1 /);
});

test("an invalidation leaves when the change that it tells of lasts, behind what was read before", () => {
  const server = TestServer.loaded({ appendfsync: "always" });
  const [a, b, c] = [server.connect(), server.connect(), server.connect()];
  a.ask("HELLO 3", "CLIENT TRACKING ON");
  c.ask("HELLO 3", "CLIENT TRACKING ON BCAST");
  a.take();
  a.ask("GET k");
  a.take();
  expect(b.ask("SET k 1")).toBe("");
  expect([a.take(), c.take()]).toEqual(["", ""]);
  server.endSync();
  const invalidation = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n";
  expect([a.take(), b.take(), c.take()]).toEqual([invalidation, "+OK\r\n", invalidation]);
  a.send("GET k");
  b.send("SET k 2");
  server.turn();
  expect(a.take()).toBe("$1\r\n1\r\n");
  server.endSync();
  expect(a.take()).toBe(invalidation);
});

test("who prefers silence is told at the end of the loop turn, too", () => {
  const server = TestServer.loaded({ appendonly: "no" });
  const [a, b] = [server.connect(), server.connect()];
  a.ask("HELLO 3", "CLIENT TRACKING ON BCAST");
  a.take();
  b.ask("CLIENT REPLY OFF");
  b.send("SET k 1");
  b.send("SET j 1");
  server.turn();
  expect(a.take()).toBe(">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\nj\r\n$1\r\nk\r\n");
});
