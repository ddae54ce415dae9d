/** What applications do with publish and subscribe, by ioredis and by node-redis. */
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { againstRedis, startTarget, stopTargets, type Target, until } from "./target.ts";

let target: Target;
const ends: Array<() => void> = [];

beforeAll(async () => {
  target = await startTarget({ "notify-keyspace-events": "KEA" });
});

afterAll(() => stopTargets());

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

describe.each([2, 3] as const)("ioredis in RESP%d", (protocol) => {
  function connect(): Redis {
    const client = new Redis({ port: target.port, host: "127.0.0.1", protocol });
    client.on("error", () => {});
    ends.push(() => client.disconnect());
    return client;
  }

  test("channels, patterns and bytes", async () => {
    const [listener, publisher] = [connect(), connect()];
    const heard: unknown[] = [];
    listener.on("message", (channel, message) => heard.push([channel, message]));
    listener.on("pmessage", (pattern, channel, message) => heard.push([pattern, channel, message]));
    listener.on("messageBuffer", (_, message) => heard.push(message));
    expect(await listener.subscribe("news", "chat")).toBe(2);
    expect(await listener.psubscribe("n*")).toBe(3);
    expect(await publisher.publish("news", "hello")).toBe(2);
    expect(await publisher.publish("chat", Buffer.from([0, 255, 13, 10]))).toBe(1);
    await until("messages", () => heard.length === 5);
    expect(heard[0]).toEqual(["news", "hello"]);
    expect(heard[2]).toEqual(["n*", "news", "hello"]);
    expect(heard[4]).toEqual(Buffer.from([0, 255, 13, 10]));
    expect(await publisher.pubsub("NUMSUB", "news", "chat")).toEqual(["news", 1, "chat", 1]);
    expect(await listener.unsubscribe("news", "chat")).toBe(1);
    expect(await listener.punsubscribe("n*")).toBe(0);
    expect(await publisher.publish("news", "nobody")).toBe(0);
    expect(await listener.ping()).toBe("PONG");
  });

  test("a pipeline and a transaction of messages come in order", async () => {
    const [listener, publisher] = [connect(), connect()];
    const heard: string[] = [];
    listener.on("message", (_, message) => heard.push(message));
    await listener.subscribe("c");
    const pipeline = publisher.pipeline();
    for (let i = 0; i < 100; i++) pipeline.publish("c", String(i));
    await pipeline.exec();
    await publisher.multi().set("k", "v").publish("c", "last").exec();
    await until("messages", () => heard.length === 101);
    expect(heard).toEqual([...Array.from({ length: 100 }, (_, i) => String(i)), "last"]);
  });

  test("keyspace notifications tell of a key that expires", async () => {
    const [listener, writer] = [connect(), connect()];
    const heard: string[] = [];
    listener.on("pmessage", (_, channel, event) => heard.push(`${channel} ${event}`));
    await listener.psubscribe("__keyspace@0__:mortal");
    await writer.set("mortal", "1", "PX", 30);
    await until("messages", () => heard.length === 3);
    const channel = "__keyspace@0__:mortal";
    expect(heard).toEqual([`${channel} set`, `${channel} expire`, `${channel} expired`]);
  });

  test("a listener that reconnects subscribes again", async () => {
    const [listener, other] = [connect(), connect()];
    const heard: string[] = [];
    listener.on("message", (_, message) => heard.push(message));
    await listener.subscribe("again");
    await other.call("CLIENT", "KILL", "TYPE", "pubsub");
    await until("messages", async () => (await other.publish("again", "here")) === 1);
    await until("messages", () => heard.includes("here"));
  });
});

describe.each([2, 3] as const)("node-redis in RESP%d", (RESP) => {
  async function connect() {
    const client = createClient({ RESP, socket: { port: target.port, host: "127.0.0.1" } });
    client.on("error", () => {});
    ends.push(() => client.destroy());
    await client.connect();
    return client;
  }

  test("channels, patterns and shard channels", async () => {
    const [listener, publisher] = [await connect(), await connect()];
    const heard: string[] = [];
    await listener.subscribe("news", (message, channel) => heard.push(`${channel} ${message}`));
    await listener.pSubscribe("n*", (message, channel) => heard.push(`n* ${channel} ${message}`));
    await listener.sSubscribe("news", (message, channel) => heard.push(`s ${channel} ${message}`));
    expect(await publisher.publish("news", "one")).toBe(2);
    expect(await publisher.sPublish("news", "two")).toBe(1);
    await until("messages", () => heard.length === 3);
    expect(heard).toEqual(["news one", "n* news one", "s news two"]);
    expect(await publisher.pubSubChannels()).toContain("news");
    expect(await publisher.pubSubNumPat()).toBe(1);
    expect(await publisher.pubSubShardChannels()).toEqual(["news"]);
    await listener.unsubscribe("news");
    await listener.pUnsubscribe();
    await listener.sUnsubscribe("news");
    expect(await publisher.publish("news", "nobody")).toBe(0);
  });

  // Redis 7.0 writes a client's own messages into the reply of its transaction.
  test.runIf(RESP === 3 && !againstRedis)(
    "a RESP3 client listens and works on one connection",
    async () => {
      const client = await connect();
      const heard: string[] = [];
      await client.subscribe("own", (message) => heard.push(message));
      expect(await client.publish("own", "hello")).toBe(1);
      expect(await client.incr("counter")).toBeGreaterThan(0);
      await until("messages", () => heard.length === 1);
      expect(
        await client.multi().publish("own", "in a transaction").incr("counter").exec(),
      ).toEqual([1, expect.any(Number)]);
      await until("messages", () => heard.length === 2);
      expect(heard).toEqual(["hello", "in a transaction"]);
    },
  );
});
