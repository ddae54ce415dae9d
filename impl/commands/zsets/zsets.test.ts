import { afterEach, expect, test, vi } from "vitest";
import { OOM, refuseBuffers } from "../../../testing/full-memory.ts";
import { testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

afterEach(() => vi.unstubAllGlobals());

const HUGE = "x".repeat(700_000);

test("commands that find no memory leave no key behind, and what was added is an effect", () => {
  const redis = testInstance(commands);
  redis.run("ZADD z 1 a 2 b");
  redis.send("ZADD", "big", "1", HUGE);
  redis.effects();
  refuseBuffers();
  expect(redis.send("ZADD", "new", "1", HUGE)).toBe(OOM);
  expect(redis.run("ZRANGESTORE new big 0 -1")).toBe(OOM);
  expect(redis.run("ZUNIONSTORE new 2 z big")).toBe(OOM);
  expect(redis.run("ZUNION 2 z big")).toBe(OOM);
  expect(redis.run("COPY big new")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(redis.send("ZADD", "z", "CH", "3", "c", "4", HUGE)).toBe(OOM);
  expect(redis.effects()).toEqual(["ZADD z CH 3 c"]);
  expect(redis.script("ZRANGE z 0 -1", "ZCARD big", "DBSIZE")).toEqual([
    "ZRANGE z 0 -1 => *3 $1 a $1 b $1 c",
    "ZCARD big => :1",
    "DBSIZE => :2",
  ]);
});

test("what several keys are popped from propagates as the pop of one", () => {
  const redis = testInstance(commands);
  redis.run("ZADD z 1 a 2 b 3 c");
  redis.effects();
  redis.run("ZMPOP 2 x z MAX COUNT 9");
  redis.run("ZADD z 1 a");
  redis.run("BZPOPMIN x z 0");
  redis.run("ZADD z 1 a");
  redis.run("ZADD z 1 a");
  redis.run("ZINCRBY z 0 a");
  expect(redis.effects()).toEqual(["ZPOPMAX z 3", "ZADD z 1 a", "ZPOPMIN z", "ZADD z 1 a"]);
});

test("the limits of the configuration count from the next addition on", () => {
  const redis = testInstance(commands);
  redis.run("CONFIG SET zset-max-listpack-entries 2");
  redis.run("ZADD z 1 a 2 b");
  expect(redis.run("OBJECT ENCODING z")).toBe("$8\r\nlistpack\r\n");
  redis.run("CONFIG SET zset-max-listpack-entries 1");
  redis.run("ZADD z 3 a");
  expect(redis.run("OBJECT ENCODING z")).toBe("$8\r\nlistpack\r\n");
  redis.run("ZADD z 3 c");
  expect(redis.run("OBJECT ENCODING z")).toBe("$8\r\nskiplist\r\n");
  redis.run("CONFIG SET zset-max-listpack-value 1");
  redis.run("ZADD v 3 c");
  expect(redis.run("OBJECT ENCODING v")).toBe("$8\r\nlistpack\r\n");
  redis.run("ZADD w 3 cc");
  expect(redis.run("OBJECT ENCODING w")).toBe("$8\r\nskiplist\r\n");
});

test("ZSCAN tells the integers that a listpack keeps with all their digits", () => {
  const redis = testInstance(commands);
  redis.run("ZADD z 4611686018427387904 a 9223372036854775808 b 1e17 c 0.5 d");
  expect(redis.script("ZSCAN z 0", "ZSCORE z a")).toEqual([
    "ZSCAN z 0 => *2 $1 0 *8 $1 d $3 0.5 $1 c $18 100000000000000000 $1 a $19 4611686018427387904 $1 b $22 9.2233720368547758e+18",
    "ZSCORE z a => $22 4.6116860184273879e+18",
  ]);
});
