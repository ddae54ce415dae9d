import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countOnes, findBit } from "./bits.ts";

/** The bits of the bytes from `base` on, as text. */
function textOf(bytes: Uint8Array, base: number): string {
  return Array.from(bytes.subarray(base), (byte) => byte.toString(2).padStart(8, "0")).join("");
}

/** Rows that begin anywhere in a word, of bytes that are mostly all ones or all zeros. */
const row = fc
  .record({
    filler: fc.constantFrom(0, 0xff, 0x5a),
    length: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 400 })),
    base: fc.nat({ max: 9 }),
    shift: fc.nat({ max: 4 }),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }),
    ends: fc.tuple(fc.nat({ max: 3300 }), fc.nat({ max: 3300 })),
  })
  .map(({ filler, length, base, shift, changes, ends }) => {
    const bytes = new Uint8Array(new ArrayBuffer(shift + base + length), shift).fill(filler);
    for (const [at, byte] of changes) if (length > 0) bytes[base + (at % length)] = byte;
    const [a, b] = ends.map((end) => Math.min(end, length * 8)) as [number, number];
    return { bytes, base, from: Math.min(a, b), to: Math.max(a, b) };
  });

test("ones are counted as one by one", () => {
  fc.assert(
    fc.property(row, ({ bytes, base, from, to }) => {
      const ones = textOf(bytes, base).slice(from, to).replaceAll("0", "").length;
      expect(countOnes(bytes, base, from, to)).toBe(ones);
    }),
    { numRuns: 3000 },
  );
});

test("every count of ones in eight words is added up", () => {
  for (let ones = 0; ones <= 256; ones++) {
    const bytes = new Uint8Array(96);
    for (let i = 0; i < ones; i++) bytes[32 + (i >> 3)]! |= 0x80 >>> (i & 7);
    expect(countOnes(bytes, 0, 0, 768)).toBe(ones);
  }
});

describe("the first bit", () => {
  test("is found as by looking at one after the other", () => {
    fc.assert(
      fc.property(row, fc.constantFrom(0, 1), ({ bytes, base, from, to }, bit) => {
        const found = textOf(bytes, base).slice(from, to).indexOf(String(bit));
        expect(findBit(bytes, base, from, to, bit)).toBe(found < 0 ? -1 : from + found);
      }),
      { numRuns: 3000 },
    );
  });

  test("is not one behind the end of the range", () => {
    expect(findBit(Uint8Array.of(0, 0x0f), 0, 0, 12, 1)).toBe(-1);
    expect(findBit(Uint8Array.of(0, 0x0f), 0, 0, 13, 1)).toBe(12);
    expect(findBit(new Uint8Array(0), 0, 0, 0, 0)).toBe(-1);
  });
});
