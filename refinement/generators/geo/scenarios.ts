/** What chance would rarely find for places: very many, and many in one place. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Invocation, type Step, step } from "../step.ts";
import { knownPlace, type PlaceText } from "./places.ts";

const KEY = "a";

const add = (all: ReadonlyArray<PlaceText>): Invocation =>
  call("GEOADD", KEY, ...all.flatMap(([longitude, latitude], i) => [longitude, latitude, `m${i}`]));

/** Where places are: some degrees around one of them. */
interface Region {
  readonly longitude: number;
  readonly latitude: number;
  readonly degrees: number;
}

const region: fc.Arbitrary<Region> = fc
  .tuple(
    fc.constantFrom([0, 0], [13.4, 52.5], [-120.1, -63], [179.9, 10], [77, -81]),
    fc.constantFrom(180, 30, 3, 0.1, 0.001),
  )
  .map(([[longitude = 0, latitude = 0], degrees]) => ({ longitude, latitude, degrees }));

/** From -1 to 1, all alike: doubles by chance are mostly tiny. */
const part = fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map((n) => n / 2 ** 40);

/** A place of a region; the world goes round, but for its poles. */
const placeIn = ({ longitude, latitude, degrees }: Region): fc.Arbitrary<PlaceText> =>
  fc.tuple(part, part).map(([x, y]) => {
    const east = longitude + x * degrees;
    const round = east > 180 ? east - 360 : east < -180 ? east + 360 : east;
    return [String(round), String(Math.max(-85, Math.min(85, latitude + y * degrees)))];
  });

const METRES_PER_DEGREE = 111_226;

/** A search of a part of a region, whose result is told, not stored. */
function told(within: Region): fc.Arbitrary<Invocation> {
  const metres = fc
    .integer({ min: 1, max: 90 })
    .map((percent) => String((percent / 100) * within.degrees * METRES_PER_DEGREE));
  return fc
    .tuple(
      fc.oneof(
        placeIn(within).map((both) => ["FROMLONLAT", ...both]),
        fc.nat({ max: 140 }).map((i) => ["FROMMEMBER", `m${i}`]),
      ),
      fc.oneof(
        metres.map((radius) => ["BYRADIUS", radius, "m"]),
        fc.tuple(metres, metres).map((both) => ["BYBOX", ...both, "m"]),
      ),
      fc.constantFrom([], [], ["ASC"], ["DESC"], ["WITHDIST"]),
      fc.constantFrom(
        [],
        [],
        ["COUNT", "1"],
        ["COUNT", "9"],
        ["COUNT", "9", "ANY"],
        ["COUNT", "60"],
      ),
    )
    .map(([from, by, ...more]) => call("GEOSEARCH", KEY, ...from, ...by, ...more.flat()));
}

/** More members than a listpack holds, and nothing that shows the last bit of a distance. */
function everywhere({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return region.chain((within) =>
    fc
      .tuple(
        actor,
        fc.array(placeIn(within), { minLength: 120, maxLength: 140, size: "max" }),
        fc.array(told(within), { minLength: 1, maxLength: 6 }),
      )
      .map(([a, all, queries]) => [
        step(a, call("DEL", KEY)),
        step(a, add(all)),
        ...queries.map((query) => step(a, query)),
        step(a, call("DEL", KEY)),
      ]),
  );
}

/** Many members in few places: what is equally far comes in the order that Redis' sorting leaves. */
function crowded({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      fc.uniqueArray(knownPlace, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat({ max: 5 }), { minLength: 4, maxLength: 90, size: "max" }),
      fc.constantFrom("ASC", "DESC"),
      fc.nat({ max: 90 }),
    )
    .map(([a, places, picks, order, count]) => {
      const [centre = ["0", "0"] as const] = places;
      const all = picks.map((i) => places[i % places.length] ?? centre);
      const search = [KEY, "FROMLONLAT", ...centre, "BYRADIUS", "2e7", "m", order];
      const limited = [...search, "COUNT", String(count + 1)];
      return [
        step(a, call("DEL", KEY)),
        step(a, add(all)),
        step(a, { ...call("GEOSEARCH", ...limited), options: ["FROMLONLAT", "BYRADIUS", order] }),
        step(a, call("GEOSEARCH", ...search)),
        step(a, call("GEOSEARCH", ...limited, "ANY")),
        step(a, call("GEOSEARCHSTORE", "b", ...limited, "STOREDIST")),
        step(a, call("GEORADIUS", KEY, ...centre, "2e7", "m", order, "COUNT", "3", "STORE", "c")),
      ];
    });
}

/** What chance would not find for places. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "GEOSEARCH", weight: 1, steps: everywhere },
  { command: "GEOSEARCH", weight: 2, steps: crowded },
];
