import { beforeEach, describe, expect, test } from "vitest";
import type { TestConnection } from "../../testing/connection.ts";
import { MemoryDisk } from "../../testing/disk.ts";
import { TestServer } from "../../testing/server.ts";
import { requestText } from "../../testing/wire/request.ts";
import { NO_SPACE } from "../ports/disk.ts";

const EIO = { code: "EIO", message: "Input/output error" };
const MISCONF = "-MISCONF Errors writing to the AOF file: No space left on device\r\n";

let server: TestServer;
let a: TestConnection;
let b: TestConnection;

function start(appendfsync: string, directives: Readonly<Record<string, string>> = {}): void {
  server = TestServer.loaded({ appendfsync, ...directives });
  a = server.connect();
  b = server.connect();
}

describe("always", () => {
  beforeEach(() => start("always"));

  test("the reply of a write leaves when the sync has returned", () => {
    expect(a.ask("SET k 1")).toBe("");
    server.endSync();
    expect(a.take()).toBe("+OK\r\n");
  });

  test("a read waits for the writes that it may have seen, in the same turn and in later ones", () => {
    a.send("SET k 1");
    expect(b.ask("GET k")).toBe("");
    const c = server.connect();
    expect(c.ask("GET other")).toBe("");
    server.endSync();
    expect(b.take()).toBe("$1\r\n1\r\n");
    expect(c.take()).toBe("$-1\r\n");
  });

  test("a read that comes when all is synced leaves at once", () => {
    a.ask("SET k 1");
    server.endSync();
    expect(b.ask("GET k")).toBe("$1\r\n1\r\n");
  });

  test("a read before the first write of its turn does not wait for it", () => {
    b.send("GET k");
    a.send("SET k 1");
    server.turn();
    expect(b.take()).toBe("$-1\r\n");
  });

  test("the nil of a key that the read itself has found expired waits for the DEL", () => {
    a.ask("SET k 1 PX 50");
    server.endSync();
    server.clock.advance(60);
    expect(b.ask("GET k")).toBe("");
    server.endSync();
    expect(b.take()).toBe("$-1\r\n");
    expect(server.disk.text("/data/appendonlydir/appendonly.aof.1.incr.aof")).toContain("DEL");
  });

  test("the nil of a deleted key waits for the deletion", () => {
    a.ask("SET k 1");
    server.endSync();
    a.ask("DEL k");
    expect(b.ask("GET k")).toBe("");
    server.endSync();
    expect(b.take()).toBe("$-1\r\n");
  });

  test("what consults no data leaves at once, but not ahead of its connection's replies", () => {
    a.send("SET k 1");
    expect(b.ask("PING", "ECHO x", "SELECT 1", "CLIENT ID", "NOPE", "GET")).toBe(
      "+PONG\r\n$1\r\nx\r\n+OK\r\n:2\r\n-ERR unknown command 'NOPE', with args beginning with: \r\n" +
        "-ERR wrong number of arguments for 'get' command\r\n",
    );
    expect(a.ask("PING")).toBe("");
    server.endSync();
    expect(a.take()).toBe("+OK\r\n+PONG\r\n");
  });

  test("of a pipeline the replies leave whose writes are synced", () => {
    a.ask("PING", "SET k 1");
    expect(a.take()).toBe("");
    a.ask("PING", "INCR k", "GET k");
    b.ask("SET j 1");
    server.endSync();
    expect(a.take()).toBe("+OK\r\n+PONG\r\n");
    server.endSync();
    expect(a.take()).toBe(":2\r\n$1\r\n2\r\n");
    expect(b.take()).toBe("+OK\r\n");
    expect(server.disk.syncs).toHaveLength(0);
  });

  test("MULTI, QUEUED and WATCH leave at once, EXEC when its transaction is synced", () => {
    b.ask("SET other 1");
    expect(a.ask("WATCH k", "MULTI", "SET k 1", "GET k")).toBe(
      "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n",
    );
    expect(a.ask("EXEC")).toBe("");
    server.endSync();
    expect(a.take()).toBe("");
    server.endSync();
    expect(a.take()).toBe("*2\r\n+OK\r\n$1\r\n1\r\n");
  });

  test("the nil of an EXEC whose watched key has changed waits for the change", () => {
    a.ask("WATCH k", "MULTI");
    b.ask("SET k 2");
    expect(a.ask("EXEC")).toBe("");
    server.endSync();
    expect(a.take()).toBe("*-1\r\n");
  });

  test("QUIT closes the connection behind the replies that wait", () => {
    expect(a.ask("SET k 1", "QUIT")).toBe("");
    expect(a.isClosed).toBe(false);
    server.endSync();
    expect(a.take()).toBe("+OK\r\n+OK\r\n");
    expect(a.isClosed).toBe(true);
  });

  test("a protocol error behind a write closes the connection after the write's reply", () => {
    expect(a.ask("SET k 1", "*1\r\n+PING")).toBe("");
    server.endSync();
    expect(a.take()).toBe("+OK\r\n-ERR Protocol error: expected '$', got '+'\r\n");
    expect(a.isClosed).toBe(true);
  });

  test("a write without a reply reaches the disk, and the next reply waits for it", () => {
    expect(a.ask("CLIENT REPLY OFF", "SET k 1")).toBe("");
    expect(server.disk.syncs).toHaveLength(1);
    expect(a.ask("CLIENT REPLY ON", "GET k")).toBe("+OK\r\n");
    server.endSync();
    expect(a.take()).toBe("$1\r\n1\r\n");
  });

  test("a client that goes takes its replies with it; its write stays", () => {
    a.ask("SET k 1");
    a.leave();
    expect(b.ask("GET k")).toBe("");
    server.endSync();
    expect(b.take()).toBe("$1\r\n1\r\n");
  });

  test("what CLIENT PAUSE has held back waits for its own sync", () => {
    expect(a.ask("CLIENT PAUSE 1000 WRITE")).toBe("+OK\r\n");
    expect(b.ask("SET k 1", "GET k")).toBe("");
    expect(server.disk.syncs).toHaveLength(0);
    expect(a.ask("CLIENT UNPAUSE")).toBe("+OK\r\n");
    expect(b.take()).toBe("");
    server.endSync();
    expect(b.take()).toBe("+OK\r\n$1\r\n1\r\n");
  });

  test("the reply of a WAIT whose time is up waits for what the log held by then", () => {
    a.ask("SET k 1");
    server.endSync();
    a.take();
    expect(a.ask("WAIT 1 50")).toBe("");
    b.ask("SET j 1");
    server.pass(100);
    expect(a.take()).toBe("");
    server.endSync();
    expect(a.take()).toBe(":0\r\n");
  });

  test("a killed client gets nothing more", () => {
    a.ask("SET k 1");
    expect(b.ask("CLIENT KILL ID 1")).toBe(":1\r\n");
    expect(a.isClosed).toBe(true);
    server.endSync();
    expect(a.take()).toBe("");
  });

  test("replies that wait count for the output limit", () => {
    start("always", { "client-output-buffer-limit": "normal 100kb 0 0" });
    a.ask(`SET k ${"x".repeat(50_000)}`);
    server.endSync();
    b.ask("SET j 1");
    a.ask("GET k", "GET k", "GET k");
    expect(a.isClosed).toBe(true);
    expect(server.warnings.join()).toContain("overcoming of output buffer limits");
  });

  test("a failed sync: nothing more leaves, and the server has to end", () => {
    a.ask("SET k 1");
    server.endSync("fails");
    expect(server.fatal).toBe("The append-only file could not be synced: Input/output error");
    expect(a.take()).toBe("");
    expect(b.ask("GET k", "PING")).toBe("");
  });

  test("one sync serves all that waited", () => {
    const clients = Array.from({ length: 50 }, () => server.connect());
    a.ask("SET first 1");
    for (const [i, client] of clients.entries()) client.ask(`SET k${i} 1`);
    expect(server.disk.syncs).toHaveLength(1);
    server.endSync();
    server.endSync();
    expect(server.disk.syncs).toHaveLength(0);
    for (const client of clients) expect(client.take()).toBe("+OK\r\n");
  });
});

describe("a replica", () => {
  beforeEach(() => start("always"));

  test("gets neither snapshot nor stream before it is synced", () => {
    a.ask("SET k 1");
    expect(b.ask("SYNC")).toBe("");
    server.endSync();
    expect(b.take()).toMatch(/^\$\d+\r\nREDIS/);
    a.ask("SET k 22");
    expect(b.take()).toBe("");
    a.ask("SET k 333");
    server.endSync();
    expect(b.take()).toMatch(/SET.*22\r\n$/s);
    server.endSync();
    expect(b.take()).toMatch(/^\*3.*333\r\n$/s);
  });

  test("gets pings in their place in the stream", () => {
    b.ask("SYNC");
    server.pass(10_000);
    expect(b.take()).toContain("PING");
    a.ask("SET k 1");
    server.pass(10_000);
    expect(b.take()).toBe("");
    server.endSync();
    expect(b.take()).toMatch(/SET.*\r\n1\r\n\*1\r\n\$4\r\nPING\r\n$/s);
  });
});

describe("everysec and no", () => {
  test.each(["everysec", "no"])("%s: a reply leaves when its write is in the file", (policy) => {
    start(policy);
    a.send("SET k 1");
    expect(a.take()).toBe("");
    server.turn();
    expect(a.take()).toBe("+OK\r\n");
    expect(server.disk.text("/data/appendonlydir/appendonly.aof.1.incr.aof")).toContain("SET");
  });

  test("everysec: replies wait once the oldest unsynced one is two seconds old", () => {
    start("everysec");
    expect(a.ask("SET k 1")).toBe("+OK\r\n");
    server.pass(1900);
    expect(a.ask("INCR k")).toBe(":2\r\n");
    server.pass(100);
    expect(a.ask("INCR k")).toBe("");
    expect(b.ask("GET k")).toBe("");
    expect(b.ask("PING")).toBe("");
    server.endSync();
    expect(a.take()).toBe(":3\r\n");
    expect(b.take()).toBe("$1\r\n3\r\n+PONG\r\n");
    expect(a.ask("INFO persistence")).toContain("aof_delayed_fsync:1\r\n");
  });

  test("CONFIG SET appendfsync takes effect at once", () => {
    start("no");
    expect(a.ask("CONFIG SET appendfsync always")).toBe("+OK\r\n");
    expect(a.ask("SET k 1")).toBe("");
    expect(b.ask("CONFIG SET appendfsync no")).toBe("+OK\r\n");
    expect(a.take()).toBe("+OK\r\n");
  });

  test("CONFIG SET appendfsync always is acknowledged when all that was shown before lasts", () => {
    start("no");
    expect(a.ask("SET k 1")).toBe("+OK\r\n");
    expect(a.ask("CONFIG SET appendfsync always")).toBe("");
    expect(b.ask("GET k")).toBe("");
    server.endSync();
    expect(a.take()).toBe("+OK\r\n");
    expect(b.take()).toBe("$1\r\n1\r\n");
  });
});

describe("a full disk", () => {
  beforeEach(() => {
    start("no");
    server.disk.capacityBytes = server.disk.usedBytes;
  });

  test("what has executed is written, further writes are refused, reads go on, and it heals", () => {
    expect(a.ask("SET k 1")).toBe("+OK\r\n");
    expect(a.ask("SET k 2", "GET k", "PING", "MULTI", "SET k 3", "EXEC")).toBe(
      `${MISCONF}$1\r\n1\r\n${MISCONF}+OK\r\n${MISCONF}` +
        "-EXECABORT Transaction discarded because of previous errors.\r\n",
    );
    expect(a.ask("INFO persistence")).toContain("aof_last_write_status:err\r\n");
    expect(server.warnings).toEqual(["Error writing to the AOF file: No space left on device"]);
    server.disk.capacityBytes += 100_000;
    server.pass(100);
    expect(a.ask("SET k 4")).toBe("+OK\r\n");
    expect(a.ask("INFO persistence")).toContain("aof_last_write_status:ok\r\n");
  });

  test("a transaction that was queued before is refused as a whole", () => {
    a.ask("MULTI", "SET k 2");
    b.ask("SET k 1");
    expect(a.ask("EXEC")).toBe(
      "-EXECABORT Transaction discarded because of: MISCONF Errors writing to the AOF file: " +
        "No space left on device\r\n",
    );
  });
});

/** Sends requests in as many reads as they need. */
function askLarge(client: TestConnection, ...requests: readonly (readonly string[])[]): string {
  const text = requests.map((words) => requestText(...words)).join("");
  const { shared, readOffset } = server.core;
  for (let at = 0; at < text.length; at += PIECE_CHARS) {
    const piece = text.slice(at, at + PIECE_CHARS);
    client.deliver(shared.write(piece, readOffset, "latin1"));
  }
  server.turn();
  return client.take();
}

const PIECE_CHARS = 60_000;

describe("a disk that is fuller than the space kept for it", () => {
  const health = ["INFO persistence", "CONFIG GET appendonly", "CONFIG SET maxmemory 0", "TIME"];
  const answered = /^\$\d+\r\n.*\r\n\*2\r\n\$10\r\nappendonly\r\n\$3\r\nyes\r\n\+OK\r\n\*2\r\n/s;

  test("at the start: reads go on, writes are refused, and it heals", () => {
    start("no");
    a.ask("SET k 1");
    server.close();
    server.disk.remove("/data/appendonlydir/appendonly.aof.ballast");
    server.disk.capacityBytes = server.disk.usedBytes + 100;
    server = TestServer.loaded({}, server.disk);
    a = server.connect();
    expect(a.ask("SET k 2", "GET k")).toBe(`${MISCONF}$1\r\n1\r\n`);
    expect(a.ask(...health)).toMatch(answered);
    server.disk.capacityBytes = Number.POSITIVE_INFINITY;
    server.pass(100);
    expect(a.ask("SET k 2")).toBe("+OK\r\n");
  });

  test("a value that does not fit is refused before it is written; a transaction with it, too", () => {
    start("always");
    server.disk.isPrompt = true;
    server.disk.capacityBytes = server.disk.usedBytes + 300_000;
    const large = "v".repeat(400_000);
    expect(askLarge(a, ["SET", "k", large], ["EXISTS", "k"], ["SET", "k", "1"])).toBe(
      `${MISCONF}:0\r\n+OK\r\n`,
    );
    const queued = [["MULTI"], ["SET", "n", "1"], ["APPEND", "k", large], ["EXEC"]];
    expect(askLarge(a, ...queued, ["GET", "k"], ["EXISTS", "n"])).toBe(
      `+OK\r\n+QUEUED\r\n+QUEUED\r\n-EXECABORT Transaction discarded because of: ${MISCONF.slice(1)}$1\r\n1\r\n:0\r\n`,
    );
  });

  test("no file is made longer than the process may", () => {
    start("no");
    server.disk.maxFileBytes = 500_000;
    const tooLarge = MISCONF.replace("No space left on device", "File too large");
    expect(askLarge(a, ["SET", "k", "v".repeat(600_000)])).toBe(tooLarge);
    const value = "v".repeat(200_000);
    expect(askLarge(a, ["SET", "k", value], ["SET", "l", value])).toBe("+OK\r\n+OK\r\n");
    server.disk.maxFileBytes = 400_000;
    server.pass(100);
    expect(a.ask("SET k 1", "STRLEN k")).toBe(`${tooLarge}:200000\r\n`);
  });

  test("what could not be foreseen waits, and what shows it is refused; health is told", () => {
    start("no");
    for (let tries = 0; tries < 2; tries++) server.disk.nextAppends.push(NO_SPACE);
    expect(a.ask("SET k 1")).toBe("");
    expect(b.ask("GET k", "SET k 2", "DBSIZE")).toBe(`${MISCONF}${MISCONF}${MISCONF}`);
    expect(b.ask(...health)).toMatch(answered);
    server.pass(100);
    expect(a.take()).toBe("+OK\r\n");
    expect(b.ask("GET k")).toBe("$1\r\n1\r\n");
  });

  test("a loop turn with much to write writes it bit by bit", () => {
    start("no");
    const sizes: number[] = [];
    const { append } = server.disk;
    server.disk.append = (into, bytes, from, length) => {
      sizes.push(length);
      return append.call(server.disk, into, bytes, from, length);
    };
    askLarge(a, ...Array.from({ length: 40 }, (_, i) => ["SET", `k${i}`, "v".repeat(100_000)]));
    expect(Math.max(...sizes)).toBeLessThan(1_200_000);
    expect(sizes.length).toBeGreaterThan(3);
  });
});

describe("start and end", () => {
  test("what was served before is there after a clean end and after a crash", () => {
    start("always");
    a.ask("SET k 1 PX 100000", "SELECT 3", "RPUSHX nothing", "SET j 2");
    server.endSync();
    server.disk.losePower();
    let again = TestServer.loaded({ appendfsync: "always" }, server.disk);
    a = again.connect();
    expect(a.ask("GET k", "PTTL k", "SELECT 3", "GET j")).toBe(
      "$1\r\n1\r\n:100000\r\n+OK\r\n$1\r\n2\r\n",
    );
    a.ask("DEL j");
    expect(again.close()).toBe(null);
    again = TestServer.loaded({ appendfsync: "always" }, server.disk);
    a = again.connect();
    expect(a.ask("GET k", "SELECT 3", "GET j")).toBe("$1\r\n1\r\n+OK\r\n$-1\r\n");
  });

  test("no key expires while its history is replayed", () => {
    start("no");
    a.ask("SET k 1 PX 1000", "INCR k", "PEXPIRE k 500000");
    a.ask("SET short 1 PX 1000");
    const again = new TestServer({}, server.disk);
    again.clock.advance(60_000);
    const c = again.connect();
    c.ask("PING");
    while (!again.persistence.load(1)) {}
    expect(c.ask("GET k", "GET short", "DBSIZE")).toBe("$1\r\n2\r\n$-1\r\n:1\r\n");
  });

  test("while it loads, commands are refused but for those that say otherwise", () => {
    start("no");
    for (let i = 0; i < 10; i++) a.ask(`SET k${i} 1`);
    const again = new TestServer({}, server.disk);
    expect(again.persistence.load(100)).toBe(false);
    const c = again.connect();
    const loading = "-LOADING Redis is loading the dataset in memory\r\n";
    expect(c.ask("GET k1", "PING", "CONFIG SET appendonly no", "MULTI")).toBe(
      `${loading}${loading}${loading}+OK\r\n`,
    );
    const info = c.ask("DISCARD", "INFO persistence");
    expect(info).toContain("\r\nloading:1\r\n");
    expect(info).toMatch(/\r\nloading_total_bytes:[1-9]\d*\r\n/);
    expect(info).toMatch(/\r\nloading_loaded_bytes:[1-9]\d*\r\n/);
    again.pass(200);
    while (!again.persistence.load(100)) {}
    expect(c.ask("GET k9", "DBSIZE", "PING")).toBe("$1\r\n1\r\n:10\r\n+PONG\r\n");
    expect(c.ask("INFO persistence")).toContain("\r\nloading:0\r\n");
  });

  test("it says once a second how far it is, by bytes and keys", () => {
    start("no");
    for (let i = 0; i < 100; i++) a.ask(`SET k${i} ${"x".repeat(100)}`);
    const again = new TestServer({}, server.disk);
    let notices = 0;
    while (!again.persistence.load(1000)) {
      again.clock.advance(300);
      notices++;
    }
    const told = again.notices.map((line) => {
      const match = /^Loading the AOF: (\d+) of (\d+) bytes \((\d+) %\), (\d+) keys$/.exec(line);
      return match?.slice(1).map(Number);
    });
    const loading = told.filter((numbers) => numbers !== undefined);
    expect(loading.length).toBeGreaterThan(2);
    expect(loading.length).toBeLessThan(notices / 3);
    let before = { bytes: 0, keys: 0 };
    for (const [bytes, total, percent, keys] of loading as [number, number, number, number][]) {
      expect(bytes).toBeGreaterThan(before.bytes);
      expect(keys).toBeGreaterThan(before.keys);
      expect(percent).toBe(Math.floor((100 * bytes) / total));
      before = { bytes, keys };
    }
    expect(again.notices.at(-1)).toMatch(
      /^DB loaded from append only file: \d+\.\d{3} seconds, [1-9]\d+ bytes, 100 keys$/,
    );
  });

  test("without appendonly a log is told of, since it is not loaded", () => {
    const disk = new MemoryDisk();
    disk.put("/data/appendonly.aof", "");
    const served = TestServer.loaded({ appendonly: "no" }, disk);
    expect(served.fatal).toBe(null);
    expect(served.warnings.at(-1)).toContain("There is an append-only file in /data");
  });

  test("a damaged log is fatal", () => {
    start("no");
    a.ask("SET k 1");
    a.ask("SET k 2");
    const path = "/data/appendonlydir/appendonly.aof.1.incr.aof";
    server.disk.put(path, server.disk.text(path).replace("$1\r\n1", "$1\r\n7"));
    const again = TestServer.loaded({}, server.disk);
    expect(again.fatal).toContain("is damaged at offset 0, LSN 1");
  });

  test("a clean end lets the replies leave that waited", () => {
    start("always");
    a.ask("SET k 1");
    expect(server.close()).toBe(null);
    expect(a.take()).toBe("+OK\r\n");
  });

  test("requests that come during the end are not executed", () => {
    start("always");
    server.core.stop();
    expect(a.ask("SET k 1")).toBe("");
    server.pass(500);
    expect(server.core.log!.end).toBe(0);
  });
});

describe("CONFIG SET appendonly", () => {
  test("yes writes the data set and then what comes", () => {
    server = TestServer.loaded({ appendonly: "no" });
    a = server.connect();
    a.ask("SET k 1", "SET mortal 2 PX 100000", "SELECT 4", "SET j 3");
    expect(a.ask("CONFIG SET appendonly yes appendfsync always")).toBe("+OK\r\n");
    expect(a.ask("INFO persistence")).toContain("aof_enabled:1\r\n");
    expect(a.ask("INCR j")).toBe("");
    server.endSync();
    expect(a.take()).toBe(":4\r\n");
    server.disk.losePower();
    const again = TestServer.loaded({}, server.disk).connect();
    expect(again.ask("GET k", "PTTL mortal", "SELECT 4", "GET j", "SELECT 0", "DBSIZE")).toBe(
      "$1\r\n1\r\n:100000\r\n+OK\r\n$1\r\n4\r\n+OK\r\n:2\r\n",
    );
  });

  test("yes replaces what an earlier log held", () => {
    start("always");
    a.ask("SET old 1");
    server.endSync();
    server.close();
    server = TestServer.loaded({ appendonly: "no" }, server.disk);
    a = server.connect();
    a.ask("SET new 1", "CONFIG SET appendonly yes");
    expect([...server.disk.files.keys()].filter((path) => path.endsWith(".aof"))).toEqual([
      "/data/appendonlydir/appendonly.aof.2.incr.aof",
    ]);
    expect(TestServer.loaded({}, server.disk).connect().ask("KEYS *")).toBe("*1\r\n$3\r\nnew\r\n");
  });

  test("yes is refused when the disk is full", () => {
    server = TestServer.loaded({ appendonly: "no" });
    a = server.connect();
    server.disk.capacityBytes = 10;
    expect(a.ask("SET k 1", "CONFIG SET appendonly yes")).toBe(
      "+OK\r\n-ERR CONFIG SET failed (possibly related to argument 'appendonly') - " +
        "Unable to turn on AOF. Check server logs.\r\n",
    );
    expect(a.ask("CONFIG GET appendonly", "SET k 2")).toBe(
      "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n+OK\r\n",
    );
  });

  test.each(["always", "everysec"])("no and at once yes: %s", (policy) => {
    start(policy);
    a.ask("SET k 1");
    server.core.flush();
    a.ask("SET k 2", "INCR n");
    expect(b.ask("CONFIG SET appendonly no", "CONFIG SET appendonly yes", "INCR n")).toMatch(
      policy === "always" ? /^\+OK\r\n\+OK\r\n$/ : /^\+OK\r\n\+OK\r\n:2\r\n$/,
    );
    expect(a.take()).toContain(policy === "always" ? "+OK\r\n+OK\r\n:1\r\n" : "");
    server.verifyInvariants();
    server.disk.losePower();
    const again = TestServer.loaded({}, server.disk).connect();
    expect(again.ask("GET k", "GET n")).toMatch(/^\$1\r\n2\r\n\$1\r\n[12]\r\n$/);
  });

  test("no closes the log cleanly; replies that wait for it still do", () => {
    start("always");
    expect(a.ask("SET k 1")).toBe("");
    expect(b.ask("CONFIG SET appendonly no")).toBe("");
    expect(a.ask("SET k 2")).toBe("");
    server.endSync();
    expect(a.take()).toBe("+OK\r\n+OK\r\n");
    expect(b.take()).toBe("+OK\r\n");
    expect(a.ask("SET k 3", "INFO persistence")).toMatch(/^\+OK\r\n.*aof_enabled:0\r\n/s);
    expect(server.disk.text("/data/appendonlydir/appendonly.aof.1.incr.aof")).toMatch(
      /\r\n1\r\n#V1 closed lsn=1 [^\n]*\n$/,
    );
    expect(a.ask("CONFIG SET appendonly yes")).toBe("+OK\r\n");
    expect(TestServer.loaded({}, server.disk).connect().ask("GET k")).toBe("$1\r\n3\r\n");
  });

  test("a log does not begin within a transaction, which a crash could tear then", () => {
    start("always", { appendonly: "no" });
    expect(a.ask("MULTI", "SET k 1", "CONFIG SET appendonly yes", "SET l 2", "EXEC")).toMatch(
      /\*3\r\n\+OK\r\n-ERR CONFIG SET failed .* - A log cannot begin within a transaction\.\r\n\+OK\r\n$/,
    );
    expect(a.ask("CONFIG GET appendonly")).toContain("no");
    expect(a.ask("CONFIG SET appendonly yes")).toBe("+OK\r\n");
    expect(TestServer.loaded({}, server.disk).connect().ask("GET k", "GET l")).toBe(
      "$1\r\n1\r\n$1\r\n2\r\n",
    );
  });

  test("what follows yes in the same read waits for the log, even behind a no", () => {
    for (const before of [[], ["CONFIG SET appendonly no"]]) {
      start("always", { appendonly: before.length === 0 ? "no" : "yes" });
      expect(a.ask(...before, "CONFIG SET appendonly yes", "SET k 1", "GET k")).toBe(
        "+OK\r\n".repeat(before.length + 1),
      );
      server.endSync();
      expect(a.take()).toBe("+OK\r\n$1\r\n1\r\n");
    }
  });

  test("what follows no in the same read leaves no trace in the waiting behind a later yes", () => {
    start("always");
    expect(a.ask("CONFIG SET appendonly no", "PING", "PING")).toBe("+OK\r\n+PONG\r\n+PONG\r\n");
    expect(a.ask("CONFIG SET appendonly yes", "SET k 1")).toBe("+OK\r\n");
    server.endSync();
    expect(a.take()).toBe("+OK\r\n");
  });
});

describe("the trace", () => {
  test("tells the steps of the specification in their order", () => {
    start("always");
    a.ask("PING", "SET k 1");
    b.ask("GET k");
    server.endSync();
    a.leave();
    expect(server.trace.takeLines()).toEqual([
      "Ask conn=1",
      "Append conn=1 lsn=1",
      "Write to=1",
      "FsyncBegin to=1",
      "Reply conn=1 count=1 first=1",
      "Read conn=2 dep=1",
      "FsyncOk",
      "Reply conn=1 count=1 first=2",
      "Reply conn=2 count=1 first=1",
      "Disconnect conn=1",
    ]);
  });

  test("units that nobody waits for are told as such", () => {
    start("no");
    a.ask("CLIENT REPLY OFF", "SET k 1 PX 50", "SET j 1 PX 50");
    server.clock.advance(60);
    b.ask("GET k");
    server.pass(100);
    expect(server.trace.takeLines()).toEqual([
      "Expire lsn=1",
      "Expire lsn=2",
      "Write to=2",
      "Expire lsn=3",
      "Read conn=2 dep=3",
      "Write to=3",
      "Reply conn=2 count=1 first=1",
      "Expire lsn=4",
      "Write to=4",
    ]);
  });

  test("a queued write does not acknowledge a unit that nobody waits for", () => {
    start("no");
    a.ask("SET k 1 PX 50", "MULTI");
    server.trace.takeLines();
    server.clock.advance(60);
    server.core.tick();
    a.ask("SET j 1");
    expect(server.trace.takeLines()).toEqual([
      "Expire lsn=2",
      "Ask conn=1",
      "Write to=2",
      "Reply conn=1 count=1 first=3",
    ]);
  });

  test("a refused write asks, and a poisoned log stops", () => {
    start("always");
    server.disk.nextAppends.push(EIO);
    a.ask("SET k 1");
    a.ask("SET k 2");
    server.endSync();
    a.ask("GET k");
    server.pass(100);
    a.ask("SET k 3");
    server.endSync("fails");
    a.leave();
    expect(server.trace.takeLines()).toEqual([
      "Append conn=1 lsn=1",
      "WriteRefused",
      "Write to=1",
      "FsyncBegin to=1",
      "Ask conn=1",
      "FsyncOk",
      "Reply conn=1 count=2 first=1",
      "Read conn=1 dep=1",
      "Reply conn=1 count=1 first=3",
      "Heal",
      "Append conn=1 lsn=2",
      "Write to=2",
      "FsyncBegin to=2",
      "FsyncFail lost=true",
      "Stop",
    ]);
  });

  test("a run begins with what recovery did and ends with Close", () => {
    const first = new TestServer({ appendfsync: "everysec" });
    while (!first.persistence.load(1000)) {}
    expect(first.close()).toBe(null);
    expect(first.trace.takeLines()).toEqual([
      "RecoverBegin end=0",
      "RecoverRewrite",
      "Serve end=0 policy=everysec",
      "Close",
    ]);
    const second = new TestServer({ appendfsync: "no" }, first.disk);
    while (!second.persistence.load(1000)) {}
    expect(second.trace.takeLines()).toEqual(["RecoverBegin end=0", "Serve end=0 policy=no"]);
  });
});

test("without appendonly nothing is kept and nothing waits", () => {
  server = TestServer.loaded({ appendonly: "no" });
  a = server.connect();
  expect(a.ask("SET k 1")).toBe("+OK\r\n");
  expect([...server.disk.files.keys()]).toEqual([]);
  expect(a.ask("INFO persistence")).toContain("aof_enabled:0\r\n");
});
