import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { LIST_TYPE } from "../../types/list/view.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { LIST } from "./facts.ts";
import { listOf, positionOf, replyElement } from "./view.ts";

/** LLEN: how many elements a list has. */
export const LLEN: Command = {
  ...LIST,
  name: "llen",
  arity: 2,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Counts the elements of a list",
  arguments: [KEY],
  handler: llen,
};

function llen(call: Call): void {
  const ref = call.readOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  call.reply.integer(ref === 0 ? 0 : listOf(call, ref).length);
}

/** LINDEX: the element at an index. */
export const LINDEX: Command = {
  ...LIST,
  name: "lindex",
  arity: 3,
  flags: ["readonly"],
  constantTime: true,
  keySpecs: oneKey("RO", "access"),
  since: "1.0.0",
  complexity: "O(log N) in the elements of the list",
  summary: "Reads the element at an index of a list",
  arguments: [KEY, integer("index")],
  handler: lindex,
};

function lindex(call: Call): void {
  const { reply } = call;
  const ref = call.readOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.nil();
    return;
  }
  const index = integerArgument(call, 2);
  if (index === null) return;
  const list = listOf(call, ref);
  const position = positionOf(index, list.length);
  if (position >= 0 && list.seek(position)) replyElement(call, list);
  else reply.nil();
}

/** LRANGE: the elements from one index to another, both included. */
export const LRANGE: Command = {
  ...LIST,
  name: "lrange",
  arity: 4,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  since: "1.0.0",
  complexity: "O(log N + M) in the elements of the list and those of the reply",
  summary: "Reads the elements between two indexes of a list",
  arguments: [KEY, integer("start"), integer("stop")],
  handler: lrange,
};

function lrange(call: Call): void {
  const { reply } = call;
  const first = integerArgument(call, 2);
  if (first === null) return;
  const last = integerArgument(call, 3);
  if (last === null) return;
  const ref = call.readOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.array(0);
    return;
  }
  const list = listOf(call, ref);
  const start = Math.max(0, positionOf(first, list.length));
  const stop = Math.min(positionOf(last, list.length), list.length - 1);
  const count = Math.max(0, stop - start + 1);
  reply.array(count);
  if (count === 0) return;
  list.seek(start);
  for (let left = count; left > 0; left--) {
    replyElement(call, list);
    if (left > 1) list.next();
  }
}
