import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { FLUSH_HELP, hasFlushMode, MODE } from "./flush.ts";

const COMMON = { acl: ["scripting"], group: "scripting" } as const;

/** FUNCTION FLUSH: forgets every library. */
const FUNCTION_FLUSH: Command = {
  ...COMMON,
  name: "flush",
  arity: -2,
  flags: ["write", "noscript"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  since: "7.0.0",
  complexity: "O(N) in the number of functions",
  summary: "Deletes every library of functions",
  arguments: [MODE],
  handler: functionFlush,
};

function functionFlush(call: Call): void {
  const { instance, request, reply } = call;
  if (request.argc > 3) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  if (!hasFlushMode(call)) {
    reply.error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    return;
  }
  instance.data.changes.add(1);
  reply.ok();
}

const HELP: readonly HelpEntry[] = [["FLUSH [ASYNC|SYNC]", "Delete every library.", ...FLUSH_HELP]];

/** FUNCTION and its subcommands: there are no libraries, so that there is nothing but to flush. */
export const FUNCTION: Command = {
  name: "function",
  arity: -2,
  flags: [],
  acl: [],
  group: "scripting",
  since: "7.0.0",
  complexity: "That of the subcommand",
  summary: "Manages libraries of functions",
  subcommands: [FUNCTION_FLUSH, helpSubcommand(HELP, { ...COMMON, since: "7.0.0" })],
};
