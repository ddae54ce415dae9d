import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import type { HashView } from "../../types/hash/hash-view.ts";
import { replyNil, replyNothing, replyZero } from "../shared/absent.ts";
import { KEY } from "../shared/arguments.ts";
import { FIELD, HASH } from "./facts.ts";
import { findField, readHash, replyName, replyValue } from "./lookup.ts";

/** HGET: one field's value. */
export const HGET: Command = {
  ...HASH,
  name: "hget",
  arity: 3,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO", "access"),
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Reads a field of a hash",
  arguments: [KEY, FIELD],
  handler: hget,
};

function hget(call: Call): void {
  const hash = readHash(call, replyNil);
  if (hash !== null) replyField(call, hash, 2);
}

/** Replies the value of the field that argument `i` names, or nil. */
function replyField(call: Call, hash: HashView, i: number): void {
  if (findField(call, hash, i)) replyValue(call, hash);
  else call.reply.nil();
}

/** HMGET: the values of several fields; nil for what is absent. */
export const HMGET: Command = {
  ...HASH,
  name: "hmget",
  arity: -3,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO", "access"),
  since: "2.0.0",
  complexity: "O(N) in the number of fields asked for",
  summary: "Reads several fields of a hash",
  arguments: [KEY, { ...FIELD, flags: ["multiple"] }],
  handler: hmget,
};

function hmget(call: Call): void {
  const hash = readHash(call, replyNils);
  if (hash === null) return;
  const { argc } = call.request;
  call.reply.array(argc - 2);
  for (let i = 2; i < argc; i++) replyField(call, hash, i);
}

function replyNils(call: Call): void {
  const { argc } = call.request;
  call.reply.array(argc - 2);
  for (let i = 2; i < argc; i++) call.reply.nil();
}

/** HGETALL: every field with its value. */
export const HGETALL: Command = {
  ...HASH,
  name: "hgetall",
  arity: 2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output_order"],
  since: "2.0.0",
  complexity: "O(N) in the number of fields",
  summary: "Reads all fields of a hash with their values",
  arguments: [KEY],
  handler: hgetall,
};

function hgetall(call: Call): void {
  const hash = readHash(call, replyNoPairs);
  if (hash === null) return;
  call.reply.map(hash.length);
  for (hash.rewind(); hash.next(); ) {
    replyName(call, hash);
    replyValue(call, hash);
  }
}

function replyNoPairs(call: Call): void {
  call.reply.map(0);
}

/** HKEYS: the name of every field. */
export const HKEYS: Command = {
  ...HASH,
  name: "hkeys",
  arity: 2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output_order"],
  since: "2.0.0",
  complexity: "O(N) in the number of fields",
  summary: "Lists the fields of a hash",
  arguments: [KEY],
  handler: hkeys,
};

function hkeys(call: Call): void {
  const hash = readHash(call, replyNothing);
  if (hash === null) return;
  call.reply.array(hash.length);
  for (hash.rewind(); hash.next(); ) replyName(call, hash);
}

/** HVALS: the value of every field. */
export const HVALS: Command = {
  ...HASH,
  name: "hvals",
  arity: 2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output_order"],
  since: "2.0.0",
  complexity: "O(N) in the number of fields",
  summary: "Lists the values of a hash",
  arguments: [KEY],
  handler: hvals,
};

function hvals(call: Call): void {
  const hash = readHash(call, replyNothing);
  if (hash === null) return;
  call.reply.array(hash.length);
  for (hash.rewind(); hash.next(); ) replyValue(call, hash);
}

/** HLEN: how many fields there are. */
export const HLEN: Command = {
  ...HASH,
  name: "hlen",
  arity: 2,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Counts the fields of a hash",
  arguments: [KEY],
  handler: hlen,
};

function hlen(call: Call): void {
  const hash = readHash(call, replyZero);
  if (hash !== null) call.reply.integer(hash.length);
}

/** HSTRLEN: how long a field's value is. */
export const HSTRLEN: Command = {
  ...HASH,
  name: "hstrlen",
  arity: 3,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "3.2.0",
  complexity: "O(1)",
  summary: "Tells the length of a field's value",
  arguments: [KEY, FIELD],
  handler: hstrlen,
};

function hstrlen(call: Call): void {
  const hash = readHash(call, replyZero);
  if (hash !== null) call.reply.integer(findField(call, hash, 2) ? hash.valueLength : 0);
}

/** HEXISTS: whether there is a field. */
export const HEXISTS: Command = {
  ...HASH,
  name: "hexists",
  arity: 3,
  flags: ["readonly", "fast"],
  constantTime: true,
  keySpecs: oneKey("RO"),
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Tells whether a hash has a field",
  arguments: [KEY, FIELD],
  handler: hexists,
};

function hexists(call: Call): void {
  const hash = readHash(call, replyZero);
  if (hash !== null) call.reply.integer(findField(call, hash, 2) ? 1 : 0);
}
