import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { Encoding } from "../../types/string/encoding.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { storeZeros } from "../strings/store.ts";
import { bitArgument, bitOffset, bytesFor, INVALID } from "./arguments.ts";
import { BITMAP_EVENT } from "./events.ts";
import { BITMAP, READ_KEY } from "./facts.ts";

/** SETBIT: sets a bit and replies what it was. */
export const SETBIT: Command = {
  ...BITMAP,
  name: "setbit",
  arity: 4,
  flags: ["write", "denyoom"],
  keySpecs: oneKey("RW", "access", "update"),
  since: "2.2.0",
  complexity: "O(1), if the string need not grow",
  summary: "Sets or clears one bit of a string",
  arguments: [KEY, integer("offset"), integer("value")],
  handler: setbit,
};

const BAD_BIT = "ERR bit is not an integer or out of range";

function setbit(call: Call): void {
  const { keyspace } = call;
  const offset = bitOffset(call, 2, "write");
  if (offset === INVALID) return;
  const bit = bitArgument(call, 3, BAD_BIT, BAD_BIT);
  if (bit === INVALID) return;
  const before = call.writeOf(STRING_TYPE, 1);
  if (before === WRONG_TYPE) return;
  const needed = bytesFor(offset, 1);
  const grows = before === 0 || keyspace.valueLength(before) < needed;
  const ref = stringOf(call, before, needed);
  const bytes = keyspace.bytes(ref);
  const at = keyspace.valueOffset(ref) + Math.floor(offset / 8);
  const mask = 0x80 >>> (offset % 8);
  const old = (bytes[at]! & mask) === 0 ? 0 : 1;
  if (old !== bit) bytes[at] = bytes[at]! ^ mask;
  if (grows || old !== bit) call.changed(1, BITMAP_EVENT.setbit);
  call.reply.integer(old);
}

/**
 * A string of at least `lengthBytes` for argument 1's key, lengthened by zero bytes, whose bits may
 * be changed: it is `raw` from now on, as in Redis. Throws OutOfMemory, changing nothing.
 *
 * @param before the key's string after `writeOf`, or 0
 */
export function stringOf(call: Call, before: EntryRef, lengthBytes: number): EntryRef {
  const { keyspace } = call;
  if (before === 0) return storeZeros(call, 1, lengthBytes);
  if (keyspace.valueLength(before) < lengthBytes) {
    return keyspace.resizeBytes(before, lengthBytes, Encoding.raw);
  }
  if (keyspace.encoding(before) !== Encoding.raw) keyspace.setEncoding(before, Encoding.raw);
  return before;
}

/** GETBIT: one bit; 0 beyond the end. */
export const GETBIT: Command = {
  ...BITMAP,
  name: "getbit",
  arity: 3,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: READ_KEY,
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Reads one bit of a string",
  arguments: [KEY, integer("offset")],
  handler: getbit,
};

function getbit(call: Call): void {
  const { keyspace, reply } = call;
  const offset = bitOffset(call, 2, "read");
  if (offset === INVALID) return;
  const ref = call.readOf(STRING_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const at = Math.floor(offset / 8);
  const isThere = ref !== 0 && at < keyspace.valueLength(ref);
  const byte = isThere ? keyspace.bytes(ref)[keyspace.valueOffset(ref) + at]! : 0;
  reply.integer((byte >>> (7 - (offset % 8))) & 1);
}
