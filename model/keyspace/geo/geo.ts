/** The commands on places that are named: https://redis.io/docs/latest/commands/?group=geo */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { array, type Bytes, bulk, nil, nilArray, type Reply } from "../reply.ts";
import { word } from "../text.ts";
import { sortedSetAt, zadd } from "../zsets/zsets.ts";
import { placeArgument, unitArgument } from "./arguments.ts";
import { distance } from "./distance.ts";
import { geohashOf, type Place, placeOf, scoreOf } from "./places.ts";
import { distanceReply, placeReply } from "./replies.ts";

const OPTIONS: ReadonlyArray<Bytes> = ["nx", "xx", "ch"];

/** GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...] */
export const geoadd: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", ...rest] = call.args;
    const end = rest.findIndex((arg) => !OPTIONS.includes(word(arg)));
    const options = end < 0 ? rest : rest.slice(0, end);
    const triples = rest.slice(options.length);
    const isGiven = (name: Bytes): boolean => options.some((option) => word(option) === name);
    if (triples.length % 3 !== 0 || (isGiven("nx") && isGiven("xx"))) return yield* fail("Syntax");
    const pairs: Array<Bytes> = [];
    for (let i = 0; i < triples.length; i += 3) {
      const [longitude = "", latitude = "", name = ""] = triples.slice(i, i + 3);
      pairs.push(String(scoreOf(yield* placeArgument(longitude, latitude))), name);
    }
    return yield* zadd({ ...call, args: ["zadd", key, ...options, ...pairs] });
  });

/** What is told of each of the members that are named. */
const ofEach =
  (told: (place: Place) => Reply, absent: Reply): Meaning =>
  (call) =>
    Result.flatMap(sortedSetAt(call, argument(call, 1)), (zset) => {
      const scores = new Map(zset?.members.map(({ name, score }) => [name, score]));
      const replies = call.args.slice(2).map((name) => {
        const score = scores.get(name);
        return score === undefined ? absent : told(placeOf(score));
      });
      return answer(call, array(replies));
    });

/** GEOPOS key [member [member ...]] */
export const geopos = ofEach(placeReply, nilArray);

/** GEOHASH key [member [member ...]] */
export const geohash = ofEach((place) => bulk(geohashOf(place)), nil);

/** GEODIST key member1 member2 [M | KM | FT | MI] */
export const geodist: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", one = "", other = "", given, ...more] = call.args;
    if (more.length > 0) return yield* fail("Syntax");
    const unit = given === undefined ? 1 : yield* unitArgument(given);
    const zset = yield* sortedSetAt(call, key);
    const [from, to] = [one, other].map((name) =>
      zset?.members.find((member) => member.name === name),
    );
    if (from === undefined || to === undefined) return yield* answer(call, nil);
    const metres = distance(placeOf(from.score), placeOf(to.score));
    return yield* answer(call, distanceReply(metres / unit));
  });
