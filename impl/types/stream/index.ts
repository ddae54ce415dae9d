import type { Effects } from "../../engine/effects.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { RdbWriter } from "../../rdb/writer.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import type { IdTree } from "../../structures/id-tree.ts";
import { Int64 } from "../../structures/int64.ts";
import { totalBytes } from "../../structures/listpack.ts";
import { ID_BYTES, StreamId } from "../../structures/stream-id.ts";
import type { ValueType } from "../value-type.ts";
import { STREAM_TYPE, StreamEncoding } from "./kinds.ts";
import {
  loadStream,
  RDB_STREAM_LISTPACKS,
  RDB_STREAM_LISTPACKS_2,
  RDB_STREAM_LISTPACKS_3,
} from "./load.ts";
import { recreateStream } from "./recreate.ts";
import { openStream, StreamView, streamView } from "./view.ts";

const id = new StreamId();
const idBytes = new Uint8Array(ID_BYTES);
const number = new Int64();

/** Streams: entries by id, and groups of consumers who read them. */
export const streamType: ValueType<"stream"> = {
  name: "stream",
  number: STREAM_TYPE,
  encodings: { [StreamEncoding.stream]: "stream" },
  rdbTypes: [RDB_STREAM_LISTPACKS, RDB_STREAM_LISTPACKS_2, RDB_STREAM_LISTPACKS_3],
  rooted: (arena) => new StreamView(arena),

  heldBytes: (keyspace, ref) => openStream(keyspace, ref).heldBytes,

  isShared: () => false,

  table: () => null,

  copy(keyspace, ref, to, key, keyOffset, keyLength) {
    const source = openStream(keyspace, ref);
    const target = to === keyspace ? source.other : streamView(to);
    return source.copy(to, target, key, keyOffset, keyLength);
  },

  recreate(effects: Effects, database: number, keyspace: Keyspace, ref: EntryRef) {
    recreateStream(effects, database, keyspace, ref);
  },

  rdbType: () => RDB_STREAM_LISTPACKS_2,

  save(writer, keyspace, ref) {
    const stream = openStream(keyspace, ref);
    const { entries } = stream;
    writer.length(entries.nodes);
    entries.forEachNode((nodeId, bytes, pack) => {
      nodeId.write(idBytes, 0);
      writer.string(idBytes, 0, ID_BYTES);
      writer.string(bytes, pack, totalBytes(bytes, pack));
    });
    writer.length(entries.length);
    saveId(writer, stream.lastId);
    saveId(writer, stream.readFirstId(id));
    saveId(writer, stream.maxDeletedId);
    saveNumber(writer, stream.added);
    writer.length(stream.groupCount);
    if (stream.hasGroups) saveGroups(writer, stream.groups);
  },

  load(reader, rdbType, to, key, keyOffset, keyLength) {
    return loadStream(reader, rdbType, to, key, keyOffset, keyLength);
  },

  digest(digest, keyspace, ref) {
    const { entries } = openStream(keyspace, ref);
    for (entries.beginAll(); entries.next(); ) {
      digest.mix(Buffer.from(`${entries.id.ms}.${entries.id.sequence}`, "latin1"));
      const { name, value } = entries;
      for (let left = entries.fields; left > 0; left--) {
        entries.nextField();
        digest.mix(name.bytes, name.offset, name.length);
        digest.mix(value.bytes, value.offset, value.length);
      }
    }
  },

  verify(keyspace, ref) {
    openStream(keyspace, ref).verifyInvariants();
  },
};

function saveId(writer: RdbWriter, { ms, sequence }: StreamId): void {
  writer.uint64(ms);
  writer.uint64(sequence);
}

/** A number of 64 bits, which RDB files take for an unsigned one. */
function saveNumber(writer: RdbWriter, value: Int64): void {
  writer.uint64(BigInt.asUintN(64, BigInt(value.toInteger())));
}

function saveGroups(writer: RdbWriter, view: ConsumerGroups): void {
  const { groups, consumers, pending } = view;
  for (let group = groups.at(0); group !== 0; group = groups.next()) {
    view.openGroup(group);
    writer.string(groups.bytes(group), groups.nameOffset(group), groups.nameLength(group));
    saveId(writer, view.readLastId(group, id));
    saveNumber(writer, view.readEntriesRead(group, number));
    writer.length(pending.length);
    for (let more = pending.seekPosition(0); more; more = pending.next()) {
      saveRawId(writer, pending);
      writer.int64(view.readDelivered(number).toInteger());
      saveNumber(writer, view.readCount(number));
    }
    writer.length(consumers.length);
    for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
      writer.string(consumers.bytes(one), consumers.nameOffset(one), consumers.nameLength(one));
      writer.int64(view.readSeen(one, number).toInteger());
      const own = view.openOwn(one);
      writer.length(own.length);
      for (let more = own.seekPosition(0); more; more = own.next()) saveRawId(writer, own);
    }
  }
}

function saveRawId(writer: RdbWriter, tree: IdTree): void {
  ConsumerGroups.readId(tree, id).write(idBytes, 0);
  writer.raw(idBytes, 0, ID_BYTES);
}
