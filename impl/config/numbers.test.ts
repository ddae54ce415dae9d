import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatDouble,
  formatMemory,
  parseDouble,
  parseInteger,
  parseLoose,
  parseMemoryBytes,
  parseOctal,
} from "./numbers.ts";

const MAX = 2n ** 63n - 1n;

describe("numbers", () => {
  test.each([
    ["0", 0n],
    ["-1", -1n],
    ["9223372036854775807", MAX],
    ["-9223372036854775808", -MAX - 1n],
    ["9223372036854775808", null],
    ["01", null],
    ["-0", null],
    ["+1", null],
    [" 1", null],
    ["1\0", null],
    ["", null],
  ])("parseInteger %j", (text, value) => {
    expect(parseInteger(text)).toBe(value);
  });

  test.each([
    ["1", 1n],
    ["1k", 1000n],
    ["1kB", 1024n],
    ["2m", 2_000_000n],
    ["2mb", 2n << 20n],
    ["3g", 3_000_000_000n],
    ["3GB", 3n << 30n],
    ["7b", 7n],
    ["", 0n],
    ["kb", 0n],
    ["1\0x", 1n],
    ["18446744073709551616", 2n ** 64n - 1n],
    ["17179869184gb", 0n],
    ["-1", null],
    ["1tb", null],
    ["1 kb", null],
    ["constructor", null],
    ["1".repeat(128), null],
  ])("parseMemoryBytes %j", (text, value) => {
    expect(parseMemoryBytes(text)).toBe(value);
  });

  test.each([
    ["", 0n],
    [" \t+7", 7n],
    ["-7", -7n],
    ["007", 7n],
    ["99999999999999999999", MAX],
    [" ", null],
    ["7 ", null],
    ["0x7", null],
  ])("parseLoose %j", (text, value) => {
    expect(parseLoose(text)).toBe(value);
  });

  test.each([
    ["700", 0o700n],
    ["8", null],
    ["7777777777777777777777777", null],
  ])("parseOctal %j", (text, value) => {
    expect(parseOctal(text)).toBe(value);
  });

  test.each([
    ["50", 50],
    [".5", 0.5],
    ["5.", 5],
    ["1e1", 10],
    ["0x10", 16],
    ["0x1.8p1", 3],
    ["-0", -0],
    ["inf", Number.POSITIVE_INFINITY],
    ["1e400", null],
    ["1e-400", null],
    ["0e-400", 0],
    ["nan", null],
    ["", null],
    ["0x", null],
    [" 1", null],
  ])("parseDouble %j", (text, value) => {
    expect(parseDouble(text)).toBe(value);
  });

  test.each([
    [50, "50"],
    [100, "100"],
    [99.9, "99.9"],
    [1e-7, "0"],
    [-0, "-0"],
    [0.0078125, "0.007812"],
    [0.0234375, "0.023438"],
  ])("formatDouble %d", (value, text) => {
    expect(formatDouble(value)).toBe(text);
  });

  test("formatMemory is read back", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX }), (bytes) => {
        expect(parseMemoryBytes(formatMemory(bytes))).toBe(bytes);
        expect(parseMemoryBytes(formatMemory(bytes & ~0xfffffn))).toBe(bytes & ~0xfffffn);
      }),
    );
    expect(formatMemory(1536n << 10n)).toBe("1536kb");
    expect(formatMemory(0n)).toBe("0");
  });
});
