import { Request } from "../../resp/request.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Argument, KeySpec } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { keysToTry, waitForKeys } from "../../session/serve.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { STREAM_TYPE } from "../../types/stream/kinds.ts";
import { openStream, type StreamView, streamView } from "../../types/stream/view.ts";
import { behind, flag, integer, KEYS, optional } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { timeoutEndMs } from "../shared/timeout.ts";
import { deliver, finishReading, type Reading, redeliver } from "./deliver.ts";
import { noGroupToRead, STREAM_ERR } from "./errors.ts";
import { CONSUMER, COUNT, GROUP, IDS, STREAM } from "./facts.ts";
import { idArgument } from "./ids.ts";
import { arrayOf, openGroup, replyEntry } from "./lookup.ts";

function streamKeys(startFrom: number): readonly KeySpec[] {
  return [
    {
      flags: ["RO", "access"],
      begin: { type: "keyword", keyword: "STREAMS", startFrom },
      find: { type: "range", lastKey: -1, keyStep: 1, limit: 2 },
    },
  ];
}

const BLOCK: Argument = optional(behind("BLOCK", integer("milliseconds")));
const STREAMS: Argument = {
  name: "streams",
  type: "block",
  token: "STREAMS",
  arguments: [KEYS, IDS],
};

/** XREAD: what is new in streams, which may be waited for. */
export const XREAD: Command = {
  ...STREAM,
  name: "xread",
  arity: -4,
  flags: ["readonly", "blocking", "movablekeys"],
  keySpecs: streamKeys(1),
  complexity: "O(log(N) + M) for each stream, in its nodes and the entries of the reply",
  summary: "Replies the entries of streams behind given ids; waits for some",
  arguments: [COUNT, BLOCK, STREAMS],
  handler: xread,
};

/** XREADGROUP: what is new in streams to a group, delivered to one of its consumers. */
export const XREADGROUP: Command = {
  ...STREAM,
  name: "xreadgroup",
  arity: -7,
  flags: ["write", "blocking", "movablekeys"],
  keySpecs: streamKeys(4),
  complexity: "O(log(N) + M) for each stream, in what it holds and the entries of the reply",
  summary:
    "Delivers entries of streams to a consumer of a group, new ones or again; waits for some",
  arguments: [
    { name: "group_consumer", type: "block", token: "GROUP", arguments: [GROUP, CONSUMER] },
    COUNT,
    BLOCK,
    optional(flag("noack")),
    STREAMS,
  ],
  handler: xreadgroup,
};

function blocksInScript(name: string): string {
  return `ERR ${name} command is not allowed with BLOCK option from scripts`;
}

/** Reads the arguments; null, with the error replied, when they are wrong. */
function readArguments(call: Call, isGroup: boolean): Reading | null {
  const { request } = call;
  let count = 0;
  let blockMs = -1;
  let noAck = false;
  let groupAt = 0;
  for (let i = 1; i < request.argc; i++) {
    const more = request.argc - i - 1;
    if (more > 0 && request.is(i, "block")) {
      if (call.origin === "script") return refuse(call, blocksInScript(request.cText(0)));
      const given = integerArgument(call, i + 1, STREAM_ERR.timeout);
      if (given === null) return null;
      if (timeoutEndMs(call, BigInt(given)) === null) return null;
      blockMs = Number(given);
      i++;
    } else if (more > 0 && request.is(i, "count")) {
      const given = integerArgument(call, i + 1);
      if (given === null) return null;
      count = Math.max(0, Number(given));
      i++;
    } else if (more > 0 && request.is(i, "streams")) {
      if (more % 2 !== 0) return refuse(call, STREAM_ERR.unbalanced);
      if (isGroup && groupAt === 0) return refuse(call, STREAM_ERR.noGroupOption);
      return { count, blockMs, noAck, groupAt, firstKey: i + 1, streams: more / 2 };
    } else if (more > 1 && request.is(i, "group")) {
      if (!isGroup) return refuse(call, STREAM_ERR.groupOfXread);
      groupAt = i + 1;
      i += 2;
    } else if (request.is(i, "noack")) {
      if (!isGroup) return refuse(call, STREAM_ERR.noackOfXread);
      noAck = true;
    } else {
      return refuse(call, ERR.syntax);
    }
  }
  return refuse(call, ERR.syntax);
}

function refuse(call: Call, error: string): null {
  call.reply.error(error);
  return null;
}

const id = new StreamId();
const topId = new StreamId();
const endId = new StreamId().setGreatest();

function xread(call: Call): void {
  const reading = readArguments(call, false);
  if (reading === null) return;
  // Who waits was judged when it began to: of its other keys nothing matters, not even their types.
  const isServed = call.origin === "served";
  if (!isServed && !mayRead(call, reading)) return;
  const { reply } = call;
  const { firstKey, streams } = reading;
  const keys = keysToTry(call, { firstKey, lastKey: firstKey + streams - 1 });
  const mark = reply.length;
  let read = 0;
  for (let i = keys.firstKey; i <= keys.lastKey; i++) {
    const stream = streamOf(call, i);
    if (stream === null) continue;
    afterArgument(call, i + streams, stream, id);
    // Who waits is served what lies behind the id, be it nothing: an entry can have come and gone.
    const last = isServed ? stream.lastId : stream.readTopId(topId);
    if (last.compare(id) <= 0) continue;
    openRead(call, i);
    replyBehind(call, stream, reading.count);
    read++;
  }
  if (read > 0) finishReply(call, mark, read);
  else waitOrGiveUp(call, reading, resolved(call, reading));
}

/** True when XREAD's keys and ids are right; else the error is replied. */
function mayRead(call: Call, { firstKey, streams }: Reading): boolean {
  for (let i = firstKey; i < firstKey + streams; i++) {
    if (call.readOf(STREAM_TYPE, i) === WRONG_TYPE) return false;
    if (call.request.is(i + streams, ">")) {
      call.reply.error(STREAM_ERR.newOfXread);
      return false;
    }
    if (call.request.is(i + streams, "$")) continue;
    if (!idArgument(call, i + streams, id)) return false;
  }
  return true;
}

/** The stream of a key that is known to be one if it is there. */
function streamOf(call: Call, i: number): StreamView | null {
  const ref = call.lookupRead(i);
  return ref === 0 ? null : openStream(call.keyspace, ref);
}

/** The id that argument `i` says: what lies behind it is new. */
function afterArgument(call: Call, i: number, stream: StreamView | null, into: StreamId): void {
  if (!call.request.is(i, "$")) idArgument(call, i, into);
  else if (stream === null) into.setLeast();
  else into.copy(stream.lastId);
}

/** Replies the entries behind `id`. */
function replyBehind(call: Call, stream: StreamView, count: number): void {
  const most = count === 0 ? Number.POSITIVE_INFINITY : count;
  stream.entries.begin(id.increment(), endId, false);
  arrayOf(call, () => {
    let found = 0;
    for (; found < most && stream.entries.next(); found++) replyEntry(call, stream);
    return found;
  });
}

/** Begins the part of the reply that is the stream of argument `i`'s key. */
function openRead({ reply, request }: Call, i: number): void {
  if (reply.protocol === 2) reply.array(2);
  reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
}

/** Opens the reply, whose parts are written. */
function finishReply({ reply }: Call, mark: number, parts: number): void {
  if (reply.protocol === 2) reply.arrayFrom(mark, parts);
  else reply.mapFrom(mark, parts);
}

/** XREAD as it runs again: with the ids that `$` stands for now. */
function resolved(call: Call, { firstKey, streams, blockMs }: Reading): Request | undefined {
  if (call.origin === "served" || blockMs < 0 || !call.mayBlock) return undefined;
  const { request } = call;
  const words: (Uint8Array | string)[] = [];
  for (let i = 0; i < request.argc; i++) words.push(request.arg(i));
  for (let i = firstKey; i < firstKey + streams; i++) {
    afterArgument(call, i + streams, streamOf(call, i), id);
    words[i + streams] = id.text;
  }
  return Request.of(...words);
}

/** Nothing is there to be read: waits, if that was asked for. */
function waitOrGiveUp(call: Call, reading: Reading, again: Request | undefined): void {
  const { blockMs, firstKey, streams, groupAt } = reading;
  if (blockMs < 0 || !call.mayBlock) {
    call.reply.nilArray();
    return;
  }
  waitForKeys(call, {
    firstKey,
    lastKey: firstKey + streams - 1,
    type: STREAM_TYPE,
    untilMs: blockMs === 0 ? Number.POSITIVE_INFINITY : call.nowMs + blockMs,
    onTimeout: ({ reply }) => reply.nilArray(),
    ...(groupAt > 0 && { endsWithKey: true }),
    ...(again !== undefined && { again }),
  });
}

function xreadgroup(call: Call): void {
  const reading = readArguments(call, true);
  if (reading === null) return;
  if (call.origin === "served") {
    serveReader(call, reading);
    return;
  }
  if (!mayReadGroup(call, reading)) return;
  const { reply } = call;
  const { firstKey, streams } = reading;
  const { assignments } = streamView(call.keyspace);
  const mark = reply.length;
  let read = 0;
  try {
    for (let i = firstKey; i < firstKey + streams; i++) {
      const stream = streamOf(call, i)!;
      openGroup(call, stream, reading.groupAt);
      const isNew = readsNew(call, i + streams);
      if (isNew && !hasNew(stream)) continue;
      openRead(call, i);
      if (isNew) deliver(call, stream, reading, i);
      else redeliver(call, stream, reading, i, id);
      read++;
    }
  } catch (error) {
    assignments.takeBack();
    throw error;
  }
  if (read > 0) {
    finishReply(call, mark, read);
    finishReading(call, reading, read);
  } else {
    waitOrGiveUp(call, reading, undefined);
  }
}

/** True when XREADGROUP's keys, groups and ids are right; else the error is replied. */
function mayReadGroup(call: Call, { firstKey, streams, groupAt }: Reading): boolean {
  const { reply, request } = call;
  for (let i = firstKey; i < firstKey + streams; i++) {
    const ref = call.readOf(STREAM_TYPE, i);
    if (ref === WRONG_TYPE) return false;
    if (ref === 0 || !openGroup(call, openStream(call.keyspace, ref), groupAt)) {
      reply.error(noGroupToRead(call, i, groupAt));
      return false;
    }
    if (request.is(i + streams, "$")) {
      reply.error(STREAM_ERR.dollar);
      return false;
    }
    if (!request.is(i + streams, ">") && !idArgument(call, i + streams, id)) return false;
  }
  return true;
}

/** True when argument `i` asks for new entries: `>`, or the greatest id, which stands for it. Else `id` is what it says. */
function readsNew(call: Call, i: number): boolean {
  if (call.request.is(i, ">")) return true;
  idArgument(call, i, id);
  return id.isGreatest;
}

/** True when entries lie behind the open group's last id. */
function hasNew(stream: StreamView): boolean {
  const { groups } = stream;
  return stream.readTopId(topId).compare(groups.readLastId(groups.group, id)) > 0;
}

/** Serves a reader who has waited: of the stream that is ready; or tells that it, or the group, is gone. */
function serveReader(call: Call, reading: Reading): void {
  const { reply, keyspace } = call;
  const { firstKey, streams } = reading;
  const i = keysToTry(call, { firstKey, lastKey: firstKey + streams - 1 }).firstKey;
  const ref = call.lookup(i);
  if (ref === 0 || keyspace.type(ref) !== STREAM_TYPE) {
    reply.error(STREAM_ERR.streamGone);
    return;
  }
  const stream = openStream(keyspace, ref);
  if (!openGroup(call, stream, reading.groupAt)) {
    reply.error(STREAM_ERR.groupGone);
    return;
  }
  const { groups } = stream;
  if (stream.lastId.compare(groups.readLastId(groups.group, id)) <= 0) {
    waitOrGiveUp(call, reading, undefined);
    return;
  }
  const mark = reply.length;
  openRead(call, i);
  try {
    deliver(call, stream, reading, i);
  } catch (error) {
    stream.assignments.takeBack();
    throw error;
  }
  finishReply(call, mark, 1);
  finishReading(call, reading, 0);
}
