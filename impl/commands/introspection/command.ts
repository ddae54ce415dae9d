import { matchGlobText } from "../../resp/glob.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { aclCategories, orderedKeyFlags } from "../../session/command-facts.ts";
import type { CommandRecord } from "../../session/command-table.ts";
import { ERR } from "../../session/errors.ts";
import { extractKeys, takesKeys } from "../../session/key-extraction.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { argumentsFrom, innerRecord } from "../shared/inner-request.ts";
import { writeDocs, writeInfo, writeWords } from "./command-replies.ts";

const COMMON = {
  flags: ["loading", "stale"],
  acl: ["connection"],
  group: "server",
  consultsNoData: true,
} as const;

const NAMES = [{ name: "command-name", type: "string", flags: ["optional", "multiple"] }] as const;

/** COMMAND, and COMMAND INFO without names: every command. */
function commandAll(call: Call): void {
  const { records } = call.instance.commands;
  call.reply.array(records.length);
  for (const record of records) writeInfo(call.reply, record);
}

const COMMAND_COUNT: Command = {
  ...COMMON,
  name: "count",
  arity: 2,
  since: "2.8.13",
  complexity: "O(1)",
  summary: "Counts the commands of this server",
  handler: commandCount,
};

function commandCount(call: Call): void {
  call.reply.integer(call.instance.commands.records.length);
}

/** The command that argument `i` names, `parent|sub` included. */
function namedRecord(call: Call, i: number): CommandRecord | null {
  return call.instance.commands.byName(call.request.text(i).toLowerCase());
}

/** COMMAND INFO: null for a name that is no command. */
const COMMAND_INFO: Command = {
  ...COMMON,
  name: "info",
  arity: -2,
  tips: ["nondeterministic_output_order"],
  since: "2.8.13",
  complexity: "O(N) in the number of commands asked for",
  summary: "Describes commands",
  history: [["7.0.0", "Without names it describes every command."]],
  arguments: NAMES,
  handler: commandInfo,
};

function commandInfo(call: Call): void {
  const { request, reply } = call;
  if (request.argc === 2) {
    commandAll(call);
    return;
  }
  reply.array(request.argc - 2);
  for (let i = 2; i < request.argc; i++) {
    const record = namedRecord(call, i);
    if (record === null) reply.nil();
    else writeInfo(reply, record);
  }
}

/** COMMAND DOCS: a name that is no command is left out. */
const COMMAND_DOCS: Command = {
  ...COMMON,
  name: "docs",
  arity: -2,
  tips: ["nondeterministic_output_order"],
  since: "7.0.0",
  complexity: "O(N) in the number of commands asked for",
  summary: "Documents commands",
  arguments: NAMES,
  handler: commandDocs,
};

function commandDocs(call: Call): void {
  const { request, reply, instance } = call;
  const records: CommandRecord[] = [];
  for (let i = 2; i < request.argc; i++) {
    const record = namedRecord(call, i);
    if (record !== null) records.push(record);
  }
  const shown = request.argc === 2 ? instance.commands.records : records;
  reply.map(shown.length);
  for (const record of shown) {
    reply.bulkText(record.fullName);
    writeDocs(reply, record);
  }
}

const COMMAND_GETKEYS: Command = {
  ...COMMON,
  name: "getkeys",
  arity: -4,
  since: "2.8.13",
  complexity: "O(N) in the number of arguments",
  summary: "Shows which arguments of a command are keys",
  handler: commandGetKeys,
};

function commandGetKeys(call: Call): void {
  replyKeys(call, false);
}

const COMMAND_GETKEYSANDFLAGS: Command = {
  ...COMMON,
  name: "getkeysandflags",
  arity: -4,
  since: "7.0.0",
  complexity: "O(N) in the number of arguments",
  summary: "Shows which arguments of a command are keys and how it uses them",
  handler: commandGetKeysAndFlags,
};

function commandGetKeysAndFlags(call: Call): void {
  replyKeys(call, true);
}

function replyKeys(call: Call, withFlags: boolean): void {
  const { reply } = call;
  const inner = argumentsFrom(call.request, 2);
  const record = innerRecord(call, inner);
  if (record === null) {
    reply.error("ERR Invalid command specified");
    return;
  }
  if (!takesKeys(record.command)) {
    reply.error("ERR The command has no key arguments");
    return;
  }
  if (!record.accepts(inner.argc)) {
    reply.error("ERR Invalid number of arguments specified for command");
    return;
  }
  const keys = extractKeys(record.command, inner) ?? [];
  if (keys.length === 0 && !record.command.flags.includes("no_mandatory_keys")) {
    reply.error("ERR Invalid arguments specified for command");
    return;
  }
  reply.array(keys.length);
  for (const { position, flags } of keys) {
    if (withFlags) reply.array(2);
    reply.bulk(inner.bytes, inner.offsets[position]!, inner.lengths[position]!);
    if (withFlags) writeWords(reply, orderedKeyFlags(flags));
  }
}

/** Says whether COMMAND LIST shows a command. */
type Filter = (record: CommandRecord) => boolean;

/** COMMAND LIST: the names of commands and subcommands. */
const COMMAND_LIST: Command = {
  ...COMMON,
  name: "list",
  arity: -2,
  tips: ["nondeterministic_output_order"],
  since: "7.0.0",
  complexity: "O(N) in the number of commands",
  summary: "Lists the names of commands",
  arguments: [
    {
      name: "filterby",
      type: "oneof",
      token: "FILTERBY",
      flags: ["optional"],
      arguments: [
        { name: "module-name", type: "string", token: "MODULE" },
        { name: "category", type: "string", token: "ACLCAT" },
        { name: "pattern", type: "pattern", token: "PATTERN" },
      ],
    },
  ],
  handler: commandList,
};

function commandList(call: Call): void {
  const { request, reply, instance } = call;
  const filter = request.argc === 2 ? () => true : listFilter(call);
  if (filter === null) {
    reply.error(ERR.syntax);
    return;
  }
  const names: string[] = [];
  for (const record of instance.commands.records) {
    for (const one of [record, ...(record.subcommands?.values() ?? [])]) {
      if (filter(one)) names.push(one.fullName);
    }
  }
  reply.array(names.length);
  for (const name of names) reply.bulkText(name);
}

/** The filter of FILTERBY; null when the syntax is wrong. There are no modules. */
function listFilter(call: Call): Filter | null {
  const { request } = call;
  if (request.argc !== 5 || !request.is(2, "filterby")) return null;
  if (request.is(3, "module")) return () => false;
  if (request.is(3, "aclcat")) {
    const category = request.text(4).toLowerCase();
    return (record) => aclCategories(record.command).some((one) => one === category);
  }
  if (!request.is(3, "pattern")) return null;
  const pattern = request.text(4);
  return (record) => matchGlobText(pattern, record.fullName, true);
}

const HELP: readonly HelpEntry[] = [
  ["(no subcommand)", "Describe every command."],
  ["COUNT", "Show how many commands there are."],
  ["LIST", "List the names of all commands."],
  ["INFO [<command-name> ...]", "Describe the named commands, or all."],
  ["DOCS [<command-name> ...]", "Document the named commands, or all."],
  ["GETKEYS <full-command>", "Show the keys of a command."],
  ["GETKEYSANDFLAGS <full-command>", "Show the keys of a command and how it uses them."],
];

/** COMMAND and its subcommands: https://redis.io/docs/latest/commands/command/ */
export const COMMAND: Command = {
  ...COMMON,
  name: "command",
  arity: -1,
  tips: ["nondeterministic_output_order"],
  since: "2.8.13",
  complexity: "O(N) in the number of commands",
  summary: "Describes every command",
  subcommands: [
    COMMAND_COUNT,
    COMMAND_DOCS,
    COMMAND_GETKEYS,
    COMMAND_GETKEYSANDFLAGS,
    helpSubcommand(HELP, { acl: ["connection"], group: "server", since: "5.0.0" }),
    COMMAND_INFO,
    COMMAND_LIST,
  ],
  handler: commandAll,
};
