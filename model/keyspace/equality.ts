/** When two parts of a state are the same, as their Schemas say. */
import { type Equivalence, Schema, Struct } from "effect";
import { Refusal, Users } from "./acl/user.ts";
import { type Libraries, Library } from "./scripting/libraries.ts";
import { Config, type Entry, Session, Waiter } from "./state.ts";
import { sameStream } from "./streams/value.ts";
import { byType, types, type Value } from "./types.ts";

type SameValue = Equivalence.Equivalence<Value>;

// Type by type, since the equality of a union would first find out of which type both sides are.
const sameValue = byType((name): SameValue => Schema.toEquivalence<Value>(types[name]));
const sameContent = byType((name): SameValue => {
  if (name === "stream") return sameStream as SameValue;
  const fields = Struct.omit(types[name].fields, ["encoding"]);
  return Schema.toEquivalence<Value>(Schema.Struct(fields) as never);
});

/** Whether two entries are the same to the last detail. */
export const sameEntry = (a: Entry, b: Entry): boolean =>
  a.expireAtMs === b.expireAtMs &&
  a.value.type === b.value.type &&
  sameValue[a.value.type](a.value, b.value);

/**
 * Whether two entries are the same but for how their values are kept, and for what Redis tells nobody:
 * what a replay of effects leads to.
 */
export const sameButForEncoding = (a: Entry, b: Entry): boolean =>
  a.expireAtMs === b.expireAtMs &&
  a.value.type === b.value.type &&
  sameContent[a.value.type](a.value, b.value);

/** Whether two sessions are the same. */
export const sameSession = Schema.toEquivalence(Session);

/** Whether the same sessions wait for the same, in the same order. */
export const sameWaiting = Schema.toEquivalence(Schema.Array(Waiter));

const sameLibrary = Schema.toEquivalence(Library);

/** Whether the same libraries are there, in whatever order they came. */
export const sameLibraries = (a: Libraries, b: Libraries): boolean =>
  a.size === b.size &&
  [...a].every(([name, library]) => {
    const other = b.get(name);
    return other !== undefined && sameLibrary(library, other);
  });

/** Whether the same users may do the same. */
export const sameUsers = Schema.toEquivalence(Users);

/** Whether the same was refused. */
export const sameRefusals = Schema.toEquivalence(Schema.Array(Refusal));

/** Whether two configurations are the same. */
export const sameConfig = Schema.toEquivalence(Config);
