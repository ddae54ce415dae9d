import { expect, test } from "vitest";
import { drawBelow } from "./draw.ts";

test("maps every accepted draw to one value and rejects the rest", () => {
  const drawn = [7, 5, 4, 3, 6, 0xffffffff, 2];
  const random = { nextU32: () => drawn.shift()! };
  expect(drawBelow(random, 5)).toBe(4);
  expect(drawBelow(random, 5)).toBe(3);
  expect(drawBelow(random, 5)).toBe(2);
  expect(drawn).toEqual([]);
});

test("covers bounds from one to 2^31", () => {
  expect(drawBelow({ nextU32: () => 5 }, 1)).toBe(0);
  expect(drawBelow({ nextU32: () => 0xffffffff }, 2 ** 31)).toBe(2 ** 31 - 1);
  expect(drawBelow({ nextU32: () => 9 }, 8)).toBe(1);
});
