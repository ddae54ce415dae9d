/** How places and distances are told. */
import { formatLongDouble, longDoubleOf } from "../longdouble.ts";
import { array, bulk, type Reply } from "../reply.ts";
import type { Place } from "./places.ts";

/** A longitude and a latitude, with all their digits. */
export const placeReply = ({ longitude, latitude }: Place): Reply =>
  array(
    [longitude, latitude].map((value) => ({
      _tag: "Double",
      text: formatLongDouble(longDoubleOf(value)),
    })),
  );

/** A distance with four decimals, which is no double to Redis. */
export const distanceReply = (value: number): Reply => {
  const scaled = value * 10_000;
  const whole = Math.floor(scaled);
  const rest = scaled - whole;
  const isUp = rest > 0.5 || (rest === 0.5 && whole % 2 === 1);
  const digits = String(isUp ? whole + 1 : whole).padStart(5, "0");
  return bulk(`${digits.slice(0, -4)}.${digits.slice(-4)}`);
};
