import fc from "fast-check";
import { expect, test } from "vitest";
import { copyBytes, equalBytes, equalWords } from "./copy.ts";

const source = Uint8Array.from({ length: 700 }, (_, i) => (i * 31 + 7) & 255);

test("copies exactly the range, at every length", () => {
  for (let length = 0; length <= 130; length++) {
    for (const [from, to] of [
      [0, 0],
      [3, 5],
    ] as const) {
      const target = new Uint8Array(200).fill(99);
      const expected = target.slice();
      expected.set(source.subarray(from, from + length), to);
      copyBytes(source, from, target, to, length);
      expect(target).toEqual(expected);
    }
  }
});

test("copies towards the front within one array", () => {
  for (const length of [5, 19, 20, 21, 100]) {
    const bytes = source.slice();
    copyBytes(bytes, 9, bytes, 6, length);
    expect(bytes.slice(6, 6 + length)).toEqual(source.slice(9, 9 + length));
  }
});

test("equality sees every byte of the range and none outside", () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(10), fc.nat(10), fc.nat(), (length, aOffset, bOffset, at) => {
      const a = new Uint8Array(330).fill(1);
      const b = new Uint8Array(330).fill(2);
      a.set(source.subarray(0, length), aOffset);
      b.set(source.subarray(0, length), bOffset);
      expect(equalBytes(a, aOffset, b, bOffset, length)).toBe(true);
      if (length === 0) return;
      b[bOffset + (at % length)]! ^= 1;
      expect(equalBytes(a, aOffset, b, bOffset, length)).toBe(false);
    }),
  );
});

test("equality by words sees every byte of the range and none outside", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(9), fc.nat(9), fc.nat(), (length, word, offset, at) => {
      const words = new Int32Array(40).fill(-1);
      const held = new Uint8Array(words.buffer, word * 4);
      const bytes = new Uint8Array(120).fill(2);
      held.set(source.subarray(0, length));
      bytes.set(source.subarray(0, length), offset);
      expect(equalWords(words, word, bytes, offset, length)).toBe(true);
      if (length === 0) return;
      bytes[offset + (at % length)]! ^= 0x80;
      expect(equalWords(words, word, bytes, offset, length)).toBe(false);
    }),
  );
});
