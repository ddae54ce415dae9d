import type { Call } from "../../session/call.ts";
import type { Argument, Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";

/** True when the only option, at argument 2, is absent, ASYNC or SYNC. */
function hasFlushMode(call: Call): boolean {
  const { request } = call;
  if (request.argc === 2) return true;
  return request.argc === 3 && (request.is(2, "async") || request.is(2, "sync"));
}

/** FUNCTION FLUSH: forgets every library. */
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
  instance.dirty++;
  reply.ok();
}

/** SCRIPT FLUSH: forgets every cached script. */
function scriptFlush(call: Call): void {
  const { reply } = call;
  if (hasFlushMode(call)) reply.ok();
  else reply.error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
}

const FLUSH_HELP = [
  "Without a mode, lazyfree-lazy-user-flush decides. Modes are:",
  "* ASYNC: free the memory in the background.",
  "* SYNC: free it at once.",
] as const;

const FUNCTION_HELP: readonly HelpEntry[] = [
  ["FLUSH [ASYNC|SYNC]", "Delete every library.", ...FLUSH_HELP],
];

const SCRIPT_HELP: readonly HelpEntry[] = [
  ["FLUSH [ASYNC|SYNC]", "Forget every cached script.", ...FLUSH_HELP],
];

const MODE: Argument = {
  name: "async",
  type: "oneof",
  flags: ["optional"],
  arguments: [
    { name: "async", type: "pure-token", token: "ASYNC" },
    { name: "sync", type: "pure-token", token: "SYNC" },
  ],
};

const COMMON = { acl: ["scripting"], group: "scripting" } as const;

/** FUNCTION and SCRIPT, as far as they go without scripting: there is nothing but to flush. */
export const functions: readonly Command[] = [
  {
    name: "function",
    arity: -2,
    flags: [],
    acl: [],
    group: "scripting",
    since: "7.0.0",
    complexity: "That of the subcommand",
    summary: "Manages libraries of functions",
    subcommands: [
      {
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
      },
      helpSubcommand(FUNCTION_HELP, { ...COMMON, since: "7.0.0" }),
    ],
  },
  {
    name: "script",
    arity: -2,
    flags: [],
    acl: [],
    group: "scripting",
    since: "2.6.0",
    complexity: "That of the subcommand",
    summary: "Manages the cache of scripts",
    subcommands: [
      {
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
      },
      helpSubcommand(SCRIPT_HELP, { ...COMMON, since: "5.0.0" }),
    ],
  },
];
