import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import { openSortedSet, type SortedSetView } from "../../types/zset/view.ts";
import { replyNothing } from "../shared/absent.ts";
import {
  behind,
  countedKeys,
  flag,
  integer,
  KEY,
  KEYS,
  oneOf,
  optional,
} from "../shared/arguments.ts";
import { atLeast } from "../shared/numbers.ts";
import { ZSET_EVENT } from "./events.ts";
import { ZSET } from "./facts.ts";
import { replyScore, sortedSetToChange } from "./lookup.ts";

/** An end of a sorted set. */
export type End = "min" | "max";

/** What ZPOPMIN and ZPOPMAX have in common. */
const POP = {
  ...ZSET,
  arity: -2,
  flags: ["write", "fast"],
  constantTime: { mostArguments: 2 },
  keySpecs: oneKey("RW", "access", "delete"),
  since: "5.0.0",
  complexity: "O(M*log(N)) in the members that are removed and those of the sorted set",
  arguments: [KEY, optional(integer("count"))],
} as const;

/** ZPOPMIN: the lowest members out of a sorted set. */
export const ZPOPMIN: Command = {
  ...POP,
  name: "zpopmin",
  summary: "Removes the members with the lowest scores and replies them",
  handler: (call) => pop(call, "min"),
};

/** ZPOPMAX: the highest members out of a sorted set. */
export const ZPOPMAX: Command = {
  ...POP,
  name: "zpopmax",
  summary: "Removes the members with the highest scores and replies them",
  handler: (call) => pop(call, "max"),
};

function pop(call: Call, end: End): void {
  const { request, reply } = call;
  if (request.argc > 3) {
    reply.error(ERR.syntax);
    return;
  }
  const counts = request.argc === 3;
  const count = counts ? atLeast(call, 2, 0, ERR.mustBePositive) : 1;
  if (count === null) return;
  const zset = sortedSetToChange(call, replyNothing);
  if (zset === null) return;
  const taken = Math.min(count, zset.length);
  const isNested = counts && reply.protocol === 3;
  reply.array(isNested ? taken : taken * 2);
  if (taken > 0) take(call, zset, 1, end, taken, isNested);
}

/** Replies `count` members, at least one, from an end on, and removes them from the sorted set of argument `i`'s key. */
export function take(
  call: Call,
  zset: SortedSetView,
  i: number,
  end: End,
  count: number,
  isNested: boolean,
): void {
  const { reply } = call;
  const first = end === "min" ? 0 : zset.length - 1;
  for (zset.begin(first, count, end === "max"); zset.next(); ) {
    if (isNested) reply.array(2);
    reply.bulk(zset.nameBytes, zset.nameOffset, zset.nameLength);
    replyScore(call, zset.score);
  }
  zset.removeRange(end === "min" ? 0 : zset.length - count, count);
  call.changed(i, end === "min" ? ZSET_EVENT.zpopmin : ZSET_EVENT.zpopmax, count);
  call.removeIfEmpty(i, zset.ref, zset.length);
}

/** What stands behind the timeout in ZMPOP and BZMPOP. */
export const FROM_SEVERAL = [
  integer("numkeys"),
  KEYS,
  oneOf("where", flag("min"), flag("max")),
  optional(behind("COUNT", integer("count"))),
];

/** ZMPOP: members out of the first of several sorted sets that is there. */
export const ZMPOP: Command = {
  ...ZSET,
  name: "zmpop",
  arity: -4,
  flags: ["write", "movablekeys"],
  keySpecs: countedKeys(1, "RW", "access", "delete"),
  since: "7.0.0",
  complexity: "O(K + M*log(N)) in the keys, the members that are removed and those that are there",
  summary: "Removes members of the first of several sorted sets that is there, and replies them",
  arguments: FROM_SEVERAL,
  handler: zmpop,
};

function zmpop(call: Call): void {
  const wanted = readSeveral(call, 1);
  if (wanted === null) return;
  if (!popFirst(call, 2, 1 + wanted.keys, wanted.end, wanted.count)) call.reply.nilArray();
}

/** From how many keys, from which end and how many members ZMPOP takes. */
export interface Several {
  readonly keys: number;
  readonly end: End;
  readonly count: number;
}

/** The arguments of ZMPOP from the number of keys on, which is argument `i`; null, with the error replied, when they are wrong. */
export function readSeveral(call: Call, i: number): Several | null {
  const { request, reply } = call;
  const keys = atLeast(call, i, 1, "ERR numkeys should be greater than 0");
  if (keys === null) return null;
  const endAt = i + 1 + keys;
  const end = endAt < request.argc ? endArgument(call, endAt) : null;
  if (end === null) {
    reply.error(ERR.syntax);
    return null;
  }
  if (request.argc === endAt + 1) return { keys, end, count: 1 };
  if (!request.is(endAt + 1, "count") || request.argc === endAt + 2) {
    reply.error(ERR.syntax);
    return null;
  }
  const count = atLeast(call, endAt + 2, 1, "ERR count should be greater than 0");
  if (count === null) return null;
  if (request.argc > endAt + 3) {
    reply.error(ERR.syntax);
    return null;
  }
  return { keys, end, count };
}

function endArgument({ request }: Call, i: number): End | null {
  if (request.is(i, "min")) return "min";
  return request.is(i, "max") ? "max" : null;
}

/**
 * Takes up to `count` members from the first sorted set among the keys from `firstKey` to `lastKey`,
 * and replies its key with them. The effect is a pop of as many.
 *
 * @returns false, without a reply, when none of the keys is there
 */
export function popFirst(
  call: Call,
  firstKey: number,
  lastKey: number,
  end: End,
  count: number,
): boolean {
  const { request, reply } = call;
  for (let i = firstKey; i <= lastKey; i++) {
    const ref = call.writeOf(ZSET_TYPE, i);
    if (ref === WRONG_TYPE) return true;
    if (ref === 0) continue;
    const zset = openSortedSet(call.keyspace, ref);
    const taken = Math.min(count, zset.length);
    reply.array(2);
    reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
    reply.array(taken);
    take(call, zset, i, end, taken, true);
    if (call.effects.enabled) {
      const effects = call.rewrite(3);
      effects.word(end === "min" ? "ZPOPMIN" : "ZPOPMAX");
      effects.argument(request, i);
      effects.integer(taken);
    }
    return true;
  }
  return false;
}
