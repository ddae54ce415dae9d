import { assert, CHECKED } from "../../assert.ts";
import type { Integer64 } from "../../engine/integers.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { Encoding } from "../../types/string/encoding.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { integer, KEY, VALUE } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { STRING_EVENT } from "./events.ts";
import { STRING } from "./facts.ts";
import { checkStringLength, storeArgument, storeZeros } from "./store.ts";

/** What GETRANGE and SUBSTR have in common. */
const SUBSTRING = {
  ...STRING,
  arity: 4,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  complexity: "O(N) in the bytes of the reply",
  arguments: [KEY, integer("start"), integer("end")],
  handler: getrange,
} as const;

/** STRLEN: how many bytes a key's string has. */
export const STRLEN: Command = {
  ...STRING,
  name: "strlen",
  arity: 2,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Counts the bytes of a string",
  arguments: [KEY],
  handler: strlen,
};

function strlen(call: Call): void {
  const ref = call.readOf(STRING_TYPE, 1);
  if (ref !== WRONG_TYPE) call.reply.integer(ref === 0 ? 0 : call.keyspace.valueLength(ref));
}

/** APPEND: bytes behind a key's string; SET when the key is absent. */
export const APPEND: Command = {
  ...STRING,
  name: "append",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keySpecs: oneKey("RW", "insert"),
  since: "2.0.0",
  complexity: "O(1) amortized over appends, for values short beside the string",
  summary: "Adds bytes at the end of a string, which it makes if there is none",
  arguments: [KEY, VALUE],
  handler: append,
};

function append(call: Call): void {
  const { keyspace, request } = call;
  const ref = call.writeOf(STRING_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const more = request.lengths[2]!;
  let length = more;
  if (ref === 0) {
    storeArgument(call, 1, 0, 2, false);
  } else {
    const before = keyspace.valueLength(ref);
    length = before + more;
    if (!checkStringLength(call, length)) return;
    writeInto(call, keyspace.resizeBytes(ref, length, Encoding.raw), before, 2);
  }
  call.changed(1, STRING_EVENT.append);
  call.reply.integer(length);
}

/** SETRANGE: bytes in the place of others; zero bytes fill a gap. */
export const SETRANGE: Command = {
  ...STRING,
  name: "setrange",
  arity: 4,
  flags: ["write", "denyoom"],
  keySpecs: oneKey("RW", "update"),
  since: "2.2.0",
  complexity: "O(M) in the bytes that are written, if the string need not grow",
  summary: "Overwrites bytes of a string from an offset on",
  arguments: [KEY, integer("offset"), VALUE],
  handler: setrange,
};

function setrange(call: Call): void {
  const { keyspace, request, reply } = call;
  const offset = integerArgument(call, 2);
  if (offset === null) return;
  if (offset < 0) {
    reply.error("ERR offset is out of range");
    return;
  }
  const ref = call.writeOf(STRING_TYPE, 1);
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
  const entry =
    ref === 0 ? storeZeros(call, 1, length) : keyspace.resizeBytes(ref, length, Encoding.raw);
  writeInto(call, entry, start, 3);
  call.changed(1, STRING_EVENT.setrange);
  reply.integer(length);
}

/** Copies argument `i` into an entry's string from `start` on. */
function writeInto(call: Call, ref: number, start: number, i: number): void {
  const { keyspace, request } = call;
  const offset = request.offsets[i]!;
  if (CHECKED) {
    assert(start >= 0, "a string begins at 0");
    assert(start + request.lengths[i]! <= keyspace.valueLength(ref), "the string has the room");
  }
  const source = request.bytes.subarray(offset, offset + request.lengths[i]!);
  keyspace.bytes(ref).set(source, keyspace.valueOffset(ref) + start);
}

/** GETRANGE and SUBSTR: the bytes from one index to another, both included. */
export const GETRANGE: Command = {
  ...SUBSTRING,
  name: "getrange",
  since: "2.4.0",
  summary: "Reads the bytes of a string between two indexes",
};

/** SUBSTR: GETRANGE by its old name. */
export const SUBSTR: Command = {
  ...SUBSTRING,
  name: "substr",
  since: "1.0.0",
  summary: "Reads the bytes of a string between two indexes; the old name of GETRANGE",
  docFlags: ["deprecated"],
  deprecatedSince: "2.0.0",
  replacedBy: "`GETRANGE`",
};

function getrange(call: Call): void {
  const { keyspace, reply } = call;
  const first = integerArgument(call, 2);
  if (first === null) return;
  const last = integerArgument(call, 3);
  if (last === null) return;
  const ref = call.readOf(STRING_TYPE, 1);
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
