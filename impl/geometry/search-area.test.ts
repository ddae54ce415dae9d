import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_LATITUDE, MAX_LONGITUDE, Place, scoreOf } from "./cells.ts";
import { distance, latitudeDistance } from "./distance.ts";
import { SearchArea } from "./search-area.ts";

/** Redis' cells hold everything up to here; nearer to a pole now and then they do not. */
const SAFE_LATITUDE = 70;

const area = new SearchArea();
const place = new Place();

/** Anywhere, but not at the end itself, whose cells Redis does not join with those at the other one. */
const upTo = (end: number) =>
  fc.integer({ min: 1 - 2 ** 40, max: 2 ** 40 - 1 }).map((part) => (part / 2 ** 40) * end);
const middle = fc.record({ longitude: upTo(MAX_LONGITUDE), latitude: upTo(SAFE_LATITUDE) });
/** From a metre to a few thousand kilometres. */
const size = fc
  .tuple(fc.integer({ min: 1000, max: 10_000 }), fc.integer({ min: -3, max: 2 }))
  .map(([digits, power]) => digits * 10 ** power);
/** Where a place is, from the middle: a part of the size in both directions, and a little beyond. */
const part = fc.integer({ min: -1200, max: 1200 }).map((n) => n / 1000);
const offset = fc.tuple(part, part);

const DEGREE = (Math.PI / 180) * 6372797.560856;

/** Sets `place` to one near the middle, as a score stands for it. Returns the score. */
function placeNear(
  from: { readonly longitude: number; readonly latitude: number },
  metres: number,
  [east, north]: readonly [number, number],
): number {
  const y = Math.max(
    -MAX_LATITUDE,
    Math.min(MAX_LATITUDE, from.latitude + (north * metres) / DEGREE),
  );
  const stretched = DEGREE * Math.max(0.05, Math.cos((y * Math.PI) / 180));
  const x = from.longitude + (east * metres) / stretched;
  // What lies on the eastern end is only found from there.
  const round = x >= MAX_LONGITUDE ? x - 360 : x < -MAX_LONGITUDE ? x + 360 : x;
  const score = scoreOf(round, y);
  place.ofScore(score);
  return score;
}

/** How many of the ranges have this score. */
function rangesWith(score: number): number {
  let count = 0;
  for (let i = 0; i < area.ranges; i++) {
    if (score >= area.scores[i * 2]! && score < area.scores[i * 2 + 1]!) count++;
  }
  return count;
}

test("what lies in a circle lies in one of its cells, and in no two", () => {
  let inside = 0;
  fc.assert(
    fc.property(middle, size, offset, (from, radius, where) => {
      const score = placeNear(from, radius, where);
      area.circle(from.longitude, from.latitude, radius, 1);
      const metres = distance(from.longitude, from.latitude, place.longitude, place.latitude);
      expect(area.contains(place)).toBe(metres <= radius);
      expect(area.distanceTo(place)).toBe(metres);
      if (metres <= radius) expect([from, radius, rangesWith(score)]).toEqual([from, radius, 1]);
      else expect(rangesWith(score)).toBeLessThanOrEqual(1);
      if (metres <= radius) inside++;
    }),
    { numRuns: 5000 },
  );
  expect(inside).toBeGreaterThan(1000);
});

test("a circle of any size around any place has what is no farther, over the date line and the poles", () => {
  const anywhere = fc.tuple(upTo(MAX_LONGITUDE), upTo(MAX_LATITUDE));
  const radius = fc.integer({ min: 0, max: 7300 }).map((power) => 10 ** (power / 1000));
  let inside = 0;
  fc.assert(
    fc.property(anywhere, radius, anywhere, (from, metres, where) => {
      place.ofScore(scoreOf(...where));
      area.circle(...from, metres, 1);
      const isInside = distance(...from, place.longitude, place.latitude) <= metres;
      expect(area.contains(place)).toBe(isInside);
      if (isInside) inside++;
    }),
    { numRuns: 5000 },
  );
  expect(inside).toBeGreaterThan(200);
  for (const [from, to, latitude, metres] of [
    [179.9, -179.9, 10, 50_000],
    [0, 180 - 1e-6, 84, 1_400_000],
  ] as const) {
    area.circle(from, latitude, metres, 1);
    place.ofScore(scoreOf(to, latitude));
    expect([from, area.contains(place)]).toEqual([from, true]);
  }
});

test("what lies in a box lies in one of its cells, and in no two", () => {
  let inside = 0;
  fc.assert(
    fc.property(middle, size, size, offset, (from, width, height, where) => {
      const score = placeNear(from, Math.max(width, height) / 2, where);
      area.box(from.longitude, from.latitude, width, height, 1);
      const { longitude, latitude } = place;
      const isInside =
        latitudeDistance(latitude, from.latitude) <= height / 2 &&
        distance(longitude, latitude, from.longitude, latitude) <= width / 2;
      expect(area.contains(place)).toBe(isInside);
      if (isInside)
        expect([from, width, height, rangesWith(score)]).toEqual([from, width, height, 1]);
      else expect(rangesWith(score)).toBeLessThanOrEqual(1);
      if (isInside) inside++;
    }),
    { numRuns: 5000 },
  );
  expect(inside).toBeGreaterThan(500);
});

test("where the neighbours are too narrow, coarser cells are searched", () => {
  const cardinal = fc.constantFrom<readonly [number, number]>([0, 1], [0, -1], [1, 0], [-1, 0]);
  fc.assert(
    fc.property(
      fc.record({ longitude: upTo(MAX_LONGITUDE), latitude: upTo(66) }),
      // Almost so large that the next coarser cells would be taken anyway.
      fc.tuple(fc.integer({ min: 4, max: 20 }), fc.integer({ min: 950, max: 1000 })),
      cardinal,
      (from, [step, thousandths], [east, north]) => {
        const radius = (20037726 / 2 ** step) * (thousandths / 1000);
        const score = placeNear(from, radius, [east * 0.98, north * 0.98]);
        area.circle(from.longitude, from.latitude, radius, 1);
        if (area.contains(place))
          expect([from, radius, rangesWith(score)]).toEqual([from, radius, 1]);
      },
    ),
    { numRuns: 3000 },
  );
});

test("at the very edge the last bit of a distance decides", () => {
  fc.assert(
    fc.property(middle, size, offset, (from, radius, where) => {
      placeNear(from, radius, where);
      const metres = distance(from.longitude, from.latitude, place.longitude, place.latitude);
      area.circle(from.longitude, from.latitude, metres, 1);
      expect(area.contains(place)).toBe(true);
      if (metres === 0) return;
      area.circle(from.longitude, from.latitude, metres * (1 - 2 ** -53), 1);
      expect(area.contains(place)).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test("what goes round the earth has every place", () => {
  for (const radius of [2e7 + 2e5, 1e300, Number.POSITIVE_INFINITY]) {
    area.circle(13, 40, radius, 1);
    for (const [x, y] of [
      [13, 40],
      [-167, -40],
      [179, 85],
      [-180, -85],
    ] as const) {
      const score = scoreOf(x, y);
      place.ofScore(score);
      expect([radius, x, area.contains(place), rangesWith(score)]).toEqual([radius, x, true, 1]);
    }
  }
});

test("the distances of Redis' manual", () => {
  placeNear({ longitude: 13.361389, latitude: 38.115556 }, 1, [0, 0]);
  const palermo = [place.longitude, place.latitude] as const;
  placeNear({ longitude: 15.087269, latitude: 37.502669 }, 1, [0, 0]);
  const metres = distance(...palermo, place.longitude, place.latitude);
  expect(metres.toFixed(4)).toBe("166274.1516");
});
