/** Hashes. */
import { Schema } from "effect";
import { Bytes } from "../bytes.ts";

/** Fields with their values, in the order in which they came. */
export type Fields = ReadonlyMap<Bytes, Bytes>;

const sameFields = (a: Fields, b: Fields): boolean =>
  a.size === b.size && [...a].every(([field, value]) => b.get(field) === value);

/** A hash. There is no empty one. The order of its fields shows while it is small. */
export const HashValue = Schema.Struct({
  type: Schema.Literal("hash"),
  fields: Schema.ReadonlyMap(Bytes, Bytes)
    .pipe(Schema.overrideToEquivalence(() => sameFields))
    .check(Schema.makeFilter((fields) => fields.size > 0)),
  encoding: Schema.Literals(["listpack", "hashtable"]),
});
/** A hash. There is no empty one. The order of its fields shows while it is small. */
export interface HashValue extends Schema.Schema.Type<typeof HashValue> {}

const MAX_LISTPACK_ENTRIES = 512;
const MAX_LISTPACK_BYTES = 64;

/** Whether a field or a value makes its hash a table. */
export const isLong = (bytes: Bytes): boolean => bytes.length > MAX_LISTPACK_BYTES;

/** A hash with these fields, which is a table if it was one or must be one. */
export const hashOf = (fields: Fields, isTable: boolean): HashValue => {
  const encoding = isTable || fields.size > MAX_LISTPACK_ENTRIES ? "hashtable" : "listpack";
  return { type: "hash", fields, encoding };
};
