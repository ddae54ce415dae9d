import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import { firstEntry, nextEntry, readEntry, validateListpack } from "../../structures/listpack.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import type { SmallWhen, SortedSetBuilder } from "./builder.ts";
import { readScore } from "./packed-score.ts";
import { sortedSetView } from "./view.ts";

const reading = new PackedReading();
const score = new Float64Array(1);
const scoreBits = new BigInt64Array(score.buffer);

/** Reads members with scores as doubles; see `ValueType.load`. */
export function loadMembers(
  reader: RdbReader,
  builder: SortedSetBuilder,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
): EntryRef {
  const count = reader.length();
  builder.begin();
  for (let left = count; left > 0 && reader.damage === null; left--) {
    reader.string();
    scoreBits[0] = reader.int64();
    if (reader.damage !== null) break;
    const { stringBytes, stringOffset, stringLength } = reader;
    if (Number.isNaN(score[0])) reader.damaged("a score that is not a number");
    else if (!builder.add(stringBytes, stringOffset, stringLength, score[0]!)) {
      reader.damaged("a member that is there twice");
    }
  }
  return finish(reader, builder, to, key, keyOffset, keyLength, "limits allow");
}

/** Reads a listpack of members and scores in turn; see `ValueType.load`. */
export function loadPacked(
  reader: RdbReader,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
): EntryRef {
  reader.string();
  if (reader.damage !== null) return 0;
  const { stringBytes: bytes, stringOffset: start, stringLength } = reader;
  const count = validateListpack(bytes, start, stringLength);
  if (count <= 0 || count % 2 !== 0) {
    reader.damaged("no listpack of members and scores");
    return 0;
  }
  const { builder } = sortedSetView(to);
  builder.begin();
  for (let at = firstEntry(bytes, start); at !== -1 && reader.damage === null; ) {
    readEntry(bytes, at, reading);
    reading.text();
    at = nextEntry(bytes, at);
    const value = readScore(bytes, at);
    if (Number.isNaN(value)) reader.damaged("a score that is not a number");
    else if (!builder.add(reading.bytes, reading.offset, reading.length, value)) {
      reader.damaged("a member that is there twice");
    }
    at = nextEntry(bytes, at);
  }
  return finish(reader, builder, to, key, keyOffset, keyLength, "few");
}

function finish(
  reader: RdbReader,
  builder: SortedSetBuilder,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
  small: SmallWhen,
): EntryRef {
  if (reader.damage === null && builder.length === 0) {
    reader.damaged("a sorted set without members");
  }
  if (reader.damage === null) return builder.finish(to, key, keyOffset, keyLength, small);
  builder.abandon();
  return 0;
}
