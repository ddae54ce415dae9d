import type { Integer64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { wrongArity } from "../../session/errors.ts";
import {
  expiryArgument,
  Option,
  optionExpiry,
  parseOptions,
  SYNTAX_ERROR,
  TIMED,
} from "./options.ts";
import { replyValue, storeArgument } from "./store.ts";

const SET_OPTIONS = TIMED | Option.nx | Option.xx | Option.keepTtl | Option.get;

/** SET: a value for a key, under a condition, with an expiry, with the old value as the reply. */
export function set(call: Call): void {
  if (call.request.argc === 3) {
    storeArgument(call, 1, call.lookupWrite(1), 2, false);
    call.changed(1);
    call.reply.ok();
    return;
  }
  const options = parseOptions(call, 3, SET_OPTIONS);
  if (options !== SYNTAX_ERROR) setWithOptions(call, options);
}

function setWithOptions(call: Call, options: number): void {
  let expiry: Integer64 | null = null;
  if ((options & TIMED) !== 0) {
    expiry = optionExpiry(call, options);
    if (expiry === null) return;
  }
  const withGet = (options & Option.get) !== 0;
  if (withGet && replyString(call) === WRONG_TYPE) return;
  const existing = call.lookupWrite(1);
  const condition = options & (Option.nx | Option.xx);
  if (condition !== 0 && (condition === Option.nx) === (existing !== 0)) {
    if (!withGet) call.reply.nil();
    return;
  }
  if (expiry !== null) call.keyspace.reserveExpiry();
  const ref = storeArgument(call, 1, existing, 2, (options & Option.keepTtl) !== 0);
  if (expiry !== null) call.keyspace.setExpiryMs(ref, expiry);
  call.changed(1);
  if (!withGet) call.reply.ok();
  if (expiry !== null) setEffect(call, 2, expiry);
  else if (withGet) effectWithoutGet(call);
}

/** SETNX: SET if the key is absent. */
export function setnx(call: Call): void {
  if (call.lookupWrite(1) !== 0) {
    call.reply.integer(0);
    return;
  }
  storeArgument(call, 1, 0, 2, false);
  call.changed(1);
  call.reply.integer(1);
}

/** SETEX: SET with an expiry in seconds. */
export function setex(call: Call): void {
  setFor(call, Option.ex);
}

/** PSETEX: SET with an expiry in milliseconds. */
export function psetex(call: Call): void {
  setFor(call, Option.px);
}

function setFor(call: Call, option: number): void {
  const expiry = expiryArgument(call, 2, option);
  if (expiry === null) return;
  call.keyspace.reserveExpiry();
  const ref = storeArgument(call, 1, call.lookupWrite(1), 3, false);
  call.keyspace.setExpiryMs(ref, expiry);
  call.changed(1);
  call.reply.ok();
  setEffect(call, 3, expiry);
}

/** GETSET: SET that replies the old value. */
export function getset(call: Call): void {
  if (replyString(call) === WRONG_TYPE) return;
  storeArgument(call, 1, call.lookupWrite(1), 2, false);
  call.changed(1);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(3);
  effects.word("SET");
  effects.argument(call.request, 1);
  effects.argument(call.request, 2);
}

/** MSET: a value for each of several keys. */
export function mset(call: Call): void {
  if (!hasPairs(call)) return;
  storePairs(call);
  call.reply.ok();
}

/** MSETNX: MSET if none of the keys is there. */
export function msetnx(call: Call): void {
  if (!hasPairs(call)) return;
  for (let i = 1; i < call.request.argc; i += 2) {
    if (call.lookupWrite(i) === 0) continue;
    call.reply.integer(0);
    return;
  }
  storePairs(call);
  call.reply.integer(1);
}

function hasPairs(call: Call): boolean {
  if (call.request.argc % 2 === 1) return true;
  call.reply.error(wrongArity(call.record.fullName));
  return false;
}

function storePairs(call: Call): void {
  const argc = call.request.argc;
  let i = 1;
  try {
    for (; i < argc; i += 2) {
      storeArgument(call, i, call.lookupWrite(i), i + 1, false);
      call.changed(i);
    }
  } catch (error) {
    // The pairs that found memory are there, and must be there after a replay.
    if (i > 1 && call.effects.enabled) {
      const effects = call.rewrite(i);
      effects.word("MSET");
      for (let stored = 1; stored < i; stored++) effects.argument(call.request, stored);
    }
    throw error;
  }
}

/** Replies the string of argument 1's key or nil; as `stringForRead`. */
export function replyString(call: Call): EntryRef {
  const ref = call.stringForRead(1);
  if (ref === 0) call.reply.nil();
  else if (ref !== WRONG_TYPE) replyValue(call, ref);
  return ref;
}

/** The effect of a SET with an expiry names the moment, so that a replay has the same one. */
function setEffect(call: Call, valueArg: number, expiry: Integer64): void {
  if (!call.effects.enabled) return;
  const effects = call.rewrite(5);
  effects.word("SET");
  effects.argument(call.request, 1);
  effects.argument(call.request, valueArg);
  effects.word("PXAT");
  effects.integer(expiry);
}

/** The effect of SET … GET is the same without GET: nobody reads a replay's reply. */
function effectWithoutGet(call: Call): void {
  const { effects, request } = call;
  if (!effects.enabled) return;
  let gets = 0;
  for (let i = 3; i < request.argc; i++) if (request.is(i, "get")) gets++;
  call.rewrite(request.argc - gets);
  for (let i = 0; i < request.argc; i++) {
    if (i < 3 || !request.is(i, "get")) effects.argument(request, i);
  }
}
