/**
 * What a replica of redis-server does not have of a stream: what `toldOf` leaves out, part by part,
 * is different between two redis-servers, too.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { toldOf, type ValueOf } from "../../model/keyspace/index.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { readKeyspace } from "./keyspace.ts";
import { type RedisServer, startRedis } from "./redis.ts";

const SERVERS_WAIT_MS = "10000";
/** Times differ after this. */
const PAUSE_MS = 5;
const ID = (1n << 64n) | 1n;

type Stream = ValueOf<"stream">;

let primary: RedisServer;
let secondary: RedisServer;
let client: WireClient;
let replica: WireClient;

beforeAll(async () => {
  primary = await startRedis();
  client = await connectClient(primary.port);
  await ask(client, "HELLO", "3");
  secondary = await startRedis(["--replicaof", `127.0.0.1 ${primary.port}`]);
  replica = await connectClient(secondary.port);
  await ask(replica, "HELLO", "3");
  while (!(await ask(replica, "INFO", "replication")).includes("master_link_status:up")) {
    await pause();
  }
});

afterAll(async () => {
  client?.close();
  replica?.close();
  await secondary?.stop();
  await primary?.stop();
});

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

async function streamOf(from: WireClient): Promise<Stream> {
  const found = (await readKeyspace(from)).get(0)?.get("x");
  if (found === undefined || "foreign" in found || found.value.type !== "stream") {
    throw new Error("x is no stream");
  }
  return found.value;
}

/** The stream that commands lead to, on the primary and on its replica. */
async function streams(...lines: readonly string[]): Promise<readonly [Stream, Stream]> {
  const first = ["FLUSHALL", "XADD x 1-1 f v", "XADD x 1-2 f v", "XGROUP CREATE x g 0"];
  for (const line of [...first, ...lines]) {
    expect(await ask(client, ...line.split(" "))).not.toMatch(/^-/);
    await pause();
  }
  expect(await ask(client, "WAIT", "1", SERVERS_WAIT_MS)).toBe(":1\r\n");
  const both = [await streamOf(client), await streamOf(replica)] as const;
  expect(toldOf(both[1])).toEqual(toldOf(both[0]));
  return both;
}

test("how many entries a group has read is not told", async () => {
  const [here, there] = await streams("XREADGROUP GROUP g c STREAMS x >");
  expect(here.groups.get("g")!.entriesRead).toBe(2n);
  expect(there.groups.get("g")!.entriesRead).toBe(-1n);
});

test("how many entries a group has read without acknowledgements is told", async () => {
  const [here, there] = await streams("XREADGROUP GROUP g c NOACK STREAMS x >");
  expect(there.groups.get("g")!.entriesRead).toBe(2n);
  expect([...there.groups.get("g")!.consumers.keys()]).toEqual(["c"]);
  expect(here.groups.get("g")!.entriesRead).toBe(2n);
});

test("what a consumer reads once more is not told, nor when it was seen", async () => {
  const read = "XREADGROUP GROUP g c STREAMS x";
  const [here, there] = (await streams(`${read} >`, `${read} 0`)).map(({ groups }) => groups);
  const [ours, theirs] = [here!.get("g")!, there!.get("g")!];
  expect([ours, theirs].map(({ pending }) => pending.get(ID)!.count)).toEqual([2n, 1n]);
  const [first, second] = [theirs.pending.get(ID)!, ours.pending.get(ID)!];
  expect(first.deliveredMs).toBeLessThan(second.deliveredMs);
  expect(theirs.consumers.get("c")!).toBeLessThan(ours.consumers.get("c")!);
});

test("a consumer who gets nothing is not told", async () => {
  const [here, there] = await streams("XREADGROUP GROUP g c STREAMS x 0");
  expect([...here.groups.get("g")!.consumers.keys()]).toEqual(["c"]);
  expect([...there.groups.get("g")!.consumers.keys()]).toEqual([]);
});

test("where nodes end is up to each server, and so is what is deleted within them", async () => {
  const [here, there] = await streams(
    "CONFIG SET stream-node-max-entries 2",
    "XADD x 1-3 f v",
    "XTRIM x MAXLEN ~ 1",
    "CONFIG SET stream-node-max-entries 100",
  );
  expect(here.nodes.map((node) => node.map(({ deleted }) => deleted))).toEqual([[false]]);
  expect(there.nodes.map((node) => node.map(({ deleted }) => deleted))).toEqual([
    [true, true, false],
  ]);
});
