import fc from "fast-check";
import { expect, test } from "vitest";
import { elementWith, hashOf } from "../../../testing/hyperloglog.ts";
import { findPlace, type Place } from "./hash.ts";

function placeIn(bytes: Uint8Array, offset: number): Place {
  const place = { index: -1, rank: -1 };
  findPlace(place, bytes, offset, bytes.length - offset);
  return place;
}

test("the place of an element is that of its 64-bit hash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 3 }), (element, offset) => {
      const bytes = new Uint8Array(offset + element.length);
      bytes.set(element, offset);
      const hash = hashOf(element);
      const rest = hash >> 14n;
      let rank = 1;
      while (rank <= 50 && (rest >> BigInt(rank - 1)) % 2n === 0n) rank++;
      expect(placeIn(bytes, offset)).toEqual({ index: Number(hash % 16384n), rank });
    }),
    { numRuns: 3000 },
  );
});

test.each([
  [0n, 0, 51],
  [1n << 63n, 0, 50],
  [(1n << 14n) + 5n, 5, 1],
  [(1n << 45n) + 16383n, 16383, 32],
  [(1n << 46n) + 7n, 7, 33],
  [(1n << 47n) + 7n, 7, 34],
  [2n ** 64n - 1n, 16383, 1],
])("the hash %s is seen in register %s as %s", (hash, index, rank) => {
  const element = elementWith(hash);
  expect(hashOf(element)).toBe(hash);
  expect(placeIn(element, 0)).toEqual({ index, rank });
});
