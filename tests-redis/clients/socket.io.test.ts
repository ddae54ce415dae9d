/** socket.io: three nodes that reach each other's clients through Redis, by messages or a stream. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { atEnd, ioredis, nodeRedis, serverForTests, upTo } from "./application.ts";
import { until } from "./target.ts";

const target = serverForTests();
const NODES = 3;

type Adapter = Parameters<Server["adapter"]>[0];

/** The ways in which nodes are joined. */
const ADAPTERS: Record<string, () => Promise<Adapter>> = {
  "messages, by ioredis": async () => createAdapter(ioredis(target.port), ioredis(target.port)),
  "messages, by node-redis": async () =>
    createAdapter(await nodeRedis(target.port), await nodeRedis(target.port)),
  "messages of shards": async () =>
    createShardedAdapter(await nodeRedis(target.port), await nodeRedis(target.port)),
  "a stream, by ioredis": async () => createStreamsAdapter(ioredis(target.port), STREAM),
  "a stream, by node-redis": async () => createStreamsAdapter(await nodeRedis(target.port), STREAM),
};
const STREAM = { heartbeatInterval: 100 };

interface Node {
  readonly io: Server;
  readonly port: number;
}

async function startNode(adapter: Adapter, recovery = false): Promise<Node> {
  const http = createServer();
  const server = new Server(http, {
    adapter,
    ...(recovery ? { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } } : {}),
  });
  server.on("connection", (socket) => {
    socket.on("join", async (room: string, done: () => void) => {
      await socket.join(room);
      done();
    });
    socket.on("say", (room: string, what: unknown) => socket.to(room).emit("said", what));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  atEnd(() => server.close());
  return { io: server, port: (http.address() as AddressInfo).port };
}

async function startClient({ port }: Node): Promise<Socket> {
  const client = io(`http://127.0.0.1:${port}`, {
    transports: ["websocket"],
    reconnectionDelay: 10,
  });
  atEnd(() => client.disconnect());
  await new Promise<void>((resolve) => client.once("connect", () => resolve()));
  return client;
}

describe.each(Object.keys(ADAPTERS))("joined by %s", (name) => {
  async function start() {
    const nodes = await Promise.all(
      upTo(NODES).map(async () => await startNode(await ADAPTERS[name]!())),
    );
    const clients = await Promise.all(nodes.map(startClient));
    const heard: unknown[][] = clients.map(() => []);
    for (const [i, client] of clients.entries()) client.on("said", (what) => heard[i]!.push(what));
    // Each node knows of each other's socket once all of them listen.
    await until("all nodes are joined", async () => {
      const seen = await Promise.all(nodes.map((node) => node.io.fetchSockets().catch(() => [])));
      return seen.every((sockets) => sockets.length === NODES);
    });
    return { nodes, clients, heard };
  }

  test("broadcasts reach every client once and in order, bytes as bytes", async () => {
    const { nodes, heard } = await start();
    for (let i = 0; i < 100; i++) nodes[0]!.io.emit("said", i);
    const bytes = Buffer.from([0, 255, 13, 10]);
    nodes[0]!.io.emit("said", { bytes, text: "größer" });
    await until("messages", () => heard.every((all) => all.length === 101));
    for (const all of heard) {
      expect(all.slice(0, 100)).toEqual(upTo(100));
      const { bytes: received, text } = all[100] as { bytes: Uint8Array; text: string };
      expect([...received]).toEqual([...bytes]);
      expect(text).toBe("größer");
    }
  });

  test("rooms over all nodes, and what a client says to one", async () => {
    const { nodes, clients, heard } = await start();
    for (const client of clients.slice(0, 2)) await client.timeout(5000).emitWithAck("join", "red");
    for (let i = 0; i < 20; i++) clients[0]!.emit("say", "red", `by one ${i}`);
    await until("messages", () => heard[1]!.length === 20);
    nodes[2]!.io.to("red").emit("said", "by a node");
    await until("messages", () => heard[0]!.length === 1 && heard[1]!.length === 21);
    expect(heard[0]).toEqual(["by a node"]);
    expect(heard[1]).toEqual([...upTo(20).map((i) => `by one ${i}`), "by a node"]);
    expect(heard[2]).toEqual([]);
    expect((await nodes[2]!.io.in("red").fetchSockets()).map(({ id }) => id).sort()).toEqual(
      clients
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test("nodes ask each other, move sockets and send them away", async () => {
    const { nodes, clients } = await start();
    for (const [i, node] of nodes.entries()) {
      node.io.on("load", (factor: number, reply: (load: number) => void) => reply(i * factor));
    }
    const loads: unknown = await nodes[0]!.io.serverSideEmitWithAck("load", 10);
    expect((loads as number[]).sort()).toEqual([10, 20]);
    nodes[0]!.io.socketsJoin("everybody");
    await until("they joined", async () => {
      return (await nodes[1]!.io.in("everybody").fetchSockets()).length === NODES;
    });
    const answers = clients.map((client, i) =>
      client.on("who", (reply: (who: number) => void) => reply(i)),
    );
    expect(answers).toHaveLength(NODES);
    const who: unknown = await nodes[0]!.io.in("everybody").timeout(5000).emitWithAck("who");
    expect((who as number[]).sort()).toEqual(upTo(NODES));
    nodes[0]!.io.in("everybody").disconnectSockets();
    await until("they are gone", () => clients.every((client) => !client.connected));
  });
});

test("by a stream, a client that was away gets what it has missed", async () => {
  const [a, b] = [
    await startNode(createStreamsAdapter(ioredis(target.port), STREAM), true),
    await startNode(createStreamsAdapter(ioredis(target.port), STREAM), true),
  ];
  const client = await startClient(a!);
  const heard: unknown[] = [];
  client.on("said", (what) => heard.push(what));
  const other = await startClient(b!);
  await until("both nodes are joined", async () => (await b!.io.fetchSockets()).length === 2);
  other.emit("nothing");
  b!.io.emit("said", "before");
  await until("a message", () => heard.length === 1);
  const { id } = client;
  client.io.engine.close();
  for (let i = 0; i < 20; i++) b!.io.emit("said", i);
  await until("it is back", () => client.connected);
  await until("what it missed", () => heard.length === 21);
  expect(heard).toEqual(["before", ...upTo(20)]);
  expect(client.recovered).toBe(true);
  expect(client.id).toBe(id);
});
