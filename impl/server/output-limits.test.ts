/** Limits on what waits to be sent hold before it is handed to the transport, as in Redis. */
import { expect, test } from "vitest";
import { TestServer } from "../../testing/server.ts";

const OFF = { appendonly: "no" };
const LIMIT = { ...OFF, "client-output-buffer-limit": "normal 100000 0 0 pubsub 50000 0 0" };

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
  other.ask(`PUBLISH c ${"v".repeat(60_000)}`);
  expect(listener.isClosed).toBe(true);
  expect(other.ask("PING")).toBe("+PONG\r\n");
});
