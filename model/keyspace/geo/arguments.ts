/** Places, distances and shapes as arguments. */
import { Result } from "effect";
import { doubleArgument } from "../doubles.ts";
import { type CommandError, fail } from "../errors.ts";
import { formatFixed, longDoubleOf } from "../longdouble.ts";
import type { Bytes } from "../reply.ts";
import { word } from "../text.ts";
import type { Shape } from "./areas.ts";
import { isPlace, type Place } from "./places.ts";

/** A longitude and a latitude. */
export const placeArgument = (
  longitude: Bytes,
  latitude: Bytes,
): Result.Result<Place, CommandError> =>
  Result.gen(function* () {
    const place = {
      longitude: yield* doubleArgument(longitude),
      latitude: yield* doubleArgument(latitude),
    };
    if (isPlace(place)) return place;
    return yield* fail("NoSuchPlace", sixDecimals(place.longitude), sixDecimals(place.latitude));
  });

/** What `printf("%f")` prints. */
const sixDecimals = (value: number): Bytes => {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = formatFixed(longDoubleOf(value), 6);
  return Object.is(value, -0) ? `-${text}` : text;
};

const UNITS: ReadonlyMap<Bytes, number> = new Map([
  ["m", 1],
  ["km", 1000],
  ["ft", 0.3048],
  ["mi", 1609.34],
]);

/** How many metres a unit has. */
export const unitArgument = (unit: Bytes): Result.Result<number, CommandError> => {
  const metres = UNITS.get(word(unit));
  return metres === undefined ? fail("UnknownUnit") : Result.succeed(metres);
};

/** A circle of that radius. */
export const circleArgument = (radius: Bytes, unit: Bytes): Result.Result<Shape, CommandError> =>
  Result.gen(function* () {
    const given = yield* doubleArgument(radius, "RadiusNotAFloat");
    if (given < 0) return yield* fail("RadiusNegative");
    return { _tag: "Circle", radius: given, unit: yield* unitArgument(unit) };
  });

/** A box of that width and height. */
export const boxArgument = (
  width: Bytes,
  height: Bytes,
  unit: Bytes,
): Result.Result<Shape, CommandError> =>
  Result.gen(function* () {
    const wide = yield* doubleArgument(width, "WidthNotAFloat");
    const high = yield* doubleArgument(height, "HeightNotAFloat");
    if (wide < 0 || high < 0) return yield* fail("BoxNegative");
    return { _tag: "Box", width: wide, height: high, unit: yield* unitArgument(unit) };
  });
