import { beforeEach, expect, test } from "vitest";
import type { TestConnection } from "../../../testing/connection.ts";
import { TestServer } from "../../../testing/server.ts";

let server: TestServer;
let a: TestConnection;
let b: TestConnection;

function start(directives: Readonly<Record<string, string>>): void {
  server = TestServer.loaded(directives);
  a = server.connect();
  b = server.connect();
}

beforeEach(() => start({ appendfsync: "always" }));

/** The frames of a text, line ends shown as spaces. */
const shown = (text: string): string => text.replaceAll("\r\n", " ").trimEnd();

const told = (content: string): string => `*3 $7 message $1 c $${content.length} ${content}`;

test("a message leaves when the writes of its transaction are on the disk", () => {
  a.ask("subscribe c");
  b.ask("multi", "set k 1", "publish c set", "exec");
  expect([a.take(), b.take()]).toEqual(["", ""]);
  server.endSync();
  expect(shown(a.take())).toBe(told("set"));
  expect(shown(b.take())).toBe("*2 +OK :1");
});

test("a message waits for everything that has run before it, and for nothing more", () => {
  a.ask("subscribe c");
  b.ask("set k 1");
  expect(b.ask("publish c one")).toBe("");
  expect(a.take()).toBe("");
  server.endSync();
  expect(shown(a.take())).toBe(told("one"));
  expect(shown(b.take())).toBe("+OK :1");
  b.ask("publish c two");
  expect(shown(a.take())).toBe(told("two"));
  b.send("publish c three", "set k 2");
  server.turn();
  expect(shown(a.take())).toBe(told("three"));
});

test("one's own message stands behind the reply, and never in the reply of EXEC", () => {
  a.ask("hello 3");
  a.ask("subscribe c");
  expect(shown(a.ask("publish c x"))).toBe(`:1 ${told("x").replace("*", ">")}`);
  a.ask("multi", "publish c x", "publish c y", "ping");
  const messages = `${told("x")} ${told("y")}`.replaceAll("*", ">");
  expect(shown(a.ask("exec"))).toBe(`*3 :1 :1 +PONG ${messages}`);
});

test("who is leaving is told nothing more", () => {
  a.send("subscribe c", "quit");
  b.send("publish c x");
  server.turn();
  expect(shown(a.take())).toBe("*3 $9 subscribe $1 c :1 +OK");
  expect(a.isClosed).toBe(true);
  expect(shown(b.take())).toBe(":1");
  expect(shown(b.ask("publish c x"))).toBe(":0");
});

test("CLIENT LIST and INFO show who listens to what", () => {
  a.ask("hello 3");
  a.ask("subscribe c d");
  a.ask("psubscribe *");
  a.ask("ssubscribe c");
  const [line] = b.ask("client list type pubsub").split("\n").slice(1);
  expect(line).toMatch(/ flags=P .* sub=2 psub=1 ssub=1 /);
  expect(b.ask("client list type normal")).toMatch(/ flags=N .* sub=0 psub=0 ssub=0 /);
  const info = b.ask("info stats");
  expect(info).toMatch(/pubsub_channels:2\r\npubsub_patterns:1\r\npubsubshard_channels:1\r\n/);
  a.leave();
  expect(b.ask("info stats")).toMatch(/pubsub_channels:0\r\npubsub_patterns:0\r\n/);
});

test("subscriptions count as memory of their client, by what they are named", () => {
  start({ "maxmemory-clients": "200kb" });
  const name = "n".repeat(10_000);
  for (let i = 0; i < 40 && !a.isClosed; i++) a.ask(`subscribe ${name}${i}`);
  expect(a.isClosed).toBe(true);
  expect(b.ask("pubsub channels")).toBe("*0\r\n");
});

test("a listener that reads nothing is closed at its class's limit", () => {
  start({ "client-output-buffer-limit": "pubsub 1000 0 0" });
  a.ask("subscribe c");
  b.ask("subscribe other");
  // The transport has taken the bytes and cannot send them.
  a.unsentBytes = 999;
  const c = server.connect();
  c.ask("publish c x");
  server.pass(1000);
  expect(a.isClosed).toBe(false);
  a.unsentBytes = 1001;
  server.pass(1000);
  expect(a.isClosed).toBe(true);
  b.unsentBytes = 1001;
  b.ask("unsubscribe");
  server.pass(1000);
  expect(b.isClosed).toBe(false);
});

test("a replica that listens to channels is closed when there is a message for it", () => {
  a.ask("hello 3");
  a.ask("subscribe c");
  a.ask("sync");
  expect(a.isClosed).toBe(false);
  b.ask("publish c x");
  expect(a.isClosed).toBe(true);
});
