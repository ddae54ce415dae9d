import { describe, expect, it } from "vitest";
import { admits } from "../reply.ts";
import { type Scenario, scenario } from "../scenario.ts";

const admitted = (talk: Scenario, line: string, actual: string): boolean => {
  const [reply] = talk.step(1, ...line.split(" ")).replies;
  return reply !== undefined && admits(reply, actual, 2);
};

describe("SCAN", () => {
  const portion = (cursor: string, ...keys: ReadonlyArray<string>): string => {
    const items = keys.map((key) => `$${key.length}\r\n${key}\r\n`).join("");
    return `*2\r\n$${cursor.length}\r\n${cursor}\r\n*${keys.length}\r\n${items}`;
  };

  it("answers keys that exist and match, all of them if it is whole", () => {
    const talk = scenario();
    talk.say(1, "MSET a1 v a2 v b v");
    expect(admitted(talk, "SCAN 0", portion("0", "b", "a1", "a2"))).toBe(true);
    expect(admitted(talk, "SCAN 0", portion("0", "b", "a1"))).toBe(false);
    expect(admitted(talk, "SCAN 0", portion("7", "b"))).toBe(true);
    expect(admitted(talk, "SCAN 7", portion("0", "a1", "a2"))).toBe(true);
    expect(admitted(talk, "SCAN 7", portion("0", "c"))).toBe(false);
    expect(admitted(talk, "SCAN 0 MATCH a*", portion("0", "a2", "a1"))).toBe(true);
    expect(admitted(talk, "SCAN 0 MATCH a*", portion("0", "a2", "a1", "b"))).toBe(false);
    expect(admitted(talk, "SCAN 0 TYPE list", portion("0"))).toBe(true);
    expect(admitted(talk, "SCAN 0 TYPE STRING COUNT 1", portion("0"))).toBe(false);
  });

  it.each([
    ["SCAN abc", "-ERR invalid cursor\r\n"],
    ["SCAN 18446744073709551616", "-ERR invalid cursor\r\n"],
    ["SCAN 0 COUNT 0", "-ERR syntax error\r\n"],
    ["SCAN 0 COUNT x", "-ERR value is not an integer or out of range\r\n"],
    ["SCAN 0 MATCH", "-ERR syntax error\r\n"],
    ["SCAN 0 FOO 1", "-ERR syntax error\r\n"],
  ])("refuses %s", (line, expected) => {
    expect(scenario().say(1, line)).toBe(expected);
  });
});

describe("databases", () => {
  it.each([
    ["SELECT x", "-ERR value is not an integer or out of range\r\n"],
    [
      "SELECT 2147483648",
      "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n",
    ],
    ["SELECT 16", "-ERR DB index is out of range\r\n"],
    ["SELECT -1", "-ERR DB index is out of range\r\n"],
    ["SWAPDB x 1", "-ERR invalid first DB index\r\n"],
    ["SWAPDB 1 2147483648", "-ERR invalid second DB index\r\n"],
    ["SWAPDB 1 16", "-ERR DB index is out of range\r\n"],
    ["MOVE k 0", "-ERR source and destination objects are the same\r\n"],
    ["COPY k k", "-ERR source and destination objects are the same\r\n"],
    ["COPY k l DB", "-ERR syntax error\r\n"],
    ["COPY k l DB 16", "-ERR DB index is out of range\r\n"],
  ])("%s", (line, expected) => {
    expect(scenario().say(1, line)).toBe(expected);
  });

  it("keep time and encoding of what moves between them", () => {
    const { say } = scenario();
    for (const line of ["SET k 1 EX 100", "APPEND k 2", "COPY k k DB 1", "MOVE k 2", "SWAPDB 1 3"])
      say(1, line);
    for (const database of [2, 3]) {
      say(1, `SELECT ${database}`);
      expect(say(1, "TTL k") + say(1, "OBJECT ENCODING k")).toBe(":100\r\n$3\r\nraw\r\n");
    }
  });
});

describe("RENAME", () => {
  it("onto itself changes nothing, but needs the key", () => {
    const { say } = scenario();
    expect(say(1, "RENAME k k")).toBe("-ERR no such key\r\n");
    say(1, "SET k v");
    expect(say(1, "RENAME k k") + say(1, "RENAMENX k k")).toBe("+OK\r\n:0\r\n");
  });

  it("brings its time, or the lack of one", () => {
    const { say } = scenario();
    for (const line of ["SET k v", "SET l v EX 10", "RENAME k l"]) say(1, line);
    expect(say(1, "TTL l")).toBe(":-1\r\n");
  });
});

describe("free choices", () => {
  it("RANDOMKEY is any key, OBJECT REFCOUNT may show that an integer is shared", () => {
    const talk = scenario();
    talk.say(1, "MSET a 9999 b 10000");
    expect(admitted(talk, "RANDOMKEY", "$1\r\nb\r\n")).toBe(true);
    expect(admitted(talk, "RANDOMKEY", "$1\r\nc\r\n")).toBe(false);
    expect(admitted(talk, "OBJECT REFCOUNT a", ":2147483647\r\n")).toBe(true);
    expect(admitted(talk, "OBJECT REFCOUNT b", ":2147483647\r\n")).toBe(false);
  });

  it("RANDOMKEY may be a key that has expired, where there are no others", () => {
    const talk = scenario();
    talk.say(1, "SET past v PXAT 1");
    expect(admitted(talk, "RANDOMKEY", "$-1\r\n")).toBe(true);
    expect(admitted(talk, "RANDOMKEY", "$4\r\npast\r\n")).toBe(true);
    talk.say(1, "SET k v");
    expect(admitted(talk, "RANDOMKEY", "$1\r\nk\r\n")).toBe(true);
    expect(admitted(talk, "RANDOMKEY", "$4\r\npast\r\n")).toBe(false);
  });
});
