import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena, type BlockRef } from "./arena.ts";
import { Entries } from "./entries.ts";
import { ExpiryIndex } from "./expiry-index.ts";

function fixture(count: number): { expiries: ExpiryIndex; refs: BlockRef[]; entries: Entries } {
  const entries = new Entries(new Arena(4096));
  const refs = Array.from({ length: count }, () =>
    entries.create(new Uint8Array(0), 0, 0, 0, false),
  );
  return { expiries: new ExpiryIndex(entries), refs, entries };
}

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

test("keeps any signed 64-bit time exactly, as a number when that is exact", () => {
  const times: (number | bigint)[] = [
    0,
    1,
    -1,
    4294967295,
    4294967296,
    -4294967296,
    -4294967297,
    1_700_000_000_123,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2n ** 53n,
    -(2n ** 53n),
    MIN,
    MAX,
  ];
  const { expiries, refs } = fixture(1);
  for (const time of times) {
    expiries.set(refs[0]!, time);
    expect(expiries.atMs(0)).toBe(time);
  }
  expiries.set(refs[0]!, 77n);
  expect(expiries.atMs(0)).toBe(77);
});

test("a time is past only when it is before now", () => {
  const { expiries, refs } = fixture(1);
  expiries.set(refs[0]!, 1000);
  expect(expiries.earliestPast(1000)).toBe(0);
  expect(expiries.earliestPast(1001)).toBe(refs[0]);
  expiries.set(refs[0]!, MAX);
  expect(expiries.earliestPast(Number.MAX_SAFE_INTEGER)).toBe(0);
  expiries.set(refs[0]!, 2n ** 53n);
  expect(expiries.earliestPast(Number.MAX_SAFE_INTEGER)).toBe(0);
  expiries.set(refs[0]!, MIN);
  expect(expiries.earliestPast(-Number.MAX_SAFE_INTEGER)).toBe(refs[0]);
});

test("yields entries in the order of their times, through sets, changes and removals", () => {
  const time = fc.oneof(
    fc.integer({ min: -5, max: 30 }),
    fc.bigInt({ min: MIN, max: MAX }),
    fc.integer({ min: 2 ** 31 - 3, max: 2 ** 31 + 3 }),
  );
  const operation = fc.record({ entry: fc.nat(39), atMs: fc.option(time) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 150, size: "max" }), (operations) => {
      const { expiries, refs, entries } = fixture(40);
      const model = new Map<BlockRef, bigint>();
      for (const { entry, atMs } of operations) {
        const ref = refs[entry]!;
        if (atMs !== null) {
          expiries.set(ref, atMs);
          model.set(ref, BigInt(atMs));
        } else if (model.delete(ref)) {
          expiries.remove(ref);
        }
        expiries.verify();
        expect(expiries.size).toBe(model.size);
      }
      for (const [ref, atMs] of model) {
        expect(BigInt(expiries.atMs(entries.expiryPosition(ref)))).toBe(atMs);
      }
      const order: bigint[] = [];
      while (expiries.size > 0) {
        const atMs = BigInt(expiries.atMs(0));
        const ref = refs.find((each) => entries.expiryPosition(each) === 0)!;
        expect(model.get(ref)).toBe(atMs);
        order.push(atMs);
        expiries.remove(ref);
      }
      expect(order).toEqual([...order].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    }),
  );
});

test("grows and shrinks by chunks", () => {
  const { expiries, refs } = fixture(4000);
  expect(expiries.bytes).toBe(0);
  refs.forEach((ref, i) => {
    expiries.set(ref, (i * 7919) % 4001);
  });
  expiries.verify();
  const full = expiries.bytes;
  for (const ref of refs) expiries.remove(ref);
  expiries.verify();
  expect(expiries.bytes).toBeLessThan(full);
});
