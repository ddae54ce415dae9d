import type { Integer64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, keyRange, oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { type SortedSetView, sortedSetView } from "../../types/zset/view.ts";
import { replyNothing } from "../shared/absent.ts";
import { flag, integer, KEY, oneOf, optional, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { openPairs } from "../shared/pairs.ts";
import { type Range, type RangeKind, rangeArguments } from "./borders.ts";
import { ZSET_EVENT } from "./events.ts";
import { border, scoreBorder, ZSET } from "./facts.ts";
import { readSortedSet, replyMember, storeBuilt } from "./lookup.ts";

/** What the commands that list a range have in common. */
const LIST = {
  ...ZSET,
  arity: -4,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  complexity: "O(log(N)+M) in the members of the sorted set and those of the reply",
} as const;

const SORT_BY = optional(oneOf("sortby", flag("byscore"), flag("bylex")));
const REVERSED = optional(flag("rev"));
const LIMIT: Argument = optional({
  name: "offset_count",
  type: "block",
  token: "LIMIT",
  arguments: [integer("offset"), integer("count")],
});
const WITH_SCORES = optional(flag("withscores"));

/** ZRANGE: the members of a range of ranks, scores or names, upwards or downwards. */
export const ZRANGE: Command = {
  ...LIST,
  name: "zrange",
  since: "1.2.0",
  summary: "Lists the members in a range of ranks, scores or names",
  history: [["6.2.0", "`REV`, `BYSCORE`, `BYLEX` and `LIMIT` are new."]],
  arguments: [
    KEY,
    border("start"),
    border("stop"),
    since("6.2.0", SORT_BY),
    since("6.2.0", REVERSED),
    since("6.2.0", LIMIT),
    WITH_SCORES,
  ],
  handler: (call) => list(call, {}),
};

/** ZREVRANGE: a range of ranks, downwards. */
export const ZREVRANGE: Command = {
  ...LIST,
  name: "zrevrange",
  since: "1.2.0",
  summary: "Lists the members in a range of ranks from the highest downwards",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`ZRANGE` with the `REV` argument",
  arguments: [KEY, integer("start"), integer("stop"), WITH_SCORES],
  handler: (call) => list(call, { kind: "rank", reversed: true }),
};

/** ZRANGEBYSCORE: a range of scores. */
export const ZRANGEBYSCORE: Command = {
  ...LIST,
  name: "zrangebyscore",
  since: "1.0.5",
  summary: "Lists the members whose scores are in a range",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`ZRANGE` with the `BYSCORE` argument",
  history: [["2.0.0", "`WITHSCORES` is new."]],
  arguments: [KEY, scoreBorder("min"), scoreBorder("max"), since("2.0.0", WITH_SCORES), LIMIT],
  handler: (call) => list(call, { kind: "score", reversed: false }),
};

/** ZREVRANGEBYSCORE: a range of scores, downwards. */
export const ZREVRANGEBYSCORE: Command = {
  ...LIST,
  name: "zrevrangebyscore",
  since: "2.2.0",
  summary: "Lists the members whose scores are in a range, from the highest downwards",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`ZRANGE` with the `REV` and `BYSCORE` arguments",
  history: [["2.1.6", "`min` and `max` may be exclusive."]],
  arguments: [KEY, scoreBorder("max"), scoreBorder("min"), WITH_SCORES, LIMIT],
  handler: (call) => list(call, { kind: "score", reversed: true }),
};

/** ZRANGEBYLEX: a range of names. */
export const ZRANGEBYLEX: Command = {
  ...LIST,
  name: "zrangebylex",
  since: "2.8.9",
  summary: "Lists the members whose names are in a range, all scores being equal",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`ZRANGE` with the `BYLEX` argument",
  arguments: [KEY, border("min"), border("max"), LIMIT],
  handler: (call) => list(call, { kind: "name", reversed: false }),
};

/** ZREVRANGEBYLEX: a range of names, downwards. */
export const ZREVRANGEBYLEX: Command = {
  ...LIST,
  name: "zrevrangebylex",
  since: "2.8.9",
  summary: "Lists the members whose names are in a range downwards, all scores being equal",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`ZRANGE` with the `REV` and `BYLEX` arguments",
  arguments: [KEY, border("max"), border("min"), LIMIT],
  handler: (call) => list(call, { kind: "name", reversed: true }),
};

/** What the name of a command has decided already. */
interface Form {
  readonly kind?: RangeKind;
  readonly reversed?: boolean;
}

interface Wanted {
  readonly kind: RangeKind;
  readonly reversed: boolean;
  readonly range: Range;
  readonly withScores: boolean;
  readonly offset: Integer64;
  readonly limit: Integer64;
}

/**
 * Reads the arguments of a range whose key is argument `key`.
 *
 * @param stores the range goes to another key, with the scores
 * @returns null, with the error replied, when they are wrong
 */
function readWanted(call: Call, key: number, form: Form, stores: boolean): Wanted | null {
  const { request, reply } = call;
  let { kind, reversed } = form;
  let withScores = false;
  let offset: Integer64 = 0;
  let limit: Integer64 = -1;
  for (let i = key + 3; i < request.argc; i++) {
    if (!stores && request.is(i, "withscores")) withScores = true;
    else if (i + 2 < request.argc && request.is(i, "limit")) {
      const [skipped, most] = limitArguments(call, i + 1) ?? [null, null];
      if (skipped === null) return null;
      offset = skipped;
      limit = most;
      i += 2;
    } else if (reversed === undefined && request.is(i, "rev")) reversed = true;
    else if (kind === undefined && request.is(i, "bylex")) kind = "name";
    else if (kind === undefined && request.is(i, "byscore")) kind = "score";
    else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  kind ??= "rank";
  reversed ??= false;
  if (limit !== -1 && kind === "rank") {
    reply.error(
      "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
    );
    return null;
  }
  if (withScores && kind === "name") {
    reply.error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    return null;
  }
  const isSwapped = reversed && kind !== "rank";
  const range = rangeArguments(call, kind, key + (isSwapped ? 2 : 1), key + (isSwapped ? 1 : 2));
  if (range === null) return null;
  return { kind, reversed, range, withScores, offset, limit };
}

function limitArguments(call: Call, i: number): readonly [Integer64, Integer64] | null {
  const offset = integerArgument(call, i);
  if (offset === null) return null;
  const limit = integerArgument(call, i + 1);
  return limit === null ? null : [offset, limit];
}

/** Prepares the view's `next` for what is wanted, and returns how many members that are. */
function beginWanted(zset: SortedSetView, wanted: Wanted): number {
  const { kind, reversed, range, offset, limit } = wanted;
  range(zset);
  const inRange = zset.to - zset.from;
  const skipped = kind === "rank" ? 0 : Number(offset);
  // Redis passes over everything for a negative offset.
  if (inRange <= 0 || skipped < 0 || skipped >= inRange) return 0;
  const left = inRange - skipped;
  const count = limit < 0 || kind === "rank" ? left : Math.min(left, Number(limit));
  if (!reversed) zset.begin(zset.from + skipped, count, false);
  else if (kind === "rank") zset.begin(zset.length - 1 - zset.from, count, true);
  else zset.begin(zset.to - 1 - skipped, count, true);
  return count;
}

function list(call: Call, form: Form): void {
  const wanted = readWanted(call, 1, form, false);
  if (wanted === null) return;
  const zset = readSortedSet(call, replyNothing);
  if (zset === null) return;
  const count = beginWanted(zset, wanted);
  openPairs(call, count, wanted.withScores);
  for (let left = count; left > 0; left--) {
    zset.next();
    replyMember(call, zset, wanted.withScores);
  }
}

/** ZRANGESTORE: what ZRANGE lists, as another sorted set. */
export const ZRANGESTORE: Command = {
  ...ZSET,
  name: "zrangestore",
  arity: -5,
  flags: ["write", "denyoom"],
  keySpecs: [keyRange(["OW", "update"], 1, 0, 1), keyRange(["RO", "access"], 2, 0, 1)],
  since: "6.2.0",
  complexity: "O(log(N)+M) in the members of the sorted set and those that are stored",
  summary: "Stores the members in a range of ranks, scores or names under another key",
  arguments: [
    { name: "dst", type: "key", keySpecIndex: 0 },
    { name: "src", type: "key", keySpecIndex: 1 },
    border("min"),
    border("max"),
    SORT_BY,
    REVERSED,
    LIMIT,
  ],
  handler: zrangestore,
};

function zrangestore(call: Call): void {
  const wanted = readWanted(call, 2, {}, true);
  if (wanted === null) return;
  const { builder } = sortedSetView(call.keyspace);
  let isAbsent = false;
  const zset = readSortedSet(
    call,
    () => {
      isAbsent = true;
    },
    2,
  );
  if (zset === null && !isAbsent) return;
  builder.begin();
  if (zset !== null) {
    for (let left = beginWanted(zset, wanted); left > 0; left--) {
      zset.next();
      builder.add(zset.nameBytes, zset.nameOffset, zset.nameLength, zset.score);
    }
  }
  storeBuilt(call, builder, ZSET_EVENT.zrangestore);
}
