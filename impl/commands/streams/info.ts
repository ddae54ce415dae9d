import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { ERR, unknownSubcommandOrArity } from "../../session/errors.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { hasGapFrom, readUpTo } from "../../types/stream/positions.ts";
import type { StreamView } from "../../types/stream/view.ts";
import { behind, integer, KEY, optional } from "../shared/arguments.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { integerArgument } from "../shared/numbers.ts";
import { noGroupOfKey } from "./errors.ts";
import { CHANGING, STREAM } from "./facts.ts";
import { arrayOf, openGroup, readStream, replyEntry, replyId } from "./lookup.ts";

/** Entries, groups' pending ones and consumers' that XINFO STREAM FULL shows unless told how many. */
const USUAL_COUNT = 10;

/** What the subcommands have in common. */
const INFO = {
  ...STREAM,
  flags: ["readonly"],
  keySpecs: [keyRange(["RO", "access"], 2, 0, 1)],
} as const;

const id = new StreamId();
const firstId = new StreamId();
const number = new Int64();

const STREAM_INFO: Command = {
  ...INFO,
  name: "stream",
  arity: -3,
  complexity: "O(N) in the nodes of the stream; with FULL in what is shown, too",
  summary: "Shows the facts of a stream; in full, with its entries and groups",
  history: [
    ["6.0.0", "`FULL` is new."],
    [
      "7.0.0",
      "`max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` are new.",
    ],
  ],
  arguments: [
    KEY,
    {
      name: "full",
      type: "block",
      token: "FULL",
      flags: ["optional"],
      arguments: [optional(behind("COUNT", integer("count")))],
    },
  ],
  handler: streamInfo,
};

function streamInfo(call: Call): void {
  const { request, reply } = call;
  const stream = existing(call);
  if (stream === null) return;
  if (request.argc === 3) {
    reply.map(10);
    replyFacts(call, stream);
    field(call, "groups").integer(stream.groupCount);
    replyEdge(call, stream, "first-entry", false);
    replyEdge(call, stream, "last-entry", true);
    return;
  }
  const isRight =
    request.is(3, "full") && (request.argc === 4 || (request.argc === 6 && request.is(4, "count")));
  if (!isRight) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  let most = USUAL_COUNT;
  if (request.argc === 6) {
    const given = integerArgument(call, 5);
    if (given === null) return;
    if (given >= 0) most = given === 0 ? Number.POSITIVE_INFINITY : Number(given);
  }
  replyWhole(call, stream, most);
}

function existing(call: Call): StreamView | null {
  return readStream(call, 2, ({ reply }) => reply.error(ERR.noSuchKey));
}

/** Writes the name of a field, whose value follows. */
function field({ reply }: Call, name: string): Call["reply"] {
  reply.bulkText(name);
  return reply;
}

/** The seven facts that both forms begin with. */
function replyFacts(call: Call, stream: StreamView): void {
  const { entries } = stream;
  field(call, "length").integer(entries.length);
  field(call, "radix-tree-keys").integer(entries.nodes);
  field(call, "radix-tree-nodes").integer(entries.radixNodes());
  field(call, "last-generated-id");
  replyId(call, stream.lastId);
  field(call, "max-deleted-entry-id");
  replyId(call, stream.maxDeletedId);
  field(call, "entries-added").integer(stream.added.toInteger());
  field(call, "recorded-first-entry-id");
  replyId(call, stream.readFirstId(id));
}

function replyEdge(call: Call, stream: StreamView, name: string, last: boolean): void {
  field(call, name);
  stream.entries.beginAll(last);
  if (stream.entries.next()) replyEntry(call, stream);
  else call.reply.nil();
}

function replyWhole(call: Call, stream: StreamView, most: number): void {
  const { reply } = call;
  const { entries } = stream;
  reply.map(9);
  replyFacts(call, stream);
  field(call, "entries");
  entries.beginAll();
  arrayOf(call, () => {
    let count = 0;
    for (; count < most && entries.next(); count++) replyEntry(call, stream);
    return count;
  });
  field(call, "groups").array(stream.groupCount);
  if (!stream.hasGroups) return;
  const { groups } = stream.groups;
  for (let group = groups.at(0); group !== 0; group = groups.next()) {
    stream.groups.openGroup(group);
    replyWholeGroup(call, stream, most);
  }
}

function replyWholeGroup(call: Call, stream: StreamView, most: number): void {
  const { reply } = call;
  const { groups } = stream;
  const { group, pending, consumers } = groups;
  reply.map(7);
  replyGroupName(call, groups, group);
  field(call, "last-delivered-id");
  replyId(call, groups.readLastId(group, id));
  replyPosition(call, stream);
  field(call, "pel-count").integer(pending.length);
  field(call, "pending").array(Math.min(most, pending.length));
  let left = most;
  for (let more = pending.seekPosition(0); more && left > 0; more = pending.next(), left--) {
    const { owner } = groups;
    reply.array(4);
    replyId(call, ConsumerGroups.readId(pending, id));
    reply.bulk(consumers.bytes(owner), consumers.nameOffset(owner), consumers.nameLength(owner));
    reply.integer(groups.readDelivered(number).toInteger());
    reply.integer(groups.readCount(number).toInteger());
  }
  field(call, "consumers").array(consumers.length);
  for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
    replyWholeConsumer(call, groups, one, most);
  }
}

function replyWholeConsumer(
  call: Call,
  groups: ConsumerGroups,
  consumer: number,
  most: number,
): void {
  const { reply } = call;
  const own = groups.openOwn(consumer);
  reply.map(4);
  replyConsumerName(call, groups, consumer);
  field(call, "seen-time").integer(groups.readSeen(consumer, number).toInteger());
  field(call, "pel-count").integer(own.length);
  field(call, "pending").array(Math.min(most, own.length));
  let left = most;
  for (let more = own.seekPosition(0); more && left > 0; more = own.next(), left--) {
    groups.findPending(ConsumerGroups.readId(own, id));
    reply.array(3);
    replyId(call, id);
    reply.integer(groups.readDelivered(number).toInteger());
    reply.integer(groups.readCount(number).toInteger());
  }
}

function replyGroupName(call: Call, { groups }: ConsumerGroups, group: number): void {
  const reply = field(call, "name");
  reply.bulk(groups.bytes(group), groups.nameOffset(group), groups.nameLength(group));
}

function replyConsumerName(call: Call, { consumers }: ConsumerGroups, one: number): void {
  const reply = field(call, "name");
  reply.bulk(consumers.bytes(one), consumers.nameOffset(one), consumers.nameLength(one));
}

/** How many entries the open group has read, and how many it has yet to read, as far as that is known. */
function replyPosition(call: Call, stream: StreamView): void {
  const { groups, added } = stream;
  const { group } = groups;
  const read = groups.readEntriesRead(group, number).toInteger();
  const reply = field(call, "entries-read");
  if (read === -1) reply.nil();
  else reply.integer(read);
  field(call, "lag");
  if (added.low === 0 && added.high === 0) {
    reply.integer(0);
    return;
  }
  groups.readLastId(group, id);
  stream.readFirstId(firstId);
  const isCounted = read !== -1 && !hasGapFrom(stream, id, firstId);
  const known = isCounted ? read : readUpTo(stream, id, firstId, number).toInteger();
  if (!isCounted && known === -1) reply.nil();
  else reply.integer(BigInt.asIntN(64, BigInt(added.toInteger()) - BigInt(known)));
}

const GROUPS_INFO: Command = {
  ...INFO,
  name: "groups",
  arity: 3,
  complexity: "O(N) in the groups of the stream",
  summary: "Shows the groups of a stream",
  history: [["7.0.0", "`entries-read` and `lag` are new."]],
  arguments: [KEY],
  handler: groupsInfo,
};

function groupsInfo(call: Call): void {
  const { reply } = call;
  const stream = existing(call);
  if (stream === null) return;
  reply.array(stream.groupCount);
  if (!stream.hasGroups) return;
  const { groups } = stream;
  const all = groups.groups;
  for (let group = all.at(0); group !== 0; group = all.next()) {
    groups.openGroup(group);
    reply.map(6);
    replyGroupName(call, groups, group);
    field(call, "consumers").integer(groups.consumers.length);
    field(call, "pending").integer(groups.pending.length);
    field(call, "last-delivered-id");
    replyId(call, groups.readLastId(group, id));
    replyPosition(call, stream);
  }
}

const CONSUMERS_INFO: Command = {
  ...INFO,
  name: "consumers",
  arity: 4,
  tips: CHANGING,
  complexity: "O(N) in the consumers of the group",
  summary: "Shows the consumers of a group",
  arguments: [KEY, { name: "groupname", type: "string" }],
  handler: consumersInfo,
};

function consumersInfo(call: Call): void {
  const { reply, nowMs } = call;
  const stream = existing(call);
  if (stream === null) return;
  if (!openGroup(call, stream, 3)) {
    reply.error(noGroupOfKey(call, 2, 3));
    return;
  }
  const { groups } = stream;
  const { consumers } = groups;
  reply.array(consumers.length);
  for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
    const idle = BigInt(nowMs) - BigInt(groups.readSeen(one, number).toInteger());
    reply.map(3);
    replyConsumerName(call, groups, one);
    field(call, "pending").integer(groups.ownLength(one));
    field(call, "idle").integer(idle < 0n ? 0 : idle);
  }
}

const HELP: readonly HelpEntry[] = [
  ["CONSUMERS <key> <groupname>", "Show consumers of <groupname>."],
  ["GROUPS <key>", "Show the stream consumer groups."],
  ["STREAM <key> [FULL [COUNT <count>]", "Show information about the stream."],
];

/** XINFO: what there is to know of a stream. */
export const XINFO: Command = {
  ...STREAM,
  name: "xinfo",
  arity: -2,
  flags: [],
  acl: [],
  complexity: "Depends on the subcommand",
  summary: "Shows streams, their groups and consumers",
  subcommands: [CONSUMERS_INFO, GROUPS_INFO, helpSubcommand(HELP, STREAM), STREAM_INFO],
};
