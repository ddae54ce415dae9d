import { afterEach, describe, expect, test, vi } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { Request } from "../../resp/request.ts";
import { extractKeys } from "../../session/key-extraction.ts";
import { commands } from "../index.ts";
import { BITFIELD } from "./bitfield.ts";

afterEach(() => vi.unstubAllGlobals());

function start(...lines: readonly string[]): TestInstance {
  const redis = testInstance(commands);
  for (const line of lines) redis.run(line);
  redis.effects();
  return redis;
}

const BAD_OFFSET = "-ERR bit offset is not an integer or out of range\r\n";

describe("SETBIT", () => {
  test("makes, lengthens and changes a string", () => {
    const redis = start();
    expect(
      redis.script("setbit k 1 1", "setbit k 1 1", "setbit k 23 1", "setbit k 1 0", "strlen k"),
    ).toEqual([
      "setbit k 1 1 => :0",
      "setbit k 1 1 => :1",
      "setbit k 23 1 => :0",
      "setbit k 1 0 => :1",
      "strlen k => :3",
    ]);
    expect(redis.effects()).toEqual(["SELECT 0", "setbit k 1 1", "setbit k 23 1", "setbit k 1 0"]);
  });

  test("of a bit that is so already is no change, but for the encoding", () => {
    const redis = start("set k 1", "expire k 100");
    expect(redis.run("setbit k 0 0")).toBe(":0\r\n");
    expect(redis.effects()).toEqual([]);
    expect(redis.script("object encoding k", "get k", "ttl k")).toEqual([
      "object encoding k => $3 raw",
      "get k => $1 1",
      "ttl k => :100",
    ]);
  });

  test("a zero in a new key is a change", () => {
    const redis = start();
    redis.run("setbit k 7 0");
    expect(redis.effects()).toEqual(["SELECT 0", "setbit k 7 0"]);
  });

  test.each(["-1", "4294967296", "a", "#1", "", "9223372036854775808"])("refuses bit %s", (at) => {
    const redis = start();
    expect(redis.send("setbit", "k", at, "1")).toBe(BAD_OFFSET);
    expect(redis.send("getbit", "k", at)).toBe(BAD_OFFSET);
    expect(redis.run("exists k")).toBe(":0\r\n");
  });

  test.each(["2", "-1", "a", "9223372036854775808"])("refuses %s as a bit", (bit) => {
    expect(start().run(`setbit k 0 ${bit}`)).toBe("-ERR bit is not an integer or out of range\r\n");
  });

  test("stops at proto-max-bulk-len, and where the keyspace stops", () => {
    const redis = start();
    redis.instance.settings.maxBulkBytes = 100;
    expect(redis.run("setbit k 800 1")).toBe(BAD_OFFSET);
    expect(redis.run("setbit k 799 1")).toBe(":0\r\n");
    redis.instance.settings.maxBulkBytes = 2 ** 40;
    expect(redis.run("setbit k 4294967296 1")).toBe(BAD_OFFSET);
    expect(redis.run("getbit k 4294967296")).toBe(":0\r\n");
    expect(redis.run("bitfield k set u8 4294967289 1")).toBe(`${BAD_OFFSET}`);
    expect(redis.run("bitfield k get u8 4294967289")).toBe("*1\r\n:0\r\n");
  });
});

describe("ranges", () => {
  test("BITCOUNT asks nothing of an absent key, and judges in Redis' order", () => {
    expect(
      start("set k foobar").script(
        "bitcount none a b c d",
        "bitcount k",
        "bitcount k 0 0",
        "bitcount k 5 30 bit",
        "bitcount k -1 -2 nothing",
        "bitcount k 0 -1 nothing",
        "bitcount k 0",
        "bitcount k 9223372036854775807 -9223372036854775808",
      ),
    ).toEqual([
      "bitcount none a b c d => :0",
      "bitcount k => :26",
      "bitcount k 0 0 => :4",
      "bitcount k 5 30 bit => :17",
      "bitcount k -1 -2 nothing => :0",
      "bitcount k 0 -1 nothing => -ERR syntax error",
      "bitcount k 0 => -ERR syntax error",
      "bitcount k 9223372036854775807 -9223372036854775808 => :0",
    ]);
  });

  test("BITPOS finds a zero behind ones only without an end", () => {
    const redis = start();
    redis.send("set", "k", "\xff\xff\xff");
    redis.send("set", "empty", "");
    expect(
      redis.script(
        "bitpos k 0",
        "bitpos k 0 1",
        "bitpos k 0 3",
        "bitpos k 0 0 -1",
        "bitpos k 1 2 -1",
        "bitpos k 1 17 20 bit",
        "bitpos none 1",
        "bitpos none 0 x y z",
        "bitpos empty 0",
      ),
    ).toEqual([
      "bitpos k 0 => :24",
      "bitpos k 0 1 => :24",
      "bitpos k 0 3 => :-1",
      "bitpos k 0 0 -1 => :-1",
      "bitpos k 1 2 -1 => :16",
      "bitpos k 1 17 20 bit => :17",
      "bitpos none 1 => :-1",
      "bitpos none 0 x y z => :0",
      "bitpos empty 0 => :-1",
    ]);
  });
});

describe("BITOP", () => {
  test("works on strings of every length, through more than one part", () => {
    const redis = start();
    const [a, b] = ["\x0f\xf0".repeat(20_000), "\xff".repeat(20_001)];
    redis.send("set", "a", a);
    redis.send("set", "b", b);
    expect(redis.run("bitop and d a b")).toBe(":40000\r\n");
    const both = a.slice(0, 20_001) + "\0".repeat(19_999);
    expect(redis.run("get d")).toBe(`$40000\r\n${both}\r\n`);
    expect(redis.run("bitop not d d")).toBe(":40000\r\n");
    expect(redis.run("bitcount d")).toBe(`:${320_000 - 20_001 * 4}\r\n`);
    expect(redis.run("bitop xor d a a none")).toBe(":40000\r\n");
    expect(redis.run("bitcount d")).toBe(":0\r\n");
  });

  test("a source that is the destination is read before it is lengthened, and a list is replaced", () => {
    const redis = start("rpush list a b", "expire list 100");
    redis.send("set", "a", "\x0f\xf0");
    redis.send("set", "b", "\xff".repeat(3000));
    redis.run("expire a 100");
    expect(redis.run("bitop xor a a b a")).toBe(":3000\r\n");
    expect(redis.run("get a")).toBe(`$3000\r\n${"\xff".repeat(3000)}\r\n`);
    expect(redis.run("bitop and list b b")).toBe(":3000\r\n");
    expect(redis.script("bitcount list", "ttl list", "ttl a")).toEqual([
      "bitcount list => :24000",
      "ttl list => :-1",
      "ttl a => :-1",
    ]);
    redis.send("set", "a", "\xf0");
    expect(redis.run("bitop or b a")).toBe(":1\r\n");
    expect(redis.run("get b")).toBe("$1\r\n\xf0\r\n");
  });

  test("replaces the destination with its expiry, and removes it when nothing is left", () => {
    const redis = start("set a 1", "set d 5 ex 100");
    expect(redis.script("bitop or d a", "ttl d", "object encoding d", "bitop and d x y")).toEqual([
      "bitop or d a => :1",
      "ttl d => :-1",
      "object encoding d => $3 raw",
      "bitop and d x y => :0",
    ]);
    expect(redis.run("exists d")).toBe(":0\r\n");
    expect(redis.run("bitop or d x")).toBe(":0\r\n");
    expect(redis.effects()).toEqual(["bitop or d a", "bitop and d x y"]);
  });
});

test("BITOP without a result removes a destination whose time is past, and not as expired", () => {
  const redis = start("set d 1 px 5");
  redis.clock.advance(10);
  expect(redis.run("bitop or d none")).toBe(":0\r\n");
  expect(redis.effects()).toEqual(["bitop or d none"]);
  expect(redis.instance.statistics.expiredKeys).toBe(0);
});

describe("BITFIELD", () => {
  test("carries out one operation after the other", () => {
    const redis = start();
    expect(redis.run("bitfield k set i8 0 -100 incrby i8 #0 -50 get u4 2 get u8 900")).toBe(
      "*4\r\n:0\r\n:106\r\n:10\r\n:0\r\n",
    );
    expect(redis.run("bitfield k overflow sat incrby i8 0 100 overflow fail incrby i8 0 1")).toBe(
      "*2\r\n:127\r\n$-1\r\n",
    );
    expect(redis.run("strlen k")).toBe(":1\r\n");
  });

  test("that only reads makes nothing", () => {
    const redis = start();
    expect(redis.run("bitfield k get u8 0")).toBe("*1\r\n:0\r\n");
    expect(redis.run("bitfield k overflow fail")).toBe("*0\r\n");
    expect(redis.run("exists k")).toBe(":0\r\n");
    expect(redis.effects()).toEqual([]);
  });

  test("one changed bit of many operations is an effect, none is no effect", () => {
    const redis = start("bitfield k set u8 0 1");
    redis.run("bitfield k set u8 0 1 incrby u4 0 0");
    expect(redis.effects()).toEqual([]);
    redis.run("bitfield k set u8 0 1 incrby u4 0 1");
    expect(redis.effects()).toEqual(["bitfield k set u8 0 1 incrby u4 0 1"]);
  });

  test("whose writes all fail lengthens the string: no watcher learns of it, but the log does", () => {
    const redis = start();
    redis.run("watch k");
    const { count } = redis.instance.data.changes;
    expect(redis.run("bitfield k overflow fail set u8 8 256")).toBe("*1\r\n$-1\r\n");
    expect(redis.instance.data.changes.count).toBe(count);
    expect(redis.run("strlen k")).toBe(":2\r\n");
    expect(redis.effects()).toEqual(["SELECT 0", "bitfield k overflow fail set u8 8 256"]);
    redis.run("multi");
    expect(redis.run("exec")).toBe("*0\r\n");
  });

  test("takes the product with a width as 64 bits", () => {
    const redis = start("set k a");
    expect(redis.run("bitfield k get u8 #2305843009213693952")).toBe("*1\r\n:97\r\n");
    expect(redis.run("bitfield k get u8 #1152921504606846976")).toBe(BAD_OFFSET);
  });

  test.each(["u64", "i65", "u0", "I8", "8", "", "i", "u08"])("knows no type %s", (type) => {
    expect(start().send("bitfield", "k", "get", type, "0")).toBe(
      "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.\r\n",
    );
  });

  test.each([
    ["bitfield k get u8 0", "RO access"],
    ["bitfield k", "RO access"],
    ["bitfield k overflow sat get u8 0", "RO access"],
    ["bitfield k get u8 0 set u8 0 1", "RW access update"],
    ["bitfield k incrby u8 0 1", "RW access update"],
    ["bitfield k get u8", "RW access update"],
    ["bitfield k get u8 0 overflow", "RW access update"],
  ])("%s uses its key: %s", (line, flags) => {
    const keys = extractKeys(BITFIELD, Request.of(...line.split(" ")));
    expect(keys?.map((key) => key.flags.join(" "))).toEqual([flags]);
  });
});

test("what finds no memory changes nothing", () => {
  const redis = start("set k v ex 100", "set n 5", "set d old ex 100");
  redis.send("set", "big", "x".repeat(2_000_000));
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
  expect(redis.run("setbit k 80000000 1")).toBe(oom);
  expect(redis.run("setbit new 80000000 1")).toBe(oom);
  expect(redis.run("bitfield n set u8 80000000 1 set u8 0 0")).toBe(oom);
  expect(redis.run("bitfield new set u8 80000000 1")).toBe(oom);
  expect(redis.run("bitop not d big")).toBe(oom);
  expect(redis.run("setrange new 80000000 x")).toBe(oom);
  expect(redis.effects()).toEqual([]);
  expect(redis.script("mget k n d new", "ttl d", "dbsize", "object encoding n")).toEqual([
    "mget k n d new => *4 $1 v $1 5 $3 old $-1",
    "ttl d => :100",
    "dbsize => :4",
    "object encoding n => $3 int",
  ]);
  redis.instance.verifyInvariants();
});
