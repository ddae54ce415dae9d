import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, type KeySpec, keyRange } from "../../session/command-declaration.ts";
import type { SubscriptionKind } from "../../session/session-subscriptions.ts";
import { optional } from "../shared/arguments.ts";
import { subscribe, unsubscribe, unsubscribeAll } from "./confirmations.ts";
import { COMMON, FLAGS } from "./facts.ts";

const CHANNELS: Argument = { name: "channel", type: "string", flags: ["multiple"] };
const SHARD_CHANNELS: Argument = { name: "shardchannel", type: "string", flags: ["multiple"] };
const PATTERNS: Argument = { name: "pattern", type: "pattern", flags: ["multiple"] };

/** Shard channels lie in a cluster's slots as keys do. */
const SHARD_KEYS: readonly KeySpec[] = [keyRange(["not_key"], 1, -1, 1)];

const SHARED = { ...COMMON, flags: FLAGS, runsForSubscribers: true } as const;

/** SUBSCRIBE: messages to these channels come from now on. */
export const SUBSCRIBE: Command = {
  ...SHARED,
  name: "subscribe",
  channels: { arePatterns: false, onlyFirst: false },
  arity: -2,
  since: "2.0.0",
  complexity: "O(N) in the number of channels",
  summary: "Begins to listen to channels",
  arguments: [CHANNELS],
  handler: (call) => subscribeAll(call, "channels"),
};

/** UNSUBSCRIBE: from these channels, or from all. */
export const UNSUBSCRIBE: Command = {
  ...SHARED,
  name: "unsubscribe",
  arity: -1,
  since: "2.0.0",
  complexity: "O(N) in the number of channels",
  summary: "Ends listening to some channels, or to all",
  arguments: [optional(CHANNELS)],
  handler: (call) => unsubscribeSome(call, "channels"),
};

/** PSUBSCRIBE: messages to channels whose names match come from now on. */
export const PSUBSCRIBE: Command = {
  ...SHARED,
  name: "psubscribe",
  channels: { arePatterns: true, onlyFirst: false },
  arity: -2,
  since: "2.0.0",
  complexity: "O(N) in the number of patterns",
  summary: "Begins to listen to channels that match patterns",
  arguments: [
    {
      name: "pattern",
      type: "block",
      flags: ["multiple"],
      arguments: [{ name: "pattern", type: "pattern" }],
    },
  ],
  handler: (call) => subscribeAll(call, "patterns"),
};

/** PUNSUBSCRIBE: from these patterns, or from all. */
export const PUNSUBSCRIBE: Command = {
  ...SHARED,
  name: "punsubscribe",
  arity: -1,
  since: "2.0.0",
  complexity: "O(N) in the number of patterns",
  summary: "Ends listening to channels that match some patterns, or any",
  arguments: [optional(PATTERNS)],
  handler: (call) => unsubscribeSome(call, "patterns"),
};

/** SSUBSCRIBE: messages to these shard channels come from now on. */
export const SSUBSCRIBE: Command = {
  ...SHARED,
  name: "ssubscribe",
  channels: { arePatterns: false, onlyFirst: false },
  arity: -2,
  keySpecs: SHARD_KEYS,
  since: "7.0.0",
  complexity: "O(N) in the number of channels",
  summary: "Begins to listen to shard channels",
  arguments: [SHARD_CHANNELS],
  handler: ssubscribe,
};

/** SUNSUBSCRIBE: from these shard channels, or from all. */
export const SUNSUBSCRIBE: Command = {
  ...SHARED,
  name: "sunsubscribe",
  arity: -1,
  keySpecs: SHARD_KEYS,
  since: "7.0.0",
  complexity: "O(N) in the number of channels",
  summary: "Ends listening to some shard channels, or to all",
  arguments: [optional(SHARD_CHANNELS)],
  handler: (call) => unsubscribeSome(call, "shards"),
};

/** Inside EXEC the two older commands are allowed all the same, as they have always been. */
function ssubscribe(call: Call): void {
  if (call.mayBlock) subscribeAll(call, "shards");
  else call.reply.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
}

function subscribeAll(call: Call, kind: SubscriptionKind): void {
  for (let i = 1; i < call.request.argc; i++) subscribe(call, kind, i);
}

function unsubscribeSome(call: Call, kind: SubscriptionKind): void {
  const { request } = call;
  if (request.argc === 1) unsubscribeAll(call, kind);
  for (let i = 1; i < request.argc; i++) unsubscribe(call, kind, request.text(i));
}
