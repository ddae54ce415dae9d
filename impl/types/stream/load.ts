import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { RdbReader } from "../../rdb/reader.ts";
import type { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import { validateNode } from "../../structures/macro-node.ts";
import { ID_BYTES, StreamId } from "../../structures/stream-id.ts";
import { readUpTo } from "./positions.ts";
import { type StreamView, streamView } from "./view.ts";

/** The type byte of a stream as Redis 5 and 6 have saved it: without what was ever added and read. */
export const RDB_STREAM_LISTPACKS = 15;
/** The type byte of a stream since Redis 7.0. */
export const RDB_STREAM_LISTPACKS_2 = 19;
/** Since Redis 7.2: with when each consumer was active, which 7.0 does not know. */
export const RDB_STREAM_LISTPACKS_3 = 21;

const id = new StreamId();
const first = new StreamId();
const number = new Int64();
const delivered = new Int64();

/**
 * Reads a stream and gives a key that value. Throws OutOfMemory, changing nothing.
 *
 * @returns the key's entry; 0, nothing being changed, when the bytes are damaged
 */
export function loadStream(
  reader: RdbReader,
  rdbType: number,
  to: Keyspace,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
): EntryRef {
  const stream = streamView(to);
  const isOld = rdbType === RDB_STREAM_LISTPACKS;
  stream.begin();
  try {
    loadEntries(reader, stream, isOld);
    if (reader.damage === null) loadGroups(reader, stream, rdbType);
  } catch (error) {
    stream.discard();
    throw error;
  }
  if (reader.damage === null) return stream.attach(to, key, keyOffset, keyLength);
  stream.discard();
  return 0;
}

function loadEntries(reader: RdbReader, stream: StreamView, isOld: boolean): void {
  const { entries } = stream;
  for (let left = reader.length(); left > 0 && reader.damage === null; left--) {
    reader.string();
    if (reader.stringLength !== ID_BYTES) {
      reader.damaged("a node of a stream without an id");
      return;
    }
    id.read(reader.stringBytes, reader.stringOffset);
    reader.string();
    if (reader.damage !== null) return;
    const { stringBytes, stringOffset, stringLength } = reader;
    if (!validateNode(stringBytes, stringOffset, stringLength)) {
      reader.damaged("no node of a stream");
    } else if (!entries.addNode(id, stringBytes, stringOffset)) {
      reader.damaged("two nodes of a stream with one id");
    }
  }
  // What was counted elsewhere may be wrong: where XSETID set an id back, Redis forgets entries.
  const length = reader.length();
  if (length > 0 && entries.nodes === 0) reader.damaged("a stream has lost its entries");
  loadId(reader, id);
  stream.setLastId(id);
  if (isOld) {
    stream.added.setNumber(entries.length);
  } else {
    // That of the first entry, which is found.
    loadId(reader, id);
    loadId(reader, id);
    stream.setMaxDeletedId(id);
    loadNumber(reader, stream.added);
  }
  stream.saveAdded();
}

function loadGroups(reader: RdbReader, stream: StreamView, rdbType: number): void {
  const { groups } = stream;
  for (let left = reader.length(); left > 0 && reader.damage === null; left--) {
    reader.string();
    if (reader.damage !== null) return;
    const { stringBytes, stringOffset, stringLength } = reader;
    if (stream.openGroup(stringBytes, stringOffset, stringLength)) {
      reader.damaged("a group that is there twice");
      return;
    }
    stream.createGroup(stringBytes, stringOffset, stringLength);
    loadId(reader, id);
    groups.setLastId(groups.group, id);
    if (rdbType === RDB_STREAM_LISTPACKS) readUpTo(stream, id, stream.readFirstId(first), number);
    else loadNumber(reader, number);
    groups.setEntriesRead(groups.group, number);
    loadPending(reader, groups);
    loadConsumers(reader, groups, rdbType === RDB_STREAM_LISTPACKS_3);
  }
}

function loadPending(reader: RdbReader, groups: ConsumerGroups): void {
  for (let left = reader.length(); left > 0; left--) {
    reader.raw(ID_BYTES);
    if (reader.damage !== null) return;
    id.read(reader.stringBytes, reader.stringOffset);
    delivered.setInteger(reader.int64());
    loadNumber(reader, number);
    if (reader.damage !== null) return;
    if (groups.findPending(id)) {
      reader.damaged("an entry that is pending twice");
      return;
    }
    groups.addUnowned(id);
    groups.setDelivery(delivered, number);
  }
}

function loadConsumers(reader: RdbReader, groups: ConsumerGroups, knowsActive: boolean): void {
  let owned = 0;
  for (let left = reader.length(); left > 0 && reader.damage === null; left--) {
    reader.string();
    if (reader.damage !== null) return;
    const { stringBytes, stringOffset, stringLength } = reader;
    if (groups.consumers.find(stringBytes, stringOffset, stringLength) !== 0) {
      reader.damaged("a consumer that is there twice");
      return;
    }
    const consumer = groups.createConsumer(stringBytes, stringOffset, stringLength);
    number.setInteger(reader.int64());
    groups.setSeen(consumer, number);
    if (knowsActive) reader.int64();
    for (let more = reader.length(); more > 0; more--) {
      reader.raw(ID_BYTES);
      if (reader.damage !== null) return;
      id.read(reader.stringBytes, reader.stringOffset);
      if (!groups.findPending(id) || groups.owner !== 0) {
        reader.damaged("a consumer's entry that is not pending");
        return;
      }
      groups.addOwn(id, consumer);
      groups.setOwner(consumer);
      owned++;
    }
  }
  if (owned !== groups.pending.length) reader.damaged("an entry that is pending for nobody");
}

function loadId(reader: RdbReader, into: StreamId): void {
  const ms = reader.uint64();
  into.setParts(ms, reader.uint64());
}

function loadNumber(reader: RdbReader, into: Int64): void {
  into.setInteger(BigInt.asIntN(64, reader.uint64()));
}
