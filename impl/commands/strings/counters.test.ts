import { describe, expect, test } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { keys } from "../keys/index.ts";
import { strings } from "./index.ts";

const start = () => testInstance([...strings, ...keys]);

const NOT_INTEGER = "-ERR value is not an integer or out of range\r\n";
const OVERFLOW = "-ERR increment or decrement would overflow\r\n";

describe("INCR, DECR, INCRBY, DECRBY", () => {
  test.each([
    ["", "incr k", "1"],
    ["", "decrby k 5", "-5"],
    ["9", "incr k", "10"],
    ["10", "decr k", "9"],
    ["0", "decr k", "-1"],
    ["-1", "incr k", "0"],
    ["5", "decrby k -5", "10"],
    ["5", "decrby k 0", "5"],
    ["999999999999999", "incr k", "1000000000000000"],
    ["1000000000000000", "decr k", "999999999999999"],
    ["9007199254740991", "incr k", "9007199254740992"],
    ["9007199254740992", "incr k", "9007199254740993"],
    ["9007199254740993", "decrby k 2", "9007199254740991"],
    ["1", "incrby k 9223372036854775806", "9223372036854775807"],
    ["-9223372036854775808", "incrby k 9223372036854775807", "-1"],
    ["0", "decrby k 9223372036854775807", "-9223372036854775807"],
  ])("%s, %s is %s", (value, line, sum) => {
    const redis = start();
    if (value !== "") redis.run(`set k ${value}`);
    expect(redis.run(line)).toBe(`:${sum}\r\n`);
    expect(redis.run("get k")).toBe(`$${sum.length}\r\n${sum}\r\n`);
    expect(redis.run("object encoding k")).toBe("$3\r\nint\r\n");
  });

  test.each([
    ["9223372036854775807", "incr k", OVERFLOW],
    ["-9223372036854775808", "decr k", OVERFLOW],
    ["9223372036854775807", "incrby k 9223372036854775807", OVERFLOW],
    ["1", "decrby k -9223372036854775808", "-ERR decrement would overflow\r\n"],
    ["1", "incrby k 9223372036854775808", NOT_INTEGER],
    ["1", "incrby k 1.5", NOT_INTEGER],
    ["abc", "incr k", NOT_INTEGER],
    ["1.5", "incr k", NOT_INTEGER],
    ["+1", "incr k", NOT_INTEGER],
    ["01", "incr k", NOT_INTEGER],
    ["9223372036854775808", "decr k", NOT_INTEGER],
  ])("%s, %s is an error", (value, line, error) => {
    const redis = start();
    redis.run(`set k ${value}`);
    redis.effects();
    expect(redis.run(line)).toBe(error);
    expect(redis.effects()).toEqual([]);
    expect(redis.run("get k")).toContain(`\r\n${value}\r\n`);
  });

  test("the expiry stays, whether the digits become more or not", () => {
    const redis = start();
    redis.run("set k 8 ex 100");
    expect(redis.script("incr k", "incr k", "ttl k")).toEqual([
      "incr k => :9",
      "incr k => :10",
      "ttl k => :100",
    ]);
  });

  test("digits that were appended count as an integer again", () => {
    const redis = start();
    expect(
      redis.script("set k 1", "append k 2", "object encoding k", "incr k", "object encoding k"),
    ).toEqual([
      "set k 1 => +OK",
      "append k 2 => :2",
      "object encoding k => $3 raw",
      "incr k => :13",
      "object encoding k => $3 int",
    ]);
  });

  test("the effect is the command", () => {
    const redis = start();
    redis.script("incr k", "DECRBY k 3");
    expect(redis.effects()).toEqual(["SELECT 0", "incr k", "DECRBY k 3"]);
  });
});

describe("INCRBYFLOAT", () => {
  test("stores what it replies; the effect is that value", () => {
    const redis = start();
    redis.run("set k 10.5 ex 100");
    expect(redis.run("incrbyfloat k 0.1")).toBe("$4\r\n10.6\r\n");
    expect(redis.script("get k", "ttl k", "object encoding k")).toEqual([
      "get k => $4 10.6",
      "ttl k => :100",
      "object encoding k => $6 embstr",
    ]);
    expect(redis.effects().at(-1)).toBe("SET k 10.6 KEEPTTL");
  });

  test("a whole result is no integer encoding", () => {
    const redis = start();
    expect(redis.script("incrbyfloat k 3", "object encoding k", "incr k")).toEqual([
      "incrbyfloat k 3 => $1 3",
      "object encoding k => $6 embstr",
      "incr k => :4",
    ]);
  });

  test("a long result is raw", () => {
    const redis = start();
    redis.run("incrbyfloat k 1e60");
    expect(redis.run("object encoding k")).toBe("$3\r\nraw\r\n");
  });

  test.each([
    ["incrbyfloat k x", "value is not a valid float"],
    ["incrbyfloat text 1", "value is not a valid float"],
    ["incrbyfloat k inf", "increment would produce NaN or Infinity"],
    ["incrbyfloat k nan", "value is not a valid float"],
  ])("%s: %s", (line, error) => {
    const redis = start();
    redis.run("set text abc");
    expect(redis.run(line)).toBe(`-ERR ${error}\r\n`);
    expect(redis.run("exists k")).toBe(":0\r\n");
  });
});
