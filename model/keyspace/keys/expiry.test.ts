import { describe, expect, it } from "vitest";
import { admits } from "../reply.ts";
import { scenario } from "../scenario.ts";
import { expireNow } from "../state.ts";

describe("a key's death", () => {
  it("comes when the clock is past its time, not at it", () => {
    const talk = scenario();
    talk.say(1, "SET k v PX 100");
    talk.nowMs += 100;
    expect(talk.say(1, "PTTL k")).toBe(":0\r\n");
    talk.nowMs += 1;
    expect(talk.say(1, "PTTL k")).toBe(":-2\r\n");
    expect(talk.say(1, "EXISTS k")).toBe(":0\r\n");
  });

  it("comes at once when the time given is not in the future", () => {
    const talk = scenario();
    talk.say(1, "SET k v");
    expect(talk.say(1, "PEXPIRE k 0")).toBe(":1\r\n");
    expect(talk.say(1, "EXISTS k")).toBe(":0\r\n");
    talk.say(1, "SET k v");
    expect(talk.say(1, "GETEX k PXAT 1000000")).toBe("$1\r\nv\r\n");
    expect(talk.say(1, "EXISTS k")).toBe(":0\r\n");
  });

  it("may go uncounted by DBSIZE for a while, until active expiry has run", () => {
    const talk = scenario();
    talk.say(1, "SET k v PX 1");
    talk.say(1, "SET l v");
    talk.nowMs += 10;
    const sizes = ["0", "1", "2", "3"].filter((size) => {
      const [reply] = talk.step(1, "DBSIZE").replies;
      return reply !== undefined && admits(reply, `:${size}\r\n`, 2);
    });
    expect(sizes).toEqual(["1", "2"]);
    talk.state = expireNow(talk.state, BigInt(talk.nowMs));
    expect(talk.say(1, "DBSIZE")).toBe(":1\r\n");
  });
});

describe("EXPIRE", () => {
  it.each([
    ["EXPIRE k 10 NX", ":0", "100"],
    ["EXPIRE k 10 XX", ":1", "10"],
    ["EXPIRE k 10 GT", ":0", "100"],
    ["EXPIRE k 200 GT", ":1", "200"],
    ["EXPIRE k 100 GT", ":0", "100"],
    ["EXPIRE k 10 LT", ":1", "10"],
    ["EXPIRE k 100 LT", ":0", "100"],
    ["EXPIRE k 200 XX GT", ":1", "200"],
    [
      "EXPIRE k 10 NX GT",
      "-ERR NX and XX, GT or LT options at the same time are not compatible",
      "100",
    ],
    ["EXPIRE k 10 GT LT", "-ERR GT and LT options at the same time are not compatible", "100"],
    ["EXPIRE k x FOO", "-ERR Unsupported option FOO", "100"],
    ["EXPIRE k x", "-ERR value is not an integer or out of range", "100"],
    ["EXPIRE k 9223372036854775", "-ERR invalid expire time in 'expire' command", "100"],
    ["EXPIREAT k 9223372036854775", ":1", "9223372036853775"],
    ["EXPIREAT k 9223372036854776", "-ERR invalid expire time in 'expireat' command", "100"],
    ["EXPIRE k -9223372036854776", "-ERR invalid expire time in 'expire' command", "100"],
    ["PEXPIRE k 9223372036854775807", "-ERR invalid expire time in 'pexpire' command", "100"],
    ["EXPIRE k -9223372036854775", ":1", "-2"],
  ])("%s with 100 s to live answers %s and leaves %s s", (line, reply, ttl) => {
    const { say } = scenario();
    say(1, "SET k v EX 100");
    expect(say(1, line)).toBe(`${reply}\r\n`);
    expect(say(1, "TTL k")).toBe(`:${ttl}\r\n`);
  });

  it.each([
    ["NX", ":1"],
    ["XX", ":0"],
    ["GT", ":0"],
    ["LT", ":1"],
  ])("%s on a key that lives for ever answers %s", (option, reply) => {
    const { say } = scenario();
    say(1, "SET k v");
    expect(say(1, `EXPIRE k 10 ${option}`)).toBe(`${reply}\r\n`);
  });
});

describe("TTL", () => {
  it("rounds to the nearest second", () => {
    const { say } = scenario();
    say(1, "SET k v PX 1499");
    say(1, "SET l v PX 1500");
    expect(say(1, "TTL k") + say(1, "TTL l")).toBe(":1\r\n:2\r\n");
    expect(say(1, "EXPIRETIME k") + say(1, "PEXPIRETIME k")).toBe(":1001\r\n:1001499\r\n");
  });
});
