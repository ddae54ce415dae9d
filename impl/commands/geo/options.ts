/** What the commands that search are told. */
import { Place } from "../../geometry/cells.ts";
import type { SearchArea } from "../../geometry/search-area.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import type { SortedSetView } from "../../types/zset/view.ts";
import { integerArgument } from "../shared/numbers.ts";
import { findMember } from "../zsets/lookup.ts";
import { doubleArgument, placeArguments, unitArgument } from "./arguments.ts";

/** How a command is told what to search. */
export interface Form {
  /** Which argument is the key. */
  readonly source: number;
  /** The middle, which is this, and the radius stand in front, or are options. */
  readonly by: "place" | "member" | "options";
  /** What is found may be stored by an option, or is always, as argument 1 says. */
  readonly stores: "never" | "by option" | "always";
}

/** What has been read of the arguments of one search. */
export class Wanted {
  withDistance = false;
  withScore = false;
  withPlace = false;
  /** At most so many; 0 is all. */
  count = 0;
  /** The first that are found, not the nearest. */
  any = false;
  order: "none" | "nearest first" | "farthest first" = "none";
  /** The argument with the key that gets what is found; 0 for none. */
  storeAt = 0;
  storesDistances = false;
  from: "nowhere" | "member" | "place" = "nowhere";
  readonly middle = new Place();
  by: "nothing" | "radius" | "box" = "nothing";
  /** Radius, or width and height, in units of so many metres. */
  radius = 0;
  width = 0;
  height = 0;
  unit = 1;

  /** Makes an area what is wanted. */
  applyTo(area: SearchArea): void {
    const { longitude, latitude } = this.middle;
    if (this.by === "box") area.box(longitude, latitude, this.width, this.height, this.unit);
    else area.circle(longitude, latitude, this.radius, this.unit);
  }

  get replies(): boolean {
    return this.withDistance || this.withScore || this.withPlace;
  }
}

/**
 * Reads the arguments of a search.
 *
 * @param zset null when there is none: then nobody looks at its members
 * @returns null, with the error replied, when they are wrong
 */
export function readWanted(call: Call, form: Form, zset: SortedSetView | null): Wanted | null {
  const { request, reply } = call;
  const wanted = new Wanted();
  let i = form.source + 1;
  if (form.by !== "options") {
    i = readFront(call, form.by, zset, wanted);
    if (i === WRONG) return null;
  }
  if (form.stores === "always") wanted.storeAt = 1;
  while (i < request.argc) {
    const read = readOption(call, i, form, zset, wanted);
    if (read === WRONG) return null;
    i += read;
  }
  const refusal = refusalOf(call, form, wanted);
  if (refusal === null) return wanted;
  reply.error(refusal);
  return null;
}

/** The error has been replied. */
const WRONG = 0;

/** Reads what stands before the options. Returns where those begin, or WRONG. */
function readFront(
  call: Call,
  by: "place" | "member",
  zset: SortedSetView | null,
  wanted: Wanted,
): number {
  if (by === "place") {
    return readPlace(call, 2, wanted) && readRadius(call, 4, wanted) ? 6 : WRONG;
  }
  if (!readMember(call, 2, zset, wanted)) return WRONG;
  // Nobody looks at the radius around a member of nothing.
  return zset === null || readRadius(call, 3, wanted) ? 5 : WRONG;
}

/** Reads the option that argument `i` is. Returns how many arguments it has with itself, or WRONG. */
function readOption(
  call: Call,
  i: number,
  form: Form,
  zset: SortedSetView | null,
  wanted: Wanted,
): number {
  const { request, reply } = call;
  const { stores } = form;
  const left = request.argc - i - 1;
  if (request.is(i, "withdist")) wanted.withDistance = true;
  else if (request.is(i, "withhash")) wanted.withScore = true;
  else if (request.is(i, "withcoord")) wanted.withPlace = true;
  else if (request.is(i, "any")) wanted.any = true;
  else if (request.is(i, "asc")) wanted.order = "nearest first";
  else if (request.is(i, "desc")) wanted.order = "farthest first";
  else if (left >= 1 && request.is(i, "count")) return readCount(call, i + 1, wanted) ? 2 : WRONG;
  else if (left >= 1 && stores === "by option" && isStore(call, i)) {
    wanted.storeAt = i + 1;
    wanted.storesDistances = request.is(i, "storedist");
    return 2;
  } else if (stores === "always" && request.is(i, "storedist")) wanted.storesDistances = true;
  else if (form.by === "options") return readArea(call, i, zset, wanted);
  else {
    reply.error(ERR.syntax);
    return WRONG;
  }
  return 1;
}

function isStore({ request }: Call, i: number): boolean {
  return request.is(i, "store") || request.is(i, "storedist");
}

/** Reads an option that says where or how far to search; as `readOption`. */
function readArea(call: Call, i: number, zset: SortedSetView | null, wanted: Wanted): number {
  const { request, reply } = call;
  const left = request.argc - i - 1;
  const { from, by } = wanted;
  if (left >= 1 && from !== "place" && request.is(i, "frommember")) {
    return readMember(call, i + 1, zset, wanted) ? 2 : WRONG;
  }
  if (left >= 2 && from !== "member" && request.is(i, "fromlonlat")) {
    return readPlace(call, i + 1, wanted) ? 3 : WRONG;
  }
  if (left >= 2 && by !== "box" && request.is(i, "byradius")) {
    return readRadius(call, i + 1, wanted) ? 3 : WRONG;
  }
  if (left >= 3 && by !== "radius" && request.is(i, "bybox")) {
    return readBox(call, i + 1, wanted) ? 4 : WRONG;
  }
  reply.error(ERR.syntax);
  return WRONG;
}

function readCount(call: Call, i: number, wanted: Wanted): boolean {
  const count = integerArgument(call, i);
  if (count === null) return false;
  if (count > 0) {
    wanted.count = Number(count);
    return true;
  }
  call.reply.error("ERR COUNT must be > 0");
  return false;
}

function readMember(call: Call, i: number, zset: SortedSetView | null, wanted: Wanted): boolean {
  wanted.from = "member";
  if (zset === null) return true;
  if (findMember(call, zset, i)) {
    wanted.middle.ofScore(zset.score);
    return true;
  }
  call.reply.error("ERR could not decode requested zset member");
  return false;
}

function readPlace(call: Call, i: number, wanted: Wanted): boolean {
  const place = placeArguments(call, i);
  if (place === null) return false;
  wanted.from = "place";
  [wanted.middle.longitude, wanted.middle.latitude] = place;
  return true;
}

function readRadius(call: Call, i: number, wanted: Wanted): boolean {
  const radius = doubleArgument(call, i, "ERR need numeric radius");
  if (radius === null) return false;
  if (radius < 0) {
    call.reply.error("ERR radius cannot be negative");
    return false;
  }
  wanted.by = "radius";
  wanted.radius = radius;
  return readUnit(call, i + 1, wanted);
}

function readBox(call: Call, i: number, wanted: Wanted): boolean {
  const width = doubleArgument(call, i, "ERR need numeric width");
  if (width === null) return false;
  const height = doubleArgument(call, i + 1, "ERR need numeric height");
  if (height === null) return false;
  if (width < 0 || height < 0) {
    call.reply.error("ERR height or width cannot be negative");
    return false;
  }
  wanted.by = "box";
  wanted.width = width;
  wanted.height = height;
  return readUnit(call, i + 2, wanted);
}

function readUnit(call: Call, i: number, wanted: Wanted): boolean {
  const unit = unitArgument(call, i);
  if (unit === null) return false;
  wanted.unit = unit;
  return true;
}

/** The error that the arguments deserve together; null when none. */
function refusalOf({ request }: Call, form: Form, wanted: Wanted): string | null {
  if (wanted.storeAt !== 0 && wanted.replies) {
    const what = form.stores === "always" ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
    return `ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`;
  }
  if (form.by === "options") {
    if (wanted.from === "nowhere") {
      return `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${request.text(0)}`;
    }
    if (wanted.by === "nothing") {
      return `ERR exactly one of BYRADIUS and BYBOX can be specified for ${request.text(0)}`;
    }
  }
  return wanted.any && wanted.count === 0 ? "ERR the ANY argument requires COUNT argument" : null;
}
