import { expect, test } from "vitest";
import { ALLOWED_BYTES, bytesPerRequest } from "../../../testing/allocation.ts";

const PAIRS = Array.from({ length: 10 }, (_, i) => [`key:${i}`, `value:${i}`]);
const PRESENT = [["mset", ...PAIRS.flat(), "n", "1"]];

test.each([
  ["get", "key:1"],
  ["get", "absent"],
  ["set", "key:1", "another value"],
  ["set", "key:1", "12345"],
  ["incr", "n"],
  ["decr", "n"],
  ["mget", ...PAIRS.map(([key]) => key!)],
  ["mset", ...PAIRS.flat()],
  ["exists", "key:1", "absent"],
  ["del", "absent"],
  ["strlen", "key:1"],
  ["type", "key:1"],
])("%s %s allocates nothing", (...args) => {
  expect(bytesPerRequest(PRESENT, [args])).toBeLessThan(ALLOWED_BYTES);
});

test("the measurement sees an allocation", () => {
  expect(bytesPerRequest(PRESENT, [["lcs", "key:1", "key:2"]], 3)).toBeGreaterThan(ALLOWED_BYTES);
});
