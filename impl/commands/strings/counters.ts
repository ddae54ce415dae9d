import { assert, CHECKED } from "../../assert.ts";
import {
  addInteger64,
  INT64_MIN,
  type Integer64,
  isInteger64,
  parseInteger64,
  smallInteger,
  writeInteger,
} from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "../../engine/long-double.ts";
import { latin1 } from "../../resp/request.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { Encoding, plainEncoding } from "../../types/string/encoding.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { STRING_EVENT } from "./events.ts";
import { STRING } from "./facts.ts";
import { storeString } from "./store.ts";

/** What the counters have in common. */
const COUNTER = {
  ...STRING,
  flags: ["write", "denyoom", "fast"],
  keySpecs: oneKey("RW", "access", "update"),
  complexity: "O(1)",
  constantTime: true,
} as const;

/** The text of a new counter before it is stored: no 64-bit integer is longer. */
const SCRATCH = new Uint8Array(24);

/** INCR */
export const INCR: Command = {
  ...COUNTER,
  name: "incr",
  arity: 2,
  since: "1.0.0",
  summary: "Adds one to an integer",
  arguments: [KEY],
  handler: incr,
};

function incr(call: Call): void {
  increment(call, 1);
}

/** DECR */
export const DECR: Command = {
  ...COUNTER,
  name: "decr",
  arity: 2,
  since: "1.0.0",
  summary: "Takes one from an integer",
  arguments: [KEY],
  handler: decr,
};

function decr(call: Call): void {
  increment(call, -1);
}

/** INCRBY */
export const INCRBY: Command = {
  ...COUNTER,
  name: "incrby",
  arity: 3,
  since: "1.0.0",
  summary: "Adds an amount to an integer",
  arguments: [KEY, integer("increment")],
  handler: incrby,
};

function incrby(call: Call): void {
  const by = integerArgument(call, 2);
  if (by !== null) increment(call, by);
}

/** DECRBY */
export const DECRBY: Command = {
  ...COUNTER,
  name: "decrby",
  arity: 3,
  since: "1.0.0",
  summary: "Takes an amount from an integer",
  arguments: [KEY, integer("decrement")],
  handler: decrby,
};

function decrby(call: Call): void {
  const by = integerArgument(call, 2);
  if (by === null) return;
  if (by === INT64_MIN) call.reply.error(ERR.decrementOverflow);
  else increment(call, by === 0 ? 0 : -by);
}

/** Adds to the integer of argument 1's key, 0 when it is absent; the expiry stays. */
function increment(call: Call, by: Integer64): void {
  const ref = call.writeOf(STRING_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (typeof by === "number") {
    const sum = by + smallValue(call, ref);
    if (Number.isSafeInteger(sum)) {
      const length = writeInteger(SCRATCH, 0, sum);
      storeCounter(call, ref, length);
      call.reply.integerDigits(SCRATCH, length);
      return;
    }
  }
  incrementExactly(call, ref, by);
}

/** The value of an entry; NaN when it is no integer or one that may not be exact as a number. */
function smallValue(call: Call, ref: EntryRef): number {
  if (ref === 0) return 0;
  const keyspace = call.keyspace;
  return smallInteger(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
}

function incrementExactly(call: Call, ref: EntryRef, by: Integer64): void {
  const keyspace = call.keyspace;
  const value =
    ref === 0
      ? 0
      : parseInteger64(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
  if (value === null) {
    if (CHECKED) {
      const isInteger = ref !== 0 && keyspace.encoding(ref) === Encoding.int;
      assert(!isInteger, "what was stored as an integer is read as one");
    }
    call.reply.error(ERR.notInteger);
    return;
  }
  const sum = addInteger64(value, by);
  if (sum === null) {
    call.reply.error(ERR.overflow);
    return;
  }
  const text = String(sum);
  for (let i = 0; i < text.length; i++) SCRATCH[i] = text.charCodeAt(i);
  storeCounter(call, ref, text.length);
  call.reply.integerDigits(SCRATCH, text.length);
}

/** Stores the first `length` bytes of the scratch buffer, in place where they fit exactly. */
function storeCounter(call: Call, ref: EntryRef, length: number): void {
  if (CHECKED) assert(isInteger64(SCRATCH, 0, length), "a counter is the text of an integer");
  const keyspace = call.keyspace;
  if (ref !== 0 && keyspace.valueLength(ref) === length) {
    const bytes = keyspace.bytes(ref);
    const offset = keyspace.valueOffset(ref);
    for (let i = 0; i < length; i++) bytes[offset + i] = SCRATCH[i]!;
    if (keyspace.encoding(ref) !== Encoding.int) keyspace.setEncoding(ref, Encoding.int);
  } else {
    storeString(call, 1, ref, SCRATCH, 0, length, Encoding.int, true);
  }
  call.changed(1, STRING_EVENT.incrby);
}

/** INCRBYFLOAT: adds as an x87 long double does, which is what Redis computes with on x86. */
export const INCRBYFLOAT: Command = {
  ...COUNTER,
  name: "incrbyfloat",
  arity: 3,
  constantTime: false,
  since: "2.6.0",
  summary: "Adds an amount to a decimal number",
  arguments: [KEY, { name: "increment", type: "double" }],
  handler: incrbyfloat,
};

function incrbyfloat(call: Call): void {
  const { keyspace, request, reply } = call;
  const ref = call.writeOf(STRING_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const value =
    ref === 0
      ? parseLongDouble("0")
      : parseLongDouble(
          latin1(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref)),
        );
  const by = value === null ? null : parseLongDouble(request.text(2));
  if (value === null || by === null) {
    reply.error(ERR.notFloat);
    return;
  }
  const sum = addLongDoubles(value, by);
  if (sum === null) {
    reply.error(ERR.nanOrInfinity);
    return;
  }
  const text = formatLongDouble(sum);
  const bytes = Buffer.from(text, "latin1");
  storeString(call, 1, ref, bytes, 0, bytes.length, plainEncoding(bytes.length), true);
  call.changed(1, STRING_EVENT.incrbyfloat);
  reply.bulkText(text);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(4);
  effects.word("SET");
  effects.argument(request, 1);
  effects.word(text);
  effects.word("KEEPTTL");
}
