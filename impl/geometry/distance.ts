/** Distances on a round earth, in metres, in the order of rounding that Redis has. */
import { asin, cos, sin } from "./trigonometry.ts";

/** Metres. */
export const EARTH_RADIUS = 6372797.560856;

const RADIAN = Math.PI / 180;

/** Degrees as an angle. */
export function toAngle(degrees: number): number {
  return degrees * RADIAN;
}

/** An angle in degrees. */
export function toDegrees(angle: number): number {
  return angle / RADIAN;
}

/** How far two latitudes are apart. */
export function latitudeDistance(one: number, other: number): number {
  return EARTH_RADIUS * Math.abs(toAngle(other) - toAngle(one));
}

/** How far two places are apart, by the haversine formula, to the last bit. */
export function distance(
  longitude: number,
  latitude: number,
  otherLongitude: number,
  otherLatitude: number,
): number {
  const v = sin((toAngle(otherLongitude) - toAngle(longitude)) / 2);
  if (v === 0) return latitudeDistance(latitude, otherLatitude);
  const from = toAngle(latitude);
  const to = toAngle(otherLatitude);
  const u = sin((to - from) / 2);
  return ofHaversine(u * u + cos(from) * cos(to) * v * v);
}

/** The distance of two places of whose angle this is the haversine. */
function ofHaversine(haversine: number): number {
  return 2 * EARTH_RADIUS * asin(Math.sqrt(haversine));
}

/**
 * The haversine of the angle between two places, nearly: its last bits are the engine's.
 *
 * @param cosine that of the first latitude; latitudes and longitudes are angles
 */
export function nearHaversine(
  latitude: number,
  cosine: number,
  longitude: number,
  otherLatitude: number,
  otherLongitude: number,
): number {
  const u = Math.sin((otherLatitude - latitude) / 2);
  const v = Math.sin((otherLongitude - longitude) / 2);
  return u * u + cosine * Math.cos(otherLatitude) * v * v;
}

/** The haversine of the angle that a distance is, nearly; 1 for half the earth's girth and more. */
export function nearHaversineOf(metres: number): number {
  const half = metres / EARTH_RADIUS / 2;
  return half < Math.PI / 2 ? Math.sin(half) ** 2 : 1;
}
