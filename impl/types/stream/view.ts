import { assert, CHECKED } from "../../assert.ts";
import type { Arena, BlockRef } from "../../engine/arena.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import type { RootedValues } from "../../engine/rooted-values.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamEntries, type StreamEntriesOptions } from "../../structures/stream-entries.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { Assignments } from "./assignments.ts";
import { STREAM, STREAM_TYPE } from "./kinds.ts";

/** Bytes of the root. */
const ROOT_BYTES = 48;
/** Words of the root. */
const ENTRIES = 0;
const GROUPS = 1;
const LAST_ID = 2;
const MAX_DELETED_ID = 6;
const ADDED = 10;
const ALL = 2 ** 20;

/** How entries and groups are kept; tests make small trees. */
export type StreamOptions = StreamEntriesOptions;

/**
 * The streams of one keyspace, seen one at a time: `open` puts the view on one. The root holds the
 * stream's facts and says where its entries and, once there are any, its groups are.
 *
 * A stream may be without entries: it knows its last id, and has groups. OutOfMemory changes nothing.
 */
export class StreamView implements RootedValues {
  keyspace!: Keyspace;
  /** The entry of the keyspace that is open; 0 for a stream that has no key yet. */
  ref: EntryRef = 0;
  /** No entry to come has this id or a lower one. */
  readonly lastId = new StreamId();
  /** The highest id that XDEL has deleted; 0-0 for none. */
  readonly maxDeletedId = new StreamId();
  /** How many entries were ever added. */
  readonly added = new Int64();
  readonly entries: StreamEntries;
  /** Precondition: `hasGroups`. */
  readonly groups: ConsumerGroups;
  /** What a command assigns to consumers. */
  readonly assignments: Assignments;

  readonly #arena: Arena;
  readonly #makeOther: () => StreamView;
  #other: StreamView | null = null;
  /** Those of streams on their way out. */
  readonly #leavingEntries: StreamEntries;
  readonly #leavingGroups: ConsumerGroups;
  #root: BlockRef = 0;

  constructor(arena: Arena, options: StreamOptions = {}) {
    this.#arena = arena;
    this.#makeOther = () => new StreamView(arena, options);
    this.entries = new StreamEntries(arena, options);
    this.groups = new ConsumerGroups(arena, options);
    this.assignments = new Assignments(this.groups);
    this.#leavingEntries = new StreamEntries(arena, options);
    this.#leavingGroups = new ConsumerGroups(arena, options);
  }

  /** A second view of the same keyspace, for who needs two streams at once. */
  get other(): StreamView {
    this.#other ??= this.#makeOther();
    return this.#other;
  }

  /** Puts the view on the stream of an entry. */
  open(keyspace: Keyspace, ref: EntryRef): this {
    if (CHECKED) assert(keyspace.type(ref) === STREAM_TYPE, "the entry's value is a stream");
    this.keyspace = keyspace;
    this.ref = ref;
    this.#openRoot(keyspace.root(ref));
    return this;
  }

  #openRoot(root: BlockRef): void {
    this.#root = root;
    this.#readId(LAST_ID, this.lastId);
    this.#readId(MAX_DELETED_ID, this.maxDeletedId);
    this.added.set(this.#word(ADDED + 1), this.#word(ADDED));
    this.entries.open(this.#word(ENTRIES));
    if (this.hasGroups) this.groups.open(this.#word(GROUPS));
  }

  /**
   * Makes a stream without entries that has no key yet, and opens it. It is its maker's, who gives it
   * a key (`attach`) or frees it (`discard`). @throws OutOfMemory
   */
  begin(): void {
    const root = this.#arena.allocate(ROOT_BYTES);
    try {
      this.entries.create();
    } catch (error) {
      this.#arena.free(root, ROOT_BYTES);
      throw error;
    }
    this.ref = 0;
    this.#root = root;
    for (let word = 0; word < ROOT_BYTES / 4; word++) this.#setWord(word, 0);
    this.#setWord(ENTRIES, this.entries.ref);
    this.#openRoot(root);
  }

  /** Gives the stream that `begin` has made to a key, whatever it held. @throws OutOfMemory, the stream being gone */
  attach(keyspace: Keyspace, key: Uint8Array, offset: number, length: number): EntryRef {
    try {
      this.ref = keyspace.setRoot(key, offset, length, this.#root, STREAM, false);
    } catch (error) {
      this.discard();
      throw error;
    }
    this.keyspace = keyspace;
    return this.ref;
  }

  /** Frees the stream that `begin` has made. */
  discard(): void {
    while (!this.release(0, this.#root, ALL));
    this.#root = 0;
  }

  /** Makes an absent key a stream, and opens it. @throws OutOfMemory */
  create(keyspace: Keyspace, key: Uint8Array, offset: number, length: number): this {
    this.begin();
    this.attach(keyspace, key, offset, length);
    return this;
  }

  /** The keyspace does not see what is written within a value. */
  mutated(): void {
    if (CHECKED) this.keyspace.mutated(this.ref);
  }

  setLastId(id: StreamId): void {
    this.lastId.copy(id);
    this.#writeId(LAST_ID, id);
  }

  setMaxDeletedId(id: StreamId): void {
    this.maxDeletedId.copy(id);
    this.#writeId(MAX_DELETED_ID, id);
  }

  /** How many entries were ever added is what `added` says now. */
  saveAdded(): void {
    this.#setWord(ADDED, this.added.high);
    this.#setWord(ADDED + 1, this.added.low);
  }

  /** The id of the first entry that is there; 0-0 for none. */
  readFirstId(into: StreamId): StreamId {
    return this.#readEdge(into, false);
  }

  /** The id of the last entry that is there; 0-0 for none. */
  readTopId(into: StreamId): StreamId {
    return this.#readEdge(into, true);
  }

  #readEdge(into: StreamId, last: boolean): StreamId {
    const { entries } = this;
    entries.beginAll(last);
    return entries.next() ? into.copy(entries.id) : into.setLeast();
  }

  /** True when there has been a group. */
  get hasGroups(): boolean {
    return this.#word(GROUPS) !== 0;
  }

  /** Number of groups. */
  get groupCount(): number {
    return this.hasGroups ? this.groups.groups.length : 0;
  }

  /** Opens the group of a name; false when there is none. */
  openGroup(name: Uint8Array, offset: number, length: number): boolean {
    if (!this.hasGroups) return false;
    const group = this.groups.groups.find(name, offset, length);
    if (group === 0) return false;
    this.groups.openGroup(group);
    return true;
  }

  /** Makes a group of a name that there is not, and opens it. @throws OutOfMemory */
  createGroup(name: Uint8Array, offset: number, length: number): BlockRef {
    const { groups } = this;
    if (!this.hasGroups) this.#setWord(GROUPS, groups.create());
    return groups.createGroup(name, offset, length);
  }

  /** Bytes of all blocks. */
  get heldBytes(): number {
    const groups = this.hasGroups ? this.groups.bytesHeld : 0;
    return this.#arena.blockBytes(this.#root, ROOT_BYTES) + this.entries.bytesHeld + groups;
  }

  /** Gives a key of `to`, whose view `target` is, the same stream. @throws OutOfMemory, changing nothing */
  copy(
    to: Keyspace,
    target: StreamView,
    key: Uint8Array,
    offset: number,
    length: number,
  ): EntryRef {
    target.begin();
    try {
      this.#copyInto(target);
    } catch (error) {
      target.discard();
      throw error;
    }
    return target.attach(to, key, offset, length);
  }

  #copyInto(target: StreamView): void {
    target.setLastId(this.lastId);
    target.setMaxDeletedId(this.maxDeletedId);
    target.added.set(this.added.low, this.added.high);
    target.saveAdded();
    this.entries.forEachNode((id, bytes, pack) => {
      const isNew = target.entries.addNode(id, bytes, pack);
      if (CHECKED) assert(isNew, "each node has an id of its own");
    });
    if (!this.hasGroups) return;
    const { groups } = this.groups;
    for (let group = groups.at(0); group !== 0; group = groups.next()) {
      target.createGroup(groups.bytes(group), groups.nameOffset(group), groups.nameLength(group));
      this.#copyGroup(group, target.groups);
    }
  }

  #copyGroup(group: BlockRef, target: ConsumerGroups): void {
    const { groups } = this;
    const copied = target.group;
    groups.openGroup(group);
    target.setLastId(copied, groups.readLastId(group, scratchId));
    target.setEntriesRead(copied, groups.readEntriesRead(group, delivered));
    const { consumers, pending } = groups;
    for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
      const bytes = consumers.bytes(one);
      const made = target.createConsumer(
        bytes,
        consumers.nameOffset(one),
        consumers.nameLength(one),
      );
      target.setSeen(made, groups.readSeen(one, delivered));
    }
    for (let more = pending.seekPosition(0); more; more = pending.next()) {
      const { owner } = groups;
      const bytes = consumers.bytes(owner);
      const own = target.consumers.find(
        bytes,
        consumers.nameOffset(owner),
        consumers.nameLength(owner),
      );
      target.addPending(ConsumerGroups.readId(pending, scratchId), own);
      target.setDelivery(groups.readDelivered(delivered), groups.readCount(count));
    }
  }

  release(_kind: number, root: BlockRef, budget: number): boolean {
    const entries = this.#wordOf(root, ENTRIES);
    const groups = this.#wordOf(root, GROUPS);
    if (groups !== 0) {
      this.#leavingGroups.open(groups);
      if (this.#leavingGroups.release(budget)) this.#setWordOf(root, GROUPS, 0);
      return false;
    }
    this.#leavingEntries.open(entries);
    if (!this.#leavingEntries.release(budget)) return false;
    this.#arena.free(root, ROOT_BYTES);
    return true;
  }

  visitBlocks(
    _kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void {
    visit(root, ROOT_BYTES);
    const groups = this.#wordOf(root, GROUPS);
    if (groups !== 0) {
      this.#leavingGroups.open(groups);
      this.#leavingGroups.visitBlocks(visit);
    }
    this.#leavingEntries.open(this.#wordOf(root, ENTRIES));
    this.#leavingEntries.visitBlocks(visit);
  }

  #readId(word: number, into: StreamId): void {
    into.set(this.#word(word), this.#word(word + 1), this.#word(word + 2), this.#word(word + 3));
  }

  #writeId(word: number, id: StreamId): void {
    this.#setWord(word, id.msHigh);
    this.#setWord(word + 1, id.msLow);
    this.#setWord(word + 2, id.sequenceHigh);
    this.#setWord(word + 3, id.sequenceLow);
  }

  #word(word: number): number {
    return this.#wordOf(this.#root, word);
  }

  #setWord(word: number, value: number): void {
    this.#setWordOf(this.#root, word, value);
  }

  #wordOf(root: BlockRef, word: number): number {
    const { words, grainShift, grainMask } = this.#arena;
    return words[root >>> grainShift]![((root & grainMask) << 2) + word]!;
  }

  #setWordOf(root: BlockRef, word: number, value: number): void {
    const { words, grainShift, grainMask } = this.#arena;
    words[root >>> grainShift]![((root & grainMask) << 2) + word] = value;
  }

  /** Checks the stream that is open. Throws AssertionError. */
  verifyInvariants(): void {
    const { entries } = this;
    assert(!this.assignments.isOpen, "what a command assigns is settled when it ends");
    entries.verifyInvariants();
    if (this.hasGroups) this.groups.verifyInvariants();
    let held = 0;
    this.visitBlocks(0, this.#root, (ref, heldBytes) => {
      held += this.#arena.blockBytes(ref, heldBytes);
    });
    assert(held === this.heldBytes, "the bytes are those of the blocks");
  }
}

const scratchId = new StreamId();
const delivered = new Int64();
const count = new Int64();

/** The view of a keyspace. */
export function streamView(keyspace: Keyspace): StreamView {
  return keyspace.rooted.of(STREAM_TYPE) as StreamView;
}

/** The view of a keyspace on the stream of an entry. */
export function openStream(keyspace: Keyspace, ref: EntryRef): StreamView {
  return streamView(keyspace).open(keyspace, ref);
}
