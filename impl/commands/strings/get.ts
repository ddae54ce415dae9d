import type { Integer64 } from "../../engine/integers.ts";
import { type EntryRef, ValueType } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { isPast, removalEffect } from "../keys/removal.ts";
import { Option, optionExpiry, parseOptions, SYNTAX_ERROR, TIMED } from "./options.ts";
import { replyString } from "./set.ts";
import { replyValue } from "./store.ts";

/** GET: a key's string. */
export function get(call: Call): void {
  replyString(call);
}

/** MGET: the strings of several keys; nil for what is absent or no string. */
export function mget(call: Call): void {
  const { keyspace, request, reply } = call;
  const argc = request.argc;
  reply.array(argc - 1);
  for (let i = 1; i < argc; i++) {
    const ref = call.lookupRead(i);
    if (ref === 0 || keyspace.type(ref) !== ValueType.string) reply.nil();
    else replyValue(call, ref);
  }
}

/** GETDEL: a key's string, which goes. */
export function getdel(call: Call): void {
  const ref = replyString(call);
  if (ref === 0 || ref === WRONG_TYPE) return;
  call.keyspace.remove(ref);
  call.changed(1);
  removalEffect(call, call.instance.settings.lazyUserDelete);
}

/** GETEX: a key's string, and a new expiry or none for it. */
export function getex(call: Call): void {
  const options = parseOptions(call, 2, TIMED | Option.persist);
  if (options === SYNTAX_ERROR) return;
  const ref = call.stringForRead(1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    call.reply.nil();
    return;
  }
  if ((options & TIMED) === 0) {
    replyValue(call, ref);
    if ((options & Option.persist) !== 0) persist(call, ref);
    return;
  }
  const expiry = optionExpiry(call, options);
  if (expiry === null) return;
  replyValue(call, ref);
  if ((options & (Option.exAt | Option.pxAt)) !== 0 && isPast(call, expiry)) {
    call.keyspace.remove(ref);
    call.changed(1);
    removalEffect(call, call.instance.settings.lazyExpire);
  } else {
    expire(call, ref, expiry);
  }
}

function persist(call: Call, ref: EntryRef): void {
  if (!call.keyspace.hasExpiry(ref)) return;
  call.keyspace.clearExpiry(ref);
  call.changed(1);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(2);
  effects.word("PERSIST");
  effects.argument(call.request, 1);
}

function expire(call: Call, ref: EntryRef, expiry: Integer64): void {
  call.keyspace.setExpiryMs(ref, expiry);
  call.changed(1);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(3);
  effects.word("PEXPIREAT");
  effects.argument(call.request, 1);
  effects.integer(expiry);
}
