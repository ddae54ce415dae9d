import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { publish, publishToShard, type Span } from "../../session/publish.ts";
import { COMMON } from "./facts.ts";

const FLAGS = ["pubsub", "loading", "stale", "fast", "may_replicate"] as const;

/** PUBLISH: how many have been given the message. Replicas publish it, too. */
export const PUBLISH: Command = {
  ...COMMON,
  name: "publish",
  channels: { arePatterns: false, onlyFirst: true },
  arity: 3,
  flags: FLAGS,
  since: "2.0.0",
  complexity: "O(N+M) in the clients that listen to the channel and the patterns of all clients",
  summary: "Sends a message to those who listen to a channel",
  arguments: [
    { name: "channel", type: "string" },
    { name: "message", type: "string" },
  ],
  handler: (call) => post(call, publish),
};

/** SPUBLISH: as PUBLISH, on a shard channel. */
export const SPUBLISH: Command = {
  ...COMMON,
  name: "spublish",
  channels: { arePatterns: false, onlyFirst: true },
  arity: 3,
  flags: FLAGS,
  keySpecs: [keyRange(["not_key"], 1, 0, 1)],
  since: "7.0.0",
  complexity: "O(N) in the clients that listen to the shard channel",
  summary: "Sends a message to those who listen to a shard channel",
  arguments: [
    { name: "shardchannel", type: "string" },
    { name: "message", type: "string" },
  ],
  handler: (call) => post(call, publishToShard),
};

function post(call: Call, send: typeof publish): void {
  const receivers = send(call.instance, argument(call, 1), argument(call, 2));
  call.relay();
  call.reply.integer(receivers);
}

function argument({ request }: Call, i: number): Span {
  return { bytes: request.bytes, offset: request.offsets[i]!, length: request.lengths[i]! };
}
