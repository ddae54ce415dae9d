import { MAX_LENGTH_BYTES } from "../../engine/entries.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { BytesOwner } from "../../resp/request.ts";
import { newAccess } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import { Encoding, encodingOf } from "../../types/string/encoding.ts";

/**
 * Gives argument `keyArg`'s key a string value, whatever it held.
 *
 * @param existing the key's entry after `lookupWrite`, or 0
 * @returns the entry; `existing` is no longer valid
 */
export function storeString(
  call: Call,
  keyArg: number,
  existing: EntryRef,
  bytes: Uint8Array,
  offset: number,
  length: number,
  encoding: number,
  keepExpiry: boolean,
): EntryRef {
  const { instance, keyspace, request } = call;
  if (existing !== 0) {
    return keyspace.replaceBytes(existing, bytes, offset, length, encoding, keepExpiry);
  }
  const keyOffset = request.offsets[keyArg]!;
  const keyLength = request.lengths[keyArg]!;
  const hash = call.keyHash(keyArg);
  const ref = keyspace.addBytes(
    hash,
    request.bytes,
    keyOffset,
    keyLength,
    bytes,
    offset,
    length,
    encoding,
  );
  keyspace.setAccess(ref, newAccess(instance));
  return ref;
}

/**
 * Gives argument `keyArg`'s key, which is absent, a string of `length` zero bytes that may be
 * changed in place. Throws OutOfMemory, changing nothing.
 *
 * @returns the entry
 */
export function storeZeros(call: Call, keyArg: number, length: number): EntryRef {
  const { keyspace } = call;
  const made = storeString(call, keyArg, 0, NO_BYTES, 0, 0, Encoding.raw, false);
  try {
    return keyspace.resizeBytes(made, length, Encoding.raw);
  } catch (error) {
    keyspace.remove(made);
    throw error;
  }
}

const NO_BYTES = new Uint8Array(0);

/** `storeString` of argument `valueArg`, encoded as a client's value is. */
export function storeArgument(
  call: Call,
  keyArg: number,
  existing: EntryRef,
  valueArg: number,
  keepExpiry: boolean,
): EntryRef {
  const { bytes, offsets, lengths } = call.request;
  const offset = offsets[valueArg]!;
  const length = lengths[valueArg]!;
  const encoding = encodingOf(bytes, offset, length);
  const { owner } = call.request;
  if (owner !== null) {
    const taken = takeArgument(call, owner, keyArg, existing, valueArg, keepExpiry);
    if (taken !== 0) return taken;
  }
  return storeString(call, keyArg, existing, bytes, offset, length, encoding, keepExpiry);
}

/**
 * `storeArgument` of a large value whose connection lets its memory go, which becomes the entry.
 *
 * @returns 0, and has changed nothing, where that is not possible
 */
function takeArgument(
  call: Call,
  owner: BytesOwner,
  keyArg: number,
  existing: EntryRef,
  valueArg: number,
  keepExpiry: boolean,
): EntryRef {
  const { instance, keyspace, request } = call;
  const { bytes, offsets, lengths } = request;
  const [keyLength, offset, length] = [lengths[keyArg]!, offsets[valueArg]!, lengths[valueArg]!];
  const isMost = 2 * length > request.argumentBytes;
  // What is written in front of the value must hide no argument but the key, which is there anew;
  // and what an effect is written from must stay as it came.
  if (!isMost || valueArg !== keyArg + 1 || call.effects.enabled) return 0;
  const taken = owner.isSpare
    ? keyspace.takeBytes(
        existing === 0 ? call.keyHash(keyArg) : 0,
        existing,
        bytes,
        offsets[keyArg]!,
        keyLength,
        offset,
        length,
        Encoding.raw,
        keepExpiry,
      )
    : 0;
  if (taken === 0) {
    owner.expectMore();
    return 0;
  }
  offsets[keyArg] = offset - keyLength;
  owner.letGo(keyspace.arena.takeDropped());
  if (existing === 0) keyspace.setAccess(taken, newAccess(instance));
  return taken;
}

/** Replies the string value of an entry. */
export function replyValue(call: Call, ref: EntryRef): void {
  const keyspace = call.keyspace;
  call.reply.bulk(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
}

/**
 * True when a string of `lengthBytes` may be stored; else replies the error.
 *
 * @param lengthBytes the length that the string would get
 */
export function checkStringLength(call: Call, lengthBytes: number): boolean {
  const limitBytes = Math.min(call.instance.settings.maxBulkBytes, MAX_LENGTH_BYTES);
  if (lengthBytes <= limitBytes) return true;
  call.reply.error(ERR.stringTooLong);
  return false;
}
