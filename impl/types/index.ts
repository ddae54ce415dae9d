import { assert } from "../assert.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import { hashType } from "./hash/index.ts";
import { listType } from "./list/index.ts";
import { setType } from "./set/index.ts";
import { streamType } from "./stream/index.ts";
import { stringType } from "./string/index.ts";
import type { ValueType } from "./value-type.ts";
import { zsetType } from "./zset/index.ts";

const types = {
  string: stringType,
  list: listType,
  hash: hashType,
  set: setType,
  zset: zsetType,
  stream: streamType,
};

/** The name of a type of value that there is. */
export type TypeName = keyof typeof types;

/**
 * Every type of value by its name. Whoever needs something of his own for each type declares a
 * record over `TypeName`, so that the compiler names what is missing.
 */
export const VALUE_TYPES: { readonly [T in TypeName]: ValueType<T> } = types;

/** The types by the number that an entry holds. */
export const TYPES_BY_NUMBER: (ValueType<TypeName> | undefined)[] = [];
for (const type of Object.values(VALUE_TYPES)) {
  assert(TYPES_BY_NUMBER[type.number] === undefined, `two types have the number ${type.number}`);
  TYPES_BY_NUMBER[type.number] = type;
}

/** The types by the bytes that stand before their values in RDB files. */
const TYPES_BY_RDB = new Map<number, ValueType<TypeName>>();
for (const type of Object.values(VALUE_TYPES)) {
  for (const rdbType of type.rdbTypes) {
    assert(!TYPES_BY_RDB.has(rdbType), `two types read the RDB type ${rdbType}`);
    TYPES_BY_RDB.set(rdbType, type);
  }
}

/** The type of an entry's value. */
export function typeOf(keyspace: Keyspace, ref: EntryRef): ValueType<TypeName> {
  const type = TYPES_BY_NUMBER[keyspace.type(ref)];
  assert(type !== undefined, "an entry has a type");
  return type;
}

/** The type whose values have this type byte in RDB files; null when none has. */
export function typeByRdb(rdbType: number): ValueType<TypeName> | null {
  return TYPES_BY_RDB.get(rdbType) ?? null;
}

/** What OBJECT ENCODING says of an entry's value. */
export function encodingName(keyspace: Keyspace, ref: EntryRef): string {
  const name = typeOf(keyspace, ref).encodings[keyspace.encoding(ref)];
  assert(name !== undefined, "a value has an encoding of its type");
  return name;
}

/** Throws AssertionError when a value breaks a rule of its type. */
export function verifyValues(keyspace: Keyspace): void {
  keyspace.forEach((ref) => {
    encodingName(keyspace, ref);
    typeOf(keyspace, ref).verify(keyspace, ref);
  });
}
