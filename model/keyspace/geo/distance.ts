/** Distances on a round earth, in metres, in Redis' own order of rounding. */
import type { Place } from "./places.ts";
import { asin, cos, sin } from "./trigonometry.ts";

/** Metres. */
export const EARTH_RADIUS = 6372797.560856;

const RADIAN = Math.PI / 180;

/** Degrees as an angle. */
export const radians = (degrees: number): number => degrees * RADIAN;

/** An angle in degrees. */
export const degrees = (angle: number): number => angle / RADIAN;

/** How far two latitudes are apart. */
export const latitudeDistance = (one: number, other: number): number =>
  EARTH_RADIUS * Math.abs(radians(other) - radians(one));

/** How far two places are apart, by the haversine formula. */
export const distance = (one: Place, other: Place): number => {
  const v = sin((radians(other.longitude) - radians(one.longitude)) / 2);
  if (v === 0) return latitudeDistance(one.latitude, other.latitude);
  const [from, to] = [radians(one.latitude), radians(other.latitude)];
  const u = sin((to - from) / 2);
  const a = u * u + cos(from) * cos(to) * v * v;
  return 2 * EARTH_RADIUS * asin(Math.sqrt(a));
};
