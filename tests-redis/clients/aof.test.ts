/** The append-only directory, read and written in turn by Veridis and a real redis-server. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/index.ts";
import { toldOf } from "../../model/keyspace/index.ts";
import { dataCommands } from "../../refinement/generators/commands.ts";
import { sequences } from "../../refinement/generators/sequences.ts";
import { resolveArgs } from "../../refinement/generators/step.ts";
import { type OfStream, readContents } from "../../refinement/oracle/keyspace.ts";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { provision } from "../../scripts/provision.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";

const execute = promisify(execFile);

let folder: string;
let server: Server | undefined;
let redis: RedisServer | undefined;
const clients: WireClient[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-aof-"));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server?.close();
  await redis?.stop();
  server = undefined;
  redis = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts Veridis on the directory. */
async function veridis(appendfsync = "always"): Promise<WireClient> {
  const config = { dir: folder, appendonly: "yes", appendfsync, "enable-debug-command": "yes" };
  server = await createServer({ config });
  return await client(server.port);
}

async function stopVeridis(): Promise<void> {
  await server?.close();
  server = undefined;
}

/** Starts redis-server on the directory. */
async function redisServer(): Promise<WireClient> {
  const directives = ["--dir", folder, "--appendonly", "yes", "--aof-use-rdb-preamble", "no"];
  redis = await startRedis([...directives, "--appendfsync", "always"]);
  return await client(redis.port);
}

async function stopRedis(): Promise<void> {
  await redis?.stop();
  redis = undefined;
}

async function client(port: number): Promise<WireClient> {
  const connected = await connectClient(port);
  clients.push(connected);
  await ask(connected, "HELLO", "3");
  return connected;
}

async function expectValid(): Promise<void> {
  const check = await provision("redis-check-aof");
  const manifest = join(folder, "appendonlydir", "appendonly.aof.manifest");
  const { stdout } = await execute(check, [manifest]);
  expect(stdout).toContain("All AOF files and manifest are valid");
}

/** Strings, lives, a transaction, and two databases. */
async function write(to: WireClient, mark: string): Promise<void> {
  await ask(to, "SET", `${mark}:plain`, "1");
  await ask(to, "SET", `${mark}:mortal`, "2", "EX", "1000");
  await ask(to, "SET", `${mark}:binary`, "\r\n#V1 lsn=1\0\xff*3\r\n$3\r\nSET\r\n");
  await ask(to, "SELECT", "5");
  await ask(to, "MULTI");
  await ask(to, "INCRBY", `${mark}:count`, "41");
  await ask(to, "APPEND", `${mark}:count`, "2");
  await ask(to, "EXEC");
  await ask(to, "SET", `${mark}:gone`, "x");
  await ask(to, "DEL", `${mark}:gone`);
  await ask(to, "SELECT", "0");
}

const KEYS_OF_ONE_WRITE = 4;

test("redis-server loads what Veridis wrote, Veridis what redis-server added, and so on", async () => {
  let before: readonly (readonly unknown[])[] = [];
  for (const round of [1, 2]) {
    const own = await veridis();
    expect(await readContents(own)).toEqual(before);
    await write(own, `v${round}`);
    before = await readContents(own);
    await stopVeridis();
    await expectValid();
    const other = await redisServer();
    expect(await readContents(other)).toEqual(before);
    await write(other, `r${round}`);
    before = await readContents(other);
    await stopRedis();
  }
  expect(await readContents(await veridis())).toEqual(before);
  expect(before).toHaveLength(4 * KEYS_OF_ONE_WRITE);
});

test("a directory that redis-server began and rewrote without a preamble is loaded", async () => {
  const other = await redisServer();
  await write(other, "before");
  await ask(other, "BGREWRITEAOF");
  await untilRewritten(other);
  await write(other, "after");
  const before = await readContents(other);
  await stopRedis();
  expect(readdirSync(join(folder, "appendonlydir")).join()).toContain(".base.aof");
  expect(await readContents(await veridis())).toEqual(before);
  await stopVeridis();
  await expectValid();
  expect(await readContents(await redisServer())).toEqual(before);
});

async function untilRewritten(redisClient: WireClient): Promise<void> {
  for (;;) {
    const info = await ask(redisClient, "INFO", "persistence");
    if (/aof_rewrite_in_progress:0\r\n/.test(info) && /aof_rewrites:[1-9]/.test(info)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A stream but for when consumers were seen: a replay has seen them when it ran, in Redis too. */
const withoutSeen: OfStream = ({ groups, ...stream }) => ({
  ...stream,
  groups: new Map(
    [...groups].map(
      ([name, group]) => [name, { ...group, consumers: new Set(group.consumers.keys()) }] as const,
    ),
  ),
});

test("whatever the commands were, the replayed data are those that were served", async () => {
  let own = await veridis("no");
  const arbitrary = sequences({ length: 60, commands: dataCommands, protocols: [2] });
  let compared = 0;
  for (const { steps } of fc.sample(arbitrary, { numRuns: 12, seed: 7 })) {
    const writers: WireClient[] = [];
    for (let i = 0; i < 3; i++) writers.push(await connectClient(server!.port));
    for (const step of steps) {
      // Every command must have a reply to wait for.
      if (step._tag !== "Command" || step.invocation.name === "CLIENT|REPLY") continue;
      const writer = writers[step.connection]!;
      writer.send(resolveArgs(step.invocation.args, () => 0));
      await writer.receive(1);
    }
    for (const writer of writers) writer.close();
    // Keys with a few milliseconds to live must not die between two readings.
    await new Promise((resolve) => setTimeout(resolve, 150));
    // Redis' log has no more of streams either: refinement/oracle/stream-replicas.test.ts.
    const before = await readContents(own, toldOf);
    compared += before.length;
    await stopVeridis();
    own = await veridis("no");
    expect(await readContents(own, toldOf)).toEqual(before);
  }
  expect(compared).toBeGreaterThan(30);
  const before = await readContents(own, withoutSeen);
  await stopVeridis();
  await expectValid();
  expect(await readContents(await redisServer(), withoutSeen)).toEqual(before);
});

test("a base with an RDB preamble is refused by name", async () => {
  redis = await startRedis(["--dir", folder, "--appendonly", "yes"]);
  await stopRedis();
  await expect(veridis()).rejects.toThrow("appendonly.aof.1.base.rdb is an RDB snapshot");
});

test("a torn end is cut off, damage in the middle is refused, and the port stays free", async () => {
  let own = await veridis();
  await write(own, "a");
  const before = await readContents(own);
  await stopVeridis();
  const path = join(folder, "appendonlydir", "appendonly.aof.1.incr.aof");
  const whole = readFileSync(path, "latin1");
  const unclosed = whole.replace(/#V1 closed.*\r\n$/, "");
  writeFileSync(path, `${unclosed}#V1 lsn=10 term=0 len=100 crc32c=00000000\r\n*3\r\n$3`, "latin1");
  own = await veridis();
  expect(await readContents(own)).toEqual(before);
  await write(own, "b");
  await stopVeridis();
  writeFileSync(path, readFileSync(path, "latin1").replace("a:plain", "a:plaim"), "latin1");
  await expect(veridis()).rejects.toThrow(
    "The append-only file appendonly.aof.1.incr.aof is damaged at offset 0, LSN 1",
  );
});
