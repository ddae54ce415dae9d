import { parseDoubleAt } from "../../engine/doubles.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { EMPTY_VALUE, type RdbReader } from "../../rdb/reader.ts";
import type { PackedForm } from "../../structures/packed-form.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import type { SmallWhen, SortedSetBuilder } from "./builder.ts";
import { scoreOf } from "./packed-score.ts";
import { sortedSetView } from "./view.ts";

const reading = new PackedReading();
const scoreReading = new PackedReading();
const score = new Float64Array(1);
const scoreBits = new BigInt64Array(score.buffer);

/** Lengths of a score's text from here on say what it is: no number, and the infinities. */
const NO_NUMBER = 253;
const INFINITE = 254;

/** A score as a double. NaN also when nothing can be read. */
export function doubleScore(reader: RdbReader): number {
  scoreBits[0] = reader.int64();
  return reader.damage === null ? score[0]! : Number.NaN;
}

/** A score as a text behind its length in one byte, as before Redis 4.0. */
export function textScore(reader: RdbReader): number {
  const length = reader.byte();
  if (length >= NO_NUMBER) {
    if (length === NO_NUMBER) return Number.NaN;
    return length === INFINITE ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
  reader.raw(length);
  return parseDoubleAt(reader.stringBytes, reader.stringOffset, reader.stringLength);
}

/** Reads members with scores; see `ValueType.load`. */
export function loadMembers(
  reader: RdbReader,
  readScore: (reader: RdbReader) => number,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
): EntryRef {
  const { builder } = sortedSetView(to);
  const count = reader.length();
  builder.begin();
  for (let left = count; left > 0 && reader.damage === null; left--) {
    reader.string();
    const { stringBytes, stringOffset, stringLength } = reader;
    const value = readScore(reader);
    if (reader.damage !== null) break;
    if (Number.isNaN(value)) reader.damaged("a score that is not a number");
    else if (!builder.add(stringBytes, stringOffset, stringLength, value)) {
      reader.damaged("a member that is there twice");
    }
  }
  return finish(reader, builder, to, key, keyOffset, keyLength, "limits allow");
}

/** Reads members and scores in turn; see `ValueType.load`. */
export function loadPacked(
  reader: RdbReader,
  form: PackedForm,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
): EntryRef {
  reader.string();
  if (reader.damage !== null) return 0;
  const { stringBytes: bytes, stringOffset: start, stringLength } = reader;
  const count = form.validate(bytes, start, stringLength);
  if (count < 0 || count % 2 !== 0) reader.damaged("no members and scores in a row");
  if (reader.damage !== null) return 0;
  const { builder } = sortedSetView(to);
  builder.begin();
  for (let at = form.first(bytes, start); at !== -1 && reader.damage === null; ) {
    form.read(bytes, at, reading);
    reading.text();
    at = form.next(bytes, at);
    form.read(bytes, at, scoreReading);
    const value = scoreOf(scoreReading);
    if (Number.isNaN(value)) reader.damaged("a score that is not a number");
    else if (!builder.add(reading.bytes, reading.offset, reading.length, value)) {
      reader.damaged("a member that is there twice");
    }
    at = form.next(bytes, at);
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
    reader.damaged(EMPTY_VALUE);
  }
  if (reader.damage === null) return builder.finish(to, key, keyOffset, keyLength, small);
  builder.abandon();
  return 0;
}
