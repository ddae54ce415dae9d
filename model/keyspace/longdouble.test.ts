import { describe, expect, it } from "vitest";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "./longdouble.ts";

const sum = (left: string, right: string): string | undefined => {
  const [first, second] = [parseLongDouble(left), parseLongDouble(right)];
  if (first === undefined || second === undefined) return "no number";
  const result = addLongDoubles(first, second);
  return result === undefined ? "not finite" : formatLongDouble(result);
};

describe("long doubles, as INCRBYFLOAT of a redis-server on x86-64 shows them", () => {
  it.each([
    ["0.1", "0.2", "0.3"],
    ["3", "1.000000000000000005", "4.00000000000000001"],
    ["1e19", "0.5", "10000000000000000000"],
    ["18446744073709551616", "1", "18446744073709551616"],
    ["36893488147419103231", "0", "36893488147419103232"],
    ["1.5e-17", "0", "0.00000000000000002"],
    ["2.5e-17", "0", "0.00000000000000002"],
    ["5e-18", "0", "0"],
    ["-5e-18", "0", "0"],
    ["1.23456789012345678", "0", "1.23456789012345678"],
    ["123456789.123456789", "0.000000001", "123456789.12345678999554366"],
    ["1e17", "0.0625", "100000000000000000.0625"],
    ["3.5", "-3.5", "0"],
  ])("rounds %s + %s to %s", (left, right, expected) => {
    expect(sum(left, right)).toBe(expected);
  });

  it.each([
    ["0x1.8p1", "3"],
    ["0X10", "16"],
    ["0x.8", "0.5"],
    [".5", "0.5"],
    ["5.", "5"],
    ["+1", "1"],
    ["1e+2", "100"],
    ["-0", "0"],
    ["0e99999999999", "0"],
    ["3.7e-4951", "0"],
  ])("reads %s", (text, expected) => {
    expect(sum(text, "0")).toBe(expected);
  });

  it.each(["", " 1", "1 ", "1e", "0x", "0x.", "0x1p", ".", "nan", "1_0", "1.19e4932", "1.8e-4951"])(
    "finds no number in %j",
    (text) => {
      expect(sum(text, "0")).toBe("no number");
    },
  );

  it("knows how small and how large a number may be", () => {
    expect(parseLongDouble("1.83e-4951")).toBeDefined();
    expect(parseLongDouble("1.18973149535723176e4932")).toBeDefined();
    expect(sum("1e4932", "1e4932")).toBe("not finite");
    expect(sum("inf", "-inf")).toBe("not finite");
  });

  it("does not take texts of 5 KiB for numbers", () => {
    expect(parseLongDouble("0".repeat(5119))).toBeDefined();
    expect(parseLongDouble("0".repeat(5120))).toBeUndefined();
  });
});
