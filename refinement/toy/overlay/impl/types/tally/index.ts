import { assert } from "../../assert.ts";
import type { Effects } from "../../engine/effects.ts";
import { type EntryRef, type Keyspace, kindOf } from "../../engine/keyspace.ts";
import type { ValueType } from "../value-type.ts";

/** The type's number in entries. */
export const TALLY_TYPE = 7;
/** What an entry holds of a tally's type and encoding. */
export const TALLY_KIND = kindOf(TALLY_TYPE, 0);
/** What a mark looks like. */
export const MARK_BYTE = "|".charCodeAt(0);

const RDB_TALLY = 240;

/** Tallies: marks that are only ever added, one byte each, in the entry's own block. */
export const tallyType: ValueType<"tally"> = {
  name: "tally",
  number: TALLY_TYPE,
  encodings: { 0: "unary" },
  rdbTypes: [RDB_TALLY],
  rooted: null,

  heldBytes: () => 0,

  isShared: () => false,

  table: () => null,

  copy(keyspace, ref, to, key, keyOffset, keyLength) {
    return to.setBytes(
      key,
      keyOffset,
      keyLength,
      keyspace.bytes(ref),
      keyspace.valueOffset(ref),
      keyspace.valueLength(ref),
      TALLY_KIND,
      false,
    );
  },

  recreate,

  rdbType: () => RDB_TALLY,

  save(writer, keyspace, ref) {
    writer.string(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
  },

  load(reader, _rdbType, to, key, keyOffset, keyLength) {
    reader.string();
    if (reader.damage !== null) return 0;
    const { stringBytes, stringOffset, stringLength } = reader;
    return to.setBytes(
      key,
      keyOffset,
      keyLength,
      stringBytes,
      stringOffset,
      stringLength,
      TALLY_KIND,
      false,
    );
  },

  digest(digest, keyspace, ref) {
    digest.mixNumber(keyspace.valueLength(ref));
  },

  verify(keyspace, ref) {
    const offset = keyspace.valueOffset(ref);
    const length = keyspace.valueLength(ref);
    assert(length > 0, "a tally has a mark");
    for (let i = 0; i < length; i++) {
      assert(keyspace.bytes(ref)[offset + i] === MARK_BYTE, "a tally is made of marks");
    }
  },
};

/** One MARK for each mark. */
function recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef): void {
  const bytes = keyspace.bytes(ref);
  for (let left = keyspace.valueLength(ref); left > 0; left--) {
    effects.begin(database, 2);
    effects.word("MARK");
    effects.bytes(bytes, keyspace.keyOffset(ref), keyspace.keyLength(ref));
    effects.commit();
  }
  if (!keyspace.hasExpiry(ref)) return;
  effects.begin(database, 3);
  effects.word("PEXPIREAT");
  effects.bytes(bytes, keyspace.keyOffset(ref), keyspace.keyLength(ref));
  effects.integer(keyspace.expiryMs(ref));
  effects.commit();
}
