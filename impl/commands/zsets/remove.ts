import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import type { KeyEvent } from "../../session/key-events.ts";
import { replyZero } from "../shared/absent.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { type RangeKind, rangeArguments } from "./borders.ts";
import { ZSET_EVENT } from "./events.ts";
import { border, MEMBERS, scoreBorder, ZSET } from "./facts.ts";
import { findMember, sortedSetToChange } from "./lookup.ts";

/** ZREM: members out of a sorted set. */
export const ZREM: Command = {
  ...ZSET,
  name: "zrem",
  arity: -3,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "delete"),
  since: "1.2.0",
  complexity: "O(M*log(N)) in the members that are named and those of the sorted set",
  summary: "Removes members from a sorted set",
  history: [["2.4.0", "Several members at once."]],
  arguments: [KEY, MEMBERS],
  handler: zrem,
};

function zrem(call: Call): void {
  const zset = sortedSetToChange(call, replyZero);
  if (zset === null) return;
  let removed = 0;
  for (let i = 2; i < call.request.argc && zset.length > 0; i++) {
    if (!findMember(call, zset, i)) continue;
    zset.removeFound();
    removed++;
  }
  if (removed > 0) {
    call.changed(1, ZSET_EVENT.zrem, removed);
    call.removeIfEmpty(1, zset.ref, zset.length);
  }
  call.reply.integer(removed);
}

/** What the commands that remove a range have in common. */
const REMOVE_RANGE = {
  ...ZSET,
  arity: 4,
  flags: ["write"],
  keySpecs: oneKey("RW", "delete"),
  complexity: "O(log(N)+M) in the members of the sorted set and those that are removed",
} as const;

/** ZREMRANGEBYRANK: a range of ranks. */
export const ZREMRANGEBYRANK: Command = {
  ...REMOVE_RANGE,
  name: "zremrangebyrank",
  since: "2.0.0",
  summary: "Removes the members whose ranks are in a range",
  arguments: [KEY, integer("start"), integer("stop")],
  handler: (call) => removeRange(call, "rank", ZSET_EVENT.zremrangebyrank),
};

/** ZREMRANGEBYSCORE: a range of scores. */
export const ZREMRANGEBYSCORE: Command = {
  ...REMOVE_RANGE,
  name: "zremrangebyscore",
  since: "1.2.0",
  summary: "Removes the members whose scores are in a range",
  arguments: [KEY, scoreBorder("min"), scoreBorder("max")],
  handler: (call) => removeRange(call, "score", ZSET_EVENT.zremrangebyscore),
};

/** ZREMRANGEBYLEX: a range of names. */
export const ZREMRANGEBYLEX: Command = {
  ...REMOVE_RANGE,
  name: "zremrangebylex",
  since: "2.8.9",
  summary: "Removes the members whose names are in a range, all scores being equal",
  arguments: [KEY, border("min"), border("max")],
  handler: (call) => removeRange(call, "name", ZSET_EVENT.zremrangebylex),
};

function removeRange(call: Call, kind: RangeKind, event: KeyEvent): void {
  const range = rangeArguments(call, kind, 2, 3);
  if (range === null) return;
  const zset = sortedSetToChange(call, replyZero);
  if (zset === null) return;
  range(zset);
  const removed = Math.max(0, zset.to - zset.from);
  if (removed > 0) {
    zset.removeRange(zset.from, removed);
    call.changed(1, event, removed);
    call.removeIfEmpty(1, zset.ref, zset.length);
  }
  call.reply.integer(removed);
}
