/** What the tests of applications share: their server, their clients, and the end of both. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis, type RedisOptions } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { ask, connectClient } from "../../testing/wire/client.ts";
import { startTarget, stopTargets, type Target } from "./target.ts";

const HOST = "127.0.0.1";

/** What the running test has opened. */
const ends: Array<() => unknown> = [];

/** Has something done when the test ends, the latest first. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

/**
 * The server of a file's tests: starts before them, is empty before each, and stops after them.
 * What a test opens is closed when it ends.
 */
export function serverForTests(): { readonly port: number } {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget();
  });
  beforeEach(async () => {
    const client = await connectClient(target.port);
    await ask(client, "FLUSHALL");
    await ask(client, "SCRIPT", "FLUSH");
    client.close();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => stopTargets());
  return {
    get port() {
      return target.port;
    },
  };
}

/** A client of ioredis, which comes back when its connection breaks. */
export function ioredis(port: number, options: Omit<RedisOptions, "replyMapping"> = {}): Redis {
  const client = new Redis({
    ...{ port, host: HOST, retryStrategy: () => 20, maxRetriesPerRequest: null },
    ...options,
  });
  client.on("error", () => {});
  atEnd(() => client.disconnect());
  return client;
}

/** A connected client of node-redis, which comes back when its connection breaks. */
export async function nodeRedis(port: number) {
  const client = createClient({ socket: { port, host: HOST, reconnectStrategy: 20 } });
  client.on("error", () => {});
  atEnd(() => client.close());
  await client.connect();
  return client;
}

/** Serves an application over HTTP. Returns where. */
export async function serveHttp(
  application: RequestListener,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(application);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://${HOST}:${(server.address() as AddressInfo).port}`, server };
}

/** The numbers from 0 on. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
