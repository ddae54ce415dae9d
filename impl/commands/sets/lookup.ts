import type { EntryRef } from "../../engine/keyspace.ts";
import { newAccess } from "../../session/access.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { SetBuilder } from "../../types/set/builder.ts";
import { SET_TYPE } from "../../types/set/kinds.ts";
import type { SetReader } from "../../types/set/reader.ts";
import { setsOf } from "../../types/set/sets.ts";
import type { SetView } from "../../types/set/view.ts";

/** The view of a set of the selected database. */
export function viewOf(call: Call, ref: EntryRef): SetView {
  return setsOf(call.keyspace).view.open(call.keyspace, ref);
}

/**
 * The set of argument 1's key for a read.
 *
 * @param absent replies what there is to say of an absent key
 * @returns null, with the reply given, when there is none
 */
export function readSet(call: Call, absent: (call: Call) => void): SetView | null {
  const ref = call.readOf(SET_TYPE, 1);
  if (ref === WRONG_TYPE) return null;
  if (ref !== 0) return viewOf(call, ref);
  absent(call);
  return null;
}

/** The set of argument 1's key for a write; as `readSet`. */
export function writtenSet(call: Call, absent: (call: Call) => void): SetView | null {
  const ref = call.writeOf(SET_TYPE, 1);
  if (ref === WRONG_TYPE) return null;
  if (ref !== 0) return viewOf(call, ref);
  absent(call);
  return null;
}

/** True when argument `i` is a member. */
export function hasMember(call: Call, set: SetReader, i: number): boolean {
  const { bytes, offsets, lengths } = call.request;
  return set.has(bytes, offsets[i]!, lengths[i]!);
}

/** Replies the member that was read last. */
export function replyMember(call: Call, set: SetReader): void {
  call.reply.bulk(set.bytes, set.offset, set.memberLength);
}

/** Gives argument `i`'s key the set that has been built. @throws OutOfMemory, changing nothing */
export function storeBuilt(call: Call, i: number, builder: SetBuilder): void {
  const { keyspace, request } = call;
  // A key whose time is past has expired before the result takes its place.
  call.lookup(i);
  const ref = builder.store(keyspace, request.bytes, request.offsets[i]!, request.lengths[i]!);
  keyspace.setAccess(ref, newAccess(call.instance));
}

/** What is said of an absent key: an empty set. */
export function replyEmptySet(call: Call): void {
  call.reply.set(0);
}
