import { describe, expect, test } from "vitest";
import {
  addInteger64,
  INT64_MAX,
  INT64_MIN,
  type Integer64,
  isInteger64,
  looseInteger,
  multiplyInteger64,
  parseInteger64,
  smallInteger,
  writeInteger,
} from "./integers.ts";

/** The bytes of a text with others around it, so that a wrong bound shows. */
function inside(text: string): [Uint8Array, number, number] {
  return [Buffer.from(`77${text}88`, "latin1"), 2, text.length];
}

const VALID: readonly (readonly [string, Integer64])[] = [
  ["0", 0],
  ["7", 7],
  ["-7", -7],
  ["10", 10],
  ["999999999999999", 999999999999999],
  ["-999999999999999", -999999999999999],
  ["1000000000000000", 1000000000000000],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", 9007199254740993n],
  ["9223372036854775807", INT64_MAX],
  ["-9223372036854775808", INT64_MIN],
];

const INVALID = [
  ...["", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "1e3", "0x1", "a", "1a", "--1"],
  ...["9223372036854775808", "-9223372036854775809", "9223372036854776000"],
  ...[
    "10000000000000000000",
    "99999999999999999999",
    "123456789012345678901",
    "1234567890:2345678",
  ],
];

describe("reading", () => {
  test.each(VALID)("%s is an integer", (text, value) => {
    expect(parseInteger64(...inside(text))).toBe(value);
    expect(isInteger64(...inside(text))).toBe(true);
  });

  test.each(INVALID)("'%s' is none", (text) => {
    expect(parseInteger64(...inside(text))).toBeNull();
    expect(isInteger64(...inside(text))).toBe(false);
    expect(smallInteger(...inside(text))).toBeNaN();
  });

  test("only 15 digits are small", () => {
    expect(smallInteger(...inside("-999999999999999"))).toBe(-999999999999999);
    expect(smallInteger(...inside("1000000000000000"))).toBeNaN();
  });
});

describe("arithmetic", () => {
  test.each<[Integer64, Integer64, Integer64 | null]>([
    [1, 2, 3],
    [Number.MAX_SAFE_INTEGER, 1, 2n ** 53n],
    [2n ** 53n, -1, Number.MAX_SAFE_INTEGER],
    [INT64_MAX, 1, null],
    [INT64_MAX, 0, INT64_MAX],
    [INT64_MIN, -1, null],
    [INT64_MIN, INT64_MAX, -1],
  ])("%s + %s is %s", (a, b, sum) => {
    expect(addInteger64(a, b)).toBe(sum);
  });

  test.each<[Integer64, Integer64 | null]>([
    [-5, -5000],
    [9007199254741, 9007199254741000n],
    [9223372036854775n, 9223372036854775000n],
    [9223372036854776n, null],
    [-9223372036854775n, -9223372036854775000n],
    [-9223372036854776n, null],
    [INT64_MAX, null],
  ])("%s × 1000 is %s", (a, product) => {
    expect(multiplyInteger64(a, 1000)).toBe(product);
  });
});

test.each([0, 9, -9, 10, 123456789012, -999999999999999, Number.MAX_SAFE_INTEGER])(
  "%s is written as it is read",
  (value) => {
    const bytes = Buffer.alloc(24);
    const end = writeInteger(bytes, 3, value);
    expect(bytes.toString("latin1", 3, end)).toBe(String(value));
  },
);

test.each([
  ["", 0],
  ["a1", 0],
  ["1a", 1],
  [" \t-7 ", -7],
  ["+7", 7],
  ["+-7", 0],
  ["2147483648", -2147483648],
  ["4294967297", 1],
  ["-4294967295", 1],
  ["-9223372036854775807", 1],
  ["-9223372036854775809", 0],
  ["99999999999999999999", -1],
])("C reads %j as %i", (text, expected) => {
  expect(looseInteger(text)).toBe(expected);
});
