import { Place } from "../../geometry/cells.ts";
import { distance } from "../../geometry/distance.ts";
import { geohashOf } from "../../geometry/geohash.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import { openSortedSet } from "../../types/zset/view.ts";
import { replyNil } from "../shared/absent.ts";
import { KEY, optional } from "../shared/arguments.ts";
import { findMember, readSortedSet } from "../zsets/lookup.ts";
import { unitArgument } from "./arguments.ts";
import { GEO, member, UNIT } from "./facts.ts";
import { replyDistance, replyPlace } from "./replies.ts";

/** What the commands that read a few members have in common. */
const READ = { ...GEO, flags: ["readonly"], keySpecs: oneKey("RO", "access") } as const;

const place = new Place();
const otherPlace = new Place();

/** GEOPOS: where members are. */
export const GEOPOS: Command = {
  ...READ,
  name: "geopos",
  arity: -2,
  since: "3.2.0",
  complexity: "O(1) for each member",
  summary: "Tells longitude and latitude of members",
  arguments: [KEY, { ...member("member"), flags: ["multiple"] }],
  handler: (call) => tellEach(call, replyPlaceOf, ({ reply }) => reply.nilArray()),
};

function replyPlaceOf(call: Call, score: number): void {
  place.ofScore(score);
  replyPlace(call, place);
}

/** GEOHASH: where members are, as others write it. */
export const GEOHASH: Command = {
  ...READ,
  name: "geohash",
  arity: -2,
  since: "3.2.0",
  complexity: "O(1) for each member",
  summary: "Tells the standard geohashes of members",
  arguments: [KEY, { ...member("member"), flags: ["multiple"] }],
  handler: (call) => tellEach(call, replyGeohash, replyNil),
};

function replyGeohash({ reply }: Call, score: number): void {
  place.ofScore(score);
  reply.bulkText(geohashOf(place.longitude, place.latitude));
}

/** Replies something of each member that is named; of an absent one, or all of an absent key, `absent`. */
function tellEach(
  call: Call,
  told: (call: Call, score: number) => void,
  absent: (call: Call) => void,
): void {
  const { request, reply } = call;
  const ref = call.readOf(ZSET_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const zset = ref === 0 ? null : openSortedSet(call.keyspace, ref);
  reply.array(request.argc - 2);
  for (let i = 2; i < request.argc; i++) {
    if (zset !== null && findMember(call, zset, i)) told(call, zset.score);
    else absent(call);
  }
}

/** GEODIST: how far two members are apart. */
export const GEODIST: Command = {
  ...READ,
  name: "geodist",
  arity: -4,
  since: "3.2.0",
  complexity: "O(1)",
  summary: "Tells the distance between two members",
  arguments: [KEY, member("member1"), member("member2"), optional(UNIT)],
  handler: geodist,
};

function geodist(call: Call): void {
  const { request, reply } = call;
  if (request.argc > 5) {
    reply.error(ERR.syntax);
    return;
  }
  const unit = request.argc === 5 ? unitArgument(call, 4) : 1;
  if (unit === null) return;
  const zset = readSortedSet(call, replyNil);
  if (zset === null) return;
  if (!findMember(call, zset, 2)) {
    reply.nil();
    return;
  }
  place.ofScore(zset.score);
  if (!findMember(call, zset, 3)) {
    reply.nil();
    return;
  }
  otherPlace.ofScore(zset.score);
  const metres = distance(
    place.longitude,
    place.latitude,
    otherPlace.longitude,
    otherPlace.latitude,
  );
  replyDistance(call, metres / unit);
}
