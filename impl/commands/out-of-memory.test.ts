import { afterEach, expect, test, vi } from "vitest";
import { testInstance } from "../session/testing.ts";
import { commands } from "./index.ts";

afterEach(() => vi.unstubAllGlobals());

/** From now on the system refuses every buffer of this size or more, as it does when it is full. */
function refuseBuffers(fromBytes: number): void {
  const System = ArrayBuffer;
  vi.stubGlobal(
    "ArrayBuffer",
    class extends System {
      constructor(byteLength: number) {
        if (byteLength >= fromBytes) throw new RangeError("Array buffer allocation failed");
        super(byteLength);
      }
    },
  );
}

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
const HUGE = "x".repeat(700_000);

test("commands that find no memory change nothing and say so", () => {
  const redis = testInstance(commands);
  redis.run("MSET a 1 b 2");
  redis.run("EXPIRE a 100");
  redis.run("SELECT 1");
  redis.run("SET other 1");
  redis.run("SELECT 0");
  redis.effects();
  refuseBuffers(1);
  expect(redis.send("SET", "a", HUGE)).toBe(OOM);
  expect(redis.send("SET", "a", HUGE, "GET")).toBe(OOM);
  expect(redis.send("GETSET", "a", HUGE)).toBe(OOM);
  expect(redis.send("SETNX", "new", HUGE)).toBe(OOM);
  expect(redis.send("APPEND", "a", HUGE)).toBe(OOM);
  expect(redis.run("SETRANGE b 900000 x")).toBe(OOM);
  expect(redis.send("RENAME", "a", HUGE)).toBe(OOM);
  expect(redis.run("MOVE a 3")).toBe(OOM);
  expect(redis.run("COPY a b DB 4 REPLACE")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(redis.script("MGET a b new", "TTL a", "DBSIZE")).toEqual([
    "MGET a b new => *3 $1 1 $1 2 $-1",
    "TTL a => :100",
    "DBSIZE => :2",
  ]);
});

test("what a command gives up is given up last", () => {
  const redis = testInstance(commands);
  redis.send("SET", "big", HUGE);
  redis.run("SET small 1");
  refuseBuffers(500_000);
  expect(redis.run("RENAME big small")).toBe(OOM);
  expect(redis.run("COPY big small REPLACE")).toBe(OOM);
  expect(redis.run("GET small")).toBe("$1\r\n1\r\n");
  expect(redis.run("STRLEN big")).toBe(`:${HUGE.length}\r\n`);
});

test("MSET keeps the pairs that found memory, and its effect says which", () => {
  const redis = testInstance(commands);
  redis.run("SET a 0");
  redis.effects();
  refuseBuffers(500_000);
  expect(redis.send("MSET", "a", "1", "b", HUGE, "c", "3")).toBe(OOM);
  expect(redis.effects()).toEqual(["MSET a 1"]);
  expect(redis.run("MGET a b c")).toBe("*3\r\n$1\r\n1\r\n$-1\r\n$-1\r\n");
});

test("in a transaction only the command that finds no memory fails", () => {
  const redis = testInstance(commands);
  redis.run("SET a 0");
  redis.run("MULTI");
  redis.run("INCR a");
  redis.send("SET", "b", HUGE);
  redis.run("INCR a");
  redis.effects();
  refuseBuffers(500_000);
  expect(redis.run("EXEC")).toBe(`*3\r\n:1\r\n${OOM}:2\r\n`);
  expect(redis.effects()).toEqual(["MULTI", "INCR a", "INCR a", "EXEC"]);
});
