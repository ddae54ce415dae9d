import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { takeMemory } from "../../engine/out-of-memory.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { Encoding } from "../../types/string/encoding.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { KEY, VALUE } from "../shared/arguments.ts";
import { STRING_EVENT } from "../strings/events.ts";
import { storeString, storeZeros } from "../strings/store.ts";
import { BITMAP } from "./facts.ts";

/** BITOP: the bits of several strings, combined one by one, as another string. */
export const BITOP: Command = {
  ...BITMAP,
  name: "bitop",
  arity: -4,
  flags: ["write", "denyoom"],
  keySpecs: [keyRange(["OW", "update"], 2, 0, 1), keyRange(["RO", "access"], 3, -1, 1)],
  since: "2.6.0",
  complexity: "O(N) in the bytes of all strings",
  summary: "Combines the bits of strings and stores the result",
  arguments: [
    { ...VALUE, name: "operation" },
    { ...KEY, name: "destkey" },
    { ...KEY, keySpecIndex: 1, flags: ["multiple"] },
  ],
  handler: bitop,
};

const OPERATIONS = ["and", "or", "xor", "not"] as const;

type Operation = (typeof OPERATIONS)[number];

function bitop(call: Call): void {
  const { keyspace, request, reply } = call;
  const operation = OPERATIONS.find((name) => request.is(1, name));
  if (operation === undefined) {
    reply.error(ERR.syntax);
    return;
  }
  if (operation === "not" && request.argc !== 4) {
    reply.error("ERR BITOP NOT must be called with a single source key.");
    return;
  }
  const sources: EntryRef[] = [];
  let lengthBytes = 0;
  for (let i = 3; i < request.argc; i++) {
    const ref = call.readOf(STRING_TYPE, i);
    if (ref === WRONG_TYPE) return;
    sources.push(ref);
    if (ref !== 0) lengthBytes = Math.max(lengthBytes, keyspace.valueLength(ref));
  }
  if (lengthBytes > 0) {
    const before = call.lookupWrite(2);
    const destination = destinationOf(call, before, lengthBytes);
    const operands = sources.map((ref) => (ref === before ? destination : ref));
    combine(call, operation, operands, destination);
    call.changed(2, STRING_EVENT.set);
  } else call.removeDestination(2);
  reply.integer(lengthBytes);
}

/**
 * A string of that length for the result, without an expiry. What the destination held stays where
 * it is until then, if it was a string, since it may be a source: zero bytes follow it. Throws
 * OutOfMemory, changing nothing.
 *
 * @param before the destination's entry, or 0; no longer valid
 */
function destinationOf(call: Call, before: EntryRef, lengthBytes: number): EntryRef {
  const { keyspace } = call;
  if (before === 0) return storeZeros(call, 2, lengthBytes);
  if (keyspace.type(before) !== STRING_TYPE) {
    const zeros = new Uint8Array(takeMemory(lengthBytes));
    return storeString(call, 2, before, zeros, 0, lengthBytes, Encoding.raw, false);
  }
  const ref = keyspace.resizeBytes(before, lengthBytes, Encoding.raw);
  keyspace.clearExpiry(ref);
  return ref;
}

/** Bytes that are combined at a time, where they are in line with each other. */
const PART_BYTES = 16 * 1024;
const RESULT = new Uint8Array(PART_BYTES);
const RESULT_WORDS = new Int32Array(RESULT.buffer);
const OPERAND = new Uint8Array(PART_BYTES);
const OPERAND_WORDS = new Int32Array(OPERAND.buffer);

/** Writes what the operation makes of all sources, of which those that end early end in zeros. */
function combine(
  { keyspace }: Call,
  operation: Operation,
  sources: readonly EntryRef[],
  destination: EntryRef,
): void {
  const into = keyspace.bytes(destination);
  const base = keyspace.valueOffset(destination);
  const lengthBytes = keyspace.valueLength(destination);
  for (let start = 0; start < lengthBytes; start += PART_BYTES) {
    readPart(keyspace, sources[0]!, start, RESULT);
    if (operation === "not") invert(RESULT_WORDS);
    for (let i = 1; i < sources.length; i++) {
      readPart(keyspace, sources[i]!, start, OPERAND);
      if (operation === "and") and(RESULT_WORDS, OPERAND_WORDS);
      else if (operation === "or") or(RESULT_WORDS, OPERAND_WORDS);
      else xor(RESULT_WORDS, OPERAND_WORDS);
    }
    const end = Math.min(PART_BYTES, lengthBytes - start);
    into.set(end === PART_BYTES ? RESULT : RESULT.subarray(0, end), base + start);
  }
}

/** Fills `part` with the bytes of a string from `start` on; behind its end with zeros. */
function readPart(keyspace: Keyspace, ref: EntryRef, start: number, part: Uint8Array): void {
  const left = ref === 0 ? 0 : keyspace.valueLength(ref) - start;
  const copied = Math.max(0, Math.min(left, PART_BYTES));
  if (copied > 0) {
    const from = keyspace.valueOffset(ref) + start;
    part.set(keyspace.bytes(ref).subarray(from, from + copied));
  }
  if (copied < PART_BYTES) part.fill(0, copied);
}

function invert(words: Int32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = ~words[i]!;
}

// The length is read once: read in the loop it makes these loops twice as slow.

function and(into: Int32Array, words: Int32Array): void {
  const { length } = into;
  for (let i = 0; i < length; i++) into[i] = into[i]! & words[i]!;
}

function or(into: Int32Array, words: Int32Array): void {
  const { length } = into;
  for (let i = 0; i < length; i++) into[i] = into[i]! | words[i]!;
}

function xor(into: Int32Array, words: Int32Array): void {
  const { length } = into;
  for (let i = 0; i < length; i++) into[i] = into[i]! ^ words[i]!;
}
