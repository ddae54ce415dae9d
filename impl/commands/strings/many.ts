import { assert, CHECKED } from "../../assert.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, keyRange } from "../../session/command-declaration.ts";
import { wrongArity } from "../../session/errors.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { KEY, KEYS, VALUE } from "../shared/arguments.ts";
import { STRING_EVENT } from "./events.ts";
import { STRING } from "./facts.ts";
import { replyValue, storeArgument } from "./store.ts";

const PAIRS: Argument = {
  name: "key_value",
  type: "block",
  flags: ["multiple"],
  arguments: [KEY, VALUE],
};

/** MGET: the strings of several keys; nil for what is absent or no string. */
export const MGET: Command = {
  ...STRING,
  name: "mget",
  arity: -2,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: [keyRange(["RO", "access"], 1, -1, 1)],
  tips: ["request_policy:multi_shard"],
  since: "1.0.0",
  complexity: "O(N) in the number of keys",
  summary: "Reads several strings",
  arguments: [KEYS],
  handler: mget,
};

function mget(call: Call): void {
  const { keyspace, request, reply } = call;
  const argc = request.argc;
  reply.array(argc - 1);
  for (let i = 1; i < argc; i++) {
    const ref = call.lookupRead(i);
    if (ref === 0 || keyspace.type(ref) !== STRING_TYPE) reply.nil();
    else replyValue(call, ref);
  }
}

/** MSET: a value for each of several keys. */
export const MSET: Command = {
  ...STRING,
  name: "mset",
  arity: -3,
  flags: ["write", "denyoom"],
  constantTime: true,
  keySpecs: [keyRange(["OW", "update"], 1, -1, 2)],
  tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
  since: "1.0.1",
  complexity: "O(N) in the number of keys",
  summary: "Sets several strings in one step",
  arguments: [PAIRS],
  handler: mset,
};

function mset(call: Call): void {
  if (!hasPairs(call)) return;
  storePairs(call);
  call.reply.ok();
}

/** MSETNX: MSET if none of the keys is there. */
export const MSETNX: Command = {
  ...STRING,
  name: "msetnx",
  arity: -3,
  flags: ["write", "denyoom"],
  constantTime: true,
  keySpecs: [keyRange(["OW", "insert"], 1, -1, 2)],
  tips: ["request_policy:multi_shard", "response_policy:agg_min"],
  since: "1.0.1",
  complexity: "O(N) in the number of keys",
  summary: "Sets several strings in one step unless one of the keys exists",
  arguments: [PAIRS],
  handler: msetnx,
};

function msetnx(call: Call): void {
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
  if (CHECKED) assert(argc >= 3 && argc % 2 === 1, "keys come with their values");
  let i = 1;
  try {
    for (; i < argc; i += 2) {
      storeArgument(call, i, call.lookupWrite(i), i + 1, false);
      call.changed(i, STRING_EVENT.set);
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
