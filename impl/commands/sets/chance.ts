import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import type { SetView } from "../../types/set/view.ts";
import { replyNil } from "../shared/absent.ts";
import { integer, KEY, optional, since } from "../shared/arguments.ts";
import { type Drawing, draw } from "../shared/drawing.ts";
import { integerArgument } from "../shared/numbers.ts";
import { SET_EVENT } from "./events.ts";
import { SET } from "./facts.ts";
import { readSet, replyEmptySet, replyMember, writtenSet } from "./lookup.ts";
import { replyAll } from "./members.ts";

/** So few members are left, beside those that go, that Redis makes a new set of them. */
const FEW_LEFT = 5;

/** SPOP: members drawn by chance leave a set. */
export const SPOP: Command = {
  ...SET,
  name: "spop",
  arity: -2,
  flags: ["write", "fast"],
  constantTime: { mostArguments: 2 },
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
  set.draw(call.instance.random);
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
  constantTime: { mostArguments: 2 },
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "1.0.0",
  complexity: "O(N) in the number of members drawn",
  summary: "Draws members of a set",
  history: [["2.6.0", "The count is new."]],
  arguments: [KEY, since("2.6.0", optional(integer("count")))],
  handler: srandmember,
};

const MEMBERS: Drawing<SetView> = { read: readSet, pairsWord: null, reply: replyMember };

function srandmember(call: Call): void {
  draw(call, MEMBERS);
}
