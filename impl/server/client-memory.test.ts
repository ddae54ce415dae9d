import { expect, test } from "vitest";
import { TestServer } from "../../testing/server.ts";

const OFF = { appendonly: "no" };
const TALE = "x".repeat(50_000);

/** A field of a client's line in CLIENT LIST. */
function field(list: string, id: number, name: string): number {
  const line = list.split("\n").find((each) => each.includes(`id=${id} `))!;
  return Number(new RegExp(` ${name}=(\\d+)`).exec(line)![1]);
}

test("what MULTI queues counts with what waits to be parsed", () => {
  const server = TestServer.loaded({ ...OFF, "client-query-buffer-limit": "1mb" });
  const a = server.connect();
  const b = server.connect();
  a.ask("MULTI");
  for (let i = 0; i < 20; i++) expect(a.ask(`SET k ${TALE}`)).toBe("+QUEUED\r\n");
  expect(field(b.ask("CLIENT LIST"), 1, "multi-mem")).toBeGreaterThan(1_000_000);
  a.ask(`SET k ${TALE}`);
  expect(a.isClosed).toBe(true);
  expect(server.warnings).toEqual([
    expect.stringMatching(
      /^Closing client that reached max query buffer length: id=1 addr=.* multi=/,
    ),
  ]);
  expect(b.ask("PING")).toBe("+PONG\r\n");
});

test("many small queued commands are counted by what they take", () => {
  const server = TestServer.loaded({ ...OFF, "client-query-buffer-limit": "1mb" });
  const a = server.connect();
  a.ask("MULTI");
  for (let i = 0; i < 14 && !a.isClosed; i++) a.send(...Array.from({ length: 100 }, () => "PING"));
  server.turn();
  expect(a.isClosed).toBe(true);
});

test("a transaction below the limit runs, and what it took is given back", () => {
  const server = TestServer.loaded({ ...OFF, "client-query-buffer-limit": "1mb" });
  const a = server.connect();
  for (let round = 0; round < 4; round++) {
    a.ask("WATCH a b", "MULTI");
    for (let i = 0; i < 15; i++) a.ask(`SET k ${TALE}`);
    expect(a.ask("EXEC")).toContain("+OK");
  }
  expect(field(a.ask("CLIENT LIST"), 1, "tot-mem")).toBeLessThan(200_000);
});

test("watched keys have a limit", () => {
  const server = TestServer.loaded({ ...OFF, "client-query-buffer-limit": "1mb" });
  const a = server.connect();
  for (let i = 0; i < 60 && !a.isClosed; i++) {
    a.ask(`WATCH ${Array.from({ length: 100 }, (_, k) => `key:${i}:${k}`).join(" ")}`);
  }
  expect(a.isClosed).toBe(true);
});

test("watched keys count in tot-mem until they are forgotten", () => {
  const server = TestServer.loaded(OFF);
  const a = server.connect();
  const before = field(a.ask("CLIENT LIST"), 1, "tot-mem");
  a.ask("WATCH a b c");
  expect(field(a.ask("CLIENT LIST"), 1, "tot-mem")).toBe(before + 3 * 226);
  a.ask("UNWATCH");
  expect(field(a.ask("CLIENT LIST"), 1, "tot-mem")).toBe(before);
});

/** Queues so many values of 50,000 bytes. */
function fill(client: ReturnType<TestServer["connect"]>, count: number): void {
  client.ask("MULTI");
  for (let i = 0; i < count; i++) client.ask(`SET k ${TALE}`);
}

test("maxmemory-clients closes the largest client first, until all fit", () => {
  const server = TestServer.loaded({ ...OFF, "maxmemory-clients": "1mb" });
  const [small, large, other] = [server.connect(), server.connect(), server.connect()];
  fill(small, 3);
  fill(large, 10);
  expect(large.isClosed).toBe(false);
  fill(other, 7);
  expect([small.isClosed, large.isClosed, other.isClosed]).toEqual([false, true, false]);
  expect(server.notices).toEqual([expect.stringMatching(/^Evicting client: id=2 addr=/)]);
  expect(server.connect().ask("INFO stats")).toContain("evicted_clients:1\r\n");
  expect(server.instance.statistics.evictedClients).toBe(1);
});

test("CLIENT NO-EVICT spares a client, which counts all the same", () => {
  const server = TestServer.loaded({ ...OFF, "maxmemory-clients": "1mb" });
  const [spared, other] = [server.connect(), server.connect()];
  spared.ask("CLIENT NO-EVICT on");
  other.ask("PING");
  fill(spared, 25);
  expect([spared.isClosed, other.isClosed]).toEqual([false, true]);
  expect(server.connect().ask("PING")).toBe("");
  spared.ask("DISCARD");
  expect(server.connect().ask("PING")).toBe("+PONG\r\n");
});

test("a limit that is set counts whoever is there, and one that is taken back forgets them", () => {
  const server = TestServer.loaded(OFF);
  const [a, b] = [server.connect(), server.connect()];
  fill(a, 25);
  b.ask("CLIENT NO-EVICT on");
  b.ask("CONFIG SET maxmemory-clients 1mb");
  expect(a.isClosed).toBe(true);
  b.ask("CONFIG SET maxmemory-clients 0");
  const c = server.connect();
  fill(c, 25);
  expect(c.isClosed).toBe(false);
});

test("a percentage is one of maxmemory, and replies that nobody takes count", () => {
  const server = TestServer.loaded({ ...OFF, maxmemory: "10mb", "maxmemory-clients": "10%" });
  const [a, b] = [server.connect(), server.connect()];
  a.ask("PING");
  a.unsentBytes = 2 ** 20;
  b.ask("CLIENT NO-EVICT on");
  a.ask("PING");
  expect([a.isClosed, b.isClosed]).toEqual([true, false]);
});
