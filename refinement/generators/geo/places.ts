/** Places and distances to draw from. */

import fc from "fast-check";
import { notFloat, pick } from "../values.ts";

/** A longitude and a latitude as texts. */
export type PlaceText = readonly [longitude: string, latitude: string];

/**
 * Places between which every distance is told to the last bit: C's library, in whatever version the
 * processor selects, errs in the last bit of a sine now and then, but not for these. Whoever adds
 * one is told by `refinement/oracle/geo.test.ts` whether it is one of them.
 */
export const knownPlaces: ReadonlyArray<PlaceText> = [
  ["13.361389", "38.115556"],
  ["15.087269", "37.502669"],
  ["0", "0"],
  ["1", "1"],
  ["-1", "-1"],
  ["-122.407107", "37.795"],
  ["-122.227336", "37.795"],
  ["179.5", "36"],
  ["-179.5", "36"],
  ["180", "85.05112878"],
  ["-180", "-85.05112878"],
  ["180", "-1"],
  ["13.405", "52.52"],
  ["2.35", "48.85"],
  ["151.2", "-33.86"],
  ["10.000001", "70"],
  ["-45.5", "-82"],
];

/** A place that is one. */
export const knownPlace: fc.Arbitrary<PlaceText> = fc.constantFrom(...knownPlaces);

/** A place, or what is none. */
export const place: fc.Arbitrary<PlaceText> = pick(
  [30, knownPlace],
  [
    1,
    fc.constantFrom<PlaceText[]>(
      ["180.0000001", "0"],
      ["-200.0078125", "-0"],
      ["0", "85.05112879"],
      ["-0", "-90"],
      ["1e300", "1e-300"],
      ["inf", "-inf"],
    ),
  ],
  [1, fc.tuple(notFloat, fc.constant("1"))],
  [1, fc.tuple(fc.constant("1"), notFloat)],
);

/** Distances, or what is none. */
export const reach: fc.Arbitrary<string> = pick(
  [20, fc.constantFrom("0", "1", "100", "200.05", "500", "1000", "5000", "2e4", "1e6", "2e7")],
  [2, fc.constantFrom("-1", "-0", "1e300", "inf", "1e-300", "-inf", "0x10")],
  [2, notFloat],
);

/** Units of length, or what is none. */
export const unit: fc.Arbitrary<string> = pick(
  [8, fc.constant("km")],
  [8, fc.constantFrom("m", "ft", "mi", "KM", "Mi")],
  [2, fc.constantFrom("", "kmx", "miles", "m\x00x")],
);
