import { expect, test } from "vitest";
import { TestServer } from "../../../testing/server.ts";

const REFUSED = "-ERR CLIENT REPLY inside MULTI must not change which replies are sent\r\n";
const ABORTED = "-EXECABORT Transaction discarded because of previous errors.\r\n";

test.each(["OFF", "off", "SKIP"])("MULTI does not queue CLIENT REPLY %s", (mode) => {
  const client = TestServer.loaded({ appendonly: "no" }).connect();
  expect(client.ask("MULTI", "SET k v", `CLIENT REPLY ${mode}`, "PING", "EXEC", "GET k")).toBe(
    `+OK\r\n+QUEUED\r\n${REFUSED}+QUEUED\r\n${ABORTED}$-1\r\n`,
  );
});

test("nor CLIENT REPLY ON after OFF, whose answer would have no array around it", () => {
  const client = TestServer.loaded({ appendonly: "no" }).connect();
  const lines = ["CLIENT REPLY OFF", "MULTI", "SET k v", "CLIENT REPLY ON", "EXEC"];
  expect(client.ask(...lines, "CLIENT REPLY ON", "GET k")).toBe("+OK\r\n$-1\r\n");
});

test("what changes nothing is queued", () => {
  const client = TestServer.loaded({ appendonly: "no" }).connect();
  expect(client.ask("MULTI", "CLIENT REPLY ON", "EXEC")).toBe("+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");
});

const SCRIPT = "EVAL \"redis.call('rpush', KEYS[1], 1, 2) return {1, {2}}\" 1 l";

test("a script is heard or not as a whole, and so is who is served by it", () => {
  const server = TestServer.loaded({ appendonly: "no" });
  const [waiter, writer] = [server.connect(), server.connect()];
  waiter.ask("CLIENT REPLY SKIP", "BLPOP l 0", "PING");
  expect(writer.ask("CLIENT REPLY SKIP", SCRIPT, "LRANGE l 0 -1")).toBe("*1\r\n$1\r\n2\r\n");
  expect(waiter.take()).toBe("+PONG\r\n");
  waiter.ask("CLIENT REPLY OFF", "BRPOP m 0", "CLIENT REPLY ON");
  expect(waiter.take()).toBe("");
  expect(writer.ask("EVAL \"return redis.call('rpush', KEYS[1], 1)\" 1 m", "EXISTS m")).toBe(
    ":1\r\n:0\r\n",
  );
  expect(waiter.take()).toBe("+OK\r\n");
  expect(writer.ask("CLIENT REPLY OFF", SCRIPT, "CLIENT REPLY ON")).toBe("+OK\r\n");
});
