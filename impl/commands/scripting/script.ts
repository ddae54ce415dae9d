import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { FLUSH_HELP, hasFlushMode, MODE } from "./flush.ts";

const COMMON = { acl: ["scripting"], group: "scripting" } as const;

/** SCRIPT FLUSH: forgets every cached script. */
const SCRIPT_FLUSH: Command = {
  ...COMMON,
  name: "flush",
  arity: -2,
  flags: ["noscript"],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  since: "2.6.0",
  complexity: "O(N) in the number of scripts",
  summary: "Forgets every cached script",
  history: [["6.2.0", "The modes ASYNC and SYNC."]],
  arguments: [{ ...MODE, since: "6.2.0" }],
  handler: scriptFlush,
};

function scriptFlush(call: Call): void {
  const { reply } = call;
  if (hasFlushMode(call)) reply.ok();
  else reply.error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
}

const HELP: readonly HelpEntry[] = [
  ["FLUSH [ASYNC|SYNC]", "Forget every cached script.", ...FLUSH_HELP],
];

/** SCRIPT and its subcommands: no script is cached, so that there is nothing but to flush. */
export const SCRIPT: Command = {
  name: "script",
  arity: -2,
  flags: [],
  acl: [],
  group: "scripting",
  since: "2.6.0",
  complexity: "That of the subcommand",
  summary: "Manages the cache of scripts",
  subcommands: [SCRIPT_FLUSH, helpSubcommand(HELP, { ...COMMON, since: "5.0.0" })],
};
