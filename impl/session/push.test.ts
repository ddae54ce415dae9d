import { beforeEach, expect, test } from "vitest";
import type { TestConnection } from "../../testing/connection.ts";
import { testInstance } from "../../testing/instance.ts";
import { TestServer } from "../../testing/server.ts";
import { commands } from "../commands/index.ts";
import { NOTHING, RUNNING } from "../gate/outbox.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import { push } from "./push.ts";

/** `TELL`: pushes to its own session. */
const tell: Command = {
  name: "tell",
  arity: 1,
  flags: [],
  acl: [],
  group: "generic",
  since: "1.0.0",
  summary: "Pushes to its own session",
  handler: ({ instance, session, reply }: Call): void => {
    push(instance, session, RUNNING, event);
    reply.ok();
  },
};

function event(writer: ReplyWriter): void {
  writer.push(1);
  writer.bulkText("event");
}

const EVENT = "*1\r\n$5\r\nevent\r\n";

test("a push stands behind EXEC's reply, not in it", () => {
  const redis = testInstance([...commands, tell]);
  redis.run("multi");
  redis.run("tell");
  redis.run("ping");
  expect(redis.run("exec")).toBe(`*2\r\n+OK\r\n+PONG\r\n${EVENT}`);
});

test("CLIENT REPLY OFF and SKIP suppress replies, not pushes", () => {
  const redis = testInstance([...commands, tell]);
  redis.run("client reply skip");
  expect(redis.run("tell")).toBe(EVENT);
  redis.run("client reply off");
  expect(redis.run("tell")).toBe(EVENT);
  expect(redis.run("client reply on")).toBe("+OK\r\n");
});

let server: TestServer;
let a: TestConnection;
let b: TestConnection;

beforeEach(() => {
  server = TestServer.loaded({ appendfsync: "always" });
  a = server.connect();
  b = server.connect();
});

test("a push between commands wakes the loop, and leaves when the gate has what it tells of", () => {
  b.send("SET k 1");
  push(server.instance, server.instance.clients.sessions.get(1)!, RUNNING, event);
  server.core.settlePushed();
  server.turn();
  expect(a.take()).toBe("");
  server.endSync();
  expect(a.take()).toBe(EVENT);
  push(server.instance, server.instance.clients.sessions.get(1)!, NOTHING, event);
  server.core.settlePushed();
  server.turn();
  expect(a.take()).toBe(EVENT);
});

test("a push to a session that is gone is nobody's", () => {
  const session = server.instance.clients.sessions.get(1)!;
  push(server.instance, session, RUNNING, event);
  a.leave();
  push(server.instance, session, RUNNING, event);
  expect(server.instance.clients.pushed).toEqual([session]);
  b.ask("PING");
  expect(server.instance.clients.pushed).toEqual([]);
  expect(a.take()).toBe("");
});
