import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { replyNil, replyZero } from "../shared/absent.ts";
import { KEY } from "../shared/arguments.ts";
import { type RangeKind, rangeArguments } from "./borders.ts";
import { border, MEMBER, MEMBERS, scoreBorder, ZSET } from "./facts.ts";
import { findMember, readSortedSet, replyScore } from "./lookup.ts";

/** What the commands that read something short have in common. */
const READ = {
  ...ZSET,
  flags: ["readonly", "fast"],
  keySpecs: oneKey("RO", "access"),
} as const;

/** ZSCORE: the score of a member. */
export const ZSCORE: Command = {
  ...READ,
  name: "zscore",
  constantTime: true,
  arity: 3,
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Tells the score of a member",
  arguments: [KEY, MEMBER],
  handler: zscore,
};

function zscore(call: Call): void {
  const zset = readSortedSet(call, replyNil);
  if (zset === null) return;
  if (findMember(call, zset, 2)) replyScore(call, zset.score);
  else call.reply.nil();
}

/** ZMSCORE: the scores of several members. */
export const ZMSCORE: Command = {
  ...READ,
  name: "zmscore",
  constantTime: true,
  arity: -3,
  since: "6.2.0",
  complexity: "O(N) in the members that are named",
  summary: "Tells the scores of several members",
  arguments: [KEY, MEMBERS],
  handler: zmscore,
};

function zmscore(call: Call): void {
  const { request, reply } = call;
  const count = request.argc - 2;
  const zset = readSortedSet(call, () => {
    reply.array(count);
    for (let left = count; left > 0; left--) reply.nil();
  });
  if (zset === null) return;
  reply.array(count);
  for (let i = 2; i < request.argc; i++) {
    if (findMember(call, zset, i)) replyScore(call, zset.score);
    else reply.nil();
  }
}

/** ZCARD: the number of members. */
export const ZCARD: Command = {
  ...READ,
  keySpecs: oneKey("RO"),
  name: "zcard",
  constantTime: true,
  arity: 2,
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Counts the members of a sorted set",
  arguments: [KEY],
  handler: zcard,
};

function zcard(call: Call): void {
  const zset = readSortedSet(call, replyZero);
  if (zset !== null) call.reply.integer(zset.length);
}

/** ZCOUNT: the number of members in a range of scores. */
export const ZCOUNT: Command = {
  ...READ,
  name: "zcount",
  arity: 4,
  since: "2.0.0",
  complexity: "O(log(N)) in the members of the sorted set",
  summary: "Counts the members whose scores are in a range",
  arguments: [KEY, scoreBorder("min"), scoreBorder("max")],
  handler: (call) => count(call, "score"),
};

/** ZLEXCOUNT: the number of members in a range of names. */
export const ZLEXCOUNT: Command = {
  ...READ,
  name: "zlexcount",
  arity: 4,
  since: "2.8.9",
  complexity: "O(log(N)) in the members of the sorted set",
  summary: "Counts the members whose names are in a range, all scores being equal",
  arguments: [KEY, border("min"), border("max")],
  handler: (call) => count(call, "name"),
};

function count(call: Call, kind: RangeKind): void {
  const range = rangeArguments(call, kind, 2, 3);
  if (range === null) return;
  const zset = readSortedSet(call, replyZero);
  if (zset === null) return;
  range(zset);
  call.reply.integer(Math.max(0, zset.to - zset.from));
}

/** What ZRANK and ZREVRANK have in common. */
const RANK = {
  ...READ,
  arity: 3,
  since: "2.0.0",
  complexity: "O(log(N)) in the members of the sorted set",
  arguments: [KEY, MEMBER],
} as const;

/** ZRANK: the rank of a member, from the lowest. */
export const ZRANK: Command = {
  ...RANK,
  name: "zrank",
  constantTime: true,
  summary: "Tells how many members are below a member",
  handler: (call) => rank(call, false),
};

/** ZREVRANK: the rank of a member, from the highest. */
export const ZREVRANK: Command = {
  ...RANK,
  name: "zrevrank",
  constantTime: true,
  summary: "Tells how many members are above a member",
  handler: (call) => rank(call, true),
};

function rank(call: Call, fromHighest: boolean): void {
  const zset = readSortedSet(call, replyNil);
  if (zset === null) return;
  if (!findMember(call, zset, 2)) {
    call.reply.nil();
    return;
  }
  const below = zset.rank();
  call.reply.integer(fromHighest ? zset.length - 1 - below : below);
}
