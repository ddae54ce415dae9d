import { assert, CHECKED } from "../../engine/assert.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { takeMemory } from "../../engine/out-of-memory.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { type Command, keyRange } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import { Encoding } from "../../types/string/encoding.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { KEY, VALUE } from "../shared/arguments.ts";
import { STRING_EVENT } from "../strings/events.ts";
import { storeString } from "../strings/store.ts";
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
    const result = combined(call, operation, sources, lengthBytes);
    storeString(call, 2, call.lookupWrite(2), result, 0, lengthBytes, Encoding.raw, false);
    call.changed(2, STRING_EVENT.set);
  } else {
    // Redis removes it as it is, even when its time is past.
    const existing = keyspace.find(request.bytes, request.offsets[2]!, request.lengths[2]!);
    if (existing !== 0) call.remove(2, existing);
  }
  reply.integer(lengthBytes);
}

/** Bytes that are combined at a time: a source's part is brought into line with the result's. */
const PART_BYTES = 16 * 1024;
const PART = new Uint8Array(PART_BYTES);
const PART_WORDS = new Int32Array(PART.buffer);

/** What the operation makes of all sources, of which those that end early end in zeros. */
function combined(
  { keyspace }: Call,
  operation: Operation,
  sources: readonly EntryRef[],
  lengthBytes: number,
): Uint8Array {
  const result = new Uint8Array(takeMemory(Math.ceil(lengthBytes / PART_BYTES) * PART_BYTES));
  const words = new Int32Array(result.buffer);
  for (let start = 0; start < lengthBytes; start += PART_BYTES) {
    const part = words.subarray(start / 4, (start + PART_BYTES) / 4);
    for (const [i, ref] of sources.entries()) {
      const length = ref === 0 ? 0 : Math.max(0, keyspace.valueLength(ref) - start);
      const copied = Math.min(length, PART_BYTES);
      const from = copied === 0 ? 0 : keyspace.valueOffset(ref) + start;
      if (copied > 0) PART.set(keyspace.bytes(ref).subarray(from, from + copied));
      PART.fill(0, copied);
      if (i === 0) part.set(PART_WORDS);
      else combine(operation, part, PART_WORDS);
    }
    if (operation === "not") for (let i = 0; i < part.length; i++) part[i] = ~part[i]!;
  }
  return result;
}

function combine(operation: Operation, into: Int32Array, words: Int32Array): void {
  if (CHECKED) assert(into.length === words.length, "both parts are whole");
  const { length } = words;
  if (operation === "and") for (let i = 0; i < length; i++) into[i] = into[i]! & words[i]!;
  else if (operation === "or") for (let i = 0; i < length; i++) into[i] = into[i]! | words[i]!;
  else for (let i = 0; i < length; i++) into[i] = into[i]! ^ words[i]!;
}
