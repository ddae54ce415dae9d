import { expect, test } from "vitest";
import { ALLOWED_BYTES, bytesPerRequest } from "../../testing/allocation.ts";

const COUNT = 1000;
const many = (element: (i: number) => readonly string[]): readonly string[] =>
  Array.from({ length: COUNT }, (_, i) => element(i)).flat();
const member = (i: number): string => `member:${i}`;

/** Small ones, and large ones that are trees and tables. */
const PRESENT = [
  ["rpush", "small list", "a", "b", "c"],
  ["rpush", "list", ...many((i) => [`element ${i}`])],
  ["sadd", "small set", "1", "2", "3"],
  ["sadd", "set", ...many((i) => [member(i)])],
  ["hset", "small hash", "field", "value", "other", "value"],
  ["hset", "hash", ...many((i) => [member(i), `value ${i}`])],
  ["zadd", "small zset", "1", "one", "2", "two"],
  ["zadd", "zset", ...many((i) => [String(i), member(i)])],
  ["xadd", "stream", "*", "field", "value"],
];

test.each([
  ["lpush and rpop of a small list", ["lpush", "small list", "element"], ["rpop", "small list"]],
  ["lpush and rpop", ["lpush", "list", "another element"], ["rpop", "list"]],
  ["rpush and lpop", ["rpush", "list", "another element"], ["lpop", "list"]],
  ["lrange", ["lrange", "list", "0", "10"]],
  ["sadd and srem of a small set", ["sadd", "small set", "4"], ["srem", "small set", "4"]],
  ["sadd and srem", ["sadd", "set", "another"], ["srem", "set", "another"]],
  ["sismember", ["sismember", "set", member(7)], ["sismember", "set", "absent"]],
  [
    "hset of a small hash",
    ["hset", "small hash", "field", "1"],
    ["hset", "small hash", "field", "2"],
  ],
  ["hset", ["hset", "hash", member(7), "one value"], ["hset", "hash", member(7), "two values"]],
  ["hset and hdel", ["hset", "hash", "another", "value"], ["hdel", "hash", "another"]],
  ["hget", ["hget", "hash", member(7)], ["hget", "small hash", "field"]],
  [
    "zadd of a small sorted set",
    ["zadd", "small zset", "3", "one"],
    ["zadd", "small zset", "1", "one"],
  ],
  ["zadd", ["zadd", "zset", "500", member(7)], ["zadd", "zset", "700", member(7)]],
  ["xadd", ["xadd", "stream", "*", "field", "value"]],
  ["xadd of another field", ["xadd", "stream", "*", "other", "value"]],
])("%s allocates nothing", (_, ...requests) => {
  expect(bytesPerRequest(PRESENT, requests as readonly (readonly string[])[])).toBeLessThan(
    ALLOWED_BYTES,
  );
});
