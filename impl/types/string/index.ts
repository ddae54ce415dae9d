import { assert } from "../../assert.ts";
import type { Effects } from "../../engine/effects.ts";
import { isInteger64, smallInteger } from "../../engine/integers.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { ValueType } from "../value-type.ts";
import { Encoding, encodingOf } from "./encoding.ts";

/** The type's number in entries. */
export const STRING_TYPE = 0;

/** The type byte of a string in RDB files. */
const RDB_STRING = 0;
/** Redis shares the integers from 0 up to this one, which it does not. */
const SHARED_INTEGERS = 10_000;

/** Strings: bytes behind the key, in the entry's own block. */
export const stringType: ValueType<"string"> = {
  name: "string",
  number: STRING_TYPE,
  encodings: { [Encoding.raw]: "raw", [Encoding.int]: "int", [Encoding.embstr]: "embstr" },
  rdbTypes: [RDB_STRING],
  rooted: null,

  heldBytes: () => 0,

  isShared(keyspace, ref) {
    if (keyspace.encoding(ref) !== Encoding.int) return false;
    const offset = keyspace.valueOffset(ref);
    const value = smallInteger(keyspace.bytes(ref), offset, keyspace.valueLength(ref));
    return value >= 0 && value < SHARED_INTEGERS;
  },

  table: () => null,

  copy(keyspace, ref, to, key, keyOffset, keyLength) {
    return to.setBytes(
      key,
      keyOffset,
      keyLength,
      keyspace.bytes(ref),
      keyspace.valueOffset(ref),
      keyspace.valueLength(ref),
      keyspace.kind(ref),
      false,
    );
  },

  recreate,

  rdbType: () => RDB_STRING,

  save(writer, keyspace, ref) {
    writer.string(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
  },

  load(reader, _rdbType, to, key, keyOffset, keyLength) {
    reader.string();
    if (reader.damage !== null) return 0;
    const { stringBytes, stringOffset, stringLength } = reader;
    const encoding = encodingOf(stringBytes, stringOffset, stringLength);
    return to.setBytes(
      key,
      keyOffset,
      keyLength,
      stringBytes,
      stringOffset,
      stringLength,
      encoding,
      false,
    );
  },

  digest(digest, keyspace, ref) {
    digest.mix(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
  },

  verify(keyspace, ref) {
    const encoding = keyspace.encoding(ref);
    assert(encoding === Encoding.int || encoding < 3, "a string's encoding");
    const offset = keyspace.valueOffset(ref);
    const isInteger = isInteger64(keyspace.bytes(ref), offset, keyspace.valueLength(ref));
    assert(encoding !== Encoding.int || isInteger, "a string that is an integer has its form");
  },
};

/** One SET, with its end as an absolute time. */
function recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef): void {
  const isMortal = keyspace.hasExpiry(ref);
  const bytes = keyspace.bytes(ref);
  effects.begin(database, isMortal ? 5 : 3);
  effects.word("SET");
  effects.bytes(bytes, keyspace.keyOffset(ref), keyspace.keyLength(ref));
  effects.bytes(bytes, keyspace.valueOffset(ref), keyspace.valueLength(ref));
  if (isMortal) {
    effects.word("PXAT");
    effects.integer(keyspace.expiryMs(ref));
  }
  effects.commit();
}
