/** What the commands that search are told. */
import { Result } from "effect";
import { argument } from "../call.ts";
import type { Call } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import type { Bytes } from "../reply.ts";
import { cString, word } from "../text.ts";
import type { SortedSetValue } from "../zsets/value.ts";
import type { Shape } from "./areas.ts";
import { boxArgument, circleArgument, placeArgument } from "./arguments.ts";
import { type Place, placeOf } from "./places.ts";

/** How a command is told what to search. */
export interface Form {
  /** Which argument is the key. */
  readonly source: number;
  /** Centre and radius stand in front, the centre as this, or are options. */
  readonly by: "place" | "member" | "options";
  /** What is found may be stored by an option, or is always, where the first argument says. */
  readonly stores: "never" | "by option" | "always";
}

/** Where the middle of the search is: nowhere when it is a member of a key that is not there. */
interface Centre {
  readonly from: "place" | "member";
  readonly place: Place | undefined;
}

/** What is wanted. */
export interface Wanted {
  centre: Centre | undefined;
  shape: Shape | undefined;
  withDistance: boolean;
  withScore: boolean;
  withPlace: boolean;
  /** At most so many; 0 is all. */
  count: bigint;
  /** The first that are found, not the nearest. */
  any: boolean;
  order: "asc" | "desc" | undefined;
  storeAt: Bytes | undefined;
  storesDistances: boolean;
}

const memberArgument = (
  zset: SortedSetValue | undefined,
  name: Bytes,
): Result.Result<Centre, CommandError> => {
  const member = zset?.members.find((one) => one.name === name);
  if (zset !== undefined && member === undefined) return fail("NoSuchMember");
  const place = member === undefined ? undefined : placeOf(member.score);
  return Result.succeed({ from: "member", place });
};

const centreAt = (longitude: Bytes, latitude: Bytes): Result.Result<Centre, CommandError> =>
  Result.map(placeArgument(longitude, latitude), (place) => ({ from: "place", place }));

/** Reads what stands before the options of the older commands, and tells where those begin. */
const parseFront = (
  { args }: Call,
  by: Form["by"],
  zset: SortedSetValue | undefined,
  wanted: Wanted,
): Result.Result<number, CommandError> =>
  Result.gen(function* () {
    const [, , first = "", second = "", third = "", fourth = ""] = args;
    if (by === "place") {
      wanted.centre = yield* centreAt(first, second);
      wanted.shape = yield* circleArgument(third, fourth);
      return 6;
    }
    wanted.centre = yield* memberArgument(zset, first);
    // Nobody looks at the radius around a member of nothing.
    if (zset !== undefined) wanted.shape = yield* circleArgument(second, third);
    return 5;
  });

/** Reads the option at the beginning of these arguments, and tells how many arguments follow it. */
const parseOption = (
  [given = "", ...behind]: ReadonlyArray<Bytes>,
  { by, stores }: Form,
  zset: SortedSetValue | undefined,
  wanted: Wanted,
): Result.Result<number, CommandError> =>
  Result.gen(function* () {
    const [next = "", second = "", third = ""] = behind;
    const { centre, shape } = wanted;
    const option = word(given);
    const follow = (count: number): boolean => behind.length >= count;
    if (option === "withdist") wanted.withDistance = true;
    else if (option === "withhash") wanted.withScore = true;
    else if (option === "withcoord") wanted.withPlace = true;
    else if (option === "any") wanted.any = true;
    else if (option === "asc" || option === "desc") wanted.order = option;
    else if (option === "storedist" && stores === "always") wanted.storesDistances = true;
    else if (option === "count" && follow(1)) {
      wanted.count = yield* integerArgument(next);
      return wanted.count > 0n ? 1 : yield* fail("GeoCountTooLow");
    } else if (
      (option === "store" || option === "storedist") &&
      follow(1) &&
      stores === "by option"
    ) {
      wanted.storeAt = next;
      wanted.storesDistances = option === "storedist";
      return 1;
    } else if (by !== "options") return yield* fail("Syntax");
    else if (option === "frommember" && follow(1) && centre?.from !== "place") {
      wanted.centre = yield* memberArgument(zset, next);
      return 1;
    } else if (option === "fromlonlat" && follow(2) && centre?.from !== "member") {
      wanted.centre = yield* centreAt(next, second);
      return 2;
    } else if (option === "byradius" && follow(2) && shape?._tag !== "Box") {
      wanted.shape = yield* circleArgument(next, second);
      return 2;
    } else if (option === "bybox" && follow(3) && shape?._tag !== "Circle") {
      wanted.shape = yield* boxArgument(next, second, third);
      return 3;
    } else return yield* fail("Syntax");
    return 0;
  });

/** Everything that the arguments of a command say. */
export const parseSearch = (
  call: Call,
  form: Form,
  zset: SortedSetValue | undefined,
): Result.Result<Wanted, CommandError> =>
  Result.gen(function* () {
    const wanted: Wanted = {
      centre: undefined,
      shape: undefined,
      withDistance: false,
      withScore: false,
      withPlace: false,
      count: 0n,
      any: false,
      order: undefined,
      storeAt: form.stores === "always" ? argument(call, 1) : undefined,
      storesDistances: false,
    };
    let i = form.source + 1;
    if (form.by !== "options") i = yield* parseFront(call, form.by, zset, wanted);
    for (; i < call.args.length; i += 1)
      i += yield* parseOption(call.args.slice(i), form, zset, wanted);
    const { storeAt, withDistance, withScore, withPlace } = wanted;
    if (storeAt !== undefined && (withDistance || withScore || withPlace))
      return yield* fail(
        "StoreWithMore",
        form.stores === "always" ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS",
      );
    const name = cString(argument(call, 0));
    if (wanted.centre === undefined) return yield* fail("NoCenter", name);
    if (wanted.shape === undefined && form.by === "options") return yield* fail("NoShape", name);
    if (wanted.any && wanted.count === 0n) return yield* fail("AnyWithoutCount");
    return wanted;
  });
