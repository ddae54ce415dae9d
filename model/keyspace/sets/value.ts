/** Sets. */
import { Schema } from "effect";
import { type Bytes, BytesSet } from "../bytes.ts";
import { parseInteger } from "../numbers.ts";

/** Members, in no order. */
export type Members = ReadonlySet<Bytes>;

const MAX_INTSET_ENTRIES = 512;

const isInteger = (member: Bytes): boolean => parseInteger(member) !== undefined;

/** A set. There is no empty one. */
export const SetValue = Schema.Struct({
  type: Schema.Literal("set"),
  members: BytesSet.check(Schema.makeFilter((members) => members.size > 0)),
  encoding: Schema.Literals(["intset", "hashtable"]),
}).check(
  Schema.makeFilter(
    ({ members, encoding }) => encoding === "hashtable" || [...members].every(isInteger),
  ),
);
/** A set. There is no empty one. */
export interface SetValue extends Schema.Schema.Type<typeof SetValue> {}

/** Whether a set that never had other members is a table: only few integers are none. */
export const needsTable = (members: Members): boolean =>
  members.size > MAX_INTSET_ENTRIES || ![...members].every(isInteger);

/** A set of these members, which is a table if it was one or must be one. */
export const setOf = (members: Members, isTable = false): SetValue => ({
  type: "set",
  members,
  encoding: isTable || needsTable(members) ? "hashtable" : "intset",
});

/** The members as they are shown: those of an intset ascend, others have no order. */
export const inOrder = (value: SetValue): ReadonlyArray<Bytes> => {
  if (value.encoding === "hashtable") return [...value.members];
  return [...value.members].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
};
