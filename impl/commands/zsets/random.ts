import { drawBelow } from "../../engine/draw.ts";
import { INT64_MAX, INT64_MIN } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import type { SortedSetView } from "../../types/zset/view.ts";
import { flag, integer, KEY, optional } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { ZSET } from "./facts.ts";
import { openReply, readSortedSet, replyMember, replyNil, replyNothing } from "./lookup.ts";

/** With at least one in so many members wanted, it is cheaper to pass all of them. */
const DENSE = 3;
const NOT_IN_RANGE = `ERR value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`;

/** ZRANDMEMBER: members drawn by chance. */
export const ZRANDMEMBER: Command = {
  ...ZSET,
  name: "zrandmember",
  arity: -2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "6.2.0",
  complexity: "O(N) in the number of members drawn",
  summary: "Draws members of a sorted set",
  arguments: [
    KEY,
    optional({
      name: "options",
      type: "block",
      arguments: [integer("count"), optional(flag("withscores"))],
    }),
  ],
  handler: zrandmember,
};

function zrandmember(call: Call): void {
  const { request, reply } = call;
  if (request.argc === 2) {
    const zset = readSortedSet(call, replyNil);
    if (zset === null) return;
    zset.beginDraws();
    zset.draw(call.instance.random);
    replyMember(call, zset, false);
    return;
  }
  const count = integerArgument(call, 2);
  if (count === null) return;
  if (count === INT64_MIN) {
    reply.error(NOT_IN_RANGE);
    return;
  }
  const withScores = request.argc === 4 && request.is(3, "withscores");
  if (request.argc > 3 && !withScores) {
    reply.error(ERR.syntax);
    return;
  }
  const most = INT64_MAX / 2n;
  if (withScores && (count < -most || count > most)) {
    reply.error(ERR.outOfRange);
    return;
  }
  const zset = readSortedSet(call, replyNothing);
  if (zset === null) return;
  const wanted = Number(count);
  if (wanted < 0) drawAny(call, zset, -wanted, withScores);
  else drawDifferent(call, zset, wanted, withScores);
}

/** Replies members that may come more than once. */
function drawAny(call: Call, zset: SortedSetView, count: number, withScores: boolean): void {
  openReply(call, count, withScores);
  zset.beginDraws();
  for (let left = count; left > 0; left--) {
    zset.draw(call.instance.random);
    replyMember(call, zset, withScores);
  }
}

/** Replies members that are different: every choice of so many has the same chance. */
function drawDifferent(call: Call, zset: SortedSetView, count: number, withScores: boolean): void {
  const wanted = Math.min(count, zset.length);
  openReply(call, wanted, withScores);
  if (zset.isLarge && wanted * DENSE < zset.length) drawSparse(call, zset, wanted, withScores);
  else passAll(call, zset, wanted, withScores);
}

/** Takes each member with the chance that what is still wanted has among those that are left. */
function passAll(call: Call, zset: SortedSetView, wanted: number, withScores: boolean): void {
  let missing = wanted;
  let left = zset.length;
  for (zset.begin(0, left, false); missing > 0 && zset.next(); left--) {
    if (missing < left && drawBelow(call.instance.random, left) >= missing) continue;
    missing--;
    replyMember(call, zset, withScores);
  }
}

/** Draws until there are enough different ones. */
function drawSparse(call: Call, zset: SortedSetView, wanted: number, withScores: boolean): void {
  const drawn = new Set<number>();
  zset.beginDraws();
  while (drawn.size < wanted) {
    zset.draw(call.instance.random);
    if (drawn.has(zset.place)) continue;
    drawn.add(zset.place);
    replyMember(call, zset, withScores);
  }
}
