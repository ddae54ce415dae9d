/** The replies of COMMAND INFO and COMMAND DOCS, written from the declarations. */
import type { ReplyWriter } from "../../resp/reply.ts";
import type { Argument, CommandDeclaration, KeySpec } from "../../session/command-declaration.ts";
import {
  aclCategories,
  legacyKeyRange,
  orderedKeyFlags,
  shownFlags,
} from "../../session/command-facts.ts";
import type { CommandRecord } from "../../session/command-table.ts";

/** Words as a set of simple strings: flags and categories. */
export function writeWords(reply: ReplyWriter, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

/** The ten elements that COMMAND INFO has for a command. */
export function writeInfo(reply: ReplyWriter, record: CommandRecord): void {
  const { command } = record;
  const range = legacyKeyRange(command);
  const categories = aclCategories(command);
  const tips = command.tips ?? [];
  const specs = command.keySpecs ?? [];
  reply.array(10);
  reply.bulkText(record.fullName);
  reply.integer(record.arity);
  writeWords(reply, shownFlags(command));
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  writeWords(
    reply,
    categories.map((category) => `@${category}`),
  );
  reply.set(tips.length);
  for (const tip of tips) reply.bulkText(tip);
  reply.set(specs.length);
  for (const spec of specs) writeKeySpec(reply, spec);
  if (record.subcommands === null) {
    reply.set(0);
    return;
  }
  reply.array(record.subcommands.size);
  for (const sub of record.subcommands.values()) writeInfo(reply, sub);
}

function writeKeySpec(reply: ReplyWriter, spec: KeySpec): void {
  reply.map(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) writeText(reply, "notes", spec.notes);
  reply.bulkText("flags");
  writeWords(reply, orderedKeyFlags(spec.flags));
  reply.bulkText("begin_search");
  const { begin, find } = spec;
  if (begin.type === "index") {
    writeSearch(reply, "index", [["index", begin.index]]);
  } else if (begin.type === "unknown") {
    writeSearch(reply, "unknown", []);
  } else {
    writeSearch(reply, "keyword", [
      ["keyword", begin.keyword],
      ["startfrom", begin.startFrom],
    ]);
  }
  reply.bulkText("find_keys");
  if (find.type === "range") {
    writeSearch(reply, "range", [
      ["lastkey", find.lastKey],
      ["keystep", find.keyStep],
      ["limit", find.limit],
    ]);
  } else if (find.type === "unknown") {
    writeSearch(reply, "unknown", []);
  } else {
    writeSearch(reply, "keynum", [
      ["keynumidx", find.keyNumIndex],
      ["firstkey", find.firstKey],
      ["keystep", find.keyStep],
    ]);
  }
}

function writeSearch(
  reply: ReplyWriter,
  type: string,
  spec: readonly (readonly [name: string, value: string | number])[],
): void {
  reply.map(2);
  writeText(reply, "type", type);
  reply.bulkText("spec");
  reply.map(spec.length);
  for (const [name, value] of spec) {
    reply.bulkText(name);
    if (typeof value === "number") reply.integer(value);
    else reply.bulkText(value);
  }
}

function writeText(reply: ReplyWriter, name: string, text: string): void {
  reply.bulkText(name);
  reply.bulkText(text);
}

/** A field of a map whose presence depends on the declaration. */
type Field = readonly [name: string, write: () => void];

function writeFields(reply: ReplyWriter, fields: readonly (Field | null)[]): void {
  const present = fields.filter((field) => field !== null);
  reply.map(present.length);
  for (const [name, write] of present) {
    reply.bulkText(name);
    write();
  }
}

/** A text field; null when there is no text. */
function textField(reply: ReplyWriter, name: string, text: string | undefined): Field | null {
  return text === undefined ? null : [name, () => reply.bulkText(text)];
}

/** A field with a set of words; null when there are none. */
function wordsField(
  reply: ReplyWriter,
  name: string,
  words: readonly string[] | undefined,
): Field | null {
  return words === undefined ? null : [name, () => writeWords(reply, words)];
}

/** The map that COMMAND DOCS has for a command. */
export function writeDocs(reply: ReplyWriter, record: CommandRecord): void {
  const { command } = record;
  writeFields(reply, [
    textField(reply, "summary", command.summary),
    textField(reply, "since", command.since),
    textField(reply, "group", command.group),
    textField(reply, "complexity", command.complexity),
    wordsField(reply, "doc_flags", command.docFlags),
    textField(reply, "deprecated_since", command.deprecatedSince),
    textField(reply, "replaced_by", command.replacedBy),
    command.history === undefined ? null : ["history", () => writeHistory(reply, command)],
    argumentsField(reply, command.arguments),
    record.subcommands === null ? null : ["subcommands", () => writeSubcommands(reply, record)],
  ]);
}

function writeHistory(reply: ReplyWriter, command: CommandDeclaration): void {
  const history = command.history ?? [];
  reply.set(history.length);
  for (const [version, change] of history) {
    reply.array(2);
    reply.bulkText(version);
    reply.bulkText(change);
  }
}

function writeSubcommands(reply: ReplyWriter, record: CommandRecord): void {
  const subcommands = [...(record.subcommands?.values() ?? [])];
  reply.map(subcommands.length);
  for (const sub of subcommands) {
    reply.bulkText(sub.fullName);
    writeDocs(reply, sub);
  }
}

function argumentsField(reply: ReplyWriter, list: readonly Argument[] | undefined): Field | null {
  if (list === undefined) return null;
  return [
    "arguments",
    () => {
      reply.array(list.length);
      for (const argument of list) writeArgument(reply, argument);
    },
  ];
}

function writeArgument(reply: ReplyWriter, argument: Argument): void {
  const index = argument.keySpecIndex;
  writeFields(reply, [
    textField(reply, "name", argument.name),
    textField(reply, "type", argument.type),
    index === undefined ? null : ["key_spec_index", () => reply.integer(index)],
    textField(reply, "token", argument.token),
    textField(reply, "summary", argument.summary),
    textField(reply, "since", argument.since),
    textField(reply, "deprecated_since", argument.deprecatedSince),
    wordsField(reply, "flags", argument.flags),
    argumentsField(reply, argument.arguments),
  ]);
}
