import { addInteger64, type Integer64, multiplyInteger64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";
import { invalidExpire } from "../../session/errors.ts";
import { integerArgument } from "../shared/numbers.ts";
import { isPast, removalEffect } from "./removal.ts";

/** The conditions of the EXPIRE family, as bits. */
const Condition = { nx: 1, xx: 2, gt: 4, lt: 8 } as const;

/** EXPIRE: seconds from now. */
export function expire(call: Call): void {
  expireAfter(call, 1000, call.nowMs);
}

/** PEXPIRE: milliseconds from now. */
export function pexpire(call: Call): void {
  expireAfter(call, 1, call.nowMs);
}

/** EXPIREAT: seconds since the epoch. */
export function expireat(call: Call): void {
  expireAfter(call, 1000, 0);
}

/** PEXPIREAT: milliseconds since the epoch. */
export function pexpireat(call: Call): void {
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
    call.keyspace.remove(ref);
    call.changed(1);
    removalEffect(call, call.instance.settings.lazyExpire);
    return;
  }
  call.keyspace.setExpiryMs(ref, atMs);
  call.changed(1);
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

/** TTL: seconds left, rounded. */
export function ttl(call: Call): void {
  replyExpiry(call, call.nowMs, true);
}

/** PTTL: milliseconds left. */
export function pttl(call: Call): void {
  replyExpiry(call, call.nowMs, false);
}

/** EXPIRETIME: the second at which a key expires, rounded. */
export function expiretime(call: Call): void {
  replyExpiry(call, 0, true);
}

/** PEXPIRETIME: the millisecond at which a key expires. */
export function pexpiretime(call: Call): void {
  replyExpiry(call, 0, false);
}

/** Replies -2 without the key, -1 without an expiry, else the time from `fromMs` to it. */
function replyExpiry(call: Call, fromMs: number, inSeconds: boolean): void {
  const { keyspace, reply } = call;
  const ref = call.lookupRead(1, false);
  if (ref === 0) {
    reply.integer(-2);
    return;
  }
  if (!keyspace.hasExpiry(ref)) {
    reply.integer(-1);
    return;
  }
  const atMs = keyspace.expiryMs(ref);
  const ms = typeof atMs === "number" ? Math.max(0, atMs - fromMs) : atMs - BigInt(fromMs);
  reply.integer(inSeconds ? roundedSeconds(ms) : ms);
}

/** To the nearest second. */
function roundedSeconds(ms: Integer64): Integer64 {
  return typeof ms === "number" ? Math.floor((ms + 500) / 1000) : (ms + 500n) / 1000n;
}

/** PERSIST: takes the expiry away. */
export function persist(call: Call): void {
  const { keyspace, reply } = call;
  const ref = call.lookupWrite(1);
  if (ref === 0 || !keyspace.hasExpiry(ref)) {
    reply.integer(0);
    return;
  }
  keyspace.clearExpiry(ref);
  call.changed(1);
  reply.integer(1);
}
