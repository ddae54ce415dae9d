import { expect, test } from "vitest";
import { MemoryDisk } from "../../testing/disk.ts";
import { TestServer } from "../../testing/server.ts";
import { encodeRdb } from "../replication/rdb.ts";

const PATH = "/data/dump.rdb";

/** The bytes of a snapshot of a server that has run these commands, one character per byte. */
function snapshotOf(...lines: readonly string[]): string {
  const server = TestServer.loaded({ appendonly: "no" });
  const client = server.connect();
  for (const line of lines) client.ask(line);
  const { databases, libraries } = server.instance.data;
  const codes = [...libraries].map(({ code }) => code);
  const facts = [["redis-ver", "7.0.15"] as const];
  const file = encodeRdb({ libraries: codes, databases, facts, checksum: true });
  return Buffer.concat(file.chunks).toString("latin1");
}

function diskWith(content: string): MemoryDisk {
  const disk = new MemoryDisk();
  disk.put(PATH, content);
  return disk;
}

const MANY = Array.from({ length: 50 }, (_, i) => `SET key:${i} ${i}`);

test("a start without appendonly loads the snapshot, and answers LOADING meanwhile", () => {
  const server = new TestServer(
    { appendonly: "no" },
    diskWith(snapshotOf(...MANY, "SADD set a b")),
  );
  const client = server.connect();
  expect(server.persistence.load(100)).toBe(false);
  expect(client.ask("GET key:1")).toBe("-LOADING Redis is loading the dataset in memory\r\n");
  const info = client.ask("INFO persistence");
  expect(info).toContain("loading:1\r\n");
  expect(info).toMatch(/loading_loaded_bytes:[1-9]/);
  let steps = 1;
  while (!server.persistence.load(100)) {
    server.verifyInvariants();
    steps++;
  }
  expect(steps).toBeGreaterThan(3);
  server.verifyInvariants();
  expect(client.ask("GET key:49")).toBe("$2\r\n49\r\n");
  expect(client.ask("SCARD set")).toBe(":2\r\n");
  const after = client.ask("INFO persistence");
  expect(after).toContain("loading:0\r\n");
  expect(after).toContain("rdb_last_load_keys_loaded:51\r\n");
  expect(after).toContain("rdb_changes_since_last_save:0\r\n");
  expect(server.notices.at(-2)).toBe(
    "Done loading RDB, keys loaded: 51, keys expired: 0, empty keys skipped: 0.",
  );
  expect(server.notices.at(-1)).toMatch(/^DB loaded from disk: /);
  expect(server.notices).toContain("Loading RDB produced by version 7.0.15");
});

test("the snapshot is the one that dbfilename names", () => {
  const disk = diskWith(snapshotOf("SET k v"));
  const other = TestServer.loaded({ appendonly: "no", dbfilename: "other.rdb" }, disk);
  expect(other.connect().ask("DBSIZE")).toBe(":0\r\n");
});

test("one that cannot be read ends the start, and stays as it is", () => {
  const whole = snapshotOf(...MANY);
  const disk = diskWith(whole.replace("key:20", "key:21"));
  const server = TestServer.loaded({ appendonly: "no" }, disk);
  expect(server.fatal).toMatch(
    /^The snapshot \/data\/dump.rdb cannot be loaded: at offset [1-9]\d*, the (?:key "key:21"|checksum)/,
  );
  expect(disk.text(PATH)).toHaveLength(whole.length);
  const cut = TestServer.loaded({ appendonly: "no" }, diskWith(whole.slice(0, 100)));
  expect(cut.fatal).toContain("the bytes end early");
});

test("a disk that does not give it ends the start", () => {
  const disk = diskWith(snapshotOf("SET k v"));
  disk.open = () => ({ code: "EACCES", message: "Permission denied" });
  const server = TestServer.loaded({ appendonly: "no" }, disk);
  expect(server.fatal).toBe("Cannot open /data/dump.rdb: Permission denied");
});

test("with appendonly yes and no log it is not passed over", () => {
  const server = TestServer.loaded({ appendonly: "yes" }, diskWith(snapshotOf("SET k v")));
  expect(server.fatal).toContain("There is a snapshot /data/dump.rdb and no append-only file");
});
