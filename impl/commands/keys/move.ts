import { assert, CHECKED } from "../../assert.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { newAccess } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange, oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import { typeOf } from "../../types/index.ts";
import { behind, flag, integer, KEY, optional } from "../shared/arguments.ts";
import { databaseArgument } from "../shared/numbers.ts";
import { KEYSPACE } from "./facts.ts";

/** What RENAME and RENAMENX have in common. */
const RENAMING = {
  ...KEYSPACE,
  arity: 3,
  complexity: "O(N) in the bytes of the value",
  arguments: [KEY, { name: "newkey", type: "key", keySpecIndex: 1 }],
} as const;

/** RENAME: a value goes to another key, with its expiry; what that key held is gone. */
export const RENAME: Command = {
  ...RENAMING,
  name: "rename",
  flags: ["write"],
  keySpecs: [keyRange(["RW", "access", "delete"], 1, 0, 1), keyRange(["OW", "update"], 2, 0, 1)],
  since: "1.0.0",
  summary: "Gives a value another key",
  handler: rename,
};

function rename(call: Call): void {
  renameUnless(call, false);
}

/** RENAMENX: RENAME if the new key is absent. */
export const RENAMENX: Command = {
  ...RENAMING,
  name: "renamenx",
  flags: ["write", "fast"],
  keySpecs: [keyRange(["RW", "access", "delete"], 1, 0, 1), keyRange(["OW", "insert"], 2, 0, 1)],
  since: "1.0.0",
  summary: "Gives a value another key unless that one exists",
  history: [["3.2.0", "A new name that is the old one is no error any more."]],
  handler: renamenx,
};

function renamenx(call: Call): void {
  renameUnless(call, true);
}

function renameUnless(call: Call, onlyToAbsent: boolean): void {
  const { keyspace, request, reply } = call;
  const ref = call.lookupWrite(1);
  if (ref === 0) {
    reply.error(ERR.noSuchKey);
    return;
  }
  const same = sameArgument(call, 1, 2);
  const target = same ? 0 : call.lookupWrite(2);
  if (same || (target !== 0 && onlyToAbsent)) {
    if (onlyToAbsent) reply.integer(0);
    else reply.ok();
    return;
  }
  keyspace.rename(ref, request.bytes, request.offsets[2]!, request.lengths[2]!, target);
  if (CHECKED) {
    assert(call.lookup(1) === 0, "the old name is free");
    assert(call.lookup(2) !== 0, "the new name is taken");
  }
  call.changed(1, KEY_EVENT.renameFrom, 0);
  call.changed(2, KEY_EVENT.renameTo);
  if (onlyToAbsent) reply.integer(1);
  else reply.ok();
}

/** MOVE: a key goes to another database, unless that has one of its name. */
export const MOVE: Command = {
  ...KEYSPACE,
  name: "move",
  arity: 3,
  flags: ["write", "fast"],
  keySpecs: oneKey("RW", "access", "update"),
  since: "1.0.0",
  complexity: "O(N) in the bytes of the value",
  summary: "Moves a key to another database",
  arguments: [KEY, integer("db")],
  handler: move,
};

function move(call: Call): void {
  const { instance, keyspace, reply, session } = call;
  const database = databaseArgument(call, 2);
  if (database === null) return;
  if (database === session.database) {
    reply.error(ERR.sameObject);
    return;
  }
  const target = instance.data.databases[database]!;
  const ref = call.lookupWrite(1);
  if (ref === 0 || call.lookupIn(database, target, 1) !== 0) {
    reply.integer(0);
    return;
  }
  const moved = duplicate(call, ref, target, 1);
  target.setAccess(moved, keyspace.access(ref));
  keyspace.remove(ref);
  call.changed(1, KEY_EVENT.moveFrom, 0);
  call.changed(1, KEY_EVENT.moveTo, 1, database);
  reply.integer(1);
}

/** COPY: a value and its expiry for another key, perhaps of another database. */
export const COPY: Command = {
  ...KEYSPACE,
  name: "copy",
  arity: -3,
  flags: ["write", "denyoom"],
  keySpecs: [keyRange(["RO", "access"], 1, 0, 1), keyRange(["OW", "update"], 2, 0, 1)],
  since: "6.2.0",
  complexity: "O(N) in the size of the value",
  summary: "Copies a value and its expiry to another key",
  arguments: [
    { name: "source", type: "key", keySpecIndex: 0 },
    { name: "destination", type: "key", keySpecIndex: 1 },
    optional(behind("DB", integer("destination-db"))),
    optional(flag("replace")),
  ],
  handler: copy,
};

function copy(call: Call): void {
  const { instance, reply, session } = call;
  const options = copyOptions(call);
  if (options === null) return;
  const { database, replace } = options;
  if (database === session.database && sameArgument(call, 1, 2)) {
    reply.error(ERR.sameObject);
    return;
  }
  const target = instance.data.databases[database]!;
  const ref = call.lookupRead(1);
  const existing = ref === 0 ? 0 : call.lookupIn(database, target, 2);
  if (ref === 0 || (existing !== 0 && !replace)) {
    reply.integer(0);
    return;
  }
  call.capture(2, database);
  target.setAccess(duplicate(call, ref, target, 2), newAccess(instance));
  if (existing !== 0) call.tellNew(2, database);
  call.changed(2, KEY_EVENT.copyTo, 1, database);
  reply.integer(1);
}

interface CopyOptions {
  readonly database: number;
  readonly replace: boolean;
}

/** @returns null, with the error replied, when the options are invalid */
function copyOptions(call: Call): CopyOptions | null {
  const { request, reply, session } = call;
  let database = session.database;
  let replace = false;
  for (let i = 3; i < request.argc; i++) {
    if (request.is(i, "replace")) {
      replace = true;
    } else if (request.is(i, "db") && i + 1 < request.argc) {
      const index = databaseArgument(call, ++i);
      if (index === null) return null;
      database = index;
    } else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  return { database, replace };
}

/**
 * Copies an entry of the selected database to argument `keyArg`'s key of `target`, whatever that
 * holds: value, encoding and expiry. The access mark is the caller's.
 */
function duplicate(call: Call, ref: EntryRef, target: Keyspace, keyArg: number): EntryRef {
  const { keyspace, request } = call;
  if (keyspace.hasExpiry(ref)) target.reserveExpiry();
  const copied = typeOf(keyspace, ref).copy(
    keyspace,
    ref,
    target,
    request.bytes,
    request.offsets[keyArg]!,
    request.lengths[keyArg]!,
  );
  if (keyspace.hasExpiry(ref)) target.setExpiryMs(copied, keyspace.expiryMs(ref));
  if (CHECKED && copied !== ref) {
    assert(target.type(copied) === keyspace.type(ref), "a copy has the type of its original");
    assert(target.hasExpiry(copied) === keyspace.hasExpiry(ref), "and ends with it, or never");
  }
  return copied;
}

function sameArgument(call: Call, i: number, j: number): boolean {
  const { bytes, offsets, lengths } = call.request;
  const length = lengths[i]!;
  if (length !== lengths[j]) return false;
  for (let k = 0; k < length; k++) {
    if (bytes[offsets[i]! + k] !== bytes[offsets[j]! + k]) return false;
  }
  return true;
}
