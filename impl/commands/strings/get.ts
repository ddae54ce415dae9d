import { assert, CHECKED } from "../../assert.ts";
import type { Integer64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange, oneKey } from "../../session/command-declaration.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { isPast, removalEffect } from "../keys/removal.ts";
import { EXPIRATIONS, flag, KEY, oneOf, optional } from "../shared/arguments.ts";
import { STRING } from "./facts.ts";
import { Option, optionExpiry, parseOptions, SYNTAX_ERROR, TIMED } from "./options.ts";
import { replyString } from "./set.ts";
import { replyValue } from "./store.ts";

/** GET: a key's string. */
export const GET: Command = {
  ...STRING,
  name: "get",
  arity: 2,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO", "access"),
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Reads a string",
  arguments: [KEY],
  handler: get,
};

function get(call: Call): void {
  replyString(call);
}

/** GETDEL: a key's string, which goes. */
export const GETDEL: Command = {
  ...STRING,
  name: "getdel",
  arity: 2,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "access", "delete"),
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Reads a string and removes its key",
  arguments: [KEY],
  handler: getdel,
};

function getdel(call: Call): void {
  const ref = replyString(call);
  if (ref === 0 || ref === WRONG_TYPE) return;
  call.remove(1, ref);
  removalEffect(call, call.instance.settings.lazyUserDelete);
}

/** GETEX: a key's string, and a new expiry or none for it. */
export const GETEX: Command = {
  ...STRING,
  name: "getex",
  arity: -2,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: [
    {
      ...keyRange(["RW", "access", "update"], 1, 0, 1),
      notes: "RW and UPDATE because it changes the TTL",
    },
  ],
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Reads a string and sets or drops its expiry",
  arguments: [KEY, optional(oneOf("expiration", ...EXPIRATIONS, flag("persist")))],
  handler: getex,
};

function getex(call: Call): void {
  const options = parseOptions(call, 2, TIMED | Option.persist);
  if (options === SYNTAX_ERROR) return;
  const ref = call.readOf(STRING_TYPE, 1);
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
    call.remove(1, ref);
    removalEffect(call, call.instance.settings.lazyExpire);
  } else {
    expire(call, ref, expiry);
  }
}

function persist(call: Call, ref: EntryRef): void {
  if (!call.keyspace.hasExpiry(ref)) return;
  call.keyspace.clearExpiry(ref);
  if (CHECKED) assert(!call.keyspace.hasExpiry(ref), "the expiry is gone");
  call.changed(1, KEY_EVENT.persist);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(2);
  effects.word("PERSIST");
  effects.argument(call.request, 1);
}

function expire(call: Call, ref: EntryRef, expiry: Integer64): void {
  call.keyspace.setExpiryMs(ref, expiry);
  if (CHECKED) assert(call.keyspace.expiryMs(ref) === expiry, "the expiry is the one asked for");
  call.changed(1, KEY_EVENT.expire);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(3);
  effects.word("PEXPIREAT");
  effects.argument(call.request, 1);
  effects.integer(expiry);
}
