import { expect, test } from "vitest";
import { CLASS_COUNT, CLASS_GRAINS, classOfGrains, classWithin, grainsOf } from "./size-class.ts";

test("classes are 16 bytes apart to 256 and four to a doubling to 256 KiB", () => {
  const sizes = [...CLASS_GRAINS].map((grains) => grains * 16);
  expect(sizes.slice(0, 21)).toEqual([
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 320, 384, 448, 512,
    640,
  ]);
  expect(sizes.at(-1)).toBe(256 * 1024);
  expect(sizes).toHaveLength(CLASS_COUNT);
});

test("the class of a size is the smallest that holds it, and the class within the largest", () => {
  const largest = CLASS_GRAINS[CLASS_COUNT - 1]!;
  for (let grains = 1; grains <= largest; grains++) {
    const smallest = CLASS_GRAINS.findIndex((size) => size >= grains);
    expect(classOfGrains(grains)).toBe(smallest);
    expect(classWithin(grains)).toBe(CLASS_GRAINS.findLastIndex((size) => size <= grains));
  }
  expect(classWithin(largest * 3)).toBe(CLASS_COUNT - 1);
});

test("grains round up", () => {
  expect([1, 16, 17, 32].map(grainsOf)).toEqual([1, 1, 2, 2]);
});
