/** Coordinates and distances as arguments. Each answers null, with the error replied, when it is none. */
import { formatFixed, parseDoubleAt } from "../../engine/doubles.ts";
import { MAX_LATITUDE, MAX_LONGITUDE } from "../../geometry/cells.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";

/** What `printf("%f")` prints. */
const SHOWN_DECIMALS = 6;

/** Metres of each unit. */
const UNITS = { m: 1, km: 1000, ft: 0.3048, mi: 1609.34 } as const;
const UNIT_NAMES = Object.keys(UNITS) as (keyof typeof UNITS)[];

/** Argument `i` as a double; `error` is the reply to anything else. */
export function doubleArgument(
  { request, reply }: Call,
  i: number,
  error: string = ERR.notFloat,
): number | null {
  const value = parseDoubleAt(request.bytes, request.offsets[i]!, request.lengths[i]!);
  if (!Number.isNaN(value)) return value;
  reply.error(error);
  return null;
}

/** The longitude of argument `i` and the latitude behind it, of a place in the grid. */
export function placeArguments(
  call: Call,
  i: number,
): readonly [longitude: number, latitude: number] | null {
  const longitude = doubleArgument(call, i);
  if (longitude === null) return null;
  const latitude = doubleArgument(call, i + 1);
  if (latitude === null) return null;
  if (Math.abs(longitude) <= MAX_LONGITUDE && Math.abs(latitude) <= MAX_LATITUDE) {
    return [longitude, latitude];
  }
  const shown = [longitude, latitude].map((degrees) => formatFixed(degrees, SHOWN_DECIMALS));
  call.reply.error(`ERR invalid longitude,latitude pair ${shown.join(",")}`);
  return null;
}

/** The metres of the unit that argument `i` names. */
export function unitArgument({ request, reply }: Call, i: number): number | null {
  for (const name of UNIT_NAMES) if (request.is(i, name)) return UNITS[name];
  reply.error("ERR unsupported unit provided. please use M, KM, FT, MI");
  return null;
}
