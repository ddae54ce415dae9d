import { describe, expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { strings } from "./index.ts";

function start(): TestInstance {
  const redis = testInstance(strings);
  redis.run("mset a ohmytext b mynewtext");
  return redis;
}

describe("LCS", () => {
  test.each([
    ["lcs a b", "$6 mytext"],
    ["lcs a b len", ":6"],
    ["lcs a none", "$0 "],
    ["lcs none other len", ":0"],
    ["lcs a b idx", "*4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6"],
    ["lcs a b idx minmatchlen 4", "*4 $7 matches *1 *2 *2 :4 :7 *2 :5 :8 $3 len :6"],
    [
      "lcs a b IDX MINMATCHLEN -1 WITHMATCHLEN",
      "*4 $7 matches *2 *3 *2 :4 :7 *2 :5 :8 :4 *3 *2 :2 :3 *2 :0 :1 :2 $3 len :6",
    ],
    ["lcs a none idx", "*4 $7 matches *0 $3 len :0"],
    ["lcs a a len len withmatchlen", ":8"],
    ["lcs a b len idx", "-ERR If you want both the length and indexes, please just use IDX."],
    ["lcs a b minmatchlen", "-ERR syntax error"],
    ["lcs a b minmatchlen x", "-ERR value is not an integer or out of range"],
    ["lcs a b foo", "-ERR syntax error"],
  ])("%s", (line, reply) => {
    expect(start().run(line).replaceAll("\r\n", " ")).toBe(`${reply} `);
  });

  test("its indexes are a map in RESP3", () => {
    const redis = start();
    redis.session.reply.protocol = 3;
    expect(redis.run("lcs a none idx")).toBe("%2\r\n$7\r\nmatches\r\n*0\r\n$3\r\nlen\r\n:0\r\n");
  });

  test("a table larger than proto-max-bulk-len is refused", () => {
    const redis = testInstance(strings);
    redis.instance.settings.maxBulkBytes = 9 * 10 * 4 - 1;
    redis.run("mset a ohmytext b mynewtext");
    expect(redis.run("lcs a b len")).toBe(
      "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n",
    );
    redis.instance.settings.maxBulkBytes++;
    expect(redis.run("lcs a b len")).toBe(":6\r\n");
  });
});
