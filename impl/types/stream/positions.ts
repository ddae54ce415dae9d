/**
 * How many entries were added up to some id, as far as that can be known: what a group has read, and
 * how much it has yet to read.
 */
import type { Int64 } from "../../structures/int64.ts";
import type { StreamId } from "../../structures/stream-id.ts";
import type { StreamView } from "./view.ts";

/**
 * True when a deleted entry may lie behind an id.
 *
 * @param first the id of the stream's first entry; it is not looked at where nothing was deleted
 */
export function hasGapFrom(stream: StreamView, id: StreamId, first: StreamId): boolean {
  const { maxDeletedId } = stream;
  if (maxDeletedId.isLeast || stream.entries.length === 0) return false;
  return id.compare(maxDeletedId) <= 0 && first.compare(maxDeletedId) <= 0;
}

/**
 * How many entries were added up to an id; -1 when nobody knows.
 *
 * @param first the id of the stream's first entry, 0-0 when there is none
 */
export function readUpTo(stream: StreamView, id: StreamId, first: StreamId, into: Int64): Int64 {
  const { added, lastId, maxDeletedId, entries } = stream;
  const { length } = entries;
  if (added.low === 0 && added.high === 0) return into.setWord(0);
  const place = id.compare(lastId);
  if (place === 0 || (length === 0 && place < 0)) return into.copy(added);
  if (place > 0) return into.setWord(-1);
  if (!maxDeletedId.isLeast && maxDeletedId.compare(first) >= 0) return into.setWord(-1);
  const toFirst = id.compare(first);
  if (toFirst > 0) return into.setWord(-1);
  into.setInteger(BigInt.asIntN(64, BigInt(added.toInteger()) - BigInt(length)));
  if (toFirst === 0) into.increment();
  return into;
}
