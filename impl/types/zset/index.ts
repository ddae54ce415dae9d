import { formatDouble } from "../../engine/doubles.ts";
import type { Effects } from "../../engine/effects.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { LISTPACK, ZIPLIST } from "../../structures/packed-form.ts";
import { Digest } from "../digest.ts";
import type { ValueType } from "../value-type.ts";
import { SortedSetEncoding, ZSET_TYPE } from "./kinds.ts";
import { doubleScore, loadMembers, loadPacked, textScore } from "./load.ts";
import { openSortedSet, SortedSetView, sortedSetView } from "./view.ts";

/** The type byte of a large sorted set in RDB files: members one by one, scores as doubles. */
const RDB_ZSET_2 = 5;
/** The type byte of a small one: a listpack. */
const RDB_ZSET_LISTPACK = 17;
/** The type bytes of a large one before Redis 4.0, with scores as texts, and of a small one before 7.0. */
const RDB_ZSET = 3;
const RDB_ZSET_ZIPLIST = 12;
/** Members that one command of a rewrite adds, as in Redis. */
const MEMBERS_PER_COMMAND = 64;

const score = new Float64Array(1);
const scoreBits = new BigInt64Array(score.buffer);

/** Sorted sets: members with scores. */
export const zsetType: ValueType<"zset"> = {
  name: "zset",
  number: ZSET_TYPE,
  encodings: {
    [SortedSetEncoding.listpack]: "listpack",
    [SortedSetEncoding.skiplist]: "skiplist",
  },
  rdbTypes: [RDB_ZSET, RDB_ZSET_2, RDB_ZSET_ZIPLIST, RDB_ZSET_LISTPACK],
  rooted: (arena, hashKey, limits) => new SortedSetView(arena, hashKey, limits),

  heldBytes: (keyspace, ref) => openSortedSet(keyspace, ref).heldBytes,

  isShared: () => false,

  table(keyspace, ref) {
    const zset = openSortedSet(keyspace, ref);
    return zset.isLarge ? { slots: zset.slotCount, elements: zset.length } : null;
  },

  copy(keyspace, ref, to, key, keyOffset, keyLength) {
    return openSortedSet(keyspace, ref).copy(to, sortedSetView(to), key, keyOffset, keyLength);
  },

  recreate,

  rdbType: (keyspace, ref) => (keyspace.isRooted(ref) ? RDB_ZSET_2 : RDB_ZSET_LISTPACK),

  save(writer, keyspace, ref) {
    const zset = openSortedSet(keyspace, ref);
    if (!zset.isLarge) {
      writer.string(zset.packedBytes, zset.packedOffset, zset.packedLength);
      return;
    }
    writer.length(zset.length);
    for (zset.begin(zset.length - 1, zset.length, true); zset.next(); ) {
      writer.string(zset.nameBytes, zset.nameOffset, zset.nameLength);
      score[0] = zset.score;
      writer.int64(scoreBits[0]!);
    }
  },

  load(reader, rdbType, to, key, keyOffset, keyLength) {
    if (rdbType === RDB_ZSET || rdbType === RDB_ZSET_2) {
      const readScore = rdbType === RDB_ZSET ? textScore : doubleScore;
      return loadMembers(reader, readScore, to, key, keyOffset, keyLength);
    }
    const form = rdbType === RDB_ZSET_ZIPLIST ? ZIPLIST : LISTPACK;
    return loadPacked(reader, form, to, key, keyOffset, keyLength);
  },

  digest(digest, keyspace, ref) {
    const zset = openSortedSet(keyspace, ref);
    for (zset.begin(0, zset.length, false); zset.next(); ) {
      const part = new Digest();
      part.mix(zset.nameBytes, zset.nameOffset, zset.nameLength);
      part.mix(Buffer.from(formatDouble(zset.score), "latin1"));
      digest.addDigest(part);
    }
  },

  verify(keyspace, ref) {
    openSortedSet(keyspace, ref).verifyInvariants();
  },
};

/** ZADDs of some members each, then its end. */
function recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef): void {
  const zset = openSortedSet(keyspace, ref);
  const bytes = keyspace.bytes(ref);
  const keyOffset = keyspace.keyOffset(ref);
  const keyLength = keyspace.keyLength(ref);
  let left = zset.length;
  zset.begin(0, left, false);
  while (left > 0) {
    const some = Math.min(left, MEMBERS_PER_COMMAND);
    effects.begin(database, 2 + some * 2);
    effects.word("ZADD");
    effects.bytes(bytes, keyOffset, keyLength);
    for (let i = 0; i < some; i++) {
      zset.next();
      effects.word(formatDouble(zset.score));
      effects.bytes(zset.nameBytes, zset.nameOffset, zset.nameLength);
    }
    effects.commit();
    left -= some;
  }
  if (!keyspace.hasExpiry(ref)) return;
  effects.begin(database, 3);
  effects.word("PEXPIREAT");
  effects.bytes(bytes, keyOffset, keyLength);
  effects.integer(keyspace.expiryMs(ref));
  effects.commit();
}
