import { parseDoubleAt } from "../../engine/doubles.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import type { SortedSetView } from "../../types/zset/view.ts";
import { flag, integer, KEY, oneOf, optional, since } from "../shared/arguments.ts";
import { ZSET_EVENT } from "./events.ts";
import { MEMBER, ZSET } from "./facts.ts";
import { findMember, replyScore, sortedSetOrNew } from "./lookup.ts";

/** ZADD: members with their scores. */
export const ZADD: Command = {
  ...ZSET,
  name: "zadd",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "update"),
  since: "1.2.0",
  complexity: "O(log(N)) for each member, in the members of the sorted set",
  summary: "Adds members to a sorted set, which it makes if there is none, or changes their scores",
  history: [
    ["2.4.0", "Several members at once."],
    ["3.0.2", "`XX`, `NX`, `CH` and `INCR` are new."],
    ["6.2.0", "`GT` and `LT` are new."],
  ],
  arguments: [
    KEY,
    since("3.0.2", optional(oneOf("condition", flag("nx"), flag("xx")))),
    since("6.2.0", optional(oneOf("comparison", flag("gt"), flag("lt")))),
    since("3.0.2", optional(flag("change", "CH"))),
    since("3.0.2", optional(flag("increment", "INCR"))),
    {
      name: "score_member",
      type: "block",
      flags: ["multiple"],
      arguments: [{ name: "score", type: "double" }, MEMBER],
    },
  ],
  handler: (call) => add(call, 0),
};

/** ZINCRBY: an amount to a member's score. */
export const ZINCRBY: Command = {
  ...ZSET,
  name: "zincrby",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "access", "update"),
  since: "1.2.0",
  complexity: "O(log(N)) in the members of the sorted set",
  summary: "Adds an amount to the score of a member, which begins at 0",
  arguments: [KEY, integer("increment"), MEMBER],
  handler: (call) => add(call, Flag.incr),
};

const Flag = { nx: 1, xx: 2, gt: 4, lt: 8, ch: 16, incr: 32 } as const;
/** The flags of which only one may stand. */
const EXCLUSIVE: readonly number[] = [Flag.gt | Flag.nx, Flag.lt | Flag.nx, Flag.gt | Flag.lt];
const NOT_A_NUMBER = "ERR resulting score is not a number (NaN)";

/** What has become of one member. */
type Outcome = "added" | "updated" | "same" | "refused" | "not a number";

let scores = new Float64Array(16);
const KEPT_SCORES = 1024;
/** The score of the member that was added or changed last. */
let resulting = 0;

/** Adds or changes members as the flags say; Redis knows the same words in ZADD and ZINCRBY. */
function add(call: Call, implied: number): void {
  const { request, reply } = call;
  let flags = implied;
  let first = 2;
  for (let bit = flagAt(call, first); bit !== 0; bit = flagAt(call, first)) {
    flags |= bit;
    first++;
  }
  const pairs = (request.argc - first) / 2;
  const refusal = refusalOf(flags, pairs);
  if (refusal !== null) {
    reply.error(refusal);
    return;
  }
  if (!readScores(call, first, pairs)) return;
  const ref = call.writeOf(ZSET_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0 && (flags & Flag.xx) !== 0) {
    if ((flags & Flag.incr) !== 0) reply.nil();
    else reply.integer(0);
    return;
  }
  addAll(call, sortedSetOrNew(call, ref), ref === 0, flags, first, pairs);
}

function flagAt({ request }: Call, i: number): number {
  if (i >= request.argc) return 0;
  if (request.is(i, "nx")) return Flag.nx;
  if (request.is(i, "xx")) return Flag.xx;
  if (request.is(i, "gt")) return Flag.gt;
  if (request.is(i, "lt")) return Flag.lt;
  if (request.is(i, "ch")) return Flag.ch;
  return request.is(i, "incr") ? Flag.incr : 0;
}

/** The error that flags and number of pairs deserve; null when none. */
function refusalOf(flags: number, pairs: number): string | null {
  if (pairs === 0 || !Number.isInteger(pairs)) return ERR.syntax;
  if ((flags & Flag.nx) !== 0 && (flags & Flag.xx) !== 0) {
    return "ERR XX and NX options at the same time are not compatible";
  }
  if (EXCLUSIVE.some((both) => (flags & both) === both)) {
    return "ERR GT, LT, and/or NX options at the same time are not compatible";
  }
  if ((flags & Flag.incr) !== 0 && pairs > 1) {
    return "ERR INCR option supports a single increment-element pair";
  }
  return null;
}

/** Reads every score before anything is changed; false, with the error replied, when one is none. */
function readScores({ request, reply }: Call, first: number, pairs: number): boolean {
  if (scores.length < pairs) scores = new Float64Array(pairs);
  else if (scores.length > KEPT_SCORES && pairs <= KEPT_SCORES) {
    scores = new Float64Array(KEPT_SCORES);
  }
  const { bytes, offsets, lengths } = request;
  for (let i = 0; i < pairs; i++) {
    const at = first + i * 2;
    const score = parseDoubleAt(bytes, offsets[at]!, lengths[at]!);
    if (Number.isNaN(score)) {
      reply.error(ERR.notFloat);
      return false;
    }
    scores[i] = score;
  }
  return true;
}

function addAll(
  call: Call,
  zset: SortedSetView,
  isNew: boolean,
  flags: number,
  first: number,
  pairs: number,
): void {
  const { reply } = call;
  const event = (flags & Flag.incr) !== 0 ? ZSET_EVENT.zincr : ZSET_EVENT.zadd;
  let added = 0;
  let updated = 0;
  let outcome: Outcome = "refused";
  let i = 0;
  try {
    for (; i < pairs; i++) {
      outcome = addOne(call, zset, first + i * 2 + 1, scores[i]!, flags);
      if (outcome === "added") added++;
      else if (outcome === "updated") updated++;
    }
  } catch (error) {
    if (isNew && zset.length === 0) call.keyspace.remove(zset.ref);
    if (added + updated > 0) {
      call.changed(1, event, added + updated);
      tellPart(call, first + i * 2);
    }
    throw error;
  }
  if (outcome === "not a number") {
    reply.error(NOT_A_NUMBER);
    return;
  }
  if (added + updated > 0) call.changed(1, event, added + updated);
  if ((flags & Flag.incr) === 0) {
    reply.integer((flags & Flag.ch) !== 0 ? added + updated : added);
  } else if (outcome === "refused") reply.nil();
  else replyScore(call, resulting);
}

/** What found memory is there, and must be there after a replay: the arguments before `end`. */
function tellPart(call: Call, end: number): void {
  if (!call.effects.enabled) return;
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
