import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { IdTree } from "./id-tree.ts";
import type { Int64 } from "./int64.ts";
import { NameRecords } from "./name-records.ts";
import { StreamId } from "./stream-id.ts";

/** A group's record, in words: the last id, how many entries it has read, its pending entries, its consumers. */
const GROUP_WORDS = 8;
const LAST_ID = 0;
const ENTRIES_READ = 4;
const PENDING = 6;
const CONSUMERS = 7;
/** A consumer's record, in words: when it was seen, the ids that are pending for it. */
const CONSUMER_WORDS = 3;
const SEEN = 0;
const OWN = 2;
/** What comes with a pending entry's id, in words: whose it is, when it was delivered, how often. */
const PENDING_WORDS = 5;
const OWNER = 0;
const DELIVERED = 1;
const COUNT = 3;
const ALL = 2 ** 20;

/** How the trees of groups are made; tests make small ones. */
export interface ConsumerGroupsOptions {
  readonly mostSlots?: number;
  readonly mostChildren?: number;
}

/**
 * The groups of a stream, with their consumers and what is pending. It is a view: `open` puts it on
 * the groups of one stream after the other, `openGroup` on one of them.
 *
 * Groups and consumers are records by name (`NameRecords`). A pending entry is twice in a tree: with
 * all that is known of it in the group's, and as an id alone in its consumer's.
 */
export class ConsumerGroups {
  readonly groups: NameRecords;
  /** The consumers of the group that is open. */
  readonly consumers: NameRecords;
  /** What is pending in the group that is open. */
  readonly pending: IdTree;
  /** What is pending for the consumer that `openOwn` has opened. */
  readonly own: IdTree;
  /** The group that is open; 0 for none. */
  group: BlockRef = 0;
  readonly #other: IdTree;
  readonly #id = new StreamId();

  constructor(arena: Arena, options: ConsumerGroupsOptions = {}) {
    this.groups = new NameRecords(arena, GROUP_WORDS, options);
    this.consumers = new NameRecords(arena, CONSUMER_WORDS, options);
    this.pending = new IdTree(arena, { payloadWords: PENDING_WORDS, ...options });
    this.own = new IdTree(arena, { payloadWords: 0, ...options });
    this.#other = new IdTree(arena, { payloadWords: 0, ...options });
  }

  /** Puts the view on groups. */
  open(ref: BlockRef): void {
    this.group = 0;
    this.groups.open(ref);
  }

  /** Opens a group. */
  openGroup(group: BlockRef): void {
    if (CHECKED) assert(group !== 0, "a group");
    this.group = group;
    this.pending.open(this.groups.word(group, PENDING));
    this.consumers.open(this.groups.word(group, CONSUMERS));
  }

  /** Opens what is pending for a consumer. */
  openOwn(consumer: BlockRef): IdTree {
    this.own.open(this.consumers.word(consumer, OWN));
    return this.own;
  }

  /** How much is pending for a consumer. */
  ownLength(consumer: BlockRef): number {
    return this.openOwn(consumer).length;
  }

  // A group's facts.

  readLastId(group: BlockRef, into: StreamId): StreamId {
    const { groups } = this;
    into.set(
      groups.word(group, LAST_ID),
      groups.word(group, LAST_ID + 1),
      groups.word(group, LAST_ID + 2),
      groups.word(group, LAST_ID + 3),
    );
    return into;
  }

  setLastId(group: BlockRef, id: StreamId): void {
    const { groups } = this;
    groups.setWord(group, LAST_ID, id.msHigh);
    groups.setWord(group, LAST_ID + 1, id.msLow);
    groups.setWord(group, LAST_ID + 2, id.sequenceHigh);
    groups.setWord(group, LAST_ID + 3, id.sequenceLow);
  }

  /** How many entries a group has read; -1 when that is not known. */
  readEntriesRead(group: BlockRef, into: Int64): Int64 {
    into.set(this.groups.word(group, ENTRIES_READ + 1), this.groups.word(group, ENTRIES_READ));
    return into;
  }

  setEntriesRead(group: BlockRef, count: Int64): void {
    this.groups.setWord(group, ENTRIES_READ, count.high);
    this.groups.setWord(group, ENTRIES_READ + 1, count.low);
  }

  /** When a consumer was seen last, in milliseconds since the epoch. */
  readSeen(consumer: BlockRef, into: Int64): Int64 {
    into.set(this.consumers.word(consumer, SEEN + 1), this.consumers.word(consumer, SEEN));
    return into;
  }

  setSeen(consumer: BlockRef, at: Int64): void {
    this.consumers.setWord(consumer, SEEN, at.high);
    this.consumers.setWord(consumer, SEEN + 1, at.low);
  }

  // What is pending: of the entry that the group's cursor is at.

  /** Whose it is; 0 for nobody's, which no entry stays. */
  get owner(): BlockRef {
    return this.pending.payload(OWNER);
  }

  setOwner(consumer: BlockRef): void {
    this.pending.replacePayload(OWNER, consumer);
  }

  /** When it was delivered last, in milliseconds since the epoch. */
  readDelivered(into: Int64): Int64 {
    into.set(this.pending.payload(DELIVERED + 1), this.pending.payload(DELIVERED));
    return into;
  }

  /** How often it was delivered. */
  readCount(into: Int64): Int64 {
    into.set(this.pending.payload(COUNT + 1), this.pending.payload(COUNT));
    return into;
  }

  setDelivery(deliveredMs: Int64, count: Int64): void {
    const { pending } = this;
    pending.replacePayload(DELIVERED, deliveredMs.high);
    pending.replacePayload(DELIVERED + 1, deliveredMs.low);
    pending.replacePayload(COUNT, count.high);
    pending.replacePayload(COUNT + 1, count.low);
  }

  /** Moves the cursor of what is pending to an id; false when it is not. */
  findPending(id: StreamId): boolean {
    setId(this.pending, id);
    return this.pending.find();
  }

  /** The id at a tree's cursor. */
  static readId(tree: IdTree, into: StreamId): StreamId {
    into.set(tree.idWord(0), tree.idWord(1), tree.idWord(2), tree.idWord(3));
    return into;
  }

  // Changes.

  /** Makes an empty set of groups, and opens it. @throws OutOfMemory */
  create(): BlockRef {
    this.group = 0;
    return this.groups.create();
  }

  /** Makes a group of a name that there is not, and opens it. @throws OutOfMemory, changing nothing */
  createGroup(name: Uint8Array, offset: number, length: number): BlockRef {
    const { groups, consumers, pending } = this;
    const group = groups.add(name, offset, length);
    let made = 0;
    try {
      groups.setWord(group, PENDING, pending.create());
      made = 1;
      groups.setWord(group, CONSUMERS, consumers.create());
    } catch (error) {
      if (made > 0) pending.release(ALL);
      groups.remove(group);
      throw error;
    }
    this.group = group;
    return group;
  }

  /** Makes a consumer of a name that there is not in the open group. @throws OutOfMemory, changing nothing */
  createConsumer(name: Uint8Array, offset: number, length: number): BlockRef {
    const { consumers, own } = this;
    const consumer = consumers.add(name, offset, length);
    try {
      consumers.setWord(consumer, OWN, own.create());
    } catch (error) {
      consumers.remove(consumer);
      throw error;
    }
    return consumer;
  }

  /** Removes a group with all that is in it. */
  removeGroup(group: BlockRef): void {
    this.group = 0;
    while (this.#releaseGroup(group, ALL) === 0);
    this.groups.remove(group);
  }

  /** Removes a consumer of the open group with what is pending for it, and returns how much that was. */
  removeConsumer(consumer: BlockRef): number {
    const { pending } = this;
    const own = this.openOwn(consumer);
    const { length } = own;
    for (let more = own.seekPosition(0); more; more = own.next()) {
      ConsumerGroups.readId(own, this.#id);
      setId(pending, this.#id);
      const found = pending.find();
      assert(found, "what is pending for a consumer is pending in the group");
      pending.remove();
    }
    while (!own.release(ALL)) own.open(own.ref);
    this.consumers.remove(consumer);
    return length;
  }

  /**
   * Adds an id to what is pending, for a consumer. Its delivery is to be said. @throws OutOfMemory,
   * changing nothing
   */
  addPending(id: StreamId, consumer: BlockRef): void {
    const { pending } = this;
    this.addOwn(id, consumer);
    setId(pending, id);
    pending.setPayload(OWNER, consumer);
    for (let word = DELIVERED; word < PENDING_WORDS; word++) pending.setPayload(word, 0);
    try {
      pending.insert();
    } catch (error) {
      this.removeOwn(id, consumer);
      throw error;
    }
    const found = pending.find();
    assert(found, "what is added is found");
  }

  /**
   * Adds an id that is not there to what is pending in the group, for nobody yet: `setOwner` and `addOwn` follow.
   * The cursor is at it then. @throws OutOfMemory
   */
  addUnowned(id: StreamId): void {
    const { pending } = this;
    setId(pending, id);
    for (let word = OWNER; word < PENDING_WORDS; word++) pending.setPayload(word, 0);
    pending.insert();
    const found = pending.find();
    assert(found, "what is added is found");
  }

  /** Removes the entry at the cursor from what is pending in the group and for its consumer. */
  removePending(): void {
    const { owner, pending } = this;
    ConsumerGroups.readId(pending, this.#id);
    pending.remove();
    this.removeOwn(this.#id, owner);
  }

  /** Adds an id to what is pending for a consumer alone. @throws OutOfMemory */
  addOwn(id: StreamId, consumer: BlockRef): void {
    const other = this.#openOther(consumer);
    setId(other, id);
    other.insert();
  }

  /** Removes an id from what is pending for a consumer alone. */
  removeOwn(id: StreamId, consumer: BlockRef): void {
    const other = this.#openOther(consumer);
    setId(other, id);
    const found = other.find();
    assert(found, "the id is pending for the consumer");
    other.remove();
  }

  #openOther(consumer: BlockRef): IdTree {
    this.#other.open(this.consumers.word(consumer, OWN));
    return this.#other;
  }

  // Blocks.

  /** Bytes of all blocks. */
  get bytesHeld(): number {
    let held = this.groups.bytesHeld;
    for (let group = this.groups.at(0); group !== 0; group = this.groups.next()) {
      this.openGroup(group);
      held += this.pending.bytesHeld + this.consumers.bytesHeld;
      const { consumers } = this;
      for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
        held += this.openOwn(one).bytesHeld;
      }
    }
    return held;
  }

  /** Frees about `budget` nodes of groups that no key has any more; true when the header is gone. */
  release(budget: number): boolean {
    const { groups } = this;
    let left = budget;
    this.group = 0;
    while (groups.length > 0) {
      const group = groups.at(groups.length - 1);
      left = this.#releaseGroup(group, left);
      if (left === 0) return false;
      groups.remove(group);
    }
    groups.drop();
    return true;
  }

  /** Frees what a group refers to; returns how much of the budget is left: 0 when there is more to do. */
  #releaseGroup(group: BlockRef, budget: number): number {
    const { groups, consumers, pending } = this;
    let left = budget;
    const pendingRef = groups.word(group, PENDING);
    if (pendingRef !== 0) {
      pending.open(pendingRef);
      const { leaves } = pending;
      if (!pending.release(left)) return 0;
      groups.setWord(group, PENDING, 0);
      left -= leaves;
    }
    const consumersRef = groups.word(group, CONSUMERS);
    if (consumersRef === 0) return Math.max(left, 1);
    consumers.open(consumersRef);
    while (consumers.length > 0) {
      if (left <= 0) return 0;
      const consumer = consumers.at(consumers.length - 1);
      const ownRef = consumers.word(consumer, OWN);
      if (ownRef !== 0) {
        this.own.open(ownRef);
        const { leaves } = this.own;
        if (!this.own.release(left)) return 0;
        consumers.setWord(consumer, OWN, 0);
        left -= leaves;
      }
      consumers.remove(consumer);
      left--;
    }
    consumers.drop();
    groups.setWord(group, CONSUMERS, 0);
    return Math.max(left, 1);
  }

  /** Visits every block with the bytes it was allocated for; of groups that may be released in part. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    const { groups, consumers } = this;
    groups.visitBlocks(visit);
    for (let group = groups.at(0); group !== 0; group = groups.next()) {
      const pendingRef = groups.word(group, PENDING);
      if (pendingRef !== 0) {
        this.pending.open(pendingRef);
        this.pending.visitBlocks(visit);
      }
      const consumersRef = groups.word(group, CONSUMERS);
      if (consumersRef === 0) continue;
      consumers.open(consumersRef);
      consumers.visitBlocks(visit);
      for (let consumer = consumers.at(0); consumer !== 0; consumer = consumers.next()) {
        const ownRef = consumers.word(consumer, OWN);
        if (ownRef === 0) continue;
        this.own.open(ownRef);
        this.own.visitBlocks(visit);
      }
    }
    this.group = 0;
  }

  /** Checks all trees, and that what is pending in a group is what is pending for its consumers. Throws AssertionError. */
  verifyInvariants(): void {
    const { groups, consumers, pending } = this;
    groups.verifyInvariants();
    for (let group = groups.at(0); group !== 0; group = groups.next()) {
      this.openGroup(group);
      pending.verifyInvariants();
      consumers.verifyInvariants();
      let owned = 0;
      for (let consumer = consumers.at(0); consumer !== 0; consumer = consumers.next()) {
        const own = this.openOwn(consumer);
        own.verifyInvariants();
        owned += own.length;
        for (let more = own.seekPosition(0); more; more = own.next()) {
          const found = this.findPending(ConsumerGroups.readId(own, this.#id));
          assert(found && this.owner === consumer, "what is pending for a consumer is its own");
        }
      }
      assert(owned === pending.length, "what is pending is pending for a consumer");
    }
  }
}

function setId(tree: IdTree, id: StreamId): void {
  tree.setId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow);
}
