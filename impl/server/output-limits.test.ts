/** Limits on what waits to be sent hold before it is handed to the transport, as in Redis. */
import { expect, test } from "vitest";
import { TestServer } from "../../testing/server.ts";
import { IdleObserver, type RunningCommand } from "../session/observer.ts";

const OFF = { appendonly: "no" };
const LIMIT = { ...OFF, "client-output-buffer-limit": "normal 100000 0 0 pubsub 30000 0 0" };

test("a reply beyond the limit is not sent, and the line that closes the client names it", () => {
  const server = TestServer.loaded(LIMIT);
  const a = server.connect();
  const b = server.connect();
  a.ask("CLIENT SETNAME reader");
  b.ask(`SET k ${"v".repeat(60_000)}`);
  expect(a.ask("GET k")).toHaveLength(60_010);
  expect(a.ask("MGET k k")).toBe("");
  expect(a.isClosed).toBe(true);
  expect(server.warnings).toEqual([
    expect.stringMatching(/^Client id=1 addr=\S+ .*name=reader .* scheduled to be closed ASAP/),
  ]);
  expect(b.ask("PING")).toBe("+PONG\r\n");
});

test("what follows in the pipeline does not run", () => {
  const server = TestServer.loaded(LIMIT);
  const a = server.connect();
  const b = server.connect();
  b.ask(`SET k ${"v".repeat(60_000)}`);
  a.send("GET k", "GET k", "SET later 1");
  server.turn();
  expect(a.isClosed).toBe(true);
  expect(b.ask("EXISTS later")).toBe(":0\r\n");
});

test("a transaction is executed to its end", () => {
  const server = TestServer.loaded(LIMIT);
  const a = server.connect();
  const b = server.connect();
  b.ask(`SET k ${"v".repeat(60_000)}`);
  a.ask("MULTI", "GET k", "GET k", "SET later 1", "EXEC");
  expect(a.isClosed).toBe(true);
  expect(b.ask("GET later")).toBe("$1\r\n1\r\n");
});

test("who is given more messages than the limit is closed, and who publishes is not", () => {
  const server = TestServer.loaded(LIMIT);
  const listener = server.connect();
  const other = server.connect();
  listener.ask("SUBSCRIBE c");
  other.ask(`PUBLISH c ${"v".repeat(40_000)}`);
  expect(listener.isClosed).toBe(false);
  // That was within the limit since the first 16 KB do not count, as in Redis.
  other.ask(`PUBLISH c ${"v".repeat(60_000)}`);
  expect(listener.isClosed).toBe(true);
  expect(other.ask("PING")).toBe("+PONG\r\n");
});

test("who is to be closed is listed until the turn ends, and gets no further message", () => {
  const server = TestServer.loaded(LIMIT);
  const listener = server.connect();
  const other = server.connect();
  listener.ask("SUBSCRIBE c");
  const message = "v".repeat(60_000);
  const listed = other.ask("MULTI", `PUBLISH c ${message}`, "CLIENT LIST", "PUBLISH c v", "EXEC");
  expect(listed).toMatch(/id=1 .* flags=PA .* omem=4\d{4} /);
  expect(listed).toContain(":1\r\n");
  expect(listener.isClosed).toBe(true);
  expect(server.warnings).toHaveLength(1);
});

test("a reply that has no end is cut", () => {
  const server = TestServer.loaded(LIMIT);
  const a = server.connect();
  const b = server.connect();
  b.ask("HSET h f v");
  expect(a.ask("HRANDFIELD h -999999999")).toBe("");
  expect(a.isClosed).toBe(true);
  expect(server.warnings).toEqual([expect.stringContaining("scheduled to be closed ASAP")]);
});

test("what CLIENT REPLY silences is not cut", () => {
  const server = TestServer.loaded(LIMIT);
  const a = server.connect();
  const b = server.connect();
  b.ask(`SET k ${"v".repeat(60_000)}`);
  a.send("CLIENT REPLY SKIP", `MGET${" k".repeat(20)}`, "PING");
  server.turn();
  expect(a.isClosed).toBe(false);
});

test("the elements of a reply that is cut are written over", () => {
  const server = TestServer.loaded({ ...OFF, "client-output-buffer-limit": "normal 1mb 0 0" });
  const a = server.connect();
  const b = server.connect();
  b.ask("SETRANGE k 99999 v");
  let most = 0;
  class Watcher extends IdleObserver {
    override leaves({ session }: RunningCommand): void {
      most = Math.max(most, session.reply.bytes.length);
    }
  }
  server.instance.observe(new Watcher());
  a.ask(`MGET${" k".repeat(500)}`);
  expect(a.isClosed).toBe(true);
  expect(most).toBeLessThanOrEqual(4 * 1024 * 1024);
});
