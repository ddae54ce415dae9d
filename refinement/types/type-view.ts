/** What the checks know of a type of value. */

import type fc from "fast-check";
import type { EntryRef, Keyspace } from "../../impl/engine/keyspace.ts";
import type { Reply, TypeName, ValueOf } from "../../model/keyspace/index.ts";

/** A value without the name of its type and without its encoding. */
export type Content<T extends TypeName> = Omit<ValueOf<T>, "type" | "encoding">;

/** A command, name first; each character is a byte. */
export type Command = readonly string[];

/** How all of a value is read: from the production server's memory, and with commands. */
export interface ValueReading<C> {
  /** What a value of the production server means: the entry is one of this type. */
  readonly abstract: (keyspace: Keyspace, ref: EntryRef) => C;

  /** The commands that read all of the value under a key from a real server. */
  readonly reading: (key: string) => readonly Command[];

  /** What their replies say, in RESP3; undefined when the key has gone meanwhile. */
  readonly read: (replies: readonly Reply[]) => C | undefined;
}

/** Everything that the checks must know of a type, apart from its commands. */
export interface TypeView<T extends TypeName> extends ValueReading<Content<T>> {
  /** The commands that give a key, where it does not exist, such a value. */
  readonly making: (key: string, content: Content<T>) => readonly Command[];

  /** Contents that the generators draw: few enough to collide, varied enough for every branch. */
  readonly drawn: fc.Arbitrary<Content<T>>;
}
