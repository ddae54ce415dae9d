/** FUNCTION: what there is of libraries, and their end. */
import type { ReplyWriter } from "../../resp/reply.ts";
import { ENGINE } from "../../scripting/functions/library-code.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import type { RunningScript } from "../../session/script-run.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { FLUSH_HELP, hasFlushMode, MODE } from "./flush.ts";
import { FUNCTION_LIST } from "./function-list.ts";
import { FUNCTION_LOAD } from "./function-load.ts";
import { FUNCTION_DUMP, FUNCTION_RESTORE } from "./function-restore.ts";

const COMMON = { acl: ["scripting"], group: "scripting", since: "7.0.0" } as const;
const EVERYWHERE = ["request_policy:all_shards", "response_policy:all_succeeded"] as const;

/** FUNCTION DELETE: removes a library. */
const FUNCTION_DELETE: Command = {
  ...COMMON,
  name: "delete",
  arity: 3,
  flags: ["noscript", "write"],
  tips: EVERYWHERE,
  complexity: "O(1)",
  summary: "Deletes a library and its functions",
  arguments: [{ name: "library-name", type: "string" }],
  handler: functionDelete,
};

function functionDelete({ instance, request, reply }: Call): void {
  if (!instance.scripts.functions.remove(request.text(2))) {
    reply.error("ERR Library not found");
    return;
  }
  instance.data.changes.add(1);
  reply.ok();
}

/** FUNCTION FLUSH: removes every library. */
const FUNCTION_FLUSH: Command = {
  ...COMMON,
  name: "flush",
  arity: -2,
  flags: ["write", "noscript"],
  tips: EVERYWHERE,
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
  instance.scripts.functions.flush();
  instance.data.changes.add(1);
  reply.ok();
}

/** FUNCTION KILL: ends the function that runs. */
const FUNCTION_KILL: Command = {
  ...COMMON,
  name: "kill",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
  complexity: "O(1)",
  summary: "Ends the function that runs now",
  handler: functionKill,
};

function functionKill({ instance, reply }: Call): void {
  const refusal = instance.scripts.kill("function");
  if (refusal === null) reply.ok();
  else reply.error(refusal);
}

/** FUNCTION STATS: what runs, and how much there is. */
const FUNCTION_STATS: Command = {
  ...COMMON,
  name: "stats",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  complexity: "O(1)",
  summary: "Tells which function runs now, and how many there are",
  handler: functionStats,
};

function functionStats({ instance, reply }: Call): void {
  const { libraries } = instance.data;
  const { running, busyError } = instance.scripts;
  if (running?.kind === "eval") {
    reply.error(busyError);
    return;
  }
  reply.map(2);
  reply.bulkText("running_script");
  if (running === null) reply.nil();
  else replyRunning(reply, running);
  reply.bulkText("engines");
  reply.map(1);
  reply.bulkText(ENGINE);
  reply.map(2);
  reply.bulkText("libraries_count");
  reply.integer(libraries.size);
  reply.bulkText("functions_count");
  reply.integer(libraries.registered);
}

function replyRunning(reply: ReplyWriter, { name, request, elapsedMs }: RunningScript): void {
  reply.map(3);
  reply.bulkText("name");
  reply.bulkText(name);
  reply.bulkText("command");
  reply.array(request.argc);
  for (let i = 0; i < request.argc; i++)
    reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
  reply.bulkText("duration_ms");
  reply.integer(elapsedMs);
}

const HELP: readonly HelpEntry[] = [
  [
    "LOAD [REPLACE] <FUNCTION CODE>",
    "Make a library of its code, in which it registers functions.",
  ],
  ["DELETE <LIBRARY NAME>", "Delete a library."],
  [
    "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
    "Show all libraries, or those whose name matches PATTERN:",
    "* its name",
    "* the engine that runs it",
    "* its functions",
    "* its code, with WITHCODE",
  ],
  [
    "STATS",
    "Show the function that runs now, nil when none does:",
    "* its name",
    "* the command that has called it",
    "* for how many milliseconds it has run",
    "and each engine with how many libraries and functions it has.",
  ],
  ["KILL", "End the function that runs now."],
  ["FLUSH [ASYNC|SYNC]", "Delete every library.", ...FLUSH_HELP],
  ["DUMP", "Show all libraries as bytes that FUNCTION RESTORE takes."],
  [
    "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
    "Make libraries of what FUNCTION DUMP has written, all of them or none. APPEND by default:",
    "* FLUSH: those that were there go.",
    "* APPEND: none of them may be there.",
    "* REPLACE: they take the place of those of their name; functions of others stay, so that",
    "  equal names of functions are an error.",
  ],
];

/** FUNCTION and its subcommands. */
export const FUNCTION: Command = {
  name: "function",
  arity: -2,
  flags: [],
  acl: [],
  group: "scripting",
  since: "7.0.0",
  complexity: "That of the subcommand",
  summary: "Manages libraries of functions",
  subcommands: [
    FUNCTION_LOAD,
    FUNCTION_DELETE,
    FUNCTION_LIST,
    FUNCTION_DUMP,
    FUNCTION_RESTORE,
    FUNCTION_FLUSH,
    FUNCTION_KILL,
    FUNCTION_STATS,
    helpSubcommand(HELP, COMMON),
  ],
};
