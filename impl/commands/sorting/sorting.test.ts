import { afterEach, expect, test, vi } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

afterEach(() => vi.unstubAllGlobals());

test("a million elements are sorted without an object for each", () => {
  const redis = testInstance(commands);
  const count = 100_000;
  for (let from = 0; from < count; from += 1000) {
    redis.send(
      "RPUSH",
      "l",
      ...Array.from({ length: 1000 }, (_, i) => String(((from + i) * 7919) % count)),
    );
  }
  redis.effects();
  expect(redis.run("SORT l LIMIT 49998 3")).toBe(
    "*3\r\n$5\r\n49998\r\n$5\r\n49999\r\n$5\r\n50000\r\n",
  );
  expect(redis.run("SORT l DESC STORE d")).toBe(`:${count}\r\n`);
  expect(redis.script("LRANGE d 0 1", "LINDEX d -1", "LLEN d")).toEqual([
    "LRANGE d 0 1 => *2 $5 99999 $5 99998",
    "LINDEX d -1 => $1 0",
    `LLEN d => :${count}`,
  ]);
  redis.instance.verifyInvariants();
});

test("a large result is a tree that list-max-listpack-size bounds, a small one lies in its entry", () => {
  const redis = testInstance(commands);
  redis.run("CONFIG SET list-max-listpack-size 4");
  redis.run("RPUSH l 5 4 3 2 1");
  redis.run("SORT l STORE d");
  redis.run("SORT l LIMIT 0 4 STORE e");
  expect(redis.script("LRANGE d 0 -1", "LRANGE e 0 -1")).toEqual([
    "LRANGE d 0 -1 => *5 $1 1 $1 2 $1 3 $1 4 $1 5",
    "LRANGE e 0 -1 => *4 $1 1 $1 2 $1 3 $1 4",
  ]);
  redis.instance.verifyInvariants();
});

test("what is sorted propagates as it came, and what is not stored does not", () => {
  const redis = testInstance(commands);
  redis.run("RPUSH l 2 1");
  redis.run("ZADD z 1 b 2 a");
  redis.effects();
  redis.run("SORT z ALPHA");
  redis.run("SORT_RO l");
  redis.run("SORT z STORE d");
  redis.run("SORT l by nosort STORE d");
  redis.run("SORT nothing STORE nothing");
  expect(redis.effects()).toEqual(["SELECT 0", "SORT l by nosort STORE d"].slice(1));
  expect(redis.run("OBJECT ENCODING z")).toBe("$8\r\nskiplist\r\n");
});

test("without memory nothing has changed", () => {
  const redis = testInstance(commands);
  redis.send(
    "RPUSH",
    "l",
    ...Array.from({ length: 3000 }, (_, i) => `element ${i} ${"x".repeat(200)}`),
  );
  redis.run("SET d before");
  redis.effects();
  const System = ArrayBuffer;
  vi.stubGlobal(
    "ArrayBuffer",
    class extends System {
      constructor(byteLength: number) {
        if (byteLength >= 1) throw new RangeError("Array buffer allocation failed");
        super(byteLength);
      }
    },
  );
  expect(redis.run("SORT l ALPHA STORE d")).toBe(
    "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
  );
  expect(redis.effects()).toEqual([]);
  expect(redis.run("GET d")).toBe("$6\r\nbefore\r\n");
  redis.instance.verifyInvariants();
});
