import type { Effects } from "../../engine/effects.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { EMPTY_VALUE, type RdbReader } from "../../rdb/reader.ts";
import { LISTPACK, type PackedForm, ZIPLIST } from "../../structures/packed-form.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import { readZipmap, type ZipmapVisitor } from "../../structures/zipmap.ts";
import { Digest } from "../digest.ts";
import type { ValueType } from "../value-type.ts";
import type { HashBuilder } from "./hash-builder.ts";
import { HashView, hashView, openHash } from "./hash-view.ts";
import { HASH_TYPE, HashEncoding } from "./kinds.ts";

/** The type byte of a large hash in RDB files: fields one by one. */
const RDB_HASH = 4;
/** The type byte of a small hash: a listpack. */
const RDB_HASH_LISTPACK = 16;
/** The type bytes of a small hash before Redis 7.0, and before 2.6. */
const RDB_HASH_ZIPLIST = 13;
const RDB_HASH_ZIPMAP = 9;
/** Fields that one command of a rewrite sets, as in Redis. */
const FIELDS_PER_COMMAND = 64;

/** Hashes: fields with their values. */
export const hashType: ValueType<"hash"> = {
  name: "hash",
  number: HASH_TYPE,
  encodings: { [HashEncoding.listpack]: "listpack", [HashEncoding.hashtable]: "hashtable" },
  rdbTypes: [RDB_HASH, RDB_HASH_ZIPMAP, RDB_HASH_ZIPLIST, RDB_HASH_LISTPACK],
  rooted: (arena, hashKey, limits) => new HashView(arena, hashKey, limits),

  heldBytes: (keyspace, ref) => openHash(keyspace, ref).heldBytes,

  isShared: () => false,

  table(keyspace, ref) {
    const hash = openHash(keyspace, ref);
    return hash.isTable ? { slots: hash.slotCount, elements: hash.length } : null;
  },

  copy(keyspace, ref, to, key, keyOffset, keyLength) {
    return openHash(keyspace, ref).copy(to, hashView(to), key, keyOffset, keyLength);
  },

  recreate,

  rdbType: (keyspace, ref) => (keyspace.isRooted(ref) ? RDB_HASH : RDB_HASH_LISTPACK),

  save(writer, keyspace, ref) {
    const hash = openHash(keyspace, ref);
    if (!hash.isTable) {
      writer.string(hash.packedBytes, hash.packedOffset, hash.packedLength);
      return;
    }
    writer.length(hash.length);
    for (hash.rewind(); hash.next(); ) {
      writer.string(hash.nameBytes, hash.nameOffset, hash.nameLength);
      writer.string(hash.valueBytes, hash.valueOffset, hash.valueLength);
    }
  },

  load(reader, rdbType, to, key, keyOffset, keyLength) {
    const { builder } = hashView(to);
    builder.begin(rdbType !== RDB_HASH);
    if (rdbType === RDB_HASH) readFields(reader, builder);
    else if (rdbType === RDB_HASH_ZIPMAP) readMapped(reader, builder);
    else readPacked(reader, builder, rdbType === RDB_HASH_ZIPLIST ? ZIPLIST : LISTPACK);
    if (reader.damage === null) return builder.finish(to, key, keyOffset, keyLength);
    builder.abandon();
    return 0;
  },

  digest(digest, keyspace, ref) {
    const hash = openHash(keyspace, ref);
    for (hash.rewind(); hash.next(); ) {
      const field = new Digest();
      field.mix(hash.nameBytes, hash.nameOffset, hash.nameLength);
      field.mix(hash.valueBytes, hash.valueOffset, hash.valueLength);
      digest.addDigest(field);
    }
  },

  verify(keyspace, ref) {
    openHash(keyspace, ref).verifyInvariants();
  },
};

const name = new PackedReading();
const value = new PackedReading();
const TWICE = "a field is there twice";

function readPacked(reader: RdbReader, builder: HashBuilder, form: PackedForm): void {
  reader.string();
  if (reader.damage !== null) return;
  const { stringBytes: bytes, stringOffset: start } = reader;
  const count = form.validate(bytes, start, reader.stringLength);
  if (count < 0 || count % 2 !== 0) reader.damaged("no names and values in a row");
  else if (count === 0) reader.damaged(EMPTY_VALUE);
  if (reader.damage !== null) return;
  for (let at = form.first(bytes, start); at !== -1; at = form.next(bytes, at)) {
    form.read(bytes, at, name);
    at = form.next(bytes, at);
    form.read(bytes, at, value);
    name.text();
    value.text();
    const isNew = builder.add(
      name.bytes,
      name.offset,
      name.length,
      value.bytes,
      value.offset,
      value.length,
    );
    if (isNew) continue;
    reader.damaged(TWICE);
    return;
  }
}

function readMapped(reader: RdbReader, builder: HashBuilder): void {
  reader.string();
  if (reader.damage !== null) return;
  const { stringBytes: bytes, stringOffset: start, stringLength } = reader;
  const add: ZipmapVisitor = (nameOffset, nameLength, valueOffset, valueLength) => {
    if (reader.damage !== null) return;
    const isNew = builder.add(bytes, nameOffset, nameLength, bytes, valueOffset, valueLength);
    if (!isNew) reader.damaged(TWICE);
  };
  const count = readZipmap(bytes, start, stringLength, add);
  if (count < 0) reader.damaged("no zipmap");
  else if (count === 0) reader.damaged(EMPTY_VALUE);
}

function readFields(reader: RdbReader, builder: HashBuilder): void {
  const count = reader.length();
  if (reader.damage === null && count === 0) reader.damaged(EMPTY_VALUE);
  for (let i = 0; i < count && reader.damage === null; i++) {
    reader.string();
    // The next string may use the bytes of this one.
    const { stringOffset: at, stringLength: length } = reader;
    const field = new Uint8Array(reader.stringBytes.subarray(at, at + length));
    reader.string();
    if (reader.damage !== null) return;
    const { stringBytes, stringOffset, stringLength } = reader;
    const isNew = builder.add(field, 0, length, stringBytes, stringOffset, stringLength);
    if (!isNew) reader.damaged(TWICE);
  }
}

/** HMSETs of some fields each, and the end as an absolute time. */
function recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef): void {
  const key = keyspace.bytes(ref);
  const keyOffset = keyspace.keyOffset(ref);
  const keyLength = keyspace.keyLength(ref);
  const hash = openHash(keyspace, ref);
  let left = hash.length;
  for (hash.rewind(); left > 0; ) {
    const count = Math.min(left, FIELDS_PER_COMMAND);
    left -= count;
    effects.begin(database, 2 + count * 2);
    effects.word("HMSET");
    effects.bytes(key, keyOffset, keyLength);
    for (let i = 0; i < count && hash.next(); i++) {
      effects.bytes(hash.nameBytes, hash.nameOffset, hash.nameLength);
      effects.bytes(hash.valueBytes, hash.valueOffset, hash.valueLength);
    }
    effects.commit();
  }
  if (!keyspace.hasExpiry(ref)) return;
  effects.begin(database, 3);
  effects.word("PEXPIREAT");
  effects.bytes(key, keyOffset, keyLength);
  effects.integer(keyspace.expiryMs(ref));
  effects.commit();
}
