import { expect, test } from "vitest";
import { formatArgument, formatG, toInt32, toInt64, toUint64 } from "./numbers.ts";

test.each([
  [3e9, -1294967296],
  [2 ** 40 + 5, 5],
  [-1.9, -1],
  [Number.NaN, 0],
  [1e300, 0],
])("(int)%d", (n, expected) => {
  expect(toInt32(n)).toBe(expected);
});

test("casts to 64 bits", () => {
  expect(toInt64(1e300)).toBe(-(2 ** 63));
  expect(toInt64(Number.NaN)).toBe(-(2 ** 63));
  expect(toInt64(-2.5)).toBe(-2);
  expect(toUint64(-1)).toBe(2n ** 64n - 1n);
  expect(toUint64(2 ** 63)).toBe(2n ** 63n);
});

test.each([
  [0.1, "0.10000000000000001"],
  [1e15, "1000000000000000"],
  [1e16, "10000000000000000"],
  [1e17, "1e+17"],
  [-0, "-0"],
  [5e-324, "4.9406564584124654e-324"],
  [1.5e-5, "1.5e-05"],
  [Number.POSITIVE_INFINITY, "inf"],
])("%%.17g of %d", (n, expected) => {
  expect(formatArgument(n)).toBe(expected);
});

test("%.14g", () => {
  expect(formatG(2 ** 53, 14)).toBe("9.007199254741e+15");
  expect(formatG(100, 14)).toBe("100");
  expect(formatG(0.5, 14)).toBe("0.5");
});
