import { drawBelow } from "../../engine/draw.ts";
import { INT64_MAX, INT64_MIN } from "../../engine/integers.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import type { SetView } from "../../types/set/view.ts";
import { integer, KEY, optional, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { SET_EVENT } from "./events.ts";
import { SET } from "./facts.ts";
import {
  readSet,
  replyEmptySet,
  replyMember,
  replyNil,
  replyNothing,
  writtenSet,
} from "./lookup.ts";
import { replyAll } from "./members.ts";

/** With at least one in so many members wanted, it is cheaper to pass all of them. */
const DENSE = 3;
/** So few members are left, beside those that go, that Redis makes a new set of them. */
const FEW_LEFT = 5;
/** No reply may grow longer: a negative count of SRANDMEMBER knows no other end. */
const MAX_REPLY_BYTES = 2 ** 30;
const NOT_IN_RANGE = `ERR value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`;

/** SPOP: members drawn by chance leave a set. */
export const SPOP: Command = {
  ...SET,
  name: "spop",
  arity: -2,
  flags: ["write", "fast"],
  keySpecs: oneKey("RW", "access", "delete"),
  tips: ["nondeterministic_output"],
  since: "1.0.0",
  complexity: "O(N) in the number of members drawn",
  summary: "Removes members of a set that it draws, and replies them",
  history: [["3.2.0", "The count is new."]],
  arguments: [KEY, since("3.2.0", optional(integer("count")))],
  handler: spop,
};

function spop(call: Call): void {
  const { request, reply } = call;
  if (request.argc === 2) {
    const set = writtenSet(call, replyNil);
    if (set === null) return;
    popOne(call, set);
    finishPop(call, set, 1);
    return;
  }
  if (request.argc > 3) {
    reply.error(ERR.syntax);
    return;
  }
  const count = integerArgument(call, 2, ERR.mustBePositive);
  if (count === null) return;
  if (count < 0) {
    reply.error(ERR.mustBePositive);
    return;
  }
  const set = writtenSet(call, replyEmptySet);
  if (set === null) return;
  const wanted = Math.min(Number(count), set.length);
  if (wanted === 0) reply.set(0);
  else if (wanted === set.length) popAll(call, set);
  else popSome(call, set, wanted);
}

/** Removes a member that is drawn, and replies it: for a replay, a removal. */
function popOne(call: Call, set: SetView): void {
  set.random(call.instance.random);
  replyMember(call, set);
  if (call.effects.enabled) {
    const effects = call.rewrite(3);
    effects.word("SREM");
    effects.argument(call.request, 1);
    effects.bytes(set.bytes, set.offset, set.memberLength);
  }
  set.removeDrawn();
}

function finishPop(call: Call, set: SetView, count: number): void {
  call.changed(1, SET_EVENT.spop, count);
  call.removeIfEmpty(1, set.ref, set.length);
}

/** All members are wanted: for a replay, the key goes. */
function popAll(call: Call, set: SetView): void {
  replyAll(call, set);
  if (call.effects.enabled) {
    const effects = call.rewrite(2);
    effects.word("DEL");
    effects.argument(call.request, 1);
  }
  call.changed(1, SET_EVENT.spop, set.length);
  call.keyspace.remove(set.ref);
  call.changed(1, KEY_EVENT.del, 0);
}

function popSome(call: Call, set: SetView, count: number): void {
  call.reply.set(count);
  for (let left = count; left > 0; left--) popOne(call, set);
  if (set.length * FEW_LEFT <= count) set.rebuild();
  finishPop(call, set, count);
}

/** SRANDMEMBER: members drawn by chance. */
export const SRANDMEMBER: Command = {
  ...SET,
  name: "srandmember",
  arity: -2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "1.0.0",
  complexity: "O(N) in the number of members drawn",
  summary: "Draws members of a set",
  history: [["2.6.0", "The count is new."]],
  arguments: [KEY, since("2.6.0", optional(integer("count")))],
  handler: srandmember,
};

function srandmember(call: Call): void {
  const { request, reply } = call;
  if (request.argc === 2) {
    const set = readSet(call, replyNil);
    if (set === null) return;
    set.random(call.instance.random);
    replyMember(call, set);
    return;
  }
  if (request.argc > 3) {
    reply.error(ERR.syntax);
    return;
  }
  const count = integerArgument(call, 2);
  if (count === null) return;
  if (count === INT64_MIN) {
    reply.error(NOT_IN_RANGE);
    return;
  }
  const set = readSet(call, replyNothing);
  if (set === null) return;
  const wanted = Number(count);
  if (wanted < 0) drawAny(call, set, -wanted);
  else drawDifferent(call, set, Math.min(wanted, set.length));
}

/** Replies members that may come more than once. */
function drawAny(call: Call, set: SetView, count: number): void {
  const { reply } = call;
  if (count > MAX_REPLY_BYTES) throw new OutOfMemory("no reply is so long");
  reply.array(count);
  for (let left = count; left > 0; left--) {
    set.random(call.instance.random);
    replyMember(call, set);
    if (reply.length > MAX_REPLY_BYTES) throw new OutOfMemory("no reply is so long");
  }
}

/** Replies members that are different: every choice of so many has the same chance. */
function drawDifferent(call: Call, set: SetView, wanted: number): void {
  call.reply.array(wanted);
  if (wanted * DENSE < set.length) drawSparse(call, set, wanted);
  else passAll(call, set, wanted);
}

/** Takes each member with the chance that what is still wanted has among those that are left. */
function passAll(call: Call, set: SetView, wanted: number): void {
  let missing = wanted;
  let left = set.length;
  for (let more = set.first(); more && missing > 0; more = set.next(), left--) {
    if (missing < left && drawBelow(call.instance.random, left) >= missing) continue;
    missing--;
    replyMember(call, set);
  }
}

/** Draws until there are enough different ones. */
function drawSparse(call: Call, set: SetView, wanted: number): void {
  const drawn = new Set<number>();
  while (drawn.size < wanted) {
    set.random(call.instance.random);
    if (drawn.has(set.mark)) continue;
    drawn.add(set.mark);
    replyMember(call, set);
  }
}
