import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../../refinement/oracle/redis.ts";
import { testInstance } from "../../../testing/instance.ts";
import { ask, connectClient } from "../../../testing/wire/client.ts";
import { OPEN_GATE } from "../../gate/gate.ts";
import { NOTHING } from "../../gate/outbox.ts";
import { commands } from "../index.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis?.stop());

/** What one connection says, each line a request; every one of them has a reply. */
const CONVERSATIONS: readonly (readonly string[])[] = [
  ["REPLCONF", "REPLCONF x", "REPLCONF x 1", "REPLCONF listening-port 1 x"],
  ["REPLCONF listening-port x", "REPLCONF LISTENING-PORT 7000 capa eof capa psync2 capa other"],
  [`REPLCONF ip-address ${"a".repeat(255)}`, `REPLCONF ip-address ${"a".repeat(256)}`],
  ["REPLCONF rdb-only 0", "REPLCONF rdb-only 1", "REPLCONF rdb-only 2", "REPLCONF rdb-only x"],
  ["REPLCONF rdb-filter-only functions", "REPLCONF capa eof", "PSYNC ? x"],
  ["REPLCONF rdb-filter-only functions", "SYNC", "PSYNC ? -1"],
  ["REPLCONF rdb-filter-only keys", 'REPLCONF rdb-filter-only "x', "SYNC"],
  ["PSYNC", "PSYNC ?", "PSYNC ? x", "PSYNC ? 1 FAILOVER", "SYNC x"],
  ["MULTI", "SYNC", "EXEC", "MULTI", "PSYNC ? -1", "EXEC"],
  ["MULTI", "REPLCONF listening-port 1", "REPLCONF x y", "EXEC"],
];

describe("replies are redis-server's", () => {
  test.each(CONVERSATIONS)("%s", async (...lines) => {
    const client = await connectClient(redis.port);
    const ours = testInstance(commands);
    for (const line of lines) {
      expect(`${line}: ${ours.run(line)}`).toBe(
        `${line}: ${await ask(client, ...line.split(" "))}`,
      );
    }
    client.close();
  });
});

test("ACK and GETACK have no reply", async () => {
  const ours = testInstance(commands);
  for (const line of ["REPLCONF ACK 5", "REPLCONF ACK x", "REPLCONF GETACK *"]) {
    expect(ours.run(line)).toBe("");
  }
  const client = await connectClient(redis.port);
  for (const line of ["REPLCONF ACK 5", "REPLCONF ACK x", "REPLCONF GETACK *"]) {
    client.send(line.split(" "));
  }
  expect(await ask(client, "PING")).toBe("+PONG\r\n");
  client.close();
});

test("PSYNC names the history and its place; who follows first begins a new history", () => {
  const ours = testInstance(commands);
  const id = ours.instance.history.id;
  const follower = ours.connect();
  expect(follower.run("PSYNC ? -1")).toBe("");
  const { replica } = follower.session;
  const { history, feed } = ours.instance;
  expect(history.id).not.toBe(id);
  const announced = new RegExp(`^\\+FULLRESYNC ${history.id} 0\\r\\n\\$\\d+\\r\\n$`);
  expect(Buffer.from(follower.session.outbox.takeLead(OPEN_GATE)!).toString("latin1")).toMatch(
    announced,
  );

  ours.run("set k v");
  const second = ours.connect();
  second.run(`PSYNC ${history.id} 1`);
  expect(ours.instance.history.id).toBe(history.id);
  const place = Buffer.from(second.session.outbox.takeLead(OPEN_GATE)!).toString("latin1");
  expect(place.startsWith(`+FULLRESYNC ${history.id} ${feed.offset}\r\n`)).toBe(true);
  expect(feed.offset).toBe(replica!.streamBytes);
  expect(ours.instance.statistics.fullSyncs).toBe(2);
  expect(ours.instance.statistics.partialSyncsRefused).toBe(1);
});

test("ROLE and INFO name the replicas that are up, as they name themselves", () => {
  const ours = testInstance(commands);
  expect(ours.run("ROLE")).toBe("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
  const follower = ours.connect();
  follower.run("REPLCONF listening-port 7000 ip-address 10.0.0.1");
  follower.run("PSYNC ? -1");
  expect(ours.run("ROLE")).toBe("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
  while (follower.session.outbox.takeLead(OPEN_GATE) !== null) {}
  ours.run("set k v");
  follower.run("REPLCONF ACK 5");
  expect(ours.run("ROLE")).toBe(
    `*3\r\n$6\r\nmaster\r\n:${ours.instance.feed.offset}\r\n*1\r\n*3\r\n$8\r\n10.0.0.1\r\n$4\r\n7000\r\n$1\r\n5\r\n`,
  );
  expect(ours.run("INFO replication")).toContain(
    "slave0:ip=10.0.0.1,port=7000,state=online,offset=5,",
  );
});

test("SYNC is refused behind replies that have not left", () => {
  const ours = testInstance(commands);
  ours.session.outbox.push(NOTHING, (writer) => writer.ok(), OPEN_GATE);
  expect(ours.run("SYNC")).toBe("+OK\r\n-ERR SYNC and PSYNC are invalid with pending output\r\n");
  expect(ours.instance.feed.enabled).toBe(true);
  expect(ours.instance.feed.replicas.size).toBe(0);
});
