import { assert, CHECKED } from "../../assert.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange, oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { SET_TYPE } from "../../types/set/kinds.ts";
import { setsOf } from "../../types/set/sets.ts";
import type { SetView } from "../../types/set/view.ts";
import { replyZero } from "../shared/absent.ts";
import { KEY } from "../shared/arguments.ts";
import { SET_EVENT } from "./events.ts";
import { MEMBER, MEMBERS, SET } from "./facts.ts";
import {
  hasMember,
  readSet,
  replyEmptySet,
  replyMember,
  storeBuilt,
  viewOf,
  writtenSet,
} from "./lookup.ts";

/** SADD: members come into a set, which is made if there is none. */
export const SADD: Command = {
  ...SET,
  name: "sadd",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "insert"),
  since: "1.0.0",
  complexity: "O(N) in the number of members given",
  summary: "Adds members to a set, which it makes if there is none",
  history: [["2.4.0", "Several members may be given."]],
  arguments: [KEY, MEMBERS],
  handler: sadd,
};

function sadd(call: Call): void {
  const ref = call.writeOf(SET_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const added = ref === 0 ? makeSet(call, 1, 2) : addMembers(call, viewOf(call, ref));
  if (added > 0) call.changed(1, SET_EVENT.sadd, added);
  call.reply.integer(added);
}

/**
 * Makes the absent key of argument `keyArg` a set of the arguments from `from` on.
 *
 * @returns how many members it has
 * @throws OutOfMemory, changing nothing
 */
function makeSet(call: Call, keyArg: number, from: number): number {
  const { bytes, offsets, lengths, argc } = call.request;
  const { builder } = setsOf(call.keyspace);
  builder.start();
  try {
    for (let i = from; i < argc; i++) builder.add(bytes, offsets[i]!, lengths[i]!);
  } catch (error) {
    builder.discard();
    throw error;
  }
  const { length } = builder;
  storeBuilt(call, keyArg, builder);
  return length;
}

/** Adds the arguments from 2 on; how many are new. @throws OutOfMemory, changing no member */
function addMembers(call: Call, set: SetView): number {
  const { argc } = call.request;
  if (argc === 3) return addMember(call, set, 2) ? 1 : 0;
  const added: number[] = [];
  try {
    for (let i = 2; i < argc; i++) if (addMember(call, set, i)) added.push(i);
  } catch (error) {
    for (const i of added) removeMember(call, set, i);
    throw error;
  }
  return added.length;
}

function addMember(call: Call, set: SetView, i: number): boolean {
  const { bytes, offsets, lengths } = call.request;
  return set.add(bytes, offsets[i]!, lengths[i]!);
}

function removeMember(call: Call, set: SetView, i: number): boolean {
  const { bytes, offsets, lengths } = call.request;
  return set.remove(bytes, offsets[i]!, lengths[i]!);
}

/** SREM: members go, and with the last one the key. */
export const SREM: Command = {
  ...SET,
  name: "srem",
  arity: -3,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "delete"),
  since: "1.0.0",
  complexity: "O(N) in the number of members given",
  summary: "Removes members from a set",
  history: [["2.4.0", "Several members may be given."]],
  arguments: [KEY, MEMBERS],
  handler: srem,
};

function srem(call: Call): void {
  const set = writtenSet(call, replyZero);
  if (set === null) return;
  const { argc } = call.request;
  let removed = 0;
  for (let i = 2; i < argc && set.length > 0; i++) if (removeMember(call, set, i)) removed++;
  if (removed > 0) {
    call.changed(1, SET_EVENT.srem, removed);
    call.removeIfEmpty(1, set.ref, set.length);
  }
  call.reply.integer(removed);
}

/** SISMEMBER: whether a set has a member. */
export const SISMEMBER: Command = {
  ...SET,
  name: "sismember",
  arity: 3,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Tells whether a set has a member",
  arguments: [KEY, MEMBER],
  handler: sismember,
};

function sismember(call: Call): void {
  const set = readSet(call, replyZero);
  if (set !== null) call.reply.integer(hasMember(call, set, 2) ? 1 : 0);
}

/** SMISMEMBER: SISMEMBER of several members. */
export const SMISMEMBER: Command = {
  ...SET,
  name: "smismember",
  arity: -3,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO", "access"),
  since: "6.2.0",
  complexity: "O(N) in the number of members given",
  summary: "Tells of each of several members whether a set has it",
  arguments: [KEY, MEMBERS],
  handler: smismember,
};

function smismember(call: Call): void {
  const { request, reply } = call;
  const ref = call.readOf(SET_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const set = ref === 0 ? null : viewOf(call, ref);
  reply.array(request.argc - 2);
  for (let i = 2; i < request.argc; i++) {
    reply.integer(set !== null && hasMember(call, set, i) ? 1 : 0);
  }
}

/** SCARD: how many members a set has. */
export const SCARD: Command = {
  ...SET,
  name: "scard",
  arity: 2,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Counts the members of a set",
  arguments: [KEY],
  handler: scard,
};

function scard(call: Call): void {
  const set = readSet(call, replyZero);
  if (set !== null) call.reply.integer(set.length);
}

/** SMEMBERS: all members of a set. */
export const SMEMBERS: Command = {
  ...SET,
  name: "smembers",
  arity: 2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output_order"],
  since: "1.0.0",
  complexity: "O(N) in the number of members",
  summary: "Lists the members of a set",
  arguments: [KEY],
  handler: smembers,
};

function smembers(call: Call): void {
  const set = readSet(call, replyEmptySet);
  if (set !== null) replyAll(call, set);
}

/** Replies all members as a set. */
export function replyAll(call: Call, set: SetView): void {
  call.reply.set(set.length);
  for (set.rewind(); set.next(); ) replyMember(call, set);
}

/** SMOVE: a member goes from one set to another. */
export const SMOVE: Command = {
  ...SET,
  name: "smove",
  arity: 4,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: [keyRange(["RW", "access", "delete"], 1, 0, 1), keyRange(["RW", "insert"], 2, 0, 1)],
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Moves a member from one set to another",
  arguments: [
    { name: "source", type: "key", keySpecIndex: 0 },
    { name: "destination", type: "key", keySpecIndex: 1 },
    MEMBER,
  ],
  handler: smove,
};

function smove(call: Call): void {
  const { keyspace, reply } = call;
  const source = call.lookupWrite(1);
  const target = call.lookupWrite(2);
  if (source === 0) {
    reply.integer(0);
    return;
  }
  const isSet = (ref: EntryRef): boolean => ref === 0 || keyspace.type(ref) === SET_TYPE;
  if (!isSet(source) || !isSet(target)) {
    reply.error(ERR.wrongType);
    return;
  }
  const isThere = hasMember(call, viewOf(call, source), 3);
  if (isThere && source !== target) move(call, source, target);
  reply.integer(isThere ? 1 : 0);
}

/** Moves argument 3, which is in `source`. @throws OutOfMemory, changing nothing */
function move(call: Call, source: EntryRef, target: EntryRef): void {
  // What may fail comes first; the events are told in the order in which Redis does it.
  let isNew = true;
  if (target === 0) call.instance.notifications.withoutNewKeys(() => makeSet(call, 2, 3));
  else isNew = addMember(call, setsOf(call.keyspace).other.open(call.keyspace, target), 3);
  const set = viewOf(call, source);
  const removed = removeMember(call, set, 3);
  if (CHECKED) assert(removed, "what moves was there");
  call.changed(1, SET_EVENT.srem);
  call.removeIfEmpty(1, set.ref, set.length);
  if (target === 0) call.tellNew(2);
  if (isNew) call.changed(2, SET_EVENT.sadd);
}
