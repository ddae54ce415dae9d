import fc from "fast-check";
import { expect, test } from "vitest";
import { Int64, MAX_INT64_TEXT } from "./int64.ts";

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const buffer = new Uint8Array(64);
const value = new Int64();

function parse(text: string): bigint | null {
  const bytes = Buffer.from(`..${text}`);
  if (!value.parse(bytes, 2, bytes.length - 2)) return null;
  return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

function format(n: bigint): string {
  value.set(Number(n & 0xffffffffn), Number(n >> 32n));
  const start = value.format(buffer, 40);
  return Buffer.from(buffer.subarray(start, 40)).toString("latin1");
}

test("every 64-bit integer is read from its text, and the text is written again", () => {
  const edges = [0n, 1n, -1n, 127n, 4095n, -4096n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, MAX, MIN];
  for (const n of [...edges, ...edges.map((edge) => edge - 1n), MIN + 1n, 10n ** 18n]) {
    if (n < MIN) continue;
    expect(parse(String(n))).toBe(n);
    expect(format(n)).toBe(String(n));
  }
  fc.assert(
    fc.property(fc.bigInt({ min: MIN, max: MAX }), fc.nat(63), (wide, shift) => {
      const n = wide >> BigInt(shift);
      expect(parse(String(n))).toBe(n);
      expect(format(n)).toBe(String(n));
    }),
  );
});

test("only the one form of a 64-bit integer is read", () => {
  const wrong = ["", "-", "-0", "00", "01", "-01", "+1", " 1", "1 ", "1a", "a", "--1", "1.0"];
  for (const text of wrong) expect(parse(text)).toBeNull();
  for (const n of [MAX + 1n, MIN - 1n, 10n ** 19n, -(10n ** 19n), 2n ** 64n, 99n * 10n ** 18n]) {
    expect(parse(String(n))).toBeNull();
  }
  expect(parse(`1234567890:`)).toBeNull();
  expect(parse("9".repeat(MAX_INT64_TEXT + 1))).toBeNull();
});

test("numbers go in and out exactly up to 53 bits, and compare as they should", () => {
  for (const n of [0, -1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1]) {
    value.setNumber(n);
    expect(value.toNumber()).toBe(n);
    expect(value.isWord).toBe(n === (n | 0));
    const { low, high } = value;
    value.setNumber(n === 2 ** 53 - 1 ? n - 1 : n + 1);
    expect(Math.sign(value.compare(low, high))).toBe(n === 2 ** 53 - 1 ? -1 : 1);
    value.set(low, high);
    expect(value.compare(low, high)).toBe(0);
  }
});
