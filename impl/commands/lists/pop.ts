import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR, wrongArity } from "../../session/errors.ts";
import { LIST_TYPE, type ListView } from "../../types/list/view.ts";
import { behind, countedKeys, integer, KEY, KEYS, optional, since } from "../shared/arguments.ts";
import { atLeast } from "../shared/numbers.ts";
import { LIST_EVENT } from "./events.ts";
import { endOf, LIST } from "./facts.ts";
import { type End, endArgument, listOf, replyElement } from "./view.ts";

/** What LPOP and RPOP have in common. */
const POP = {
  ...LIST,
  arity: -2,
  flags: ["write", "fast"],
  constantTime: { mostArguments: 2 },
  keySpecs: oneKey("RW", "access", "delete"),
  since: "1.0.0",
  complexity: "O(N) in the elements of the reply",
  history: [["6.2.0", "`count` is new."]],
  arguments: [KEY, optional(since("6.2.0", integer("count")))],
} as const;

/** LPOP: elements out of a list at its left end. */
export const LPOP: Command = {
  ...POP,
  name: "lpop",
  summary: "Removes the first elements of a list and replies them",
  handler: (call) => pop(call, "left"),
};

/** RPOP: elements out of a list at its right end. */
export const RPOP: Command = {
  ...POP,
  name: "rpop",
  summary: "Removes the last elements of a list and replies them",
  handler: (call) => pop(call, "right"),
};

function pop(call: Call, end: End): void {
  const { request, reply } = call;
  if (request.argc > 3) {
    reply.error(wrongArity(call.record.fullName));
    return;
  }
  const counts = request.argc === 3;
  const count = counts ? atLeast(call, 2, 0, ERR.mustBePositive) : 1;
  if (count === null) return;
  const ref = call.writeOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    if (counts) reply.nilArray();
    else reply.nil();
    return;
  }
  if (count === 0) {
    reply.array(0);
    return;
  }
  const list = listOf(call, ref);
  const taken = Math.min(count, list.length);
  if (counts) reply.array(taken);
  take(call, list, end, taken);
  finishPop(call, list, 1, end, taken);
}

/** Replies `count` elements from an end on, and deletes them. */
export function take(call: Call, list: ListView, end: End, count: number): void {
  const { length } = list;
  list.seek(end === "left" ? 0 : length - 1);
  for (let left = count; left > 0; left--) {
    replyElement(call, list);
    if (left > 1) {
      if (end === "left") list.next();
      else list.previous();
    }
  }
  list.deleteRange(end === "left" ? 0 : length - count, count);
}

/** Tells that `count` elements were taken from the list of argument `i`'s key, which goes with the last one. */
export function finishPop(call: Call, list: ListView, i: number, end: End, count: number): void {
  call.changed(i, end === "left" ? LIST_EVENT.lpop : LIST_EVENT.rpop, count);
  call.removeIfEmpty(i, list.ref, list.length);
}

/** What stands behind the timeout in LMPOP and BLMPOP. */
export const FROM_SEVERAL = [
  integer("numkeys"),
  KEYS,
  endOf("where"),
  optional(behind("COUNT", integer("count"))),
];

/** LMPOP: elements out of the first of several lists that is there. */
export const LMPOP: Command = {
  ...LIST,
  name: "lmpop",
  arity: -4,
  flags: ["write", "movablekeys"],
  keySpecs: countedKeys(1, "RW", "access", "delete"),
  since: "7.0.0",
  complexity: "O(N + M) in the keys and the elements of the reply",
  summary: "Removes elements of the first of several lists that is there, and replies them",
  arguments: FROM_SEVERAL,
  handler: lmpop,
};

function lmpop(call: Call): void {
  const wanted = readSeveral(call, 1);
  if (wanted === null) return;
  if (!popFirst(call, 2, 1 + wanted.keys, wanted.end, wanted.count)) call.reply.nilArray();
}

/** From how many keys, from which end and how many elements LMPOP takes. */
export interface Several {
  readonly keys: number;
  readonly end: End;
  readonly count: number;
}

/** The arguments of LMPOP from the number of keys on, which is argument `i`; null, with the error replied, when they are wrong. */
export function readSeveral(call: Call, i: number): Several | null {
  const { request, reply } = call;
  const keys = atLeast(call, i, 1, "ERR numkeys should be greater than 0");
  if (keys === null) return null;
  const endAt = i + 1 + keys;
  if (endAt >= request.argc) {
    reply.error(ERR.syntax);
    return null;
  }
  const end = endArgument(call, endAt);
  if (end === null) return null;
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

/**
 * Takes up to `count` elements from the first list among the keys from `firstKey` to `lastKey`, and replies
 * its key with them. The effect is a pop of as many.
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
    const ref = call.writeOf(LIST_TYPE, i);
    if (ref === WRONG_TYPE) return true;
    if (ref === 0) continue;
    const list = listOf(call, ref);
    const taken = Math.min(count, list.length);
    reply.array(2);
    reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
    reply.array(taken);
    take(call, list, end, taken);
    finishPop(call, list, i, end, taken);
    if (call.effects.enabled) {
      const effects = call.rewrite(3);
      effects.word(end === "left" ? "LPOP" : "RPOP");
      effects.argument(request, i);
      effects.integer(taken);
    }
    return true;
  }
  return false;
}
