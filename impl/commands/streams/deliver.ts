/** How entries are delivered to consumers, and how that is told. */
import type { Call } from "../../session/call.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { ASSIGNED } from "../../types/stream/assignments.ts";
import { hasGapFrom, readUpTo } from "../../types/stream/positions.ts";
import { type StreamView, streamView } from "../../types/stream/view.ts";
import { STREAM_EVENT } from "./events.ts";
import { arrayOf, replyEntry, replyId } from "./lookup.ts";

/** What is to be read. */
export interface Reading {
  /** How many entries of each stream at most; 0 for all. */
  readonly count: number;
  /** How long to wait, in milliseconds, 0 for ever; -1 for not at all. */
  readonly blockMs: number;
  /** What is read counts as acknowledged. */
  readonly noAck: boolean;
  /** The argument that names the group, behind which the consumer stands; 0 for none. */
  readonly groupAt: number;
  readonly firstKey: number;
  /** How many streams: so many arguments behind a key stands its id. */
  readonly streams: number;
}

const id = new StreamId();
const lastId = new StreamId();
const firstId = new StreamId();
const startId = new StreamId();
const endId = new StreamId().setGreatest();
const entriesRead = new Int64();
const nowMs = new Int64();
const deliveries = new Int64();
const once = new Int64().setWord(1);

/**
 * Replies what lies behind the open group's last id, and delivers it to the consumer. Precondition:
 * `finishReading` or `takeBack` follows.
 *
 * @param keyAt the argument of the stream's key
 * @throws OutOfMemory, when all that was assigned is to be taken back
 */
export function deliver(call: Call, stream: StreamView, reading: Reading, keyAt: number): void {
  const { groups, assignments, entries } = stream;
  const { group } = groups;
  assignments.useGroup(keyAt);
  const consumer = seeConsumer(call, stream, reading, keyAt);
  groups.readLastId(group, lastId);
  groups.readEntriesRead(group, entriesRead);
  if (!stream.maxDeletedId.isLeast || isUnknown(entriesRead)) stream.readFirstId(firstId);
  nowMs.setNumber(call.nowMs);
  const most = reading.count === 0 ? Number.POSITIVE_INFINITY : reading.count;
  entries.begin(startId.copy(lastId).increment(), endId, false);
  arrayOf(call, () => {
    let count = 0;
    for (; count < most && entries.next(); count++) {
      id.copy(entries.id);
      if (id.compare(lastId) > 0) countRead(stream, id);
      replyEntry(call, stream);
      if (reading.noAck) continue;
      if (groups.findPending(id)) assignments.move(id, consumer, nowMs, once, 0);
      else assignments.add(id, consumer, nowMs, once, 0);
    }
    return count;
  });
  groups.setLastId(group, lastId);
  groups.setEntriesRead(group, entriesRead);
}

function isUnknown(count: Int64): boolean {
  return count.low === -1 && count.high === -1;
}

/** The group has read up to an id: `lastId` and `entriesRead` follow. */
function countRead(stream: StreamView, read: StreamId): void {
  if (!isUnknown(entriesRead) && !hasGapFrom(stream, read, firstId)) entriesRead.increment();
  else if (stream.added.low !== 0 || stream.added.high !== 0) {
    readUpTo(stream, read, firstId, entriesRead);
  }
  lastId.copy(read);
}

/** Replies what is pending for the consumer behind an id, which is delivered once more; as `deliver`. */
export function redeliver(
  call: Call,
  stream: StreamView,
  reading: Reading,
  keyAt: number,
  after: StreamId,
): void {
  const { reply } = call;
  const { groups, assignments, entries } = stream;
  const consumer = seeConsumer(call, stream, reading, keyAt);
  const own = groups.openOwn(consumer);
  const most = reading.count === 0 ? Number.POSITIVE_INFINITY : reading.count;
  nowMs.setNumber(call.nowMs);
  own.setId(after.msHigh, after.msLow, after.sequenceHigh, after.sequenceLow);
  let more = own.seek(true);
  arrayOf(call, () => {
    let count = 0;
    for (; more && count < most; count++, more = own.next()) {
      ConsumerGroups.readId(own, id);
      if (entries.find(id)) {
        groups.findPending(id);
        groups.readCount(deliveries).increment();
        assignments.move(id, consumer, nowMs, deliveries, 0, ASSIGNED.shown);
        replyEntry(call, stream);
      } else {
        reply.array(2);
        replyId(call, id);
        reply.nilArray();
      }
    }
    return count;
  });
}

/** The consumer that reads has been seen; it is made if there is none. */
function seeConsumer(call: Call, stream: StreamView, reading: Reading, keyAt: number): number {
  const { bytes, offsets, lengths } = call.request;
  const at = reading.groupAt + 1;
  return stream.assignments.see(bytes, offsets[at]!, lengths[at]!, call.nowMs, keyAt);
}

/**
 * Keeps what was assigned, and tells of it: as XCLAIMs or, of what counts as acknowledged, where the
 * group has come to.
 *
 * @param changes how much INFO's rdb_changes_since_last_save grows, beside consumers that were made
 */
export function finishReading(call: Call, reading: Reading, changes: number): void {
  const stream = streamView(call.keyspace);
  const { assignments } = stream;
  call.withoutEffect();
  tellMade(call, stream);
  call.changedUnseen(changes);
  if (call.effects.enabled) writeReading(call, stream, reading);
  assignments.settle();
  stream.mutated();
}

/** Tells of the consumers that were made. */
export function tellMade(call: Call, { assignments }: StreamView): void {
  for (let row = 0; row < assignments.count; row++) {
    if (assignments.kind(row) !== ASSIGNED.made) continue;
    call.changedUnwatched(assignments.argument(row), STREAM_EVENT.consumerCreate);
  }
}

function writeReading(call: Call, stream: StreamView, reading: Reading): void {
  const { assignments } = stream;
  const { groupAt, noAck } = reading;
  let keyAt = 0;
  let groupRow = -1;
  for (let row = 0; row < assignments.count; row++) {
    const kind = assignments.kind(row);
    if (kind === ASSIGNED.group) {
      if (groupRow >= 0) writePosition(call, stream, reading, groupRow);
      groupRow = row;
      keyAt = assignments.argument(row);
      assignments.readId(row, lastId);
    } else if (kind === ASSIGNED.made && noAck) {
      const effects = call.rewrite(5);
      effects.word("XGROUP");
      effects.word("CREATECONSUMER");
      effects.argument(call.request, assignments.argument(row));
      effects.argument(call.request, groupAt);
      effects.argument(call.request, groupAt + 1);
    } else if (kind === ASSIGNED.added || kind === ASSIGNED.moved) {
      assignments.readId(row, id);
      if (id.compare(lastId) > 0) lastId.copy(id);
      writeClaim(call, stream, row, keyAt, groupAt, lastId);
    }
  }
  if (groupRow >= 0) writePosition(call, stream, reading, groupRow);
}

/** Of a group that has read without acknowledgements: where it has come to, if that has changed. */
function writePosition(call: Call, stream: StreamView, reading: Reading, row: number): void {
  const { assignments, groups } = stream;
  if (!reading.noAck) return;
  const group = assignments.group(row);
  if (groups.readLastId(group, lastId).compare(assignments.readId(row, id)) === 0) return;
  writeGroupPosition(call, stream, group, assignments.argument(row), reading.groupAt);
}

/** Writes the effect that a group has come to its last id. */
export function writeGroupPosition(
  call: Call,
  { groups }: StreamView,
  group: number,
  keyAt: number,
  groupAt: number,
): void {
  const effects = call.rewrite(7);
  effects.word("XGROUP");
  effects.word("SETID");
  effects.argument(call.request, keyAt);
  effects.argument(call.request, groupAt);
  effects.word(groups.readLastId(group, lastId).text);
  effects.word("ENTRIESREAD");
  effects.integer(groups.readEntriesRead(group, entriesRead).toInteger());
}

/** Writes the effect that a row of what was assigned is. */
export function writeClaim(
  call: Call,
  { assignments, groups }: StreamView,
  row: number,
  keyAt: number,
  groupAt: number,
  groupsLastId: StreamId,
): void {
  const { consumers } = groups;
  const owner = assignments.owner(row);
  const idAt = assignments.argument(row);
  const effects = call.rewrite(14);
  effects.word("XCLAIM");
  effects.argument(call.request, keyAt);
  effects.argument(call.request, groupAt);
  effects.bytes(consumers.bytes(owner), consumers.nameOffset(owner), consumers.nameLength(owner));
  effects.word("0");
  if (idAt > 0) effects.argument(call.request, idAt);
  else effects.word(assignments.readId(row, id).text);
  effects.word("TIME");
  effects.integer(assignments.readDelivered(row, nowMs).toInteger());
  effects.word("RETRYCOUNT");
  effects.integer(assignments.readCount(row, deliveries).toInteger());
  effects.word("FORCE");
  effects.word("JUSTID");
  effects.word("LASTID");
  effects.word(groupsLastId.text);
}
