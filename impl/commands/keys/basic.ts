import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange, oneKey } from "../../session/command-declaration.ts";
import { typeOf } from "../../types/index.ts";
import { KEY, KEYS } from "../shared/arguments.ts";
import { KEYSPACE } from "./facts.ts";

/** What the commands that take several keys and count have in common. */
const COUNTING = {
  ...KEYSPACE,
  arity: -2,
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  complexity: "O(N) in the number of keys",
  arguments: [KEYS],
  constantTime: true,
} as const;

/** DEL and UNLINK: removes keys. Both take the same time: large values are freed bit by bit later. */
export const DEL: Command = {
  ...COUNTING,
  name: "del",
  flags: ["write"],
  keySpecs: [keyRange(["RM", "delete"], 1, -1, 1)],
  since: "1.0.0",
  summary: "Removes keys",
  handler: del,
};

/** UNLINK: DEL under the name of its lazy form. */
export const UNLINK: Command = {
  ...COUNTING,
  name: "unlink",
  flags: ["write", "fast"],
  keySpecs: [keyRange(["RM", "delete"], 1, -1, 1)],
  since: "4.0.0",
  summary: "Removes keys; their memory may be reclaimed later",
  handler: del,
};

function del(call: Call): void {
  const argc = call.request.argc;
  let removed = 0;
  for (let i = 1; i < argc; i++) {
    const ref = call.lookup(i);
    if (ref === 0) continue;
    call.remove(i, ref);
    removed++;
  }
  call.reply.integer(removed);
}

/** EXISTS: how many of the keys are there; a key that is named twice counts twice. */
export const EXISTS: Command = {
  ...COUNTING,
  name: "exists",
  flags: ["readonly", "fast"],
  keySpecs: [keyRange(["RO"], 1, -1, 1)],
  since: "1.0.0",
  summary: "Counts how many of the keys are there",
  history: [["3.0.3", "Takes more than one key."]],
  handler: exists,
};

function exists(call: Call): void {
  countPresent(call, false);
}

/** TOUCH: EXISTS that marks the keys as accessed. */
export const TOUCH: Command = {
  ...COUNTING,
  name: "touch",
  flags: ["readonly", "fast"],
  keySpecs: [keyRange(["RO"], 1, -1, 1)],
  since: "3.2.1",
  summary: "Marks keys as accessed and counts those that are there",
  marksAccess: true,
  handler: touch,
};

function touch(call: Call): void {
  countPresent(call, true);
}

function countPresent(call: Call, mark: boolean): void {
  const argc = call.request.argc;
  let present = 0;
  for (let i = 1; i < argc; i++) if (call.lookupRead(i, mark) !== 0) present++;
  call.reply.integer(present);
}

/** TYPE: the name of a value's type, `none` when the key is absent. */
export const TYPE: Command = {
  ...KEYSPACE,
  name: "type",
  arity: 2,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Names the type of a value",
  arguments: [KEY],
  handler: type,
};

function type(call: Call): void {
  call.reply.simple(typeName(call.keyspace, call.lookupRead(1, false)));
}

/** What TYPE says of an entry, 0 being none. */
export function typeName(keyspace: Keyspace, ref: EntryRef): string {
  return ref === 0 ? "none" : typeOf(keyspace, ref).name;
}
