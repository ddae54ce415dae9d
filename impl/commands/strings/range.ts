import type { Integer64 } from "../../engine/integers.ts";
import { Encoding } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { integerArgument } from "../shared/numbers.ts";
import { checkStringLength, storeArgument, storeString } from "./store.ts";

/** STRLEN: how many bytes a key's string has. */
export function strlen(call: Call): void {
  const ref = call.stringForRead(1);
  if (ref !== WRONG_TYPE) call.reply.integer(ref === 0 ? 0 : call.keyspace.valueLength(ref));
}

/** APPEND: bytes behind a key's string; SET when the key is absent. */
export function append(call: Call): void {
  const { keyspace, request } = call;
  const ref = call.stringForWrite(1);
  if (ref === WRONG_TYPE) return;
  const more = request.lengths[2]!;
  let length = more;
  if (ref === 0) {
    storeArgument(call, 1, 0, 2, false);
  } else {
    const before = keyspace.valueLength(ref);
    length = before + more;
    if (!checkStringLength(call, length)) return;
    writeInto(call, keyspace.resizeString(ref, length), before, 2);
  }
  call.changed(1);
  call.reply.integer(length);
}

/** SETRANGE: bytes in the place of others; zero bytes fill a gap. */
export function setrange(call: Call): void {
  const { keyspace, request, reply } = call;
  const offset = integerArgument(call, 2);
  if (offset === null) return;
  if (offset < 0) {
    reply.error("ERR offset is out of range");
    return;
  }
  const ref = call.stringForWrite(1);
  if (ref === WRONG_TYPE) return;
  const before = ref === 0 ? 0 : keyspace.valueLength(ref);
  const more = request.lengths[3]!;
  if (more === 0) {
    reply.integer(before);
    return;
  }
  const start = Number(offset);
  if (!checkStringLength(call, start + more)) return;
  const length = Math.max(before, start + more);
  const entry = ref === 0 ? storeString(call, 1, 0, request.bytes, 0, 0, Encoding.raw, false) : ref;
  writeInto(call, keyspace.resizeString(entry, length), start, 3);
  call.changed(1);
  reply.integer(length);
}

/** Copies argument `i` into an entry's string from `start` on. */
function writeInto(call: Call, ref: number, start: number, i: number): void {
  const { keyspace, request } = call;
  const offset = request.offsets[i]!;
  const source = request.bytes.subarray(offset, offset + request.lengths[i]!);
  keyspace.bytes(ref).set(source, keyspace.valueOffset(ref) + start);
}

/** GETRANGE and SUBSTR: the bytes from one index to another, both included. */
export function getrange(call: Call): void {
  const { keyspace, reply } = call;
  const first = integerArgument(call, 2);
  if (first === null) return;
  const last = integerArgument(call, 3);
  if (last === null) return;
  const ref = call.stringForRead(1);
  if (ref === WRONG_TYPE) return;
  const length = ref === 0 ? 0 : keyspace.valueLength(ref);
  const start = fromStart(first, length);
  const end = Math.min(fromStart(last, length), length - 1);
  if (start > end || (first < 0 && last < 0 && first > last)) reply.raw("$0\r\n\r\n");
  else reply.bulk(keyspace.bytes(ref), keyspace.valueOffset(ref) + start, end - start + 1);
}

/** An index that may count from the end (-1 is the last byte) as one from the start. */
function fromStart(index: Integer64, length: number): number {
  return Math.max(0, index < 0 ? Number(index) + length : Number(index));
}
