/** MIGRATE between two of our servers, and between ours and redis-server in both directions. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";

const CLI = join(import.meta.dirname, "../../impl/server/cli.ts");
const PATIENCE_MS = 20_000;

/** A server in a process of its own: one that migrates serves nobody meanwhile. */
interface Process {
  readonly port: number;
  stop(): Promise<void>;
}

async function startOurs(): Promise<Process> {
  const port = await freePort();
  const args = [
    CLI,
    "--port",
    String(port),
    "--save",
    "",
    "--enable-debug-command",
    "yes",
    "--loglevel",
    "warning",
  ];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: "ignore" });
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const client = await connectClient(port).catch(() => null);
    client?.close();
    if (client !== null) break;
    if (performance.now() > untilMs) throw new Error("our server does not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const stop = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await gone;
  };
  return { port, stop };
}

const START = { ours: startOurs, redis: async (): Promise<RedisServer> => await startRedis() };

/** Values of every type and encoding, with what reads them. */
const VALUES: readonly (readonly [making: readonly string[], reading: readonly string[]])[] = [
  [
    ["SET", "k", "\0\xffbinary\r\n"],
    ["GET", "k"],
  ],
  [
    ["SET", "k", "x".repeat(300_000)],
    ["GET", "k"],
  ],
  [
    ["SET", "k", "12345"],
    ["GET", "k"],
  ],
  [
    ["RPUSH", "k", "a", "1", "b".repeat(9000)],
    ["LRANGE", "k", "0", "-1"],
  ],
  [
    ["RPUSH", "k", ...Array.from({ length: 3000 }, (_, i) => `e${i}`)],
    ["LRANGE", "k", "0", "-1"],
  ],
  [
    ["SADD", "k", "3", "1", "2"],
    ["SMEMBERS", "k"],
  ],
  [
    ["SADD", "k", "only text"],
    ["SMEMBERS", "k"],
  ],
  [
    ["HSET", "k", "f", "v", "g", "7"],
    ["HGETALL", "k"],
  ],
  [
    ["HSET", "k", "f", "v".repeat(100)],
    ["HGETALL", "k"],
  ],
  [
    ["ZADD", "k", "1.5", "a", "-inf", "b"],
    ["ZRANGE", "k", "0", "-1", "WITHSCORES"],
  ],
  [
    ["ZADD", "k", "2", "a".repeat(100)],
    ["ZRANGE", "k", "0", "-1", "WITHSCORES"],
  ],
];

describe.each([
  ["ours", "redis"],
  ["redis", "ours"],
  ["ours", "ours"],
] as const)("from %s to %s", (from, to) => {
  const processes: Process[] = [];
  let source: WireClient;
  let target: WireClient;
  let port: string;

  beforeAll(async () => {
    const [one, other] = [await START[from](), await START[to]()];
    processes.push(one, other);
    source = await connectClient(one.port);
    target = await connectClient(other.port);
    port = String(other.port);
    await ask(target, "SELECT", "9");
  }, 2 * PATIENCE_MS);

  afterAll(async () => {
    source?.close();
    target?.close();
    for (const one of processes) await one.stop();
  });

  const migrate = (...more: readonly string[]): Promise<string> =>
    ask(source, "MIGRATE", "127.0.0.1", port, ...more);
  const empty = async (): Promise<void> => {
    for (const one of [source, target]) await ask(one, "FLUSHALL");
  };

  test.each(VALUES)("value %# arrives", async (making, reading) => {
    await empty();
    await ask(source, ...making);
    const before = await ask(source, ...reading);
    expect(await migrate("k", "9", "5000")).toBe("+OK\r\n");
    expect(await ask(source, "EXISTS", "k")).toBe(":0\r\n");
    expect(await ask(target, ...reading)).toBe(before);
  });

  test("COPY, REPLACE and lifetimes", async () => {
    await empty();
    await ask(source, "SET", "k", "new", "EX", "1000");
    await ask(target, "SET", "k", "old");
    expect(await migrate("k", "9", "5000")).toBe(
      "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n",
    );
    expect(await migrate("k", "9", "5000", "COPY", "REPLACE")).toBe("+OK\r\n");
    expect(await ask(source, "GET", "k")).toBe("$3\r\nnew\r\n");
    expect(await ask(target, "GET", "k")).toBe("$3\r\nnew\r\n");
    expect(await ask(target, "TTL", "k")).toMatch(/^:(?:1000|999)\r\n$/);
  });

  test("several keys, of which some are not there and some are refused", async () => {
    await empty();
    await ask(source, "MSET", "a", "1", "b", "2", "c", "3");
    await ask(target, "SET", "b", "there");
    expect(await migrate("", "9", "5000", "KEYS", "x", "y")).toBe("+NOKEY\r\n");
    expect(await migrate("", "9", "5000", "KEYS", "a", "x", "b", "c")).toContain("BUSYKEY");
    expect(await ask(source, "KEYS", "*")).toBe("*1\r\n$1\r\nb\r\n");
    expect(await ask(target, "MGET", "a", "b", "c")).toBe(
      "*3\r\n$1\r\n1\r\n$5\r\nthere\r\n$1\r\n3\r\n",
    );
    expect(await migrate("", "9", "5000", "REPLACE", "KEYS", "b")).toBe("+OK\r\n");
  });

  test("a wrong database, and a connection that is gone meanwhile", async () => {
    await empty();
    await ask(source, "SET", "k", "v");
    expect(await migrate("k", "99", "5000")).toBe(
      "-ERR Target instance replied with error: ERR DB index is out of range\r\n",
    );
    // Where SELECT has failed, RESTORE has come into the database that was selected before.
    expect(await migrate("k", "9", "5000", "COPY", "REPLACE")).toBe("+OK\r\n");
    expect(await ask(source, "INFO", "stats")).toContain("migrate_cached_sockets:1\r\n");
    await ask(target, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    expect(await migrate("k", "9", "5000", "REPLACE")).toBe("+OK\r\n");
    expect(await ask(target, "GET", "k")).toBe("$1\r\nv\r\n");
  });

  test("within a transaction, and with a password", async () => {
    await empty();
    await ask(target, "CONFIG", "SET", "requirepass", "secret");
    try {
      await ask(source, "MSET", "a", "1", "b", "2");
      expect(await migrate("a", "8", "5000", "AUTH", "wrong")).toContain("WRONGPASS");
      await ask(source, "MULTI");
      await migrate("a", "9", "5000", "AUTH", "secret");
      await migrate("b", "9", "5000", "AUTH2", "default", "secret");
      await ask(source, "DBSIZE");
      expect(await ask(source, "EXEC")).toBe("*3\r\n+OK\r\n+OK\r\n:0\r\n");
      expect(await ask(target, "DBSIZE")).toBe(":2\r\n");
    } finally {
      await ask(target, "CONFIG", "SET", "requirepass", "");
    }
  });

  test("nobody there, nobody who answers in time, and itself", async () => {
    await empty();
    await ask(source, "SET", "k", "v");
    const nobody = String(await freePort());
    expect(await ask(source, "MIGRATE", "127.0.0.1", nobody, "k", "0", "100")).toBe(
      "-IOERR error or timeout writing to target instance\r\n",
    );
    const sleeping = ask(target, "DEBUG", "SLEEP", "0.6");
    expect(await migrate("k", "9", "100", "COPY")).toBe(
      "-IOERR error or timeout reading to target instance\r\n",
    );
    await sleeping;
    const own = String(processes[0]!.port);
    expect(await ask(source, "MIGRATE", "127.0.0.1", own, "k", "9", "100")).toBe(
      "-IOERR error or timeout reading to target instance\r\n",
    );
    expect(await ask(source, "GET", "k")).toBe("$1\r\nv\r\n");
  });
});
