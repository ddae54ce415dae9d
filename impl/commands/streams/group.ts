import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, keyRange } from "../../session/command-declaration.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { STREAM_TYPE } from "../../types/stream/kinds.ts";
import { openStream, type StreamView, streamView } from "../../types/stream/view.ts";
import { behind, flag, integer, KEY, oneOf, optional } from "../shared/arguments.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { integerArgument } from "../shared/numbers.ts";
import { noGroupOfKey, STREAM_ERR } from "./errors.ts";
import { STREAM_EVENT } from "./events.ts";
import { STREAM } from "./facts.ts";
import { idArgument, idOrEndArgument } from "./ids.ts";
import { attachStream, openGroup, replyZero, writtenStream } from "./lookup.ts";

/** The arguments that all subcommands have in the same places. */
const STREAM_AT = 2;
const GROUP_AT = 3;

const GROUP: Argument = { name: "groupname", type: "string" };
const CONSUMER: Argument = { name: "consumername", type: "string" };
const FROM: Argument = oneOf("id", { name: "id", type: "string" }, flag("new_id", "$"));
const ENTRIES_READ: Argument = optional(behind("ENTRIESREAD", integer("entries_read")));

const id = new StreamId();
const entriesRead = new Int64();

const CREATE: Command = {
  ...STREAM,
  name: "create",
  arity: -5,
  flags: ["write", "denyoom"],
  keySpecs: [keyRange(["RW", "insert"], 2, 0, 1)],
  complexity: "O(log(N)) in the groups of the stream",
  summary: "Makes a group of consumers",
  history: [["7.0.0", "`ENTRIESREAD` is new."]],
  arguments: [KEY, GROUP, FROM, optional(flag("mkstream")), ENTRIES_READ],
  handler: create,
};

function create(call: Call): void {
  const { request, reply } = call;
  const options = groupOptions(call, true);
  if (options === null) return;
  const ref = call.writeOf(STREAM_TYPE, STREAM_AT);
  if (ref === WRONG_TYPE) return;
  if (ref === 0 && !options.makes) {
    reply.error(STREAM_ERR.noStream);
    return;
  }
  if (request.argc > 8) {
    misuse(call);
    return;
  }
  const stream = ref === 0 ? streamView(call.keyspace) : openStream(call.keyspace, ref);
  if (isDollar(call, 4)) {
    if (ref === 0) id.setLeast();
    else id.copy(stream.lastId);
  } else if (!idArgument(call, 4, id)) {
    return;
  }
  if (ref === 0) {
    createWithStream(call, stream);
    return;
  }
  if (openGroup(call, stream, GROUP_AT)) {
    reply.error(STREAM_ERR.groupExists);
    return;
  }
  makeGroup(call, stream);
  stream.mutated();
  call.changedUnwatched(STREAM_AT, STREAM_EVENT.groupCreate);
  reply.ok();
}

/** Makes the group in a stream of its own. */
function createWithStream(call: Call, stream: StreamView): void {
  stream.begin();
  try {
    makeGroup(call, stream);
  } catch (error) {
    stream.discard();
    throw error;
  }
  attachStream(call, STREAM_AT, stream);
  call.changed(STREAM_AT, STREAM_EVENT.groupCreate);
  call.reply.ok();
}

function makeGroup({ request }: Call, stream: StreamView): void {
  const { bytes, offsets, lengths } = request;
  const group = stream.createGroup(bytes, offsets[GROUP_AT]!, lengths[GROUP_AT]!);
  stream.groups.setLastId(group, id);
  stream.groups.setEntriesRead(group, entriesRead);
}

/** Reads what stands behind the id, and puts ENTRIESREAD into `entriesRead`; null, with the error replied, when it is wrong. */
function groupOptions(call: Call, isCreate: boolean): { readonly makes: boolean } | null {
  const { request, reply } = call;
  let makes = false;
  entriesRead.setWord(-1);
  for (let i = 5; i < request.argc; i++) {
    if (isCreate && request.is(i, "mkstream")) {
      makes = true;
    } else if (request.is(i, "entriesread") && i + 1 < request.argc) {
      const given = integerArgument(call, i + 1);
      if (given === null) return null;
      if (given < -1) {
        reply.error(STREAM_ERR.entriesRead);
        return null;
      }
      entriesRead.setInteger(given);
      i++;
    } else {
      misuse(call);
      return null;
    }
  }
  return { makes };
}

/** The subcommand takes no such arguments. */
function misuse({ request, reply }: Call): void {
  reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
}

/** True when an argument, as far as Redis sees it, is `$`. */
function isDollar({ request }: Call, i: number): boolean {
  return request.is(i, "$");
}

/** The stream of a subcommand, whose key must exist; null, with the error replied, when it does not. */
function namedStream(call: Call): StreamView | null {
  return writtenStream(call, STREAM_AT, ({ reply }) => reply.error(STREAM_ERR.noStream));
}

/** As `namedStream`, with the group open, which must exist too. */
function namedGroup(call: Call): StreamView | null {
  const stream = namedStream(call);
  if (stream === null || openGroup(call, stream, GROUP_AT)) return stream;
  call.reply.error(noGroupOfKey(call, STREAM_AT, GROUP_AT));
  return null;
}

const SETID: Command = {
  ...STREAM,
  name: "setid",
  arity: -5,
  flags: ["write"],
  keySpecs: [keyRange(["RW", "update"], 2, 0, 1)],
  complexity: "O(log(N)) in the groups of the stream",
  summary: "Sets the last id that a group has been given",
  history: [["7.0.0", "`ENTRIESREAD` is new."]],
  arguments: [KEY, GROUP, FROM, ENTRIES_READ],
  handler: setId,
};

function setId(call: Call): void {
  const { request, reply } = call;
  if (groupOptions(call, false) === null) return;
  const stream = namedGroup(call);
  if (stream === null) return;
  if (request.argc !== 5 && request.argc !== 7) {
    misuse(call);
    return;
  }
  if (isDollar(call, 4)) id.copy(stream.lastId);
  else if (!idOrEndArgument(call, 4, id)) return;
  const { groups } = stream;
  groups.setLastId(groups.group, id);
  groups.setEntriesRead(groups.group, entriesRead);
  stream.mutated();
  call.changedUnwatched(STREAM_AT, STREAM_EVENT.groupSetId);
  reply.ok();
}

const DESTROY: Command = {
  ...STREAM,
  name: "destroy",
  arity: 4,
  flags: ["write"],
  keySpecs: [keyRange(["RW", "delete"], 2, 0, 1)],
  complexity: "O(N) in the pending entries of the group",
  summary: "Removes a group of consumers",
  arguments: [KEY, GROUP],
  handler: destroy,
};

function destroy(call: Call): void {
  const stream = namedStream(call);
  if (stream === null) return;
  if (!openGroup(call, stream, GROUP_AT)) {
    replyZero(call);
    return;
  }
  stream.groups.removeGroup(stream.groups.group);
  stream.mutated();
  call.changedUnwatched(STREAM_AT, STREAM_EVENT.groupDestroy);
  call.reply.integer(1);
}

const CREATECONSUMER: Command = {
  ...STREAM,
  name: "createconsumer",
  arity: 5,
  flags: ["write", "denyoom"],
  keySpecs: [keyRange(["RW", "insert"], 2, 0, 1)],
  since: "6.2.0",
  complexity: "O(log(N)) in the consumers of the group",
  summary: "Makes a consumer of a group",
  arguments: [KEY, GROUP, CONSUMER],
  handler: createConsumer,
};

const seen = new Int64();

function createConsumer(call: Call): void {
  const { request } = call;
  const { bytes, offsets, lengths } = request;
  const stream = namedGroup(call);
  if (stream === null) return;
  const { groups } = stream;
  if (groups.consumers.find(bytes, offsets[4]!, lengths[4]!) !== 0) {
    replyZero(call);
    return;
  }
  const consumer = groups.createConsumer(bytes, offsets[4]!, lengths[4]!);
  // While the log is replayed, time stands still.
  seen.setNumber(call.origin === "replay" ? call.instance.time.wallMs : call.nowMs);
  groups.setSeen(consumer, seen);
  stream.mutated();
  call.changedUnwatched(STREAM_AT, STREAM_EVENT.consumerCreate);
  call.reply.integer(1);
}

const DELCONSUMER: Command = {
  ...STREAM,
  name: "delconsumer",
  arity: 5,
  flags: ["write"],
  keySpecs: [keyRange(["RW", "delete"], 2, 0, 1)],
  complexity: "O(N) in the pending entries of the consumer",
  summary: "Removes a consumer of a group with what is pending for it, which is counted",
  arguments: [KEY, GROUP, CONSUMER],
  handler: deleteConsumer,
};

function deleteConsumer(call: Call): void {
  const { bytes, offsets, lengths } = call.request;
  const stream = namedGroup(call);
  if (stream === null) return;
  const { groups } = stream;
  const consumer = groups.consumers.find(bytes, offsets[4]!, lengths[4]!);
  if (consumer === 0) {
    replyZero(call);
    return;
  }
  const pending = groups.removeConsumer(consumer);
  stream.mutated();
  call.changedUnwatched(STREAM_AT, STREAM_EVENT.consumerDelete);
  call.reply.integer(pending);
}

const HELP: readonly HelpEntry[] = [
  [
    "CREATE <key> <groupname> <id|$> [option]",
    "Create a new consumer group. Options are:",
    "* MKSTREAM",
    "  Create the empty stream if it does not exist.",
    "* ENTRIESREAD entries_read",
    "  Set the group's entries_read counter (internal use).",
  ],
  ["CREATECONSUMER <key> <groupname> <consumer>", "Create a new consumer in the specified group."],
  ["DELCONSUMER <key> <groupname> <consumer>", "Remove the specified consumer."],
  ["DESTROY <key> <groupname>", "Remove the specified group."],
  [
    "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
    "Set the current group ID and entries_read counter.",
  ],
];

/** XGROUP: the groups of a stream. */
export const XGROUP: Command = {
  ...STREAM,
  name: "xgroup",
  arity: -2,
  flags: [],
  acl: [],
  complexity: "Depends on the subcommand",
  summary: "Makes and changes groups of consumers",
  subcommands: [CREATE, CREATECONSUMER, DELCONSUMER, DESTROY, helpSubcommand(HELP, STREAM), SETID],
};
