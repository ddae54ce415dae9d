/** A real redis-server as a replica, and what else follows a stream. */
import net from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/index.ts";
import { toldOf } from "../../model/keyspace/index.ts";
import { dataCommands } from "../../refinement/generators/commands.ts";
import { sequences } from "../../refinement/generators/sequences.ts";
import { resolveArgs } from "../../refinement/generators/step.ts";
import { type OfStream, readContents } from "../../refinement/oracle/keyspace.ts";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { connectFollower } from "../../testing/wire/replica.ts";

const PATIENCE_MS = 15_000;

/** Waits until `holds` does. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One field of INFO; undefined when it is not there. */
async function info(client: WireClient, section: string, field: string): Promise<string> {
  const text = await ask(client, "INFO", section);
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(text)?.[1] ?? "";
}

const linkIsUp = async (replica: WireClient): Promise<boolean> =>
  (await info(replica, "replication", "master_link_status")) === "up";

/** After this long the tick has removed every key that a sequence gave a short life. */
const DEATHS_MS = 150;

describe("redis-server as a replica", () => {
  let server: Server;
  let redis: RedisServer;
  let primary: WireClient;
  let replica: WireClient;

  beforeAll(async () => {
    server = await createServer({ config: { "enable-debug-command": "yes" } });
    primary = await connectClient(server.port);
    await ask(primary, "HELLO", "3");
    // Larger than what is handed to the network at a time, and in several databases.
    for (const database of ["0", "9"]) {
      await ask(primary, "SELECT", database);
      for (let i = 0; i < 30; i++) await ask(primary, "SET", `large:${i}`, "x".repeat(100_000));
    }
    await ask(primary, "SET", "mortal", "1", "EX", "1000");
    redis = await startRedis(["--replicaof", `127.0.0.1 ${server.port}`]);
    replica = await connectClient(redis.port);
    await ask(replica, "HELLO", "3");
    await eventually(() => linkIsUp(replica));
  });

  afterAll(async () => {
    primary?.close();
    replica?.close();
    await redis?.stop();
    await server?.close();
  });

  /** Waits until the replica has everything, and compares all databases. */
  async function expectSame(ofStream?: OfStream): Promise<void> {
    await ask(primary, "SELECT", "0");
    await ask(primary, "INCR", "last");
    expect(await ask(primary, "WAIT", "1", "10000")).toBe(":1\r\n");
    const there = await readContents(replica, ofStream);
    expect(there).toEqual(await readContents(primary, ofStream));
  }

  test("it begins with everything", async () => {
    await expectSame();
    await ask(replica, "SELECT", "9");
    expect(await ask(replica, "STRLEN", "large:29")).toBe(":100000\r\n");
  });

  test("it goes on with every write", { timeout: 60_000 }, async () => {
    await ask(primary, "FLUSHALL");
    const property = fc.asyncProperty(
      sequences({ length: 60, commands: dataCommands, protocols: [2] }),
      async ({ steps }) => {
        const clients = [];
        for (let i = 0; i < 3; i++) clients.push(await connectClient(server.port));
        for (const step of steps) {
          // Every command must have a reply to wait for.
          if (step._tag !== "Command" || step.invocation.name === "CLIENT|REPLY") continue;
          const client = clients[step.connection]!;
          client.send(resolveArgs(step.invocation.args, () => 0));
          await client.receive(1);
        }
        for (const client of clients) client.close();
        // Keys with a few milliseconds to live must not die between the two readings.
        await new Promise((resolve) => setTimeout(resolve, DEATHS_MS));
        // Redis' own replicas have no more of streams either: oracle/stream-replicas.test.ts.
        await expectSame(toldOf);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test("what has expired is removed there too", async () => {
    await ask(primary, "SELECT", "0");
    await ask(primary, "SET", "short", "1", "PX", "20");
    expect(await ask(primary, "WAIT", "1", "10000")).toBe(":1\r\n");
    const removed = async (): Promise<boolean> =>
      (await ask(replica, "DEBUG", "OBJECT", "short")).startsWith("-ERR no such key");
    await ask(replica, "SELECT", "0");
    await eventually(removed);
  });

  test("INFO and CLIENT LIST show it", async () => {
    expect(await info(primary, "replication", "connected_slaves")).toBe("1");
    expect(await info(primary, "replication", "slave0")).toMatch(
      new RegExp(`^ip=127\\.0\\.0\\.1,port=${redis.port},state=online,offset=\\d+,lag=[01]$`),
    );
    const id = await info(primary, "replication", "master_replid");
    expect(await info(replica, "replication", "master_replid")).toBe(id);
    expect(await ask(primary, "CLIENT", "LIST", "TYPE", "replica")).toMatch(/ flags=S .*replconf/);
    expect(await ask(primary, "CLIENT", "LIST", "TYPE", "normal")).not.toContain("flags=S");
  });

  test("WAIT waits for as many as there are, and counts them when its time is up", async () => {
    await ask(primary, "SET", "k", "v");
    expect(await ask(primary, "WAIT", "2", "50")).toBe(":1\r\n");
    await ask(replica, "CLIENT", "PAUSE", "0");
    expect(await ask(primary, "WAIT", "1", "0")).toBe(":1\r\n");
  });

  test("writes need it when min-replicas-to-write says so", async () => {
    await ask(primary, "CONFIG", "SET", "min-replicas-to-write", "2");
    const refused = await ask(primary, "SET", "k", "v");
    expect(refused).toBe("-NOREPLICAS Not enough good replicas to write.\r\n");
    expect(await ask(primary, "GET", "k")).toMatch(/^\$/);
    await ask(primary, "CONFIG", "SET", "min-replicas-to-write", "1");
    expect(await ask(primary, "SET", "k", "v")).toBe("+OK\r\n");
    expect(await info(primary, "replication", "min_slaves_good_slaves")).toBe("1");
    await ask(primary, "CONFIG", "SET", "min-replicas-to-write", "0");
  });

  test("a replica that was cut off begins anew with everything", async () => {
    expect(await ask(primary, "CLIENT", "KILL", "TYPE", "replica")).toBe(":1\r\n");
    await ask(primary, "SET", "while", "away");
    await eventually(async () => (await info(primary, "replication", "slave0")).includes("online"));
    await eventually(() => linkIsUp(replica));
    await expectSame();
    expect(await info(primary, "stats", "sync_full")).toBe("2");
    expect(await info(primary, "stats", "sync_partial_err")).toBe("1");
  });
});

describe("a follower by SYNC", () => {
  let server: Server;
  let client: WireClient;

  beforeAll(async () => {
    server = await createServer({
      config: {
        "client-output-buffer-limit": "replica 1mb 0 0",
        "repl-backlog-size": "16kb",
        "repl-ping-replica-period": "1",
      },
    });
    client = await connectClient(server.port);
  });

  afterAll(async () => {
    client?.close();
    await server?.close();
  });

  const replicas = (): Promise<string> => info(client, "replication", "connected_slaves");

  test("gets PINGs, and is forgotten when it goes", async () => {
    const follower = await connectFollower(server.port);
    expect(follower.snapshot.toString("latin1", 0, 9)).toBe("REDIS0010");
    await follower.until(([name]) => name === "PING");
    expect(await replicas()).toBe("1");
    follower.close();
    await eventually(async () => (await replicas()) === "0");
  });

  test("gets a SELECT first, and again when another follows", async () => {
    const first = await connectFollower(server.port);
    await ask(client, "SET", "a", "1");
    const second = await connectFollower(server.port);
    await ask(client, "SET", "b", "2");
    const isLast = ([name, key]: readonly string[]): boolean => name === "SET" && key === "b";
    const commands = async (follower: typeof first): Promise<readonly string[]> =>
      (await follower.until(isLast))
        .filter(([name]) => name !== "PING")
        .map((words) => words.join(" "));
    expect(await commands(first)).toEqual(["SELECT 0", "SET a 1", "SELECT 0", "SET b 2"]);
    expect(await commands(second)).toEqual(["SELECT 0", "SET b 2"]);
    first.close();
    second.close();
    await eventually(async () => (await replicas()) === "0");
  });

  test("is closed when it asks for a reply, or does not read", async () => {
    const socket = net.connect(server.port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.resume();
    socket.write("SYNC\r\n");
    await eventually(async () => (await replicas()) === "1");
    socket.write("PING\r\n");
    await closed;
    expect(await replicas()).toBe("0");

    const deaf = net.connect(server.port, "127.0.0.1");
    deaf.on("error", () => {});
    deaf.write("SYNC\r\n");
    await eventually(async () => (await replicas()) === "1");
    deaf.pause();
    const value = "x".repeat(1_000_000);
    await eventually(async () => {
      await ask(client, "SET", "big", value);
      return (await replicas()) === "0";
    });
    deaf.destroy();
  });

  test("gets nothing after its snapshot when it wants no more", async () => {
    const socket = net.connect(server.port, "127.0.0.1");
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("REPLCONF rdb-only 1\r\n");
    await eventually(async () => received === "+OK\r\n");
    socket.write("SYNC\r\n");
    await closed;
    const [, length, file] = /^\+OK\r\n\$(\d+)\r\n([\s\S]*)$/.exec(received)!;
    expect(file!.length).toBe(Number(length));
  });
});
