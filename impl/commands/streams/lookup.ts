/** What the stream commands are written with. */
import type { EntryRef } from "../../engine/keyspace.ts";
import { newAccess } from "../../session/access.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { MAX_ID_TEXT, type StreamId } from "../../structures/stream-id.ts";
import { STREAM_TYPE } from "../../types/stream/kinds.ts";
import { openStream, type StreamView } from "../../types/stream/view.ts";

const idText = new Uint8Array(MAX_ID_TEXT);

/**
 * The stream of argument `i`'s key for a read.
 *
 * @param absent replies what there is to say of an absent key
 * @returns null, with the reply given, when there is none
 */
export function readStream(call: Call, i: number, absent: (call: Call) => void): StreamView | null {
  return opened(call, call.readOf(STREAM_TYPE, i), absent);
}

/** The stream of argument `i`'s key for a write; as `readStream`. */
export function writtenStream(
  call: Call,
  i: number,
  absent: (call: Call) => void,
): StreamView | null {
  return opened(call, call.writeOf(STREAM_TYPE, i), absent);
}

function opened(call: Call, ref: EntryRef, absent: (call: Call) => void): StreamView | null {
  if (ref === WRONG_TYPE) return null;
  if (ref !== 0) return openStream(call.keyspace, ref);
  absent(call);
  return null;
}

/** Gives argument `i`'s key, which is absent, the stream that was begun. @throws OutOfMemory, the stream being gone */
export function attachStream(call: Call, i: number, stream: StreamView): void {
  const { keyspace, request } = call;
  const { bytes, offsets, lengths } = request;
  const ref = stream.attach(keyspace, bytes, offsets[i]!, lengths[i]!);
  keyspace.setAccess(ref, newAccess(call.instance));
}

/** Opens the group that argument `i` names; false when there is none. */
export function openGroup({ request }: Call, stream: StreamView, i: number): boolean {
  return stream.openGroup(request.bytes, request.offsets[i]!, request.lengths[i]!);
}

/** What is said of an absent key: 0. */
export function replyZero(call: Call): void {
  call.reply.integer(0);
}

/** What is said of an absent key: nothing is in it. */
export function replyNothing(call: Call): void {
  call.reply.array(0);
}

/** Replies an id. */
export function replyId({ reply }: Call, id: StreamId): void {
  const start = id.format(idText);
  reply.bulk(idText, start, MAX_ID_TEXT - start);
}

/** Replies the entry that the stream's walk has found. */
export function replyEntry(call: Call, { entries }: StreamView): void {
  const { reply } = call;
  const { fields, name, value } = entries;
  reply.array(2);
  replyId(call, entries.id);
  reply.array(fields * 2);
  for (let left = fields; left > 0; left--) {
    entries.nextField();
    reply.bulk(name.bytes, name.offset, name.length);
    reply.bulk(value.bytes, value.offset, value.length);
  }
}

/**
 * Opens an array whose elements are written by `write`, which returns how many they are.
 *
 * @returns how many
 */
export function arrayOf({ reply }: Call, write: () => number): number {
  const mark = reply.length;
  const count = write();
  reply.arrayFrom(mark, count);
  return count;
}
