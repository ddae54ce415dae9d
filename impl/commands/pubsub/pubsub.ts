import { matchGlob } from "../../resp/glob.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import type { Audience } from "../../session/subscriptions.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { COMMON } from "./facts.ts";

const FLAGS = ["pubsub", "loading", "stale"] as const;

const PATTERN: Argument = { name: "pattern", type: "pattern", flags: ["optional"] };

const HELP: readonly HelpEntry[] = [
  ["CHANNELS [<pattern>]", "Show the channels that somebody listens to (and that match)."],
  ["NUMPAT", "Count the different patterns that somebody listens to."],
  ["NUMSUB [<channel> ...]", "Count who listens to each channel, by its own name only."],
  ["SHARDCHANNELS [<pattern>]", "Show the shard channels that somebody listens to."],
  ["SHARDNUMSUB [<shardchannel> ...]", "Count who listens to each shard channel."],
];

/** PUBSUB and its subcommands: who listens to what. */
export const PUBSUB: Command = {
  ...COMMON,
  name: "pubsub",
  arity: -2,
  flags: [],
  since: "2.8.0",
  complexity: "That of the subcommand",
  summary: "Shows who listens to what",
  subcommands: [
    {
      ...COMMON,
      name: "channels",
      arity: -2,
      flags: FLAGS,
      since: "2.8.0",
      complexity: "O(N) in the number of channels that somebody listens to",
      summary: "Lists the channels that somebody listens to",
      arguments: [PATTERN],
      handler: (call: Call) => listNames(call, call.instance.clients.subscriptions.channels),
    },
    helpSubcommand(HELP, { ...COMMON, since: "6.2.0" }),
    {
      ...COMMON,
      name: "numpat",
      arity: 2,
      flags: FLAGS,
      since: "2.8.0",
      complexity: "O(1)",
      summary: "Counts the different patterns that somebody listens to",
      handler: ({ instance, reply }: Call) =>
        reply.integer(instance.clients.subscriptions.patterns.size),
    },
    {
      ...COMMON,
      name: "numsub",
      arity: -2,
      flags: FLAGS,
      since: "2.8.0",
      complexity: "O(N) in the number of channels asked for",
      summary: "Counts who listens to each channel",
      arguments: [{ name: "channel", type: "string", flags: ["optional", "multiple"] }],
      handler: (call: Call) => countListeners(call, call.instance.clients.subscriptions.channels),
    },
    {
      ...COMMON,
      name: "shardchannels",
      arity: -2,
      flags: FLAGS,
      since: "7.0.0",
      complexity: "O(N) in the number of shard channels that somebody listens to",
      summary: "Lists the shard channels that somebody listens to",
      arguments: [PATTERN],
      handler: (call: Call) => listNames(call, call.instance.clients.subscriptions.shards),
    },
    {
      ...COMMON,
      name: "shardnumsub",
      arity: -2,
      flags: FLAGS,
      since: "7.0.0",
      complexity: "O(N) in the number of shard channels asked for",
      summary: "Counts who listens to each shard channel",
      arguments: [{ name: "shardchannel", type: "string", flags: ["optional", "multiple"] }],
      handler: (call: Call) => countListeners(call, call.instance.clients.subscriptions.shards),
    },
  ],
};

function listNames({ request, reply }: Call, names: ReadonlyMap<string, Audience>): void {
  if (request.argc > 3) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  const chosen = [...names.values()].filter(
    ({ bytes }) =>
      request.argc === 2 ||
      matchGlob(
        ...([request.bytes, request.offsets[2]!, request.lengths[2]!] as const),
        ...([bytes, 0, bytes.length] as const),
      ),
  );
  reply.array(chosen.length);
  for (const { bytes } of chosen) reply.bulk(bytes, 0, bytes.length);
}

function countListeners({ request, reply }: Call, names: ReadonlyMap<string, Audience>): void {
  reply.array((request.argc - 2) * 2);
  for (let i = 2; i < request.argc; i++) {
    reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
    reply.integer(names.get(request.text(i))?.listeners.size ?? 0);
  }
}
