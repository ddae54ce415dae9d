/** What the sorted set commands are written with. */
import { formatDouble } from "../../engine/doubles.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { newAccess } from "../../session/access.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { KeyEvent } from "../../session/key-events.ts";
import type { SortedSetBuilder } from "../../types/zset/builder.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import { openSortedSet, type SortedSetView, sortedSetView } from "../../types/zset/view.ts";

/**
 * The sorted set of argument `i`'s key for a read.
 *
 * @param absent replies what there is to say of an absent key
 * @returns null, with the reply given, when there is none
 */
export function readSortedSet(
  call: Call,
  absent: (call: Call) => void,
  i = 1,
): SortedSetView | null {
  return opened(call, call.readOf(ZSET_TYPE, i), absent);
}

/** As `readSortedSet`, for a write. */
export function sortedSetToChange(call: Call, absent: (call: Call) => void): SortedSetView | null {
  return opened(call, call.writeOf(ZSET_TYPE, 1), absent);
}

function opened(call: Call, ref: EntryRef, absent: (call: Call) => void): SortedSetView | null {
  if (ref === WRONG_TYPE) return null;
  if (ref !== 0) return openSortedSet(call.keyspace, ref);
  absent(call);
  return null;
}

/** The view on the sorted set of an entry, or on a new one, which must get a member, of argument 1's key. */
export function sortedSetOrNew(call: Call, ref: EntryRef): SortedSetView {
  const { keyspace, request } = call;
  if (ref !== 0) return openSortedSet(keyspace, ref);
  const { bytes, offsets, lengths } = request;
  const zset = sortedSetView(keyspace);
  zset.create(keyspace, call.keyHash(1), bytes, offsets[1]!, lengths[1]!);
  keyspace.setAccess(zset.ref, newAccess(call.instance));
  return zset;
}

/** True when the sorted set has the member that argument `i` names, which is found then. */
export function findMember(call: Call, zset: SortedSetView, i: number): boolean {
  const { bytes, offsets, lengths } = call.request;
  return zset.find(bytes, offsets[i]!, lengths[i]!);
}

/**
 * Gives argument `i`'s key what was built, in place of whatever it holds, and replies how many members
 * that are; without any the key goes. The builder is done with then.
 *
 * @param changes how many changes that is, unless it is one
 */
export function storeBuilt(
  call: Call,
  builder: SortedSetBuilder,
  event: KeyEvent,
  i = 1,
  changes = 1,
): void {
  const { keyspace, request, reply } = call;
  const { length } = builder;
  if (length === 0) {
    builder.abandon();
    call.removeDestination(i);
    reply.integer(0);
    return;
  }
  const present = call.lookupWrite(i);
  const { bytes, offsets, lengths } = request;
  const ref = builder.finish(keyspace, bytes, offsets[i]!, lengths[i]!, "limits allow");
  if (present === 0) keyspace.setAccess(ref, newAccess(call.instance));
  call.changed(i, event, changes);
  reply.integer(length);
}

/** A member that has been found, in a sorted set or in one that is being built. */
interface Found {
  readonly nameBytes: Uint8Array;
  readonly nameOffset: number;
  readonly nameLength: number;
  readonly score: number;
}

/** Replies a member, inside what `openPairs` has opened. */
export function replyMember({ reply }: Call, found: Found, withScores: boolean): void {
  if (withScores && reply.protocol === 3) reply.array(2);
  reply.bulk(found.nameBytes, found.nameOffset, found.nameLength);
  if (withScores) reply.doubleText(formatDouble(found.score));
}

/** Replies a score. */
export function replyScore({ reply }: Call, score: number): void {
  reply.doubleText(formatDouble(score));
}
