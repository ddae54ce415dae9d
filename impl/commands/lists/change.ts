import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { LIST_TYPE, type ListView } from "../../types/list/view.ts";
import { flag, integer, KEY, oneOf } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { LIST_EVENT } from "./events.ts";
import { ELEMENT, LIST } from "./facts.ts";
import { listOf, positionOf } from "./view.ts";

/** LSET: another element in the place of one. */
export const LSET: Command = {
  ...LIST,
  name: "lset",
  arity: 4,
  flags: ["write", "denyoom"],
  keySpecs: oneKey("RW", "update"),
  since: "1.0.0",
  complexity: "O(log N) in the elements of the list",
  summary: "Replaces the element at an index of a list",
  arguments: [KEY, integer("index"), ELEMENT],
  handler: lset,
};

function lset(call: Call): void {
  const { request, reply } = call;
  const ref = call.writeOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.error(ERR.noSuchKey);
    return;
  }
  const index = integerArgument(call, 2);
  if (index === null) return;
  const list = listOf(call, ref);
  const position = positionOf(index, list.length);
  if (position < 0 || position >= list.length) {
    reply.error("ERR index out of range");
    return;
  }
  list.replace(position, request.bytes, request.offsets[3]!, request.lengths[3]!);
  call.changed(1, LIST_EVENT.lset);
  reply.ok();
}

/** LINSERT: an element before or behind the first one of a value. */
export const LINSERT: Command = {
  ...LIST,
  name: "linsert",
  arity: 5,
  flags: ["write", "denyoom"],
  keySpecs: oneKey("RW", "insert"),
  since: "2.2.0",
  complexity: "O(N) in the elements before the pivot",
  summary: "Puts an element in before or behind another one of a list",
  arguments: [
    KEY,
    oneOf("where", flag("before"), flag("after")),
    { name: "pivot", type: "string" },
    ELEMENT,
  ],
  handler: linsert,
};

function linsert(call: Call): void {
  const { request, reply } = call;
  const behind = request.is(2, "after");
  if (!behind && !request.is(2, "before")) {
    reply.error(ERR.syntax);
    return;
  }
  const ref = call.writeOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.integer(0);
    return;
  }
  const list = listOf(call, ref);
  const pivot = firstOf(call, list, 3);
  if (pivot < 0) {
    reply.integer(-1);
    return;
  }
  const { bytes, offsets, lengths } = request;
  list.insert(behind ? pivot + 1 : pivot, bytes, offsets[4]!, lengths[4]!);
  call.changed(1, LIST_EVENT.linsert);
  reply.integer(list.length);
}

/** The position of the first element that is argument `i`, or -1. */
function firstOf({ request }: Call, list: ListView, i: number): number {
  list.want(request.bytes, request.offsets[i]!, request.lengths[i]!);
  let position = 0;
  for (let more = list.seek(0); more; more = list.next(), position++) {
    if (list.equals()) return position;
  }
  return -1;
}

/** LREM: elements of a value out of a list. */
export const LREM: Command = {
  ...LIST,
  name: "lrem",
  arity: 4,
  flags: ["write"],
  keySpecs: oneKey("RW", "delete"),
  since: "1.0.0",
  complexity: "O(N + M log N) in the elements of the list and those that are removed",
  summary: "Removes elements of one value from a list",
  arguments: [KEY, integer("count"), ELEMENT],
  handler: lrem,
};

function lrem(call: Call): void {
  const { request, reply } = call;
  const count = integerArgument(call, 2);
  if (count === null) return;
  const ref = call.writeOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.integer(0);
    return;
  }
  const list = listOf(call, ref);
  list.want(request.bytes, request.offsets[3]!, request.lengths[3]!);
  const most = Math.abs(Number(count));
  const removed = list.remove(most === 0 ? Number.POSITIVE_INFINITY : most, count < 0);
  if (removed > 0) {
    call.changed(1, LIST_EVENT.lrem, removed);
    call.removeIfEmpty(1, list.ref, list.length);
  }
  reply.integer(removed);
}

/** LTRIM: only what lies between two indexes stays. */
export const LTRIM: Command = {
  ...LIST,
  name: "ltrim",
  arity: 4,
  flags: ["write"],
  keySpecs: oneKey("RW", "delete"),
  since: "1.0.0",
  complexity: "O(N) in the elements that are removed",
  summary: "Removes what lies outside of two indexes of a list",
  arguments: [KEY, integer("start"), integer("stop")],
  handler: ltrim,
};

function ltrim(call: Call): void {
  const { reply } = call;
  const first = integerArgument(call, 2);
  if (first === null) return;
  const last = integerArgument(call, 3);
  if (last === null) return;
  const ref = call.writeOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.ok();
    return;
  }
  const list = listOf(call, ref);
  const { length } = list;
  const start = Math.max(0, positionOf(first, length));
  const stop = Math.min(positionOf(last, length), length - 1);
  const isNothing = start > stop;
  const before = isNothing ? length : start;
  const behind = isNothing ? 0 : length - 1 - stop;
  list.deleteRange(length - behind, behind);
  list.deleteRange(0, before);
  // Who watches the list is told even if all of it stays, as by Redis, whose replicas are not.
  if (before + behind === 0) call.withoutEffect();
  call.changed(1, LIST_EVENT.ltrim, before + behind);
  call.removeIfEmpty(1, list.ref, list.length);
  reply.ok();
}
