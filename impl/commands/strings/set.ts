import { assert, CHECKED } from "../../assert.ts";
import type { Integer64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { Request } from "../../resp/request.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type KeyFlag, keyRange, oneKey } from "../../session/command-declaration.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import {
  EXPIRATIONS,
  flag,
  integer,
  KEY,
  oneOf,
  optional,
  since,
  VALUE,
} from "../shared/arguments.ts";
import { STRING_EVENT } from "./events.ts";
import { STRING } from "./facts.ts";
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
export const SET: Command = {
  ...STRING,
  name: "set",
  arity: -3,
  flags: ["write", "denyoom"],
  constantTime: true,
  keySpecs: [
    {
      ...keyRange(["RW", "access", "update", "variable_flags"], 1, 0, 1),
      notes: "RW and ACCESS due to the optional `GET` argument",
    },
  ],
  keyFlags: setKeyFlags,
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Sets a string, whatever the key held before",
  history: [
    ["2.6.12", "`EX`, `PX`, `NX` and `XX` are new."],
    ["6.0.0", "`KEEPTTL` is new."],
    ["6.2.0", "`GET`, `EXAT` and `PXAT` are new."],
    ["7.0.0", "`NX` and `GET` may stand together."],
  ],
  arguments: [
    KEY,
    VALUE,
    since("2.6.12", optional(oneOf("condition", flag("nx"), flag("xx")))),
    since("6.2.0", optional(flag("get"))),
    optional(
      oneOf(
        "expiration",
        ...EXPIRATIONS.map((argument, i) => since(i < 2 ? "2.6.12" : "6.2.0", argument)),
        since("6.0.0", flag("keepttl")),
      ),
    ),
  ],
  handler: set,
};

/** SET reads its key only with GET. */
function setKeyFlags(request: Request): readonly KeyFlag[] {
  for (let i = 3; i < request.argc; i++) {
    if (request.is(i, "get")) return ["RW", "access", "update"];
  }
  return ["OW", "update"];
}

function set(call: Call): void {
  if (call.request.argc === 3) {
    storeArgument(call, 1, call.lookupWrite(1), 2, false);
    call.changed(1, STRING_EVENT.set);
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
  if (CHECKED) {
    const mayExpire = expiry !== null || (options & Option.keepTtl) !== 0;
    assert(mayExpire || !call.keyspace.hasExpiry(ref), "SET drops the expiry");
    assert(
      expiry === null || call.keyspace.expiryMs(ref) === expiry,
      "the expiry is the one asked for",
    );
  }
  call.changed(1, STRING_EVENT.set);
  if (expiry !== null) call.changed(1, KEY_EVENT.expire, 0);
  if (!withGet) call.reply.ok();
  if (expiry !== null) setEffect(call, 2, expiry);
  else if (withGet) effectWithoutGet(call);
}

/** SETNX: SET if the key is absent. */
export const SETNX: Command = {
  ...STRING,
  name: "setnx",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("OW", "insert"),
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Sets a string unless the key exists",
  arguments: [KEY, VALUE],
  handler: setnx,
};

function setnx(call: Call): void {
  if (call.lookupWrite(1) !== 0) {
    call.reply.integer(0);
    return;
  }
  storeArgument(call, 1, 0, 2, false);
  call.changed(1, STRING_EVENT.set);
  call.reply.integer(1);
}

/** SETEX: SET with an expiry in seconds. */
export const SETEX: Command = {
  ...STRING,
  name: "setex",
  arity: 4,
  flags: ["write", "denyoom"],
  constantTime: true,
  keySpecs: oneKey("OW", "update"),
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Sets a string that expires after some seconds",
  arguments: [KEY, integer("seconds"), VALUE],
  handler: setex,
};

function setex(call: Call): void {
  setFor(call, Option.ex);
}

/** PSETEX: SET with an expiry in milliseconds. */
export const PSETEX: Command = {
  ...STRING,
  name: "psetex",
  arity: 4,
  flags: ["write", "denyoom"],
  constantTime: true,
  keySpecs: oneKey("OW", "update"),
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Sets a string that expires after some milliseconds",
  arguments: [KEY, integer("milliseconds"), VALUE],
  handler: psetex,
};

function psetex(call: Call): void {
  setFor(call, Option.px);
}

function setFor(call: Call, option: number): void {
  const expiry = expiryArgument(call, 2, option);
  if (expiry === null) return;
  call.keyspace.reserveExpiry();
  const ref = storeArgument(call, 1, call.lookupWrite(1), 3, false);
  call.keyspace.setExpiryMs(ref, expiry);
  call.changed(1, STRING_EVENT.set);
  call.changed(1, KEY_EVENT.expire, 0);
  call.reply.ok();
  setEffect(call, 3, expiry);
}

/** GETSET: SET that replies the old value. */
export const GETSET: Command = {
  ...STRING,
  name: "getset",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "access", "update"),
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Replaces a string and replies the one before",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`SET` with the `!GET` argument",
  arguments: [KEY, VALUE],
  handler: getset,
};

function getset(call: Call): void {
  if (replyString(call) === WRONG_TYPE) return;
  storeArgument(call, 1, call.lookupWrite(1), 2, false);
  call.changed(1, STRING_EVENT.set);
  if (!call.effects.enabled) return;
  const effects = call.rewrite(3);
  effects.word("SET");
  effects.argument(call.request, 1);
  effects.argument(call.request, 2);
}

/** Replies the string of argument 1's key or nil; as `readOf`. */
export function replyString(call: Call): EntryRef {
  const ref = call.readOf(STRING_TYPE, 1);
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
