import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryDisk } from "../../testing/disk.ts";
import { TestServer } from "../../testing/server.ts";
import { createServer, type Server } from "./create-server.ts";

describe("over real sockets, a client that waits and goes away", () => {
  let server: Server;
  let waiter: Socket;
  let writer: Socket;

  beforeEach(async () => {
    server = await createServer({ port: 0 });
    waiter = connect(server.port, "127.0.0.1");
    writer = connect(server.port, "127.0.0.1");
    waiter.write("BLPOP list 0\r\n");
    while (!(await ask("INFO clients")).includes("blocked_clients:1")) {}
  });

  afterEach(async () => {
    waiter.destroy();
    writer.destroy();
    await server.close();
  });

  async function ask(line: string): Promise<string> {
    writer.write(`${line}\r\n`);
    const [chunk] = (await once(writer, "data")) as [Buffer];
    return chunk.toString("latin1");
  }

  const ways: Readonly<Record<string, () => void>> = {
    "closes its connection": () => waiter.destroy(),
    "ends its stream": () => waiter.end(),
    "resets its connection": () => waiter.resetAndDestroy(),
  };

  test.each(Object.keys(ways))("is not served by a push in the same poll: %s", async (way) => {
    // The server has no turn between these two, and sees both in the next one.
    ways[way]!();
    expect(await ask("RPUSH list a")).toBe(":1\r\n");
    expect(await ask("LRANGE list 0 -1")).toBe("*1\r\n$1\r\na\r\n");
    expect(await ask("INFO clients")).toContain("blocked_clients:0");
  });

  test("is not served either when the push comes first in that poll, and is short", async () => {
    const replied = ask("RPUSH list a");
    waiter.destroy();
    expect(await replied).toBe(":1\r\n");
    expect(await ask("LLEN list")).toBe(":1\r\n");
  });
});

test("a client that ends its stream still gets the replies to what it has sent", async () => {
  const server = await createServer({ port: 0 });
  const client = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  client.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
  });
  client.end("SET key value\r\nGET key\r\n");
  await once(client, "close");
  expect(received).toBe("+OK\r\n$5\r\nvalue\r\n");
  await server.close();
});

describe("a client that sends nothing more", () => {
  let server: TestServer;

  beforeEach(() => {
    server = TestServer.loaded({ appendfsync: "always" }, new MemoryDisk());
  });

  test("gets the reply that waits for the log, and is closed behind it", () => {
    const client = server.connect();
    client.ask("SET key value");
    client.finish();
    server.turn();
    expect([client.take(), client.isClosed]).toEqual(["", false]);
    server.endSync();
    expect([client.take(), client.isClosed]).toEqual(["+OK\r\n", true]);
  });

  test("is nobody's listener any more, while it still gets the reply that waits for the log", () => {
    const client = server.connect();
    const writer = server.connect();
    client.ask("HELLO 3");
    client.ask("SUBSCRIBE news");
    client.ask("SET key value");
    client.finish();
    server.turn();
    expect(client.isClosed).toBe(false);
    expect(writer.ask("PUBLISH news x")).toBe(":0\r\n");
    server.endSync();
    expect(client.isClosed).toBe(true);
    expect(client.take()).not.toContain("message");
  });

  test("begins no wait with what it has sent before, which others in that turn might serve", () => {
    server.core.gathersReads = true;
    const client = server.connect();
    const writer = server.connect();
    client.send("BLPOP list 0");
    writer.send("RPUSH list a");
    client.finish();
    server.turn();
    server.endSync();
    expect(writer.ask("LLEN list")).toBe(":1\r\n:1\r\n");
    expect(client.isClosed).toBe(true);
  });

  test("is closed at once when it is owed nothing", () => {
    const client = server.connect();
    client.finish();
    expect(client.isClosed).toBe(true);
    expect(server.instance.clients.sessions.size).toBe(0);
  });
});
