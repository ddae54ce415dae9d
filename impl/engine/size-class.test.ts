import { expect, test } from "vitest";
import { CLASS_COUNT, CLASS_UNITS, classOfUnits, classWithin, unitsOf } from "./size-class.ts";

test("classes are 16 bytes apart to 256 and four to a doubling to 256 KiB", () => {
  const sizes = [...CLASS_UNITS].map((units) => units * 16);
  expect(sizes.slice(0, 21)).toEqual([
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 320, 384, 448, 512,
    640,
  ]);
  expect(sizes.at(-1)).toBe(256 * 1024);
  expect(sizes).toHaveLength(CLASS_COUNT);
});

test("the class of a size is the smallest that holds it, and the class within the largest", () => {
  const largest = CLASS_UNITS[CLASS_COUNT - 1]!;
  for (let units = 1; units <= largest; units++) {
    const smallest = CLASS_UNITS.findIndex((size) => size >= units);
    expect(classOfUnits(units)).toBe(smallest);
    expect(classWithin(units)).toBe(CLASS_UNITS.findLastIndex((size) => size <= units));
  }
  expect(classWithin(largest * 3)).toBe(CLASS_COUNT - 1);
});

test("units round up", () => {
  expect([1, 16, 17, 32].map(unitsOf)).toEqual([1, 1, 2, 2]);
});
