import { describe, expect, it } from "vitest";
import { scenario } from "../scenario.ts";

const encodingAfter = (...lines: ReadonlyArray<string>): string => {
  const { say } = scenario();
  for (const line of lines) say(1, line);
  return say(1, "OBJECT ENCODING k").split("\r\n")[1] ?? "";
};

describe("encodings", () => {
  it.each([
    ["int", ["SET k 9223372036854775807"]],
    ["embstr", ["SET k 9223372036854775808"]],
    ["embstr", ["SET k 01"]],
    ["embstr", ["SET k -0"]],
    ["embstr", [`SET k ${"x".repeat(44)}`]],
    ["raw", [`SET k ${"x".repeat(45)}`]],
    ["int", ["APPEND k 12"]],
    ["raw", ["SET k 1", "APPEND k 2"]],
    ["raw", ["SET k 1", "APPEND k "]],
    ["int", ["SET k 1", "APPEND k 2", "INCR k"]],
    ["raw", ["SETRANGE k 0 1"]],
    ["int", ["SET k 1", "SETRANGE k 5 "]],
    ["embstr", ["INCRBYFLOAT k 1"]],
    ["int", ["INCRBYFLOAT k 1", "INCR k"]],
    ["int", ["INCRBYFLOAT k 1", "GETSET k 1"]],
    ["raw", ["SET j 1", "APPEND j 2", "COPY j k"]],
    ["raw", ["SET j 1", "APPEND j 2", "RENAME j k"]],
  ])("%s after %j", (expected, lines) => {
    expect(encodingAfter(...lines)).toBe(expected);
  });
});

describe("SET", () => {
  it.each([
    "NX XX",
    "XX NX",
    "KEEPTTL EX 1",
    "EX 1 PX 1",
    "EX",
    "PERSIST",
    "EXAT 1 KEEPTTL",
    "FOO",
  ])("refuses %s", (options) => {
    expect(scenario().say(1, `SET k v ${options}`)).toBe("-ERR syntax error\r\n");
  });

  it("allows an option twice, and takes the last time", () => {
    const { say } = scenario();
    expect(say(1, "SET k v NX NX EX 1 EX 20 GET GET")).toBe("$-1\r\n");
    expect(say(1, "TTL k")).toBe(":20\r\n");
  });

  it("reads options up to a zero byte", () => {
    expect(scenario().say(1, "SET k v nx\0junk")).toBe("+OK\r\n");
  });

  it.each([
    "EX 0",
    "EX -1",
    "EX 9223372036854775",
    "EX 9223372036854776",
    "PX 9223372036854775807",
  ])("finds the time of %s invalid", (options) => {
    const expected = "-ERR invalid expire time in 'set' command\r\n";
    expect(scenario().say(1, `SET k v ${options}`)).toBe(expected);
  });

  it("answers the old value with GET, whether or not it sets", () => {
    const { say } = scenario();
    say(1, "SET k old");
    expect(say(1, "SET k new NX GET")).toBe("$3\r\nold\r\n");
    expect(say(1, "SET k new XX GET")).toBe("$3\r\nold\r\n");
    expect(say(1, "GET k")).toBe("$3\r\nnew\r\n");
    expect(say(1, "SET none v XX GET")).toBe("$-1\r\n");
    expect(say(1, "EXISTS none")).toBe(":0\r\n");
  });

  it("stores a value that is dead at once, which replaces the old one", () => {
    const { say } = scenario();
    say(1, "SET k old");
    expect(say(1, "SET k v PXAT 1")).toBe("+OK\r\n");
    expect(say(1, "GET k")).toBe("$-1\r\n");
  });

  it("drops the time unless it is to be kept", () => {
    const { say } = scenario();
    say(1, "SET k v EX 10");
    say(1, "SET k w KEEPTTL");
    expect(say(1, "TTL k")).toBe(":10\r\n");
    say(1, "SET k x");
    expect(say(1, "TTL k")).toBe(":-1\r\n");
  });
});

describe("limits", () => {
  it("keeps strings within proto-max-bulk-len", () => {
    const { say } = scenario({ protoMaxBulkLen: 10n });
    const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
    expect(say(1, "SETRANGE k 9 x")).toBe(":10\r\n");
    expect(say(1, "SETRANGE k 10 x")).toBe(tooLong);
    expect(say(1, "SETRANGE k 9223372036854775807 x")).toBe(tooLong);
    expect(say(1, "APPEND k x")).toBe(tooLong);
    expect(say(1, "SETRANGE k 10 ")).toBe(":10\r\n");
    expect(say(1, "SETRANGE k -1 x")).toBe("-ERR offset is out of range\r\n");
  });

  it("keeps integers within 64 bits", () => {
    const { say } = scenario();
    say(1, "SET k 9223372036854775807");
    const overflow = "-ERR increment or decrement would overflow\r\n";
    expect(say(1, "INCR k")).toBe(overflow);
    expect(say(1, "DECRBY k -9223372036854775808")).toBe("-ERR decrement would overflow\r\n");
    expect(say(1, "INCRBY k -9223372036854775808")).toBe(":-1\r\n");
    expect(say(1, "INCRBY k -9223372036854775808")).toBe(overflow);
  });
});

describe("GETRANGE", () => {
  it.each([
    ["0 -1", "hello"],
    ["-3 -2", "ll"],
    ["-100 1", "he"],
    ["-2 -3", ""],
    ["3 2", ""],
    ["4 9223372036854775807", "o"],
    ["5 9", ""],
    ["-9223372036854775808 -100", "h"],
  ])("of hello from %s is %j", (range, expected) => {
    const { say } = scenario();
    say(1, "SET k hello");
    expect(say(1, `GETRANGE k ${range}`)).toBe(`$${expected.length}\r\n${expected}\r\n`);
  });
});

describe("LCS", () => {
  it("finds the matches from the end, and filters them", () => {
    const { say } = scenario();
    say(1, "MSET a ohmytext b mynewtext");
    expect(say(1, "LCS a b")).toBe("$6\r\nmytext\r\n");
    expect(say(1, "LCS a b LEN")).toBe(":6\r\n");
    const long = "*2\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n";
    const short = "*2\r\n*2\r\n:2\r\n:3\r\n*2\r\n:0\r\n:1\r\n";
    const idx = (matches: string): string => `*4\r\n$7\r\nmatches\r\n${matches}$3\r\nlen\r\n:6\r\n`;
    expect(say(1, "LCS a b IDX")).toBe(idx(`*2\r\n${long}${short}`));
    expect(say(1, "LCS a b IDX MINMATCHLEN 4")).toBe(idx(`*1\r\n${long}`));
  });

  it("goes back in the second string where two ways are equally long", () => {
    const { say } = scenario();
    say(1, "MSET a ab b ba");
    expect(say(1, "LCS a b")).toBe("$1\r\nb\r\n");
  });

  it("limits the table it would need", () => {
    const { say } = scenario({ protoMaxBulkLen: 35n });
    say(1, "MSET a xy b xy");
    expect(say(1, "LCS a b")).toContain("-ERR Insufficient memory");
  });
});
