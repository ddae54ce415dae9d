import { describe, expect, test } from "vitest";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "./long-double.ts";

/** The text of a sum; every expectation below is what redis-server 7.0.15 replied. */
function sum(a: string, b: string): string | null {
  const left = parseLongDouble(a);
  const right = parseLongDouble(b);
  if (left === null || right === null) return null;
  const total = addLongDoubles(left, right);
  return total === null ? "infinite" : formatLongDouble(total);
}

describe("sums", () => {
  test.each([
    ["3", "0", "3"],
    ["10.5", "0.1", "10.6"],
    ["0.1", "0.2", "0.3"],
    ["5.0e3", "2.0e2", "5200"],
    ["-0", "-0", "0"],
    ["1", "-1", "0"],
    ["-1e-18", "0", "0"],
    ["4.9e-18", "0", "0"],
    ["6e-18", "0", "0.00000000000000001"],
    ["1e-17", "0", "0.00000000000000001"],
    ["18446744073709551615", "1", "18446744073709551616"],
    ["36893488147419103232", "1", "36893488147419103232"],
    ["36893488147419103233", "0", "36893488147419103232"],
    ["36893488147419103235", "0", "36893488147419103236"],
    ["0x1p3", "0X.8", "8.5"],
    ["-.5", "+5.", "4.5"],
    ["0e99999999999", "1", "1"],
    ["1e30", "0", "1000000000000000000024696061952"],
  ])("%s + %s is %s", (a, b, text) => {
    expect(sum(a, b)).toBe(text);
  });

  test("the largest value is finite, twice it is not", () => {
    const largest = "1.18973149535723176502e4932";
    expect(sum(largest, "0")).toHaveLength(4933);
    expect(sum(largest, largest)).toBe("infinite");
  });

  test("an infinity can be read but not added", () => {
    expect(sum("inf", "1")).toBe("infinite");
    expect(sum("1", "-Infinity")).toBe("infinite");
  });

  test("the smallest value is kept exactly", () => {
    const smallest = parseLongDouble("3.6e-4951");
    expect(smallest).toEqual({ negative: false, mantissa: 1n, exponent: -16445 });
  });
});

test.each([
  ...[
    "",
    " 1",
    "1 ",
    "nan",
    "1,5",
    "1_0",
    "e5",
    ".",
    "1e",
    "1e+",
    "--5",
    "0x",
    "0x.",
    "0x1p",
    "1d5",
  ],
  ...["1e4933", "-1e4933", "1e-5000", "1e99999999999", "0x1p16384", "0x1p-16447", "1\0"],
  "0".repeat(5120),
])("%j is no number", (text) => {
  expect(parseLongDouble(text)).toBeNull();
});

test("a long text of zeros is a number", () => {
  expect(parseLongDouble("0".repeat(5119))).toEqual({
    negative: false,
    mantissa: 0n,
    exponent: 0,
  });
});
