import fc from "fast-check";
import { expect, test } from "vitest";
import { type Compare, sortPart, sortStably } from "./sorting.ts";

/** Few values, so that many are equal. */
const values = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 150, size: "max" });

const byValue =
  (all: readonly number[]): Compare =>
  (i, j) =>
    all[i]! - all[j]!;

const positions = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

test("positions come out in order, equal ones as they were", () => {
  fc.assert(
    fc.property(values, (all) => {
      const order = positions(all.length);
      sortStably(order, all.length, new Float64Array(all.length), byValue(all));
      const expected = [...positions(all.length)].sort(byValue(all));
      expect([...order]).toEqual(expected);
    }),
  );
});

test("keys come before what compares, which is asked of equal ones alone", () => {
  fc.assert(
    fc.property(values, (all) => {
      const order = positions(all.length);
      const keys = Float64Array.from(all, (value) => (value < 5 ? -1 : 1 / 0));
      sortStably(order, all.length, keys, (i, j) => {
        expect(keys[i]).toBe(keys[j]);
        return all[j]! - all[i]!;
      });
      const expected = [...positions(all.length)].sort(
        (i, j) => Number(all[i]! >= 5) - Number(all[j]! >= 5) || all[j]! - all[i]!,
      );
      expect([...order]).toEqual(expected);
    }),
  );
});

test("only as many are sorted as are asked for", () => {
  const order = positions(40).reverse();
  sortStably(order, 20, new Float64Array(40), (i, j) => i - j);
  expect([...order]).toEqual(
    [...positions(20)].map((i) => i + 20).concat([...positions(20)].reverse()),
  );
});

test("of a part, each stands where it would if all were sorted", () => {
  fc.assert(
    fc.property(values, fc.nat(), fc.nat(), (all, one, other) => {
      if (all.length === 0) return;
      const [first, last] = [one % all.length, other % all.length].sort((a, b) => a - b);
      const order = positions(all.length);
      sortPart(order, all.length, first!, last!, byValue(all));
      expect([...order].sort((i, j) => i - j)).toEqual([...positions(all.length)]);
      const sorted = all.toSorted((i, j) => i - j);
      const part = [...order].slice(first!, last! + 1).map((i) => all[i]);
      expect(part).toEqual(sorted.slice(first!, last! + 1));
    }),
  );
});

test("a part of many that are sorted, reversed or equal is found without many steps", () => {
  for (const value of [(i: number) => i, (i: number) => -i, () => 0]) {
    const count = 20_000;
    let compared = 0;
    const order = positions(count);
    sortPart(order, count, 100, 110, (i, j) => {
      compared++;
      return value(i) - value(j);
    });
    expect(compared).toBeLessThan(count * 10);
  }
});
