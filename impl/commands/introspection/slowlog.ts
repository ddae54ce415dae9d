import { assert, CHECKED } from "../../assert.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { integerArgument } from "../shared/numbers.ts";

const COMMON = {
  flags: ["admin", "loading", "stale"],
  acl: [],
  group: "server",
  consultsNoData: true,
} as const;

const DEFAULT_COUNT = 10;
const BAD_COUNT = "ERR count should be greater than or equal to -1";

/** SLOWLOG GET [count]: the newest entries; -1 means all. */
const SLOWLOG_GET: Command = {
  ...COMMON,
  name: "get",
  arity: -2,
  tips: ["request_policy:all_nodes", "nondeterministic_output"],
  since: "2.2.12",
  complexity: "O(N) in the number of entries shown",
  summary: "Shows the slowest recent commands",
  history: [["4.0.0", "Address and name of the client."]],
  arguments: [{ name: "count", type: "integer", flags: ["optional"] }],
  handler: slowlogGet,
};

function slowlogGet(call: Call): void {
  const { instance, request, reply } = call;
  if (request.argc > 3) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  let count = DEFAULT_COUNT;
  if (request.argc === 3) {
    const asked = integerArgument(call, 2, BAD_COUNT);
    if (asked === null) return;
    if (asked < -1) {
      reply.error(BAD_COUNT);
      return;
    }
    count = asked === -1 ? instance.slowlog.length : Number(asked);
  }
  const entries = instance.slowlog.newest(count);
  if (CHECKED) assert(entries.length <= count, "no more than asked for");
  reply.array(entries.length);
  for (const entry of entries) {
    reply.array(6);
    reply.integer(entry.id);
    reply.integer(entry.atSeconds);
    reply.integer(entry.durationUs);
    reply.array(entry.args.length);
    for (const arg of entry.args) reply.bulkText(arg);
    reply.bulkText(entry.address);
    reply.bulkText(entry.clientName);
  }
}

const SLOWLOG_LEN: Command = {
  ...COMMON,
  name: "len",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
  since: "2.2.12",
  complexity: "O(1)",
  summary: "Counts the entries of the slow log",
  handler: slowlogLen,
};

function slowlogLen(call: Call): void {
  call.reply.integer(call.instance.slowlog.length);
}

const SLOWLOG_RESET: Command = {
  ...COMMON,
  name: "reset",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  since: "2.2.12",
  complexity: "O(N) in the number of entries",
  summary: "Empties the slow log",
  handler: slowlogReset,
};

function slowlogReset(call: Call): void {
  call.instance.slowlog.reset();
  call.reply.ok();
}

const HELP: readonly HelpEntry[] = [
  [
    "GET [<count>]",
    "Show the newest <count> entries (default: 10; -1 means all). An entry consists of",
    "its ID, when the command ran, its duration in microseconds, its arguments, and the",
    "address and name of the client.",
  ],
  ["LEN", "Show how many entries there are."],
  ["RESET", "Forget every entry."],
];

/** SLOWLOG and its subcommands. */
export const SLOWLOG: Command = {
  name: "slowlog",
  arity: -2,
  flags: [],
  acl: [],
  group: "server",
  since: "2.2.12",
  complexity: "That of the subcommand",
  summary: "Shows and empties the log of slow commands",
  subcommands: [
    SLOWLOG_GET,
    helpSubcommand(HELP, { acl: [], group: "server", since: "6.2.0" }),
    SLOWLOG_LEN,
    SLOWLOG_RESET,
  ],
};
