/** Searches of places: https://redis.io/docs/latest/commands/geosearch/ */
import { Place } from "../../geometry/cells.ts";
import { SearchArea } from "../../geometry/search-area.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import { openSortedSet, type SortedSetView } from "../../types/zset/view.ts";
import { replyNothing } from "../shared/absent.ts";
import { storeBuilt } from "../zsets/lookup.ts";
import { GEO_EVENT } from "./events.ts";
import { Found } from "./found.ts";
import { type Form, readWanted, type Wanted } from "./options.ts";
import { replyDistance, replyPlace } from "./replies.ts";

const area = new SearchArea();
const place = new Place();
const found = new Found();

/** Runs a command that searches. */
export function search(call: Call, form: Form): void {
  const ref = call.readOf(ZSET_TYPE, form.source);
  if (ref === WRONG_TYPE) return;
  const zset = ref === 0 ? null : openSortedSet(call.keyspace, ref);
  const wanted = readWanted(call, form, zset);
  if (wanted === null) return;
  if (zset === null) {
    findNothing(call, wanted);
    return;
  }
  wanted.applyTo(area);
  find(zset, wanted);
  const { count } = wanted;
  const chosen = count === 0 ? found.length : Math.min(count, found.length);
  if (isSorted(wanted)) found.sort(chosen, area, wanted.order === "farthest first");
  if (wanted.storeAt === 0) tell(call, zset, wanted, chosen);
  else store(call, form, zset, wanted, chosen);
}

/** What there is to say of an absent key. */
function findNothing(call: Call, { storeAt }: Wanted): void {
  if (storeAt === 0) {
    replyNothing(call);
    return;
  }
  call.removeDestination(storeAt);
  call.reply.integer(0);
}

/** The nearest of many are wanted unless any are. */
function isSorted({ order, count, any }: Wanted): boolean {
  return order !== "none" || (count > 0 && !any);
}

/** Finds what lies in the area, or as much as is enough. */
function find(zset: SortedSetView, wanted: Wanted): void {
  found.clear();
  const enough = wanted.any ? wanted.count : Number.POSITIVE_INFINITY;
  const isCompared = isSorted(wanted);
  for (let range = 0; range < area.ranges && found.length < enough; range++) {
    const behind = area.scores[range * 2 + 1]!;
    zset.beginAtScore(area.scores[range * 2]!);
    while (found.length < enough && zset.nextScored() && zset.score < behind) {
      place.ofScore(zset.score);
      if (!area.contains(place)) continue;
      found.add(zset.place, zset.score, isCompared ? area.nearness(place) : 0);
    }
  }
}

/** Finds again the member that comes at this position, and sets `place` to where it is. */
function returnTo(zset: SortedSetView, position: number): void {
  zset.at(found.placeAt(position));
  place.ofScore(zset.score);
}

/** How far `place` is, in the unit that is wanted. */
function distanceIn({ unit }: Wanted): number {
  return area.distanceTo(place) / unit;
}

function tell(call: Call, zset: SortedSetView, wanted: Wanted, count: number): void {
  const { reply } = call;
  const { withDistance, withScore, withPlace } = wanted;
  const parts = 1 + Number(withDistance) + Number(withScore) + Number(withPlace);
  reply.array(count);
  for (let i = 0; i < count; i++) {
    returnTo(zset, i);
    if (parts > 1) reply.array(parts);
    reply.bulk(zset.nameBytes, zset.nameOffset, zset.nameLength);
    if (withDistance) replyDistance(call, distanceIn(wanted));
    if (withScore) replyInteger(call, Math.trunc(zset.score));
    if (withPlace) replyPlace(call, place);
  }
}

function replyInteger({ reply }: Call, value: number): void {
  reply.integer(Number.isSafeInteger(value) ? value : BigInt(value));
}

function store(call: Call, form: Form, zset: SortedSetView, wanted: Wanted, count: number): void {
  const { builder } = zset;
  builder.begin();
  for (let i = 0; i < count; i++) {
    returnTo(zset, i);
    const score = wanted.storesDistances ? distanceIn(wanted) : zset.score;
    builder.add(zset.nameBytes, zset.nameOffset, zset.nameLength, score);
  }
  const event = form.by === "options" ? GEO_EVENT.geosearchstore : GEO_EVENT.georadiusstore;
  storeBuilt(call, builder, event, wanted.storeAt, count);
}
