import { afterEach, describe, expect, test, vi } from "vitest";
import { elementWith } from "../../../testing/hyperloglog.ts";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

afterEach(() => vi.unstubAllGlobals());

const SPARSE = "HYLL\x01\0\0\0";
const STALE = `${"\0".repeat(7)}\x80`;
const CORRUPT = "-INVALIDOBJ Corrupted HLL object detected\r\n";
const NOT_ONE = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n";

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance(commands);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

/** A key's string. */
function bytesOf(redis: TestInstance, key: string): string {
  const reply = redis.run(`get ${key}`);
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => String(from + i));

/** An element for that register, of that rank. */
function element(index: number, rank: number): string {
  const hash = BigInt(index) + (1n << BigInt(13 + rank));
  return Buffer.from(elementWith(hash)).toString("latin1");
}

describe("PFADD", () => {
  test("makes, raises, and says whether something has changed", () => {
    const redis = start();
    expect(
      redis.script("pfadd k", "pfadd k", "pfadd k a b c", "pfadd k a", "pfdebug decode k"),
    ).toEqual([
      "pfadd k => :1",
      "pfadd k => :0",
      "pfadd k a b c => :1",
      "pfadd k a => :0",
      "pfdebug decode k => $44 Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603",
    ]);
    expect(redis.effects()).toEqual(["SELECT 0", "pfadd k", "pfadd k a b c"]);
    expect(redis.instance.data.changes.count).toBe(4);
  });

  test("begins with one run and an estimate that does not hold", () => {
    const redis = start("pfadd k");
    expect(bytesOf(redis, "k")).toBe(`${SPARSE}${STALE}\x7f\xff`);
    expect(redis.run("object encoding k")).toBe("$3\r\nraw\r\n");
  });

  test("joins equal neighbours of at most four", () => {
    const redis = start();
    for (const index of [10, 12, 11, 14, 13, 15]) redis.send("pfadd", "k", element(index, 3));
    expect(redis.run("pfdebug decode k")).toBe("$24\r\nz:10 v:3,4 v:3,2 Z:16368\r\n");
    redis.send("pfadd", "k", element(11, 4));
    expect(redis.run("pfdebug decode k")).toBe("$30\r\nz:10 v:3,1 v:4,1 v:3,4 Z:16368\r\n");
  });

  test("becomes dense when the runs get too long, or a value too large for them", () => {
    const redis = start("config set hll-sparse-max-bytes 24");
    redis.send("pfadd", "k", element(5, 1), element(6, 1));
    expect(redis.run("pfdebug encoding k")).toBe("+sparse\r\n");
    redis.send("pfadd", "k", element(100, 1), element(200, 1), element(300, 1));
    expect(redis.run("pfdebug encoding k")).toBe("+dense\r\n");
    expect(redis.run("strlen k")).toBe(":12304\r\n");
    redis.send("pfadd", "large", element(7, 32));
    expect(redis.run("pfdebug encoding large")).toBe("+sparse\r\n");
    redis.send("pfadd", "large", element(7, 33));
    expect(redis.run("pfdebug encoding large")).toBe("+dense\r\n");
    expect(redis.run("pfcount large")).toBe(":1\r\n");
  });

  test("keeps the expiry", () => {
    expect(start("pfadd k a", "expire k 100", "pfadd k b c d").run("ttl k")).toBe(":100\r\n");
  });

  test("of what is corrupt keeps what it has seen, which the log learns as a value", () => {
    const redis = start();
    redis.send("set", "k", `${SPARSE}${STALE}\x40\xff`);
    redis.effects();
    expect(redis.send("pfadd", "k", element(3, 2), element(300, 1))).toBe(CORRUPT);
    const bytes = bytesOf(redis, "k");
    expect(bytes).toBe(`${SPARSE}${STALE}\x02\x84\x40\xfb`);
    expect(redis.effects()).toEqual([`SET k ${JSON.stringify(bytes)} KEEPTTL`]);
    expect(redis.send("pfadd", "k", element(300, 1))).toBe(CORRUPT);
    expect(redis.effects()).toEqual([]);
    redis.send("set", "k", `${SPARSE}${STALE}\x7f`);
    expect(redis.send("pfadd", "k", element(3, 1))).toBe(CORRUPT);
  });

  test.each([
    ["short", `${SPARSE}${STALE}`.slice(0, 15)],
    ["another magic", `HYLX\x01\0\0\0${STALE}\x7f\xff`],
    ["another form", `HYLL\x02\0\0\0${STALE}\x7f\xff`],
    ["dense and too short", `HYLL\0\0\0\0${STALE}${"\0".repeat(12_287)}`],
    ["dense and too long", `HYLL\0\0\0\0${STALE}${"\0".repeat(12_289)}`],
    ["a number", "12"],
  ])("refuses what is %s", (_, bytes) => {
    const redis = start();
    redis.send("set", "k", bytes);
    for (const line of ["pfadd k a", "pfcount k", "pfcount x k", "pfmerge x k", "pfmerge k x"]) {
      expect(redis.run(line)).toBe(NOT_ONE);
    }
    expect(redis.run("pfdebug encoding k")).toBe(NOT_ONE);
    expect(redis.run("exists x")).toBe(":0\r\n");
  });
});

describe("PFCOUNT", () => {
  test("keeps its estimate: a change for watchers and the log, once", () => {
    const redis = start("pfadd k a b c");
    const watcher = redis.connect();
    watcher.run("watch k");
    expect(redis.run("pfcount k")).toBe(":3\r\n");
    expect(redis.run("pfcount k")).toBe(":3\r\n");
    expect(redis.effects()).toEqual(["pfcount k"]);
    expect(bytesOf(redis, "k").slice(8, 16)).toBe(`\x03${"\0".repeat(7)}`);
    watcher.run("multi");
    expect(watcher.run("exec")).toBe("*-1\r\n");
  });

  test("believes the estimate that it finds", () => {
    const redis = start();
    redis.send("set", "k", `${SPARSE}${"\xff".repeat(7)}\x7f\x7f\xff`);
    expect(redis.run("pfcount k")).toBe(":9223372036854775807\r\n");
    expect(redis.effects()).toEqual(["SELECT 0", expect.stringMatching(/^set k/)]);
    expect(redis.run("object encoding k")).toBe("$3\r\nraw\r\n");
  });

  test("of several keys changes none of them", () => {
    const redis = start("pfadd a 1 2 3", "pfadd b 3 4 5");
    expect(redis.script("pfcount a b none", "pfcount none", "pfcount none other")).toEqual([
      "pfcount a b none => :5",
      "pfcount none => :0",
      "pfcount none other => :0",
    ]);
    expect(redis.effects()).toEqual([]);
  });

  test("answers what 64 bits cannot hold as Redis does", () => {
    const redis = start();
    redis.send("set", "k", `HYLL\0\0\0\0${STALE}${"\xff".repeat(12_288)}`);
    expect(redis.run("pfcount k")).toBe(":-9223372036854775808\r\n");
    expect(bytesOf(redis, "k").slice(8, 16)).toBe(STALE);
  });

  test.each([0, 100, 10_000, 100_000])("is near enough after %s elements", (count) => {
    const redis = start();
    for (let from = 0; from < count; from += 1000) {
      redis.send("pfadd", "k", ...numbers(from, Math.min(count, from + 1000)));
    }
    const counted = Number(redis.run("pfcount k").slice(1));
    expect(Math.abs(counted - count)).toBeLessThanOrEqual(count * 0.03);
  });

  test("of what is corrupt changes nothing", () => {
    const redis = start();
    for (const runs of ["\x7f\xf0", "\x7f\xff\x00", "\x7f"]) {
      redis.send("set", "k", `${SPARSE}${STALE}${runs}`);
      redis.effects();
      for (const line of [
        "pfcount k",
        "pfcount k x",
        "pfmerge k",
        "pfmerge x k",
        "pfdebug todense k",
      ])
        expect(redis.run(line)).toBe(CORRUPT);
      expect(redis.effects()).toEqual([]);
    }
  });
});

describe("PFMERGE", () => {
  test("sees what the others have seen, and is dense when one of them is", () => {
    const redis = start("pfadd a 1 2 3", "pfadd b 3 4", "pfadd d 4", "pfdebug todense d");
    redis.run("expire a 100");
    expect(
      redis.script("pfmerge c a b none", "pfcount c", "pfdebug encoding c", "pfmerge a d"),
    ).toEqual([
      "pfmerge c a b none => +OK",
      "pfcount c => :4",
      "pfdebug encoding c => +sparse",
      "pfmerge a d => +OK",
    ]);
    expect(redis.script("pfdebug encoding a", "pfcount a", "ttl a")).toEqual([
      "pfdebug encoding a => +dense",
      "pfcount a => :4",
      "ttl a => :100",
    ]);
  });

  test("of nothing makes one that has seen nothing", () => {
    const redis = start();
    expect(redis.run("pfmerge k")).toBe("+OK\r\n");
    expect(bytesOf(redis, "k")).toBe(`${SPARSE}${STALE}\x7f\xff`);
  });
});

describe("PFDEBUG", () => {
  test("looks into a HyperLogLog", () => {
    const redis = start();
    redis.send("pfadd", "k", element(2, 7), element(3, 7));
    redis.effects();
    expect(redis.script("pfdebug decode k", "pfdebug encoding k", "pfdebug foo k")).toEqual([
      "pfdebug decode k => $17 z:2 v:7,2 Z:16380",
      "pfdebug encoding k => +sparse",
      "pfdebug foo k => -ERR Unknown PFDEBUG subcommand 'foo'",
    ]);
    expect(redis.effects()).toEqual([]);
    expect(
      redis.run("pfdebug getreg k").startsWith("*16384\r\n:0\r\n:0\r\n:7\r\n:7\r\n:0\r\n"),
    ).toBe(true);
    expect(redis.script("pfdebug todense k", "pfdebug decode k", "pfdebug encoding none")).toEqual([
      "pfdebug todense k => :0",
      "pfdebug decode k => -ERR HLL encoding is not sparse",
      "pfdebug encoding none => -ERR The specified key does not exist",
    ]);
    expect(redis.effects()).toEqual(["pfdebug getreg k"]);
  });

  test("nobody who watches the key learns of another form", () => {
    const redis = start("pfadd k a");
    redis.run("watch k");
    expect(redis.run("pfdebug todense k")).toBe(":1\r\n");
    redis.run("multi");
    expect(redis.run("exec")).toBe("*0\r\n");
    expect(redis.effects()).toEqual(["pfdebug todense k"]);
  });

  test("shows runs of any number of registers", () => {
    const redis = start();
    redis.send("set", "k", `${SPARSE}${STALE}`);
    expect(redis.run("pfdebug decode k")).toBe("$0\r\n\r\n");
    redis.run("append k hello");
    expect(redis.run("pfdebug decode k")).toBe("$23\r\nZ:10342 Z:11373 Z:12033\r\n");
  });
});

test("PFSELFTEST finds nothing wrong", () => {
  expect(start().run("pfselftest")).toBe("+OK\r\n");
});

test("what finds no memory changes nothing", () => {
  const redis = start("pfadd s a", "pfadd d b", "pfdebug todense d", "expire s 100");
  const before = bytesOf(redis, "s");
  const dense = bytesOf(redis, "d");
  redis.run("pfcount d");
  // So many that the index has room for those that fill the memory.
  redis.send("mset", ...numbers(0, 3000));
  redis.effects();
  vi.stubGlobal(
    "ArrayBuffer",
    class {
      constructor() {
        throw new RangeError("Array buffer allocation failed");
      }
    },
  );
  const oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  // The free blocks are used up first.
  for (let length = 900_000; length > 500; length = Math.floor(length * 0.9)) {
    for (let i = 0; redis.send("set", `${length} ${i}`, "x".repeat(length)) !== oom; i++) {
      expect(i).toBeLessThan(1000);
    }
  }
  redis.effects();
  const { size } = redis.instance.data.databases[0]!;
  expect(redis.run("pfmerge s d")).toBe(oom);
  expect(redis.run("pfmerge new d")).toBe(oom);
  expect(redis.run("pfdebug todense s")).toBe(oom);
  expect(redis.run("pfdebug getreg s")).toBe(oom);
  expect(bytesOf(redis, "s")).toBe(before);
  expect(redis.effects()).toEqual([]);
  expect(redis.instance.data.databases[0]!.size).toBe(size);
  expect(redis.run("ttl s")).toBe(":100\r\n");
  expect(redis.run("pfadd d c")).toBe(":1\r\n");
  expect(bytesOf(redis, "d")).not.toBe(dense);
});
