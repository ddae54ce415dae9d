import fc from "fast-check";
import { expect, test } from "vitest";
import { type FieldType, fitted, readField, writeField } from "./fields.ts";

const type: fc.Arbitrary<FieldType> = fc
  .tuple(fc.boolean(), fc.integer({ min: 1, max: 64 }))
  .map(([isSigned, width]) => ({ isSigned, width: isSigned ? width : Math.min(width, 63) }));

const INT64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

test("a field is its bits, and writing one leaves all others", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 30, maxLength: 30 }),
      fc.nat({ max: 150 }),
      type,
      INT64,
      (bytes, offset, field, value) => {
        const base = 2;
        const at = base * 8 + offset;
        const before = textOf(bytes);
        writeField(bytes, base, offset, field, value);
        const bits = BigInt.asUintN(field.width, value).toString(2).padStart(field.width, "0");
        expect(textOf(bytes)).toBe(before.slice(0, at) + bits + before.slice(at + field.width));
        const shown = field.isSigned
          ? BigInt.asIntN(field.width, value)
          : BigInt.asUintN(field.width, value);
        expect(readField(bytes, base, 28, offset, field)).toBe(shown);
      },
    ),
    { numRuns: 2000 },
  );
});

test("bits beyond the end are zero", () => {
  const bytes = new Uint8Array(8).fill(0xff);
  const u8 = { isSigned: false, width: 8 };
  expect(readField(bytes, 0, 2, 12, u8)).toBe(0xf0n);
  expect(readField(bytes, 0, 2, 16, u8)).toBe(0n);
  expect(readField(bytes, 0, 0, 2 ** 32 - 1, { isSigned: true, width: 64 })).toBe(0n);
});

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

test.each([
  ["u8", 250n, 10n, 4n, 255n],
  ["u8", 5n, -10n, 251n, 0n],
  ["u8", 5n, -5n, 0n, 0n],
  ["u8", 2n ** 64n - 1n, 0n, 255n, 255n],
  ["i8", 120n, 10n, -126n, 127n],
  ["i8", -120n, -10n, 126n, -128n],
  ["i8", -129n, 0n, 127n, -128n],
  // Redis takes what is so far below for too large.
  ["i8", MIN, 0n, 0n, 127n],
  ["i8", MIN + 127n, 0n, 127n, 127n],
  ["i8", MIN + 128n, 0n, -128n, -128n],
  ["i1", 0n, 1n, -1n, 0n],
  ["i64", MAX, 1n, MIN, MAX],
  ["i64", MIN, -1n, MAX, MIN],
  ["u63", MAX, 1n, 0n, MAX],
] as const)("%s of %s and %s wraps to %s and stops at %s", (name, value, by, wraps, stops) => {
  const field = { isSigned: name.startsWith("i"), width: Number(name.slice(1)) };
  expect(fitted(field, value, by, "wrap")).toBe(wraps);
  expect(fitted(field, value, by, "sat")).toBe(stops);
  const fits = wraps === stops && value + by === wraps;
  expect(fitted(field, value, by, "fail")).toBe(fits ? wraps : null);
});
