import { describe, expect, it } from "vitest";
import { scenario } from "../scenario.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

/** What is left of a list of a, b, c, b after a command, and what the command answered. */
const after = (line: string): [reply: string, left: string] => {
  const { say } = scenario();
  say(1, "RPUSH l a b c b");
  const reply = say(1, line).trim();
  return [reply, say(1, "LRANGE l 0 -1").replace(/[*$]\d+\r\n|\r\n/g, "")];
};

describe("lists", () => {
  it.each([
    ["LPUSH l x y", ":6", "yxabcb"],
    ["RPUSHX l x y", ":6", "abcbxy"],
    ["LINSERT l BEFORE b x", ":5", "axbcb"],
    ["LINSERT l AFTER b x", ":5", "abxcb"],
    ["LINSERT l AFTER nothing x", ":-1", "abcb"],
    ["LREM l -1 b", ":1", "abc"],
    ["LREM l 0 b", ":2", "ac"],
    ["LTRIM l 1 -2", "+OK", "bc"],
    ["LTRIM l 2 1", "+OK", ""],
    ["LSET l -1 x", "+OK", "abcx"],
    ["LSET l 4 x", "-ERR index out of range", "abcb"],
    ["LMOVE l l LEFT RIGHT", "$1\r\na", "bcba"],
    ["RPOPLPUSH l l", "$1\r\nb", "babc"],
    ["RPOP l 9", "*4\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nb\r\n$1\r\na", ""],
    ["LPOP l 0", "*0", "abcb"],
    ["LMPOP 2 nothing l RIGHT COUNT 1", "*2\r\n$1\r\nl\r\n*1\r\n$1\r\nb", "abc"],
    ["LPOS l b RANK -1", ":3", "abcb"],
    ["LPOS l b COUNT 0 MAXLEN 3", "*1\r\n:1", "abcb"],
  ])("%s answers %j and leaves %j", (line, reply, left) => {
    expect(after(line)).toEqual([reply, left]);
  });

  it("die with their last item, and keep their expiry until then", () => {
    const { say } = scenario();
    say(1, "RPUSH l a b");
    say(1, "EXPIRE l 10");
    say(1, "LPOP l");
    expect(say(1, "TTL l")).toBe(":10\r\n");
    say(1, "RPOPLPUSH l l");
    expect(say(1, "TTL l")).toBe(":10\r\n");
    say(1, "LPOP l");
    expect(say(1, "TYPE l")).toBe("+none\r\n");
  });
});

describe("a key of another type", () => {
  it.each(["GET l", "SET l v GET", "GETSET l v", "APPEND l x", "INCR l", "SETRANGE l 0 x"])(
    "refuses %s, and stays as it is",
    (line) => {
      const { say } = scenario();
      say(1, "RPUSH l a");
      expect(say(1, line)).toBe(WRONG_TYPE);
      expect(say(1, "TYPE l")).toBe("+list\r\n");
    },
  );

  it("is nil to MGET, and gives way to SET", () => {
    const { say } = scenario();
    say(1, "RPUSH l a");
    expect(say(1, "MGET l")).toBe("*1\r\n$-1\r\n");
    expect(say(1, "SET l v")).toBe("+OK\r\n");
    expect(say(1, "LLEN l")).toBe(WRONG_TYPE);
  });
});
