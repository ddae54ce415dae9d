import { expect, test } from "vitest";
import { MemoryDisk } from "../../testing/disk.ts";
import { TestServer } from "../../testing/server.ts";
import { datasetDigest } from "../commands/debug/digest.ts";

const PATH = "/data/dump.rdb";
const DIRECTIVES = { appendonly: "no", save: "" };

function started(disk = new MemoryDisk(), directives: Readonly<Record<string, string>> = {}) {
  disk.directories.add("/data");
  const server = TestServer.loaded({ ...DIRECTIVES, ...directives }, disk);
  expect(server.fatal).toBe(null);
  return { server, disk, client: server.connect() };
}

/** The fingerprint of what a start finds on the disk. */
function digestOn(disk: MemoryDisk): string {
  const server = TestServer.loaded(DIRECTIVES, disk);
  expect(server.fatal).toBe(null);
  return datasetDigest(server.instance);
}

const VALUES = [
  "SET a 1",
  "RPUSH l a b",
  "SADD s x 1",
  "HSET h f v",
  "ZADD z 1 m",
  "XADD x 1-1 f v",
];

test("SAVE writes all data, in place when it lasts", () => {
  const { server, disk, client } = started();
  for (const line of [...VALUES, "SELECT 5", "SET other 1 PX 100000"]) client.ask(line);
  const digest = datasetDigest(server.instance);
  expect(client.ask("SAVE")).toBe("+OK\r\n");
  expect(client.ask("INFO persistence")).toContain("rdb_changes_since_last_save:0\r\n");
  expect(client.ask("INFO persistence")).toContain("rdb_saves:1\r\n");
  client.ask("SET later 1");
  disk.losePower();
  expect([...disk.files.keys()]).toEqual([PATH]);
  expect(digestOn(disk)).toBe(digest);
});

test("a disk that is full leaves the snapshot of before, and nothing beside it", () => {
  const { disk, client } = started();
  client.ask("SET a 1");
  client.ask("SAVE");
  const before = disk.text(PATH);
  client.ask("SET a 2");
  disk.capacityBytes = disk.usedBytes;
  expect(client.ask("SAVE")).toBe("-ERR\r\n");
  expect(disk.text(PATH)).toBe(before);
  expect([...disk.files.keys()]).toEqual([PATH]);
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  disk.failsNow = true;
  expect(client.ask("SAVE")).toBe("-ERR\r\n");
  expect(disk.text(PATH)).toBe(before);
  expect(client.ask("SAVE")).toBe("+OK\r\n");
});

test("a crash at any step of SAVE leaves one of both snapshots, whole", () => {
  for (let calls = 0; ; calls++) {
    const { server, disk, client } = started();
    client.ask("SET a 1");
    client.ask("SAVE");
    const before = datasetDigest(server.instance);
    client.ask("SET a 2");
    const after = datasetDigest(server.instance);
    disk.callsLeft = calls;
    let isOver = false;
    try {
      isOver = client.ask("SAVE") === "+OK\r\n";
    } catch {
      // The process has ended there.
    }
    disk.losePower(calls % 2);
    const found = digestOn(disk);
    expect([before, after]).toContain(found);
    if (!isOver) continue;
    expect(found).toBe(after);
    expect(calls).toBeGreaterThan(4);
    return;
  }
});

test("BGSAVE ends when the disk has all, and one is written at a time", () => {
  const { server, disk, client } = started();
  for (const line of VALUES) client.ask(line);
  const digest = datasetDigest(server.instance);
  expect(client.ask("BGSAVE later")).toBe("-ERR syntax error\r\n");
  expect(client.ask("BGSAVE")).toBe("+Background saving started\r\n");
  expect(client.ask("BGSAVE SCHEDULE")).toBe("-ERR Background save already in progress\r\n");
  expect(client.ask("SAVE")).toBe("-ERR Background save already in progress\r\n");
  expect(client.ask("INFO persistence")).toContain("rdb_bgsave_in_progress:1\r\n");
  client.ask("SET a 2");
  expect(disk.files.has(PATH)).toBe(false);
  server.endSync();
  expect(client.ask("INFO persistence")).toContain("rdb_changes_since_last_save:1\r\n");
  expect(client.ask("INFO persistence")).toContain("rdb_last_bgsave_status:ok\r\n");
  disk.losePower();
  expect(digestOn(disk)).toBe(digest);
});

test("in a transaction BGSAVE is for later", () => {
  const { server, client } = started();
  client.ask("MULTI");
  client.ask("BGSAVE");
  expect(client.ask("EXEC")).toBe("*1\r\n+Background saving scheduled\r\n");
  server.pass(100);
  expect(client.ask("INFO persistence")).toContain("rdb_bgsave_in_progress:1\r\n");
  server.endSync();
  server.verifyInvariants();
});

test("a sync that fails keeps the snapshot of before, and stops writes where data are to be saved", () => {
  const { server, disk, client } = started(new MemoryDisk(), { save: "3600 1" });
  client.ask("SET a 1");
  client.ask("BGSAVE");
  server.endSync("fails");
  expect(disk.files.size).toBe(0);
  expect(client.ask("SET a 2")).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
  expect(client.ask("PING")).toMatch(/^-MISCONF/);
  expect(client.ask("GET a")).toBe("$1\r\n1\r\n");
  client.ask("CONFIG SET stop-writes-on-bgsave-error no");
  expect(client.ask("SET a 2")).toBe("+OK\r\n");
  client.ask("CONFIG SET stop-writes-on-bgsave-error yes");
  expect(client.ask("SET a 2")).toMatch(/^-MISCONF/);
  expect(client.ask("SAVE")).toBe("+OK\r\n");
  expect(client.ask("SET a 3")).toBe("+OK\r\n");
});

test("save points begin one", () => {
  const { server, disk, client } = started(new MemoryDisk(), { save: "2 3" });
  client.ask("MSET a 1 b 2");
  server.pass(5000);
  expect(disk.isSyncing).toBe(false);
  client.ask("SET c 3");
  server.pass(300);
  expect(server.notices).toContain("3 changes in 2 seconds. Saving...");
  server.endSync();
  expect(disk.files.has(PATH)).toBe(true);
  server.pass(5000);
  expect(disk.isSyncing).toBe(false);
});

test("FLUSHALL gives up what is being written, and saves that nothing is there", () => {
  const { server, disk, client } = started(new MemoryDisk(), { save: "3600 1" });
  client.ask("SET a 1");
  client.ask("BGSAVE");
  client.ask("FLUSHALL");
  server.endSync();
  server.pass(300);
  while (disk.isSyncing) server.endSync();
  expect(digestOn(disk)).toBe("0".repeat(40));
});

test.each(["while it is written", "while the disk syncs it"])(
  "a snapshot in the background does not keep the last one from being written: %s",
  (when) => {
    const { server, disk, client } = started();
    const isSynced = when === "while the disk syncs it";
    client.ask("SET first 1");
    server.persistence.snapshots.begin();
    if (isSynced) server.turn();
    expect(disk.isSyncing).toBe(isSynced);
    client.send("SET last 1");
    expect(server.persistence.snapshots.saveFinally()).toBe(true);
    const digest = datasetDigest(server.instance);
    if (isSynced) server.endSync();
    server.verifyInvariants();
    expect([...disk.files.keys()]).toEqual([PATH]);
    disk.losePower();
    expect(digestOn(disk)).toBe(digest);
  },
);

test("what is compressed, without a checksum, is loaded", () => {
  for (const rdbcompression of ["yes", "no"]) {
    const { server, disk, client } = started(new MemoryDisk(), {
      rdbcompression,
      rdbchecksum: "no",
    });
    client.ask(`SET a ${"abc".repeat(1000)}`);
    client.ask("CONFIG SET maxmemory-policy allkeys-lfu");
    client.ask("SAVE");
    expect(disk.text(PATH).length < 1000).toBe(rdbcompression === "yes");
    expect(digestOn(disk)).toBe(datasetDigest(server.instance));
  }
});
