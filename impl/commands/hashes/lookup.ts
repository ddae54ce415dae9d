import type { EntryRef } from "../../engine/keyspace.ts";
import { newAccess } from "../../session/access.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { type HashView, hashView, openHash } from "../../types/hash/hash-view.ts";
import { HASH_TYPE } from "../../types/hash/kinds.ts";

/**
 * The hash of argument 1's key for a read.
 *
 * @param absent replies what there is to say of an absent key
 * @returns null, with the reply given, when there is none
 */
export function readHash(call: Call, absent: (call: Call) => void): HashView | null {
  const ref = call.readOf(HASH_TYPE, 1);
  if (ref === WRONG_TYPE) return null;
  if (ref !== 0) return openHash(call.keyspace, ref);
  absent(call);
  return null;
}

/**
 * The hash of argument 1's key for a write; a new one, which must get a field, when it is absent.
 *
 * @param ref what `writeOf` has found
 */
export function hashOrNew(call: Call, ref: EntryRef): HashView {
  if (ref !== 0) return openHash(call.keyspace, ref);
  const { keyspace, request } = call;
  const hash = hashView(keyspace).create(
    keyspace,
    call.keyHash(1),
    request.bytes,
    request.offsets[1]!,
    request.lengths[1]!,
  );
  keyspace.setAccess(hash.ref, newAccess(call.instance));
  return hash;
}

/** True when the hash has the field that argument `i` names, which is found then. */
export function findField(call: Call, hash: HashView, i: number): boolean {
  const { bytes, offsets, lengths } = call.request;
  return hash.find(bytes, offsets[i]!, lengths[i]!);
}

/** Replies the name of the field that was found last. */
export function replyName(call: Call, hash: HashView): void {
  call.reply.bulk(hash.nameBytes, hash.nameOffset, hash.nameLength);
}

/** Replies the value of the field that was found last. */
export function replyValue(call: Call, hash: HashView): void {
  call.reply.bulk(hash.valueBytes, hash.valueOffset, hash.valueLength);
}
