/** The commands that search. */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { array, bulk, integer, type Reply } from "../reply.ts";
import { partSorted } from "../sorting/part-sort.ts";
import type { Member, Members } from "../zsets/value.ts";
import { stored } from "../zsets/zrange.ts";
import { sortedSetAt } from "../zsets/zsets.ts";
import { cellsToSearch, type Shape } from "./areas.ts";
import { distance, latitudeDistance } from "./distance.ts";
import { type Form, parseSearch, type Wanted } from "./options.ts";
import { type Place, placeOf, scoresIn } from "./places.ts";
import { distanceReply, placeReply } from "./replies.ts";

/** A member that lies in what is searched. */
interface Found {
  readonly member: Member;
  readonly place: Place;
  /** Metres from the centre. */
  readonly metres: number;
}

const lies = (place: Place, centre: Place, shape: Shape): boolean => {
  if (shape._tag === "Circle") return distance(centre, place) <= shape.radius * shape.unit;
  const { longitude } = centre;
  const [width, height] = [shape.width * shape.unit, shape.height * shape.unit];
  return (
    latitudeDistance(place.latitude, centre.latitude) <= height / 2 &&
    distance(place, { ...place, longitude }) <= width / 2
  );
};

/** What lies in a shape, cell by cell, and in each by score. */
const search = (members: Members, centre: Place, shape: Shape): ReadonlyArray<Found> =>
  cellsToSearch(shape, centre).flatMap((cell) => {
    const [from, to] = scoresIn(cell);
    return members
      .filter(({ score }) => score >= from && score < to)
      .map((member) => ({ member, place: placeOf(member.score) }))
      .filter(({ place }) => lies(place, centre, shape))
      .map((found) => ({ ...found, metres: distance(centre, found.place) }));
  });

/** In the wanted order, and no more than wanted. */
const chosen = (all: ReadonlyArray<Found>, { count, any, order }: Wanted): ReadonlyArray<Found> => {
  const most = count === 0n || count > BigInt(all.length) ? all.length : Number(count);
  const found = any ? all.slice(0, most) : all;
  if (order === undefined && (any || count === 0n)) return found;
  const sign = order === "desc" ? -1 : 1;
  const compare = (a: Found, b: Found): number =>
    sign * (a.metres > b.metres ? 1 : a.metres === b.metres ? 0 : -1);
  return most === found.length
    ? found.toSorted(compare)
    : partSorted(found, compare, 0, most - 1).slice(0, most);
};

const shown = (found: Found, unit: number, wanted: Wanted): Reply => {
  const name = bulk(found.member.name);
  const more: Array<Reply> = [];
  if (wanted.withDistance) more.push(distanceReply(found.metres / unit));
  if (wanted.withScore) more.push(integer(BigInt(Math.trunc(found.member.score))));
  if (wanted.withPlace) more.push(placeReply(found.place));
  return more.length === 0 ? name : array([name, ...more]);
};

const searching =
  (form: Form): Meaning =>
  (call) =>
    Result.gen(function* () {
      const zset = yield* sortedSetAt(call, argument(call, form.source));
      const wanted = yield* parseSearch(call, form, zset);
      const { centre, shape, storeAt } = wanted;
      const isThere = centre?.place !== undefined && shape !== undefined;
      const all = isThere ? search(zset?.members ?? [], centre.place, shape) : [];
      const unit = shape?.unit ?? 1;
      const found = chosen(all, wanted);
      if (storeAt === undefined)
        return yield* answer(call, array(found.map((one) => shown(one, unit, wanted))));
      const scored = found.map(({ member, metres }) =>
        wanted.storesDistances ? { ...member, score: metres / unit } : member,
      );
      return yield* stored(call, storeAt, scored);
    });

/** GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude BYRADIUS radius unit | BYBOX width height unit [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH] */
export const geosearch = searching({ source: 1, by: "options", stores: "never" });

/** GEOSEARCHSTORE destination source … [STOREDIST] */
export const geosearchstore = searching({ source: 2, by: "options", stores: "always" });

/** GEORADIUS key longitude latitude radius unit [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC] [STORE key | STOREDIST key] */
export const georadius = searching({ source: 1, by: "place", stores: "by option" });

/** GEORADIUS_RO key longitude latitude radius unit … */
export const georadiusRo = searching({ source: 1, by: "place", stores: "never" });

/** GEORADIUSBYMEMBER key member radius unit … [STORE key | STOREDIST key] */
export const georadiusbymember = searching({ source: 1, by: "member", stores: "by option" });

/** GEORADIUSBYMEMBER_RO key member radius unit … */
export const georadiusbymemberRo = searching({ source: 1, by: "member", stores: "never" });
