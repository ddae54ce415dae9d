import { beforeEach, describe, expect, test } from "vitest";
import type { TestConnection } from "../../testing/connection.ts";
import { MemoryDisk } from "../../testing/disk.ts";
import { TestServer } from "../../testing/server.ts";
import { waitingToys } from "../../testing/waiting-toys.ts";

const TAKEN = "*2\r\n$1\r\nk\r\n$1\r\nv\r\n";

let server: TestServer;
let waiter: TestConnection;
let writer: TestConnection;

function start(appendonly: string): void {
  const directives = { appendonly, appendfsync: "always" };
  server = TestServer.loaded(directives, new MemoryDisk(), waitingToys);
  waiter = server.connect();
  writer = server.connect();
}

describe("with a log, a client that is served", () => {
  beforeEach(() => start("yes"));

  test("gets its reply when its own unit is synced, behind that of the writer", () => {
    waiter.ask("TAKE k 0");
    writer.ask("SET k v");
    expect(server.core.log!.end).toBe(2);
    expect([waiter.take(), writer.take()]).toEqual(["", ""]);
    server.endSync();
    expect([waiter.take(), writer.take()]).toEqual([TAKEN, "+OK\r\n"]);
    const file = server.disk.text("/data/appendonlydir/appendonly.aof.1.incr.aof");
    expect(file).toMatch(/SET\r\n.*v\r\n\*2\r\n\$3\r\nDEL\r\n\$1\r\nk\r\n/s);
  });

  test("has its own step in the trace, with the unit that it acknowledges", () => {
    waiter.ask("TAKE k 0");
    writer.ask("SET k v");
    server.endSync();
    expect(server.trace.takeLines()).toEqual([
      "Append conn=2 lsn=1",
      "Append conn=1 lsn=2",
      "Write to=2",
      "FsyncBegin to=2",
      "FsyncOk",
      "Reply conn=1 count=1 first=1",
      "Reply conn=2 count=1 first=1",
    ]);
  });

  test("waits for the log's end when its time is up", () => {
    waiter.ask("TAKE k 50");
    writer.ask("SET other v");
    server.pass(100);
    expect(waiter.take()).toBe("");
    server.endSync();
    expect(waiter.take()).toBe("*-1\r\n");
  });
});

describe("without a log, a client that waits", () => {
  beforeEach(() => start("no"));

  test("hears of the end of its stream when the tick finds that its time is past", () => {
    writer.ask("XGROUP CREATE s g $ MKSTREAM", "PEXPIRE s 50");
    waiter.ask("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    server.pass(200);
    expect(waiter.take()).toBe("-UNBLOCKED the stream key no longer exists\r\n");
  });

  test("hears of the end of the group in which it waits", () => {
    writer.ask("XGROUP CREATE s g $ MKSTREAM");
    waiter.ask("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    expect(writer.ask("XGROUP DESTROY s g")).toBe(":1\r\n");
    expect(waiter.take()).toBe(
      "-NOGROUP the consumer group this client was blocked on no longer exists\r\n",
    );
  });

  test("is served in the middle of another client's pipeline", () => {
    waiter.ask("TAKE k 0");
    writer.send("SET k v", "GET k", "SET k w", "GET k");
    server.turn();
    expect(waiter.take()).toBe(TAKEN);
    expect(writer.take()).toBe("+OK\r\n$-1\r\n+OK\r\n$1\r\nw\r\n");
  });

  test("goes on with what it has sent behind the command that waited", () => {
    expect(waiter.ask("TAKE k 0", "PING", "TAKE k 0")).toBe("");
    writer.ask("SET k v");
    expect(waiter.take()).toBe(`${TAKEN}+PONG\r\n`);
    writer.ask("SET k v");
    expect(waiter.take()).toBe(TAKEN);
  });

  test("is served by what CLIENT PAUSE has held back", () => {
    waiter.ask("TAKE k 0");
    const third = server.connect();
    third.ask("CLIENT PAUSE 1000 WRITE");
    expect(writer.ask("SET k v")).toBe("");
    third.ask("CLIENT UNPAUSE");
    expect([writer.take(), waiter.take()]).toEqual(["+OK\r\n", TAKEN]);
  });

  test("is forgotten when its connection ends or it is killed", () => {
    waiter.ask("TAKE k 0");
    waiter.leave();
    const killed = server.connect();
    killed.ask("TAKE k 0");
    writer.ask("CLIENT KILL ID 3");
    expect(writer.ask("SET k v", "GET k")).toContain("$1\r\nv\r\n");
    expect(server.instance.clients.waits.size).toBe(0);
  });
});
