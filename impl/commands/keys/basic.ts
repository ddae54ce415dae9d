import type { Keyspace } from "../../engine/keyspace.ts";
import { type EntryRef, ValueType } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";

/** DEL and UNLINK: removes keys. Both take the same time here: no value is freed bit by bit. */
export function del(call: Call): void {
  const argc = call.request.argc;
  let removed = 0;
  for (let i = 1; i < argc; i++) {
    const ref = call.lookup(i);
    if (ref === 0) continue;
    call.keyspace.remove(ref);
    call.changed(i);
    removed++;
  }
  call.reply.integer(removed);
}

/** EXISTS: how many of the keys are there; a key that is named twice counts twice. */
export function exists(call: Call): void {
  countPresent(call, false);
}

/** TOUCH: EXISTS that marks the keys as accessed. */
export function touch(call: Call): void {
  countPresent(call, true);
}

function countPresent(call: Call, mark: boolean): void {
  const argc = call.request.argc;
  let present = 0;
  for (let i = 1; i < argc; i++) if (call.lookupRead(i, mark) !== 0) present++;
  call.reply.integer(present);
}

/** TYPE: the name of a value's type, `none` when the key is absent. */
export function type(call: Call): void {
  call.reply.simple(typeName(call.keyspace, call.lookupRead(1, false)));
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [ValueType.string]: "string",
  [ValueType.list]: "list",
  [ValueType.set]: "set",
  [ValueType.zset]: "zset",
  [ValueType.hash]: "hash",
  [ValueType.stream]: "stream",
};

/** What TYPE says of an entry, 0 being none. */
export function typeName(keyspace: Keyspace, ref: EntryRef): string {
  return ref === 0 ? "none" : TYPE_NAMES[keyspace.type(ref)]!;
}
