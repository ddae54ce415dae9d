import fc from "fast-check";
import { expect, test } from "vitest";
import { Int64 } from "./int64.ts";
import {
  addInteger,
  bytesWith,
  findInteger,
  INTSET_HEADER_BYTES,
  intsetBytes,
  intsetCount,
  makeIntset,
  randomInteger,
  readInteger,
  removeInteger,
  validateIntset,
  verifyIntset,
} from "./intset.ts";

const START = 3;
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const read = new Int64();

const low = (n: bigint): number => Number(BigInt.asIntN(32, n));
const high = (n: bigint): number => Number(n >> 32n);

function empty(): Buffer {
  const bytes = Buffer.alloc(4096, 0xee);
  makeIntset(bytes, START);
  return bytes;
}

function intsetOf(integers: readonly bigint[]): Buffer {
  const bytes = empty();
  for (const n of integers) addInteger(bytes, START, low(n), high(n));
  return bytes;
}

function contents(bytes: Uint8Array): bigint[] {
  return Array.from({ length: intsetCount(bytes, START) }, (_, i) => {
    readInteger(bytes, START, i, read);
    return (BigInt(read.high) << 32n) | BigInt(read.low >>> 0);
  });
}

const hex = (bytes: Buffer): string =>
  bytes.subarray(START, START + intsetBytes(bytes, START)).toString("hex");

test("the bytes are Redis'", () => {
  expect(hex(intsetOf([]))).toBe("0200000000000000");
  expect(hex(intsetOf([5n, -1n, 3n]))).toBe("0200000003000000ffff03000500");
  expect(hex(intsetOf([5n, -40_000n]))).toBe("0400000002000000c063ffff05000000");
  expect(hex(intsetOf([1n, 2n ** 31n]))).toBe("080000000200000001000000000000000000008000000000");
});

const anyInteger = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.constantFrom(32_767n, 32_768n, -32_768n, -32_769n, 2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n)),
  fc.constantFrom(-(2n ** 31n) - 1n, 2n ** 32n, -(2n ** 32n), 2n ** 32n - 1n, MAX, MIN),
  fc.bigInt({ min: MIN, max: MAX }),
);

test("every sequence of changes is what it would be on a sorted list", () => {
  const change = fc.record({ adds: fc.boolean(), n: anyInteger });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80, size: "max" }), (changes) => {
      const bytes = empty();
      const model = new Set<bigint>();
      for (const { adds, n } of changes) {
        if (adds) {
          const needed = bytesWith(bytes, START, low(n), high(n));
          const absent = !model.has(n);
          expect(addInteger(bytes, START, low(n), high(n))).toBe(absent);
          if (absent) expect(intsetBytes(bytes, START)).toBe(needed);
          model.add(n);
        } else {
          expect(removeInteger(bytes, START, low(n), high(n))).toBe(model.delete(n));
        }
        verifyIntset(bytes, START);
        const sorted = [...model].sort((a, b) => (a < b ? -1 : 1));
        expect(contents(bytes)).toEqual(sorted);
        const at = sorted.findIndex((other) => other >= n);
        const place = at === -1 ? sorted.length : at;
        expect(findInteger(bytes, START, low(n), high(n))).toBe(model.has(n) ? place : -1 - place);
      }
      expect(bytes.subarray(0, START).every((byte) => byte === 0xee)).toBe(true);
    }),
  );
});

test("a random integer is any of them", () => {
  const bytes = intsetOf([3n, -7n, MAX]);
  const met = new Set<number>();
  for (let draw = 0; draw < 3; draw++) {
    randomInteger(bytes, START, { nextU32: () => draw }, read);
    met.add(read.toNumber());
  }
  expect(met).toEqual(new Set([-7, 3, Number(MAX)]));
});

test("each kind of damage is refused", () => {
  const whole = intsetOf([1n, 2n, 70_000n]);
  const length = intsetBytes(whole, START);
  const damaged = (offset: number, byte: number): number => {
    const copy = Buffer.from(whole);
    copy[START + offset] = byte;
    return validateIntset(copy, START, length);
  };
  expect(validateIntset(whole, START, length)).toBe(3);
  expect(damaged(0, 3)).toBe(-1);
  expect(damaged(0, 2)).toBe(-1);
  expect(damaged(4, 2)).toBe(-1);
  expect(damaged(7, 0x80)).toBe(-1);
  expect(damaged(INTSET_HEADER_BYTES, 2)).toBe(-1);
  expect(damaged(INTSET_HEADER_BYTES, 3)).toBe(-1);
  expect(damaged(INTSET_HEADER_BYTES + 11, 0x80)).toBe(-1);
  expect(validateIntset(whole, START, 7)).toBe(-1);
  const wide = intsetOf([2n ** 32n + 5n, 2n ** 32n + 2n ** 31n]);
  wide[START + INTSET_HEADER_BYTES + 3] = 0x90;
  expect(validateIntset(wide, START, intsetBytes(wide, START))).toBe(-1);
});
