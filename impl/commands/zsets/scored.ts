/** Members that are added with scores that are known already: ZADD and its kin. */
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import type { SortedSetView } from "../../types/zset/view.ts";
import { ZSET_EVENT } from "./events.ts";
import { findMember, replyScore, sortedSetOrNew } from "./lookup.ts";

/** What ZADD is told beside members and scores. */
export const Flag = { nx: 1, xx: 2, gt: 4, lt: 8, ch: 16, incr: 32 } as const;

const NOT_A_NUMBER = "ERR resulting score is not a number (NaN)";

/** What is added to argument 1's key. */
export interface Additions {
  readonly flags: number;
  /** The argument with which the first member's begin. */
  readonly first: number;
  /** Arguments of each member, of which its name is the last. */
  readonly perMember: number;
  /** How many; as many scores are in `roomForScores`. */
  readonly members: number;
  /** Writes the effect of the first `members` of them, where it is not what the request says. */
  readonly tell?: (call: Call, additions: Additions, members: number) => void;
}

/** What has become of one member. */
type Outcome = "added" | "updated" | "same" | "refused" | "not a number";

let scores = new Float64Array(16);
const KEPT_SCORES = 1024;
/** The score of the member that was added or changed last. */
let resulting = 0;

/** Room for so many scores, which `addScored` reads. */
export function roomForScores(count: number): Float64Array {
  if (scores.length < count) scores = new Float64Array(count);
  else if (scores.length > KEPT_SCORES && count <= KEPT_SCORES) {
    scores = new Float64Array(KEPT_SCORES);
  }
  return scores;
}

/** Adds or changes the members, and replies. */
export function addScored(call: Call, additions: Additions): void {
  const { reply } = call;
  const { flags } = additions;
  const ref = call.writeOf(ZSET_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0 && (flags & Flag.xx) !== 0) {
    if ((flags & Flag.incr) !== 0) reply.nil();
    else reply.integer(0);
    return;
  }
  addAll(call, sortedSetOrNew(call, ref), ref === 0, additions);
}

function addAll(call: Call, zset: SortedSetView, isNew: boolean, additions: Additions): void {
  const { reply } = call;
  const { flags, first, perMember, members, tell } = additions;
  const event = (flags & Flag.incr) !== 0 ? ZSET_EVENT.zincr : ZSET_EVENT.zadd;
  let added = 0;
  let updated = 0;
  let outcome: Outcome = "refused";
  let i = 0;
  try {
    for (; i < members; i++) {
      outcome = addOne(call, zset, first + (i + 1) * perMember - 1, scores[i]!, flags);
      if (outcome === "added") added++;
      else if (outcome === "updated") updated++;
    }
  } catch (error) {
    if (isNew && zset.length === 0) call.keyspace.remove(zset.ref);
    if (added + updated > 0) {
      call.changed(1, event, added + updated);
      (tell ?? tellPart)(call, additions, i);
    }
    throw error;
  }
  if (outcome === "not a number") {
    reply.error(NOT_A_NUMBER);
    return;
  }
  if (added + updated > 0) {
    call.changed(1, event, added + updated);
    tell?.(call, additions, members);
  }
  if ((flags & Flag.incr) === 0) {
    reply.integer((flags & Flag.ch) !== 0 ? added + updated : added);
  } else if (outcome === "refused") reply.nil();
  else replyScore(call, resulting);
}

/** What found memory is there, and must be there after a replay: the first members. */
function tellPart(call: Call, { first, perMember }: Additions, members: number): void {
  if (!call.effects.enabled) return;
  const end = first + members * perMember;
  const effects = call.rewrite(end);
  effects.word("ZADD");
  for (let i = 1; i < end; i++) effects.argument(call.request, i);
}

/** Adds or changes the member that argument `i` names. @throws OutOfMemory */
function addOne(call: Call, zset: SortedSetView, i: number, given: number, flags: number): Outcome {
  const { bytes, offsets, lengths } = call.request;
  if (!findMember(call, zset, i)) {
    if ((flags & Flag.xx) !== 0) return "refused";
    zset.add(bytes, offsets[i]!, lengths[i]!, given);
    resulting = given;
    return "added";
  }
  if ((flags & Flag.nx) !== 0) return "refused";
  const before = zset.score;
  const score = (flags & Flag.incr) !== 0 ? before + given : given;
  if (Number.isNaN(score)) return "not a number";
  if ((flags & Flag.lt) !== 0 && score >= before) return "refused";
  if ((flags & Flag.gt) !== 0 && score <= before) return "refused";
  resulting = score;
  if (score === before) return "same";
  zset.setScore(bytes, offsets[i]!, lengths[i]!, score);
  return "updated";
}
