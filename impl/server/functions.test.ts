/** Libraries of functions over the log: what a start finds of them. */
import { expect, test } from "vitest";
import type { MemoryDisk } from "../../testing/disk.ts";
import { TestServer } from "../../testing/server.ts";
import { quote } from "../config/quoting.ts";

const LIBRARY =
  "#!lua name=lib\nlocal n = 0 redis.register_function('f', function(keys) n = n + 1 " +
  "redis.call('rpush', keys[1], n) return redis.call('llen', keys[1]) end)";
const OTHER = "#!lua name=other\nredis.register_function('g', function() return 'g' end)";

/** A server, and what sends it a request and waits until the reply lasts. */
function started(disk?: MemoryDisk, directives: Readonly<Record<string, string>> = {}) {
  const server = TestServer.loaded({ appendfsync: "always", ...directives }, disk);
  const client = server.connect();
  const send = (...args: string[]): string => {
    const now = client.ask(args.map(quote).join(" "));
    while (server.disk.syncs.length > 0) server.endSync();
    return now + client.take();
  };
  return { server, send };
}

test("a library is there again after the power has failed, and nothing was called meanwhile", () => {
  const { server, send } = started();
  expect(send("FUNCTION", "LOAD", LIBRARY)).toBe("$3\r\nlib\r\n");
  expect(send("FUNCTION", "LOAD", OTHER)).toBe("$5\r\nother\r\n");
  expect(send("FCALL", "f", "1", "k")).toBe(":1\r\n");
  expect(send("FUNCTION", "DELETE", "other")).toBe("+OK\r\n");
  const list = send("FUNCTION", "LIST", "WITHCODE");
  server.disk.losePower();
  const again = started(server.disk);
  expect(again.send("FUNCTION", "LIST", "WITHCODE")).toBe(list);
  expect(again.send("LRANGE", "k", "0", "-1")).toBe("*1\r\n$1\r\n1\r\n");
  expect(again.send("INFO", "commandstats")).not.toContain("fcall");
  // A library's own variables begin anew: no replay has called it.
  expect(again.send("FCALL", "f", "1", "j")).toBe(":1\r\n");
  expect(again.send("LRANGE", "j", "0", "-1")).toBe("*1\r\n$1\r\n1\r\n");
});

test("what was not acknowledged may be gone, and is gone as a whole", () => {
  const { server, send } = started();
  send("FUNCTION", "LOAD", OTHER);
  const client = server.connect();
  expect(client.ask(`FUNCTION LOAD ${quote(LIBRARY)}`)).toBe("");
  server.disk.losePower();
  const again = started(server.disk);
  expect(again.send("FCALL", "g", "0")).toBe("$1\r\ng\r\n");
  const stats = again.send("FUNCTION", "STATS");
  expect(stats).toMatch(/libraries_count\r\n:(\d)\r\n\$15\r\nfunctions_count\r\n:\1\r\n/);
});

test("every change of libraries is replayed", () => {
  const { server, send } = started();
  send("FUNCTION", "LOAD", LIBRARY);
  const dump = send("FUNCTION", "DUMP");
  const payload = dump.slice(dump.indexOf("\r\n") + 2, -2);
  send("FUNCTION", "LOAD", OTHER);
  send("FUNCTION", "LOAD", "REPLACE", LIBRARY.replace("'f'", "'h'"));
  expect(send("FUNCTION", "RESTORE", payload, "FLUSH")).toBe("+OK\r\n");
  send("FLUSHALL");
  const list = send("FUNCTION", "LIST");
  expect(list).toMatch(/^\*1\r\n/);
  server.disk.losePower();
  const again = started(server.disk);
  expect(again.send("FUNCTION", "LIST")).toBe(list);
  expect(again.send("FUNCTION", "FLUSH")).toBe("+OK\r\n");
  again.server.disk.losePower();
  expect(started(server.disk).send("FUNCTION", "LIST")).toBe("*0\r\n");
});

test("a log that begins later begins with the libraries", () => {
  const { server, send } = started(undefined, { appendonly: "no" });
  send("FUNCTION", "LOAD", LIBRARY);
  expect(send("CONFIG", "SET", "appendonly", "yes")).toBe("+OK\r\n");
  server.disk.losePower();
  expect(started(server.disk).send("FCALL", "f", "1", "k")).toBe(":1\r\n");
});
