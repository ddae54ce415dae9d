import type { Arena } from "../engine/arena.ts";
import type { Effects } from "../engine/effects.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import type { RootedValues } from "../engine/rooted-values.ts";
import type { RdbReader } from "../rdb/reader.ts";
import type { RdbWriter } from "../rdb/writer.ts";
import type { Digest } from "./digest.ts";
import type { EncodingLimits } from "./limits.ts";

/**
 * Everything that the server must know of a type of value, apart from its commands.
 *
 * Every method that takes an entry takes one of this type. What a value's own commands do with it
 * is theirs; whoever handles values without knowing their types (COPY, the snapshot, a rewrite of
 * the log, MEMORY USAGE, DEBUG …) goes through this.
 */
export interface ValueType<Name extends string = string> {
  /** What TYPE says. */
  readonly name: Name;
  /** What an entry holds in its type bits, and Redis' number of the type: 0 to 15. */
  readonly number: number;
  /**
   * The names that OBJECT ENCODING says, by the number that an entry holds: 0 to 7, and 8 to 15
   * (from `ROOTED` on) for values that have blocks of their own.
   */
  readonly encodings: Readonly<Record<number, string>>;
  /** The type bytes that `load` reads. */
  readonly rdbTypes: readonly number[];
  /** Makes the owner of a keyspace's values that have blocks of their own; null when none has. */
  readonly rooted: MakeOwner | null;

  /**
   * Bytes that a value takes beside its entry's block: MEMORY USAGE.
   *
   * @param samples how many elements to measure where that is not known; 0 means all
   */
  heldBytes(keyspace: Keyspace, ref: EntryRef, samples: number): number;

  /** True when Redis would share the value's object among keys: OBJECT REFCOUNT. */
  isShared(keyspace: Keyspace, ref: EntryRef): boolean;

  /** Slots and elements of the table that holds the value, if one does: DEBUG HTSTATS-KEY. */
  table(keyspace: Keyspace, ref: EntryRef): ValueTable | null;

  /**
   * Gives a key of `to` the same value, whatever it held, without an expiry. `to` may be
   * `keyspace` itself; the key may lie in its segments.
   *
   * Throws OutOfMemory, changing nothing.
   *
   * @returns the key's entry; `ref` stays valid unless it is that
   */
  copy(
    keyspace: Keyspace,
    ref: EntryRef,
    to: Keyspace,
    key: Uint8Array,
    keyOffset: number,
    keyLength: number,
  ): EntryRef;

  /** Commits the commands that make the key with its value and expiry, where it is absent. */
  recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef): void;

  /** The type byte for what `save` writes. */
  rdbType(keyspace: Keyspace, ref: EntryRef): number;

  /** Writes the value. */
  save(writer: RdbWriter, keyspace: Keyspace, ref: EntryRef): void;

  /**
   * Reads what `save` has written, here or in Redis, and gives a key of `to` that value. Throws
   * OutOfMemory, changing nothing.
   *
   * @returns the key's entry; 0, nothing being changed, when the bytes are damaged
   */
  load(
    reader: RdbReader,
    rdbType: number,
    to: Keyspace,
    key: Uint8Array,
    keyOffset: number,
    keyLength: number,
  ): EntryRef;

  /** Adds the value to a fingerprint, as Redis does. */
  digest(digest: Digest, keyspace: Keyspace, ref: EntryRef): void;

  /** Throws AssertionError when the value breaks a rule of its type. */
  verify(keyspace: Keyspace, ref: EntryRef): void;
}

/**
 * Makes the owner of one keyspace's values of a type.
 *
 * @param limits as they are whenever they are read
 */
export type MakeOwner = (
  arena: Arena,
  hashKey: readonly [number, number],
  limits: EncodingLimits,
) => RootedValues;

/** The figures of a hash table. */
export interface ValueTable {
  readonly slots: number;
  readonly elements: number;
}
