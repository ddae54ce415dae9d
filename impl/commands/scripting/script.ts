import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { flag, oneOf } from "../shared/arguments.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { FLUSH_HELP, hasFlushMode, MODE } from "./flush.ts";

const COMMON = { acl: ["scripting"], group: "scripting" } as const;

/** SCRIPT LOAD: keeps a script without running it. */
const SCRIPT_LOAD: Command = {
  ...COMMON,
  name: "load",
  arity: 3,
  flags: ["noscript", "stale"],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  since: "2.6.0",
  complexity: "O(N) in the length of the script",
  summary: "Keeps a script for EVALSHA",
  arguments: [{ name: "script", type: "string" }],
  handler: scriptLoad,
};

function scriptLoad({ instance, request, reply }: Call): void {
  const { bytes, offsets, lengths } = request;
  const script = instance.scripts.cache.load(bytes, offsets[2]!, lengths[2]!);
  if (typeof script === "string") reply.error(script);
  else reply.bulkText(script.sha);
}

/** SCRIPT EXISTS: which scripts are kept. */
const SCRIPT_EXISTS: Command = {
  ...COMMON,
  name: "exists",
  arity: -3,
  flags: ["noscript"],
  tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
  since: "2.6.0",
  complexity: "O(N) in the number of SHA-1s",
  summary: "Tells which scripts are kept",
  arguments: [{ name: "sha1", type: "string", flags: ["multiple"] }],
  handler: scriptExists,
};

function scriptExists({ instance, request, reply }: Call): void {
  reply.array(request.argc - 2);
  for (let i = 2; i < request.argc; i++) {
    reply.integer(instance.scripts.cache.find(request.text(i)) === undefined ? 0 : 1);
  }
}

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
  const { instance, reply } = call;
  if (!hasFlushMode(call)) {
    reply.error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    return;
  }
  instance.scripts.cache.flush();
  reply.ok();
}

/** SCRIPT KILL: ends the script that runs. */
const SCRIPT_KILL: Command = {
  ...COMMON,
  name: "kill",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Ends the script that runs now",
  handler: scriptKill,
};

function scriptKill({ instance, reply }: Call): void {
  const refusal = instance.scripts.kill("eval");
  if (refusal === null) reply.ok();
  else reply.error(refusal);
}

/** SCRIPT DEBUG: there is no debugger to turn on. */
const SCRIPT_DEBUG: Command = {
  ...COMMON,
  name: "debug",
  arity: 3,
  flags: ["noscript"],
  since: "3.2.0",
  complexity: "O(1)",
  summary: "Turns the debugger of scripts on or off: here it can only be off",
  arguments: [oneOf("mode", flag("yes"), flag("sync"), flag("no"))],
  handler: scriptDebug,
};

function scriptDebug({ request, reply }: Call): void {
  if (request.is(2, "no")) reply.ok();
  else if (request.is(2, "yes") || request.is(2, "sync")) {
    reply.error("ERR This server has no debugger of scripts");
  } else reply.error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
}

const HELP: readonly HelpEntry[] = [
  ["DEBUG (YES|SYNC|NO)", "Turn the debugger of scripts on or off: here it is always off."],
  ["EXISTS <sha1> [<sha1> ...]", "Tell which of the scripts are cached."],
  ["FLUSH [ASYNC|SYNC]", "Forget every cached script.", ...FLUSH_HELP],
  ["KILL", "End the script that runs now."],
  ["LOAD <script>", "Cache a script without running it."],
];

/** SCRIPT and its subcommands. */
export const SCRIPT: Command = {
  name: "script",
  arity: -2,
  flags: [],
  acl: [],
  group: "scripting",
  since: "2.6.0",
  complexity: "That of the subcommand",
  summary: "Manages the cache of scripts",
  subcommands: [
    SCRIPT_LOAD,
    SCRIPT_EXISTS,
    SCRIPT_FLUSH,
    SCRIPT_KILL,
    SCRIPT_DEBUG,
    helpSubcommand(HELP, { ...COMMON, since: "5.0.0" }),
  ],
};
