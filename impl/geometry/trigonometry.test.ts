import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fixedArcSine,
  fixedCosine,
  fixedSine,
  fromFixedPoint,
  toFixedPoint,
} from "./fixed-point.ts";
import { asin, cos, sin } from "./trigonometry.ts";

/** Up to `max`, of every magnitude that is not tiny. */
const magnitude = (max: number) =>
  fc
    .tuple(fc.double({ min: 0.5, max: 1, noNaN: true }), fc.nat({ max: 25 }))
    .map(([part, exponent]) => part * max * 2 ** -exponent);

const RUNS = { numRuns: 4000 };

test("sine, cosine and arc sine are those of integers with many more bits", () => {
  fc.assert(
    fc.property(magnitude(Math.PI), magnitude(1), (angle, part) => {
      expect(sin(angle)).toBe(fromFixedPoint(fixedSine(toFixedPoint(angle))));
      expect(cos(angle)).toBe(fromFixedPoint(fixedCosine(toFixedPoint(angle))));
      if (part === 1) return;
      const exact = fixedArcSine(toFixedPoint(part), Math.asin(part));
      expect(asin(part)).toBe(fromFixedPoint(exact));
    }),
    RUNS,
  );
});

test("and near what is special", () => {
  const { PI } = Math;
  for (const special of [PI, PI / 2, PI / 4, PI / 6, 1, 0.5, 2 ** -26, 3 / 64]) {
    for (let i = -4; i <= 4; i++) {
      const angle = Math.min(PI, special * (1 + i * 2 ** -52));
      expect(sin(angle)).toBe(fromFixedPoint(fixedSine(toFixedPoint(angle))));
      expect(cos(angle)).toBe(fromFixedPoint(fixedCosine(toFixedPoint(angle))));
      if (angle >= 1) continue;
      const exact = fixedArcSine(toFixedPoint(angle), Math.asin(angle));
      expect(asin(angle)).toBe(fromFixedPoint(exact));
    }
  }
});

test("what is tiny stays, signs are kept, and nothing has an arc sine beyond 1", () => {
  for (const x of [0, 5e-324, 1e-300, 1e-9]) {
    expect([sin(x), sin(-x), cos(x), asin(x)]).toEqual([x, -x, 1, x]);
  }
  expect(sin(-1)).toBe(-sin(1));
  expect(cos(-2)).toBe(cos(2));
  expect(asin(1)).toBe(Math.PI / 2);
  expect(asin(1 + 2 ** -52)).toBeNaN();
});

test("the nearest double is found upwards, downwards, and over a power of two", () => {
  const one = 1n << 256n;
  const half = 1n << 203n;
  expect(fromFixedPoint(one + half - 1n)).toBe(1);
  expect(fromFixedPoint(one + half + 1n)).toBe(1 + 2 ** -52);
  expect(fromFixedPoint(2n * one - 1n)).toBe(2);
  expect(fromFixedPoint(-one - half - 1n)).toBe(-1 - 2 ** -52);
  expect(fromFixedPoint(0n)).toBe(0);
});
