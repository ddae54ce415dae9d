import { assert, CHECKED } from "../../assert.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { wrongArity } from "../../session/errors.ts";
import { type HashView, openHash } from "../../types/hash/hash-view.ts";
import { HASH_TYPE } from "../../types/hash/kinds.ts";
import { KEY, VALUE } from "../shared/arguments.ts";
import { HASH_EVENT } from "./events.ts";
import { FIELD, FIELDS_AND_VALUES, HASH } from "./facts.ts";
import { findField, hashOrNew } from "./lookup.ts";

/** HSET: fields get values. */
export const HSET: Command = {
  ...HASH,
  name: "hset",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "update"),
  since: "2.0.0",
  complexity: "O(N) in the number of fields given",
  summary: "Sets fields of a hash",
  history: [["4.0.0", "Several fields may be given."]],
  arguments: [KEY, FIELDS_AND_VALUES],
  handler: hset,
};

function hset(call: Call): void {
  const created = setFields(call);
  if (created >= 0) call.reply.integer(created);
}

/** HMSET: HSET with another reply. */
export const HMSET: Command = {
  ...HASH,
  name: "hmset",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "update"),
  since: "2.0.0",
  complexity: "O(N) in the number of fields given",
  summary: "Sets fields of a hash",
  docFlags: ["deprecated"],
  deprecatedSince: "4.0.0",
  replacedBy: "`HSET` with multiple field-value pairs",
  arguments: [KEY, FIELDS_AND_VALUES],
  handler: hmset,
};

function hmset(call: Call): void {
  if (setFields(call) >= 0) call.reply.ok();
}

/** Sets the fields that the arguments give; how many are new, or -1 with the error replied. */
function setFields(call: Call): number {
  const { request } = call;
  const { argc } = request;
  if (argc % 2 === 1) {
    call.reply.error(wrongArity(call.record.fullName));
    return -1;
  }
  const ref = call.writeOf(HASH_TYPE, 1);
  if (ref === WRONG_TYPE) return -1;
  const hash = hashOrNew(call, ref);
  let created = 0;
  let i = 2;
  try {
    makeRoom(call, hash, 2, argc);
    for (; i < argc; i += 2) if (setField(call, hash, i)) created++;
  } catch (error) {
    giveUp(call, hash, i);
    throw error;
  }
  if (CHECKED) assert(hash.length >= created && hash.length > 0, "what was set is there");
  call.changed(1, HASH_EVENT.hset, (argc - 2) / 2);
  return created;
}

/** There is no memory for the pair at argument `i`: those before it are there, and stay after a replay. */
function giveUp(call: Call, hash: HashView, i: number): void {
  if (hash.length === 0) call.keyspace.remove(hash.ref);
  if (i === 2) return;
  call.changed(1, HASH_EVENT.hset, (i - 2) / 2);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(i);
  effects.word("HSET");
  for (let set = 1; set < i; set++) effects.argument(call.request, set);
}

/** As Redis does before it sets anything: one text that is long makes the hash a large one. */
function makeRoom(call: Call, hash: HashView, from: number, to: number): void {
  if (hash.isTable) return;
  const { lengths } = call.request;
  let longest = 0;
  for (let i = from; i < to; i++) longest = Math.max(longest, lengths[i]!);
  hash.convertFor(longest);
}

/** Sets the field of argument `i` to argument `i + 1`; true when it is new. */
function setField(call: Call, hash: HashView, i: number): boolean {
  const { bytes, offsets, lengths } = call.request;
  return hash.set(bytes, offsets[i]!, lengths[i]!, bytes, offsets[i + 1]!, lengths[i + 1]!);
}

/** HSETNX: HSET of a field that is absent. */
export const HSETNX: Command = {
  ...HASH,
  name: "hsetnx",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "insert"),
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Sets a field of a hash unless it is there",
  arguments: [KEY, FIELD, VALUE],
  handler: hsetnx,
};

function hsetnx(call: Call): void {
  const ref = call.writeOf(HASH_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref !== 0 && findField(call, openHash(call.keyspace, ref), 2)) {
    call.reply.integer(0);
    return;
  }
  const hash = hashOrNew(call, ref);
  try {
    setField(call, hash, 2);
  } catch (error) {
    giveUp(call, hash, 2);
    throw error;
  }
  call.changed(1, HASH_EVENT.hset);
  call.reply.integer(1);
}

/** HDEL: fields go, and with the last one the key. */
export const HDEL: Command = {
  ...HASH,
  name: "hdel",
  arity: -3,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "delete"),
  since: "2.0.0",
  complexity: "O(N) in the number of fields given",
  summary: "Deletes fields of a hash",
  history: [["2.4.0", "Several fields may be given."]],
  arguments: [KEY, { ...FIELD, flags: ["multiple"] }],
  handler: hdel,
};

function hdel(call: Call): void {
  const { request, reply } = call;
  const ref = call.writeOf(HASH_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  let deleted = 0;
  if (ref !== 0) {
    const hash = openHash(call.keyspace, ref);
    const { bytes, offsets, lengths } = request;
    for (let i = 2; i < request.argc && hash.length > 0; i++) {
      if (hash.delete(bytes, offsets[i]!, lengths[i]!)) deleted++;
    }
    if (deleted > 0) {
      call.changed(1, HASH_EVENT.hdel, deleted);
      call.removeIfEmpty(1, hash.ref, hash.length);
    }
  }
  reply.integer(deleted);
}
