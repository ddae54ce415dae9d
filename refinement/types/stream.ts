import fc from "fast-check";
import { latin1 } from "../../impl/resp/request.ts";
import { ConsumerGroups } from "../../impl/structures/consumer-groups.ts";
import { Int64 } from "../../impl/structures/int64.ts";
import { totalBytes } from "../../impl/structures/listpack.ts";
import type { NameRecords } from "../../impl/structures/name-records.ts";
import { StreamId } from "../../impl/structures/stream-id.ts";
import { openStream } from "../../impl/types/stream/view.ts";
import {
  type BroughtNode,
  broughtNodeOf,
  type NodeReader,
  nodeOf,
  type StreamOf,
  streamOf,
} from "./stream-dump.ts";
import type { Command, Content, TypeView, ValueReading } from "./type-view.ts";

const idText = (id: bigint): string => `${id >> 64n}-${BigInt.asUintN(64, id)}`;
const id = fc
  .tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 9 }))
  .map(([ms, sequence]) => (BigInt(ms) << 64n) | BigInt(sequence));
const text = fc.constantFrom("a", "b", "f", "1", "", "-5", "long".repeat(20));
const fields = fc
  .array(fc.tuple(text, text), { minLength: 1, maxLength: 2 })
  .map((all) => all.flat());

/** The commands that make a stream: entries, deleted ones too, then its facts and its groups. */
function making(key: string, content: Content<"stream">): readonly Command[] {
  const { nodes, lastId, maxDeletedId, entriesAdded, groups } = content;
  const items = nodes.flat();
  const created: Command[] =
    items.length === 0
      ? [["XADD", key, "MAXLEN", "0", "0-1", "f", "v"]]
      : items.map((item) => ["XADD", key, idText(item.id), ...item.fields]);
  const gone = items.filter((item) => item.deleted).map((item) => idText(item.id));
  return [
    ...created,
    ...(gone.length > 0 ? [["XDEL", key, ...gone]] : []),
    [
      "XSETID",
      key,
      idText(lastId),
      "ENTRIESADDED",
      `${entriesAdded}`,
      "MAXDELETEDID",
      idText(maxDeletedId),
    ],
    ...[...groups].flatMap(([name, group]) => [
      ["XGROUP", "CREATE", key, name, idText(group.lastId), "ENTRIESREAD", `${group.entriesRead}`],
      ...[...group.consumers.keys()].map((one) => ["XGROUP", "CREATECONSUMER", key, name, one]),
    ]),
  ];
}

const idValue = ({ ms, sequence }: StreamId): bigint => (ms << 64n) | sequence;
const numberOf = (number: Int64): bigint => BigInt(number.toInteger());
const nameOf = (names: NameRecords, record: number): string =>
  latin1(names.bytes(record), names.nameOffset(record), names.nameLength(record));

type Groups = Content<"stream">["groups"];
type Group = Groups extends ReadonlyMap<string, infer G> ? G : never;
type Pending = Group["pending"] extends ReadonlyMap<bigint, infer P> ? P : never;

function groupsOf(view: ConsumerGroups): Groups {
  const found = new Map<string, Group>();
  const { groups } = view;
  for (let group = groups.at(0); group !== 0; group = groups.next()) {
    view.openGroup(group);
    found.set(nameOf(groups, group), groupOf(view));
  }
  return found;
}

function groupOf(view: ConsumerGroups): Group {
  const { consumers, pending, group } = view;
  const number = new Int64();
  const seen = new Map<string, bigint>();
  for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
    seen.set(nameOf(consumers, one), numberOf(view.readSeen(one, number)));
  }
  const entries = new Map<bigint, Pending>();
  for (let more = pending.seekPosition(0); more; more = pending.next()) {
    entries.set(idValue(ConsumerGroups.readId(pending, new StreamId())), {
      consumer: nameOf(consumers, view.owner),
      deliveredMs: numberOf(view.readDelivered(number)),
      count: numberOf(view.readCount(number)),
    });
  }
  return {
    lastId: idValue(view.readLastId(group, new StreamId())),
    entriesRead: numberOf(view.readEntriesRead(group, number)),
    consumers: seen,
    pending: entries,
  };
}

/** What says all of a stream, by a way to tell its nodes. */
function readingBy<N>(readNode: NodeReader<N>): ValueReading<StreamOf<N>> {
  return {
    abstract: (keyspace, ref) => {
      const stream = openStream(keyspace, ref);
      const nodes: N[] = [];
      stream.entries.forEachNode((id, bytes, pack) => {
        const end = pack + totalBytes(bytes, pack);
        nodes.push(readNode(idValue(id), Buffer.from(bytes.slice(pack, end))));
      });
      return {
        nodes,
        lastId: idValue(stream.lastId),
        maxDeletedId: idValue(stream.maxDeletedId),
        entriesAdded: numberOf(stream.added),
        groups: stream.hasGroups ? groupsOf(stream.groups) : new Map(),
      };
    },
    reading: (key) => [["DUMP", key]],
    read: ([reply]) => (reply?._tag === "Bulk" ? streamOf(reply.bytes, readNode) : undefined),
  };
}

/** Streams that payloads have brought. */
export const broughtStream: ValueReading<StreamOf<BroughtNode>> = readingBy(broughtNodeOf);

/** Streams: entries in their nodes, and groups. */
export const streamView: TypeView<"stream"> = {
  ...readingBy(nodeOf),
  making,
  drawn: fc
    .tuple(
      fc.uniqueArray(id, { maxLength: 6 }),
      fields,
      fc.array(fc.constantFrom("g", "h"), { maxLength: 1 }),
    )
    .map(([ids, shared, names]) => {
      const items = ids
        .sort((a, b) => (a < b ? -1 : 1))
        .map((one) => ({ id: one, fields: shared, deleted: false }));
      const lastId = ids.at(-1) ?? 1n;
      const group = { lastId: 0n, entriesRead: 0n, consumers: new Map(), pending: new Map() };
      return {
        nodes: items.length === 0 ? [] : [items],
        lastId,
        maxDeletedId: 0n,
        entriesAdded: BigInt(items.length),
        groups: new Map(names.map((name) => [name, group])),
      };
    }),
};
