/** The types of values that a key may hold. */
import { Schema } from "effect";
import { HashValue } from "./hashes/value.ts";
import { ListValue } from "./lists/value.ts";
import { SetValue } from "./sets/value.ts";
import { StreamValue } from "./streams/value.ts";
import { StringValue } from "./strings/value.ts";
import { SortedSetValue } from "./zsets/value.ts";

/** Every type, by the name that TYPE answers. Each lies beside the commands on it. */
export const types = {
  string: StringValue,
  list: ListValue,
  hash: HashValue,
  set: SetValue,
  zset: SortedSetValue,
  stream: StreamValue,
} as const;

/** The name of a type. */
export type TypeName = keyof typeof types;

/** The names of all types. */
export const typeNames = Object.keys(types) as ReadonlyArray<TypeName>;

/** Something for each type. */
export const byType = <A>(make: (name: TypeName) => A): Readonly<Record<TypeName, A>> =>
  Object.fromEntries(typeNames.map((name) => [name, make(name)])) as Record<TypeName, A>;

/** A value of one of these types. */
export type ValueOf<T extends TypeName> = (typeof types)[T]["Type"];

/** A value of any type: `type` says of which, `encoding` how Redis would keep it. */
export const Value = Schema.Union(Object.values(types));
/** A value of any type: `type` says of which, `encoding` how Redis would keep it. */
export type Value = ValueOf<TypeName>;
