import { assert } from "../../assert.ts";
import type { Effects } from "../../engine/effects.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { EMPTY_VALUE, type RdbReader } from "../../rdb/reader.ts";
import { intsetBytes, validateIntset, verifyIntset } from "../../structures/intset.ts";
import { LISTPACK } from "../../structures/packed-form.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import type { ValueType } from "../value-type.ts";
import type { SetBuilder } from "./builder.ts";
import { Encoding, INTSET_KIND, SET_TYPE } from "./kinds.ts";
import { Sets, setsOf } from "./sets.ts";
import type { SetView } from "./view.ts";

/** The type bytes of sets in RDB files. */
const RDB_SET = 2;
const RDB_INTSET = 11;
/** The type byte of a small set since Redis 7.2: a listpack. */
const RDB_SET_LISTPACK = 20;
/** Members of one command of a rewritten log. */
const MEMBERS_PER_COMMAND = 64;

/** Sets: Redis' intset behind the key, or a table of members. */
export const setType: ValueType<"set"> = {
  name: "set",
  number: SET_TYPE,
  encodings: { [Encoding.intset]: "intset", [Encoding.hashtable]: "hashtable" },
  rdbTypes: [RDB_SET, RDB_INTSET, RDB_SET_LISTPACK],
  rooted: (arena, hashKey, limits) => new Sets(arena, hashKey, limits),

  heldBytes(keyspace, ref) {
    const view = viewOf(keyspace, ref);
    return view.isTable ? view.table.bytesHeld : 0;
  },

  isShared: () => false,

  table(keyspace, ref) {
    const { isTable, table, length } = viewOf(keyspace, ref);
    return isTable ? { slots: table.slotCount, elements: length } : null;
  },

  copy(keyspace, ref, to, key, keyOffset, keyLength) {
    const view = viewOf(keyspace, ref);
    if (!view.isTable) {
      const bytes = keyspace.bytes(ref);
      const start = keyspace.valueOffset(ref);
      const length = intsetBytes(bytes, start);
      return to.setBytes(key, keyOffset, keyLength, bytes, start, length, INTSET_KIND, false);
    }
    const { builder } = setsOf(to);
    builder.startTable();
    return built(builder, () => {
      for (view.rewind(); view.next(); ) {
        builder.add(view.bytes, view.offset, view.memberLength);
      }
      return true;
    })
      ? builder.store(to, key, keyOffset, keyLength)
      : 0;
  },

  recreate,

  rdbType: (keyspace, ref) => (keyspace.encoding(ref) === Encoding.intset ? RDB_INTSET : RDB_SET),

  save(writer, keyspace, ref) {
    const view = viewOf(keyspace, ref);
    if (!view.isTable) {
      const bytes = keyspace.bytes(ref);
      const start = keyspace.valueOffset(ref);
      writer.string(bytes, start, intsetBytes(bytes, start));
      return;
    }
    writer.length(view.length);
    for (view.rewind(); view.next(); ) {
      writer.string(view.bytes, view.offset, view.memberLength);
    }
  },

  load(reader, rdbType, to, key, keyOffset, keyLength) {
    const sets = setsOf(to);
    if (!built(sets.builder, () => READ[rdbType]!(reader, sets))) return 0;
    return sets.builder.store(to, key, keyOffset, keyLength);
  },

  digest(digest, keyspace, ref) {
    const view = viewOf(keyspace, ref);
    for (view.rewind(); view.next(); ) {
      digest.add(view.bytes, view.offset, view.memberLength);
    }
  },

  verify(keyspace, ref) {
    const view = viewOf(keyspace, ref);
    assert(view.length > 0, "no set is empty");
    if (view.isTable) {
      view.table.verifyInvariants();
      for (view.rewind(); view.next(); ) {
        assert(view.table.elements.valueLength(view.place) === 0, "members have no values");
      }
      return;
    }
    const bytes = keyspace.bytes(ref);
    const start = keyspace.valueOffset(ref);
    verifyIntset(bytes, start);
    assert(intsetBytes(bytes, start) <= keyspace.valueLength(ref), "an intset lies in its entry");
  },
};

const reading = new PackedReading();
const TWICE = "a member twice";

/** How the forms are read, by their type bytes. */
const READ: { readonly [rdbType: number]: (reader: RdbReader, sets: Sets) => boolean } = {
  [RDB_SET]: readMembers,
  [RDB_INTSET]: readIntset,
  [RDB_SET_LISTPACK]: readListpack,
};

function viewOf(keyspace: Keyspace, ref: EntryRef): SetView {
  return setsOf(keyspace).view.open(keyspace, ref);
}

/** Lets `fill` fill what has been started; when it cannot, nothing is left. */
function built(builder: SetBuilder, fill: () => boolean): boolean {
  let whole = false;
  try {
    whole = fill();
  } finally {
    if (!whole) builder.discard();
  }
  return whole;
}

function readMembers(reader: RdbReader, { builder }: Sets): boolean {
  const count = reader.length();
  if (reader.damage !== null) return false;
  if (count > builder.maxIntegers) builder.startTable();
  else builder.start();
  for (let left = count; left > 0; left--) {
    reader.string();
    if (reader.damage !== null) return false;
    const { stringBytes, stringOffset, stringLength } = reader;
    if (!builder.add(stringBytes, stringOffset, stringLength)) reader.damaged(TWICE);
  }
  if (count === 0) reader.damaged(EMPTY_VALUE);
  return reader.damage === null;
}

function readListpack(reader: RdbReader, { builder }: Sets): boolean {
  reader.string();
  if (reader.damage !== null) return false;
  const { stringBytes: bytes, stringOffset: start, stringLength } = reader;
  const count = LISTPACK.validate(bytes, start, stringLength);
  if (count < 0) reader.damaged("no listpack of members");
  else if (count === 0) reader.damaged(EMPTY_VALUE);
  if (reader.damage !== null) return false;
  builder.start();
  for (let at = LISTPACK.first(bytes, start); at !== -1; at = LISTPACK.next(bytes, at)) {
    LISTPACK.read(bytes, at, reading);
    reading.text();
    if (!builder.add(reading.bytes, reading.offset, reading.length)) reader.damaged(TWICE);
  }
  return reader.damage === null;
}

function readIntset(reader: RdbReader, { builder, other }: Sets): boolean {
  reader.string();
  if (reader.damage !== null) return false;
  const { stringBytes, stringOffset, stringLength } = reader;
  if (validateIntset(stringBytes, stringOffset, stringLength) < 1) {
    reader.damaged("no intset, or an empty one");
    return false;
  }
  other.openIntset(stringBytes, stringOffset);
  if (other.length > builder.maxIntegers) builder.startTable();
  else builder.start();
  for (other.rewind(); other.next(); ) builder.addMemberOf(other);
  return true;
}

/** As many SADD as there are portions of members, and the end as an absolute time. */
function recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef): void {
  const view = viewOf(keyspace, ref);
  const keyBytes = keyspace.bytes(ref);
  const keyOffset = keyspace.keyOffset(ref);
  const keyLength = keyspace.keyLength(ref);
  let left = view.length;
  let portion = 0;
  for (view.rewind(); view.next(); ) {
    if (portion === 0) {
      portion = Math.min(left, MEMBERS_PER_COMMAND);
      left -= portion;
      effects.begin(database, 2 + portion);
      effects.word("SADD");
      effects.bytes(keyBytes, keyOffset, keyLength);
    }
    effects.bytes(view.bytes, view.offset, view.memberLength);
    portion--;
    if (portion === 0) effects.commit();
  }
  if (!keyspace.hasExpiry(ref)) return;
  effects.begin(database, 3);
  effects.word("PEXPIREAT");
  effects.bytes(keyBytes, keyOffset, keyLength);
  effects.integer(keyspace.expiryMs(ref));
  effects.commit();
}
