import { expect, test } from "vitest";
import { Cache } from "./cache.ts";

const VALUE = { value: "1" };

test("keeps what was read until it is dropped", () => {
  const cache = new Cache();
  expect(cache.end(cache.begin("a"), VALUE)).toBe(true);
  expect(cache.get("a")).toBe(VALUE);
  cache.drop("b", false);
  expect(cache.keys).toEqual(["a"]);
  cache.drop("a", false);
  expect(cache.keys).toEqual([]);
});

test("keeps no error, and no value that a word of another connection has overtaken", () => {
  const cache = new Cache();
  expect(cache.end(cache.begin("a"), null)).toBe(false);
  const overtaken = cache.begin("a");
  cache.drop("a", true);
  expect(cache.end(overtaken, VALUE)).toBe(false);
  const before = cache.begin("a");
  const other = cache.begin("b");
  cache.drop("a", false);
  expect(cache.end(before, VALUE)).toBe(true);
  cache.clear(true);
  expect(cache.end(other, VALUE)).toBe(false);
  expect(cache.keys).toEqual([]);
});
