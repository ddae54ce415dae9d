import { copyBytes } from "../../resp/copy.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { LIST_TYPE, type ListView } from "../../types/list/view.ts";
import { LIST_EVENT } from "./events.ts";
import { DESTINATION, endOf, LIST, MOVING_KEYS, SOURCE } from "./facts.ts";
import { finishPop } from "./pop.ts";
import { type End, endArgument, listOf, newList } from "./view.ts";

/** LMOVE: an element from one list to another. */
export const LMOVE: Command = {
  ...LIST,
  name: "lmove",
  arity: 5,
  flags: ["write", "denyoom"],
  keySpecs: MOVING_KEYS,
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Moves an element from an end of one list to an end of another, and replies it",
  arguments: [SOURCE, DESTINATION, endOf("wherefrom"), endOf("whereto")],
  handler: lmove,
};

function lmove(call: Call): void {
  const from = endArgument(call, 3);
  if (from === null) return;
  const to = endArgument(call, 4);
  if (to === null) return;
  if (!moveElement(call, from, to)) call.reply.nil();
}

/** RPOPLPUSH: LMOVE from the right to the left, by its old name. */
export const RPOPLPUSH: Command = {
  ...LIST,
  name: "rpoplpush",
  arity: 3,
  flags: ["write", "denyoom"],
  keySpecs: MOVING_KEYS,
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Moves the last element of a list to the front of another, and replies it",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
  arguments: [SOURCE, DESTINATION],
  handler: rpoplpush,
};

function rpoplpush(call: Call): void {
  if (!moveElement(call, "right", "left")) call.reply.nil();
}

const KEPT_BYTES = 64 * 1024;
/** The element on its way. */
let moved: Uint8Array = new Uint8Array(KEPT_BYTES);

/**
 * Moves an element from the list of argument 1's key to that of argument 2's, which may be the same,
 * and replies it.
 *
 * @returns false, without a reply, when there is no list to take it from
 */
export function moveElement(call: Call, from: End, to: End): boolean {
  const { reply } = call;
  const source = call.writeOf(LIST_TYPE, 1);
  if (source === 0) return false;
  if (source === WRONG_TYPE) return true;
  const target = call.writeOf(LIST_TYPE, 2);
  if (target === WRONG_TYPE) return true;
  let list = listOf(call, source);
  list.seek(from === "left" ? 0 : -1);
  const { bytes, offset, length } = list.read();
  if (moved.length < length) moved = new Uint8Array(length);
  copyBytes(bytes, offset, moved, 0, length);
  list = pushMoved(call, target, length, to);
  call.changed(2, to === "left" ? LIST_EVENT.lpush : LIST_EVENT.rpush);
  if (target !== source) list = listOf(call, source);
  // In a list that moves onto itself this may be the one that was just put in, which is the same.
  list.deleteRange(from === "left" ? 0 : list.length - 1, 1);
  reply.bulk(moved, 0, length);
  finishPop(call, list, 1, from, 0);
  if (moved.length > KEPT_BYTES) moved = new Uint8Array(KEPT_BYTES);
  return true;
}

/** Puts the element in at an end of a list, which is made if `target` is 0. @throws OutOfMemory, changing nothing */
function pushMoved(call: Call, target: number, length: number, to: End): ListView {
  const list = target === 0 ? newList(call, 2) : listOf(call, target);
  try {
    list.push(moved, 0, length, to === "left");
  } catch (error) {
    if (target === 0) call.keyspace.remove(list.ref);
    throw error;
  }
  return list;
}
