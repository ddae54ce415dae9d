import { addInteger64, parseInteger64 } from "../../engine/integers.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "../../engine/long-double.ts";
import { latin1 } from "../../resp/request.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import type { KeyEvent } from "../../session/key-events.ts";
import { openHash } from "../../types/hash/hash-view.ts";
import { HASH_TYPE } from "../../types/hash/kinds.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { HASH_EVENT } from "./events.ts";
import { FIELD, HASH } from "./facts.ts";
import { findField, hashOrNew } from "./lookup.ts";

/** What the two have in common. */
const COUNTER = {
  ...HASH,
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keySpecs: oneKey("RW", "access", "update"),
  complexity: "O(1)",
} as const;

/** HINCRBY */
export const HINCRBY: Command = {
  ...COUNTER,
  name: "hincrby",
  constantTime: true,
  since: "2.0.0",
  summary: "Adds an amount to an integer in a field",
  arguments: [KEY, FIELD, integer("increment")],
  handler: hincrby,
};

function hincrby(call: Call): void {
  const by = integerArgument(call, 3);
  if (by === null) return;
  const ref = call.writeOf(HASH_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const hash = ref === 0 ? null : openHash(call.keyspace, ref);
  const value =
    hash === null || !findField(call, hash, 2)
      ? 0
      : parseInteger64(hash.valueBytes, hash.valueOffset, hash.valueLength);
  if (value === null) {
    call.reply.error("ERR hash value is not an integer");
    return;
  }
  const sum = addInteger64(value, by);
  if (sum === null) {
    call.reply.error(ERR.overflow);
    return;
  }
  store(call, ref, String(sum), HASH_EVENT.hincrby);
  call.reply.integer(sum);
}

/** Gives the field of argument 2 a number, and tells so. */
function store(call: Call, ref: number, text: string, event: KeyEvent): void {
  const { bytes, offsets, lengths } = call.request;
  const hash = hashOrNew(call, ref);
  try {
    for (let i = 0; i < text.length; i++) SCRATCH[i] = text.charCodeAt(i);
    hash.set(bytes, offsets[2]!, lengths[2]!, SCRATCH, 0, text.length);
  } catch (error) {
    if (hash.length === 0) call.keyspace.remove(hash.ref);
    throw error;
  }
  call.changed(1, event);
}

/** The text of a number before it is stored: no sum of long doubles is longer. */
const SCRATCH = new Uint8Array(5 * 1024);

/** HINCRBYFLOAT: adds as an x87 long double does, which is what Redis computes with on x86. */
export const HINCRBYFLOAT: Command = {
  ...COUNTER,
  name: "hincrbyfloat",
  since: "2.6.0",
  summary: "Adds an amount to a decimal number in a field",
  arguments: [KEY, FIELD, { name: "increment", type: "double" }],
  handler: hincrbyfloat,
};

function hincrbyfloat(call: Call): void {
  const { request, reply } = call;
  const by = parseLongDouble(request.text(3));
  if (by === null) {
    reply.error(ERR.notFloat);
    return;
  }
  if (by === "infinite") {
    reply.error("ERR value is NaN or Infinity");
    return;
  }
  const ref = call.writeOf(HASH_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  const hash = ref === 0 ? null : openHash(call.keyspace, ref);
  const value =
    hash === null || !findField(call, hash, 2)
      ? parseLongDouble("0")
      : parseLongDouble(latin1(hash.valueBytes, hash.valueOffset, hash.valueLength));
  if (value === null) {
    reply.error("ERR hash value is not a float");
    return;
  }
  const sum = addLongDoubles(value, by);
  if (sum === null) {
    reply.error(ERR.nanOrInfinity);
    return;
  }
  const text = formatLongDouble(sum);
  store(call, ref, text, HASH_EVENT.hincrbyfloat);
  reply.bulkText(text);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(4);
  effects.word("HSET");
  effects.argument(request, 1);
  effects.argument(request, 2);
  effects.word(text);
}
