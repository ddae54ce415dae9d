import { assert, CHECKED } from "../../assert.ts";
import { addInteger64, type Integer64, multiplyInteger64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, oneKey } from "../../session/command-declaration.ts";
import { invalidExpire } from "../../session/errors.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import { flag, integer, KEY, oneOf, optional, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { KEYSPACE } from "./facts.ts";
import { isPast, removalEffect } from "./removal.ts";

/** What the commands that set an expiry have in common. */
const EXPIRING = {
  ...KEYSPACE,
  arity: -3,
  flags: ["write", "fast"],
  keySpecs: oneKey("RW", "update"),
  complexity: "O(1)",
  history: [["7.0.0", "The conditions `NX`, `XX`, `GT` and `LT` are new."]],
  constantTime: true,
} as const;

const CONDITION: Argument = since(
  "7.0.0",
  optional(oneOf("condition", flag("nx"), flag("xx"), flag("gt"), flag("lt"))),
);

/** The conditions of the EXPIRE family, as bits. */
const Condition = { nx: 1, xx: 2, gt: 4, lt: 8 } as const;

/** EXPIRE: seconds from now. */
export const EXPIRE: Command = {
  ...EXPIRING,
  name: "expire",
  since: "1.0.0",
  summary: "Lets a key expire after some seconds",
  arguments: [KEY, integer("seconds"), CONDITION],
  handler: expire,
};

function expire(call: Call): void {
  expireAfter(call, 1000, call.nowMs);
}

/** PEXPIRE: milliseconds from now. */
export const PEXPIRE: Command = {
  ...EXPIRING,
  name: "pexpire",
  since: "2.6.0",
  summary: "Lets a key expire after some milliseconds",
  arguments: [KEY, integer("milliseconds"), CONDITION],
  handler: pexpire,
};

function pexpire(call: Call): void {
  expireAfter(call, 1, call.nowMs);
}

/** EXPIREAT: seconds since the epoch. */
export const EXPIREAT: Command = {
  ...EXPIRING,
  name: "expireat",
  since: "1.2.0",
  summary: "Lets a key expire at a second of Unix time",
  arguments: [KEY, { name: "unix-time-seconds", type: "unix-time" }, CONDITION],
  handler: expireat,
};

function expireat(call: Call): void {
  expireAfter(call, 1000, 0);
}

/** PEXPIREAT: milliseconds since the epoch. */
export const PEXPIREAT: Command = {
  ...EXPIRING,
  name: "pexpireat",
  since: "2.6.0",
  summary: "Lets a key expire at a millisecond of Unix time",
  arguments: [KEY, { name: "unix-time-milliseconds", type: "unix-time" }, CONDITION],
  handler: pexpireat,
};

function pexpireat(call: Call): void {
  expireAfter(call, 1, 0);
}

/**
 * Sets the expiry of argument 1's key.
 *
 * @param unitMs milliseconds in the unit of argument 2
 * @param baseMs the moment from which it counts
 */
function expireAfter(call: Call, unitMs: number, baseMs: number): void {
  const conditions = parseConditions(call);
  if (conditions === null) return;
  const value = integerArgument(call, 2);
  if (value === null) return;
  const inMs = multiplyInteger64(value, unitMs);
  const atMs = inMs === null ? null : addInteger64(inMs, baseMs);
  if (atMs === null) {
    call.reply.error(invalidExpire(call.record.fullName));
    return;
  }
  const ref = call.lookupWrite(1);
  if (ref === 0 || !allows(call, ref, conditions, atMs)) {
    call.reply.integer(0);
    return;
  }
  call.reply.integer(1);
  if (isPast(call, atMs)) {
    call.remove(1, ref);
    removalEffect(call, call.instance.settings.lazyExpire);
    return;
  }
  call.keyspace.setExpiryMs(ref, atMs);
  if (CHECKED) assert(call.keyspace.expiryMs(ref) === atMs, "the expiry is the one asked for");
  call.changed(1, KEY_EVENT.expire);
  if (unitMs !== 1 || baseMs !== 0) expiryEffect(call, atMs);
}

/** @returns the bits; null, with the error replied, when the options are invalid */
function parseConditions(call: Call): number | null {
  const { request, reply } = call;
  let bits = 0;
  for (let i = 3; i < request.argc; i++) {
    if (request.is(i, "nx")) bits |= Condition.nx;
    else if (request.is(i, "xx")) bits |= Condition.xx;
    else if (request.is(i, "gt")) bits |= Condition.gt;
    else if (request.is(i, "lt")) bits |= Condition.lt;
    else {
      reply.error(`ERR Unsupported option ${request.cText(i)}`);
      return null;
    }
  }
  if ((bits & Condition.nx) !== 0 && bits !== Condition.nx) {
    reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return null;
  }
  if ((bits & Condition.gt) !== 0 && (bits & Condition.lt) !== 0) {
    reply.error("ERR GT and LT options at the same time are not compatible");
    return null;
  }
  return bits;
}

/** Whether the conditions let the expiry of an entry become `atMs`. No expiry counts as never. */
function allows(call: Call, ref: EntryRef, conditions: number, atMs: Integer64): boolean {
  if (conditions === 0) return true;
  const keyspace = call.keyspace;
  if (!keyspace.hasExpiry(ref)) return (conditions & (Condition.xx | Condition.gt)) === 0;
  const present = keyspace.expiryMs(ref);
  if ((conditions & Condition.nx) !== 0) return false;
  if ((conditions & Condition.gt) !== 0 && atMs <= present) return false;
  return (conditions & Condition.lt) === 0 || atMs < present;
}

/** The effect names the moment and keeps the conditions. */
function expiryEffect(call: Call, atMs: Integer64): void {
  if (!call.effects.enabled) return;
  const request = call.request;
  const effects = call.rewrite(request.argc);
  effects.word("PEXPIREAT");
  effects.argument(request, 1);
  effects.integer(atMs);
  for (let i = 3; i < request.argc; i++) effects.argument(request, i);
}

/** PERSIST: takes the expiry away. */
export const PERSIST: Command = {
  ...KEYSPACE,
  name: "persist",
  arity: 2,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "update"),
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Takes the expiry of a key away",
  arguments: [KEY],
  handler: persist,
};

function persist(call: Call): void {
  const { keyspace, reply } = call;
  const ref = call.lookupWrite(1);
  if (ref === 0 || !keyspace.hasExpiry(ref)) {
    reply.integer(0);
    return;
  }
  keyspace.clearExpiry(ref);
  if (CHECKED) assert(!keyspace.hasExpiry(ref), "the expiry is gone");
  call.changed(1, KEY_EVENT.persist);
  reply.integer(1);
}
