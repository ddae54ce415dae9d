/** Streams. */
import { Schema } from "effect";
import { Bytes } from "../bytes.ts";

/** One entry: its fields and values by turns. Deleted ones stay until their node goes. */
export const Item = Schema.Struct({
  id: Schema.BigInt,
  fields: Schema.Array(Bytes),
  deleted: Schema.Boolean,
});
/** One entry. */
export interface Item extends Schema.Schema.Type<typeof Item> {}

/**
 * Entries that are kept together. It is named by the id of its first, which is never taken out of
 * it, and lives until no entry is left in it.
 */
export const Node = Schema.Array(Item).check(Schema.isMinLength(1));
/** Entries that are kept together. */
export type Node = ReadonlyArray<Item>;

/** An entry that was delivered to a consumer and not acknowledged. */
export const Pending = Schema.Struct({
  consumer: Bytes,
  deliveredMs: Schema.BigInt,
  count: Schema.BigInt,
});
/** An entry that was delivered to a consumer and not acknowledged. */
export interface Pending extends Schema.Schema.Type<typeof Pending> {}

/** A group of consumers. */
export const Group = Schema.Struct({
  /** The last id that was delivered. */
  lastId: Schema.BigInt,
  /** How many entries were read up to there; -1 when that is not known. */
  entriesRead: Schema.BigInt,
  /** When each consumer was last seen, by name. */
  consumers: Schema.ReadonlyMap(Bytes, Schema.BigInt),
  /** By the entry's id. */
  pending: Schema.ReadonlyMap(Schema.BigInt, Pending),
}).check(
  Schema.makeFilter(({ consumers, pending }) =>
    [...pending.values()].every(({ consumer }) => consumers.has(consumer)),
  ),
);
/** A group of consumers. */
export interface Group extends Schema.Schema.Type<typeof Group> {}

/** Groups by name. */
export type Groups = ReadonlyMap<Bytes, Group>;

const sameMap =
  <K, V>(same: (a: V, b: V) => boolean) =>
  (a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean =>
    a.size === b.size &&
    [...a].every(([key, value]) => {
      const other = b.get(key);
      return other !== undefined && same(value, other);
    });

const samePending = sameMap<bigint, Pending>(
  (a, b) => a.consumer === b.consumer && a.deliveredMs === b.deliveredMs && a.count === b.count,
);
const sameConsumers = sameMap<Bytes, bigint>((a, b) => a === b);
const sameGroups = sameMap<Bytes, Group>(
  (a, b) =>
    a.lastId === b.lastId &&
    a.entriesRead === b.entriesRead &&
    sameConsumers(a.consumers, b.consumers) &&
    samePending(a.pending, b.pending),
);

/** A stream. It may be empty: it knows its last id, and has groups. */
export const StreamValue = Schema.Struct({
  type: Schema.Literal("stream"),
  encoding: Schema.Literal("stream"),
  nodes: Schema.Array(Node),
  /** No entry to come has this id or a lower one. */
  lastId: Schema.BigInt,
  /** The highest id that XDEL has deleted; 0 for none. */
  maxDeletedId: Schema.BigInt,
  /** How many entries were ever added; of 64 bits. */
  entriesAdded: Schema.BigInt,
  groups: Schema.ReadonlyMap(Bytes, Group).pipe(Schema.overrideToEquivalence(() => sameGroups)),
});
/** A stream. */
export interface StreamValue extends Schema.Schema.Type<typeof StreamValue> {}

/** The stream that XADD begins with. */
export const emptyStream: StreamValue = {
  type: "stream",
  encoding: "stream",
  nodes: [],
  lastId: 0n,
  maxDeletedId: 0n,
  entriesAdded: 0n,
  groups: new Map(),
};

/** The entries that are there. */
export const livingOf = ({ nodes }: StreamValue): ReadonlyArray<Item> =>
  nodes.flat().filter((item) => !item.deleted);

/**
 * What Redis tells its replicas and its log of a stream. It does not tell when consumers were seen;
 * that a consumer read its entries once more, which counts as another delivery and may make the
 * consumer; how many entries a group has read, unless it reads without acknowledgements; and where
 * nodes end, which is up to the directives of each server.
 */
export const toldOf = (stream: StreamValue) => ({
  type: stream.type,
  entries: livingOf(stream).map(({ id, fields }) => ({ id, fields })),
  lastId: stream.lastId,
  maxDeletedId: stream.maxDeletedId,
  entriesAdded: stream.entriesAdded,
  groups: new Map([...stream.groups].map(([name, group]) => [name, toldOfGroup(group)] as const)),
});

const toldOfGroup = ({ lastId, pending }: Group) => ({
  lastId,
  owners: new Map([...pending].map(([id, { consumer }]) => [id, consumer] as const)),
});

const sameOwners = sameMap<bigint, Bytes>((a, b) => a === b);
const sameGroupsTold = sameMap<Bytes, ReturnType<typeof toldOfGroup>>(
  (a, b) => a.lastId === b.lastId && sameOwners(a.owners, b.owners),
);
const textOf = (entries: ReturnType<typeof toldOf>["entries"]): string =>
  JSON.stringify(entries.map(({ id, fields }) => [`${id}`, fields]));

/** Whether two streams are the same in what Redis tells of them: what a replay of effects leads to. */
export const sameStream = (one: StreamValue, other: StreamValue): boolean => {
  const [a, b] = [toldOf(one), toldOf(other)];
  return (
    a.lastId === b.lastId &&
    a.maxDeletedId === b.maxDeletedId &&
    a.entriesAdded === b.entriesAdded &&
    textOf(a.entries) === textOf(b.entries) &&
    sameGroupsTold(a.groups, b.groups)
  );
};
