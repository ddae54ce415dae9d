import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_LATITUDE, MAX_LONGITUDE, Place, scoreOf, scoreText } from "./cells.ts";
import { geohashOf } from "./geohash.ts";

/** Anywhere between the ends, and the ends. */
const upTo = (end: number) =>
  fc.integer({ min: -(2 ** 45), max: 2 ** 45 }).map((part) => (part / 2 ** 45) * end);
const longitude = upTo(MAX_LONGITUDE);
const latitude = upTo(MAX_LATITUDE);

function placeOf(score: number): readonly [number, number] {
  const place = new Place();
  place.ofScore(score);
  return [place.longitude, place.latitude];
}

/** The score by its definition: halves are chosen in turn, the eastern and the northern one are 1. */
function byHalves(x: number, y: number): bigint {
  const sides = [
    { value: x, low: -MAX_LONGITUDE, high: MAX_LONGITUDE },
    { value: y, low: -MAX_LATITUDE, high: MAX_LATITUDE },
  ];
  let score = 0n;
  for (let i = 0; i < 52; i++) {
    const side = sides[i % 2]!;
    const middle = (side.low + side.high) / 2;
    const isUpper = side.value >= middle;
    score = score * 2n + (isUpper ? 1n : 0n);
    if (isUpper) side.low = middle;
    else side.high = middle;
  }
  return score;
}

test("a score is that of halving the world again and again, up to the rounding at an edge", () => {
  let same = 0;
  const runs = 3000;
  fc.assert(
    fc.property(longitude, latitude, (x, y) => {
      if (x === MAX_LONGITUDE || y === MAX_LATITUDE) return;
      const wanted = byHalves(x, y);
      if (BigInt(scoreOf(x, y)) === wanted) same++;
      else {
        // Then the place lies at an edge of its cell.
        const [cellX, cellY] = placeOf(Number(wanted));
        const [ownX, ownY] = placeOf(scoreOf(x, y));
        expect(Math.abs(cellX - ownX)).toBeLessThan(1e-5);
        expect(Math.abs(cellY - ownY)).toBeLessThan(1e-5);
      }
    }),
    { numRuns: runs },
  );
  expect(same).toBeGreaterThan(runs * 0.9);
});

test("a score stands for the middle of a cell that holds the place, and for itself again", () => {
  fc.assert(
    fc.property(longitude, latitude, (x, y) => {
      const score = scoreOf(x, y);
      expect(Number(scoreText(x, y))).toBe(score);
      if (x === MAX_LONGITUDE || y === MAX_LATITUDE) return;
      const [middleX, middleY] = placeOf(score);
      expect(Math.abs(middleX - x)).toBeLessThanOrEqual(180 / 2 ** 26 + 1e-12);
      expect(Math.abs(middleY - y)).toBeLessThanOrEqual(MAX_LATITUDE / 2 ** 26 + 1e-12);
      expect(scoreOf(middleX, middleY)).toBe(score);
    }),
    { numRuns: 2000 },
  );
});

test("the outermost places have scores of a bit more, which are told with all digits", () => {
  expect(scoreText(MAX_LONGITUDE, -MAX_LATITUDE)).toBe(String(2n ** 53n));
  expect(scoreText(MAX_LONGITUDE, MAX_LATITUDE)).toBe(String(2n ** 53n + 2n ** 52n));
  const odd = -MAX_LATITUDE + (2 * MAX_LATITUDE) / 2 ** 26;
  expect(scoreText(MAX_LONGITUDE, odd)).toBe(String(2n ** 53n + 1n));
  expect(scoreOf(MAX_LONGITUDE, odd)).toBe(2 ** 53);
});

test("any score stands for a place in the grid", () => {
  const anyScore = fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(-1, -0.5, 2 ** 52, 2 ** 54, 2 ** 63, -(2 ** 63), 2 ** 64, 2 ** 65, -(2 ** 70)),
  );
  fc.assert(
    fc.property(anyScore, (score) => {
      const [x, y] = placeOf(score);
      expect(Math.abs(x)).toBeLessThanOrEqual(MAX_LONGITUDE);
      expect(Math.abs(y)).toBeLessThanOrEqual(MAX_LATITUDE);
    }),
    { numRuns: 2000 },
  );
  // As redis-server 7.0.15 answers GEOPOS.
  const south = -85.05112751263943;
  expect(placeOf(1.9)).toEqual(placeOf(1));
  expect(placeOf(2 ** 64)).toEqual([-179.99999731779099, south]);
  expect(placeOf(2 ** 63)).toEqual([180, south]);
  expect(placeOf(-(2 ** 63))).toEqual([180, south]);
  expect(placeOf(-5)).toEqual([180, MAX_LATITUDE]);
});

test("geohashes are those of the rest of the world", () => {
  expect(geohashOf(...placeOf(scoreOf(13.361389, 38.115556)))).toBe("sqc8b49rny0");
  expect(geohashOf(...placeOf(scoreOf(15.087269, 37.502669)))).toBe("sqdtr74hyu0");
  expect(geohashOf(-5.6, 42.6)).toBe("ezs42e44yx0");
});
