import { assert, CHECKED } from "../../assert.ts";
import type { BlockRef } from "../../engine/arena.ts";
import type { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamId } from "../../structures/stream-id.ts";

/** Words of a row. */
const ROW_WORDS = 17;
const KIND = 0;
const GROUP = 1;
const ARGUMENT = 2;
const ID = 3;
const OLD_OWNER = 7;
const OLD_TIME = 8;
const OLD_COUNT = 10;
const OWNER = 12;
const TIME = 13;
const COUNT = 15;

/** More rows than this are not kept for the next command. */
const KEPT_ROWS = 1024;

/** What a row says. */
export const ASSIGNED = {
  /** A group is read from: its last id and how many entries it had read. */
  group: 1,
  /** A consumer was seen. */
  seen: 2,
  /** A consumer was made. */
  made: 3,
  /** An entry that was not pending is pending now. */
  added: 4,
  /** An entry that was pending was delivered again, perhaps to another consumer. */
  moved: 5,
  /** An entry that was pending is there no more. */
  gone: 6,
  /** An entry was shown again to the consumer that has it. */
  shown: 7,
} as const;

type Kind = (typeof ASSIGNED)[keyof typeof ASSIGNED];

/**
 * What one command assigns to the consumers of groups, of one stream or several, row by row: so that
 * all of it can be taken back when there is no memory for the rest, and can be told when it is done.
 *
 * What needs memory is done at once, and what frees some when the command is `settle`d: an entry
 * that goes from one consumer to another is pending for both until then, and one that is gone belongs
 * to nobody. So taking back needs no memory.
 */
export class Assignments {
  readonly #groups: ConsumerGroups;
  #rows = new Int32Array(ROW_WORDS * 16);
  #count = 0;
  readonly #id = new StreamId();
  readonly #number = new Int64();
  readonly #deliveredMs = new Int64();
  readonly #deliveries = new Int64();

  constructor(groups: ConsumerGroups) {
    this.#groups = groups;
  }

  /** True between the first row and the end of the command. */
  get isOpen(): boolean {
    return this.#count > 0;
  }

  /** Number of rows. */
  get count(): number {
    return this.#count;
  }

  // What is assigned, in the group that is open.

  /** The group's last id and what it has read may change. */
  useGroup(argument: number): void {
    const groups = this.#groups;
    const at = this.#begin(ASSIGNED.group, argument);
    this.#putId(at, groups.readLastId(groups.group, this.#id));
    this.#putNumber(at + OLD_TIME, groups.readEntriesRead(groups.group, this.#number));
    this.#count++;
  }

  /** The consumer of a name has been seen now; it is made if there is none. @throws OutOfMemory */
  see(name: Uint8Array, offset: number, length: number, nowMs: number, argument: number): BlockRef {
    const groups = this.#groups;
    let consumer = groups.consumers.find(name, offset, length);
    const isNew = consumer === 0;
    if (isNew) consumer = groups.createConsumer(name, offset, length);
    const at = this.#begin(isNew ? ASSIGNED.made : ASSIGNED.seen, argument);
    this.#rows[at + OWNER] = consumer;
    this.#putNumber(at + OLD_TIME, groups.readSeen(consumer, this.#number));
    this.#number.setNumber(nowMs);
    groups.setSeen(consumer, this.#number);
    this.#count++;
    return consumer;
  }

  /** Makes an entry that is not pending pending. @throws OutOfMemory */
  add(id: StreamId, consumer: BlockRef, deliveredMs: Int64, count: Int64, argument: number): void {
    const groups = this.#groups;
    groups.addPending(id, consumer);
    groups.setDelivery(deliveredMs, count);
    const at = this.#begin(ASSIGNED.added, argument);
    this.#putId(at, id);
    this.#putNew(at, consumer, deliveredMs, count);
    this.#count++;
  }

  /** Delivers the pending entry at the cursor again. @throws OutOfMemory */
  move(
    id: StreamId,
    consumer: BlockRef,
    deliveredMs: Int64,
    count: Int64,
    argument: number,
    kind: Kind = ASSIGNED.moved,
  ): void {
    const groups = this.#groups;
    const { owner } = groups;
    if (owner !== consumer) groups.addOwn(id, consumer);
    const at = this.#begin(kind, argument);
    this.#putId(at, id);
    this.#putOld(at, owner);
    this.#putNew(at, consumer, deliveredMs, count);
    groups.setOwner(consumer);
    groups.setDelivery(deliveredMs, count);
    this.#count++;
  }

  /** Takes the pending entry at the cursor away. */
  drop(id: StreamId, argument: number): void {
    const groups = this.#groups;
    const at = this.#begin(ASSIGNED.gone, argument);
    this.#putId(at, id);
    this.#putOld(at, groups.owner);
    groups.setOwner(0);
    this.#count++;
  }

  // Rows, to be told.

  kind(row: number): Kind {
    return this.#rows[row * ROW_WORDS + KIND] as Kind;
  }

  group(row: number): BlockRef {
    return this.#rows[row * ROW_WORDS + GROUP]!;
  }

  /** The argument that was given with it. */
  argument(row: number): number {
    return this.#rows[row * ROW_WORDS + ARGUMENT]!;
  }

  /** Its id: of an entry, or the group's last one before. */
  readId(row: number, into: StreamId): StreamId {
    const at = row * ROW_WORDS + ID;
    const rows = this.#rows;
    into.set(rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!);
    return into;
  }

  /** Whose it is now; of one that is gone, whose it was. */
  owner(row: number): BlockRef {
    const at = row * ROW_WORDS;
    return this.#rows[at + (this.kind(row) === ASSIGNED.gone ? OLD_OWNER : OWNER)]!;
  }

  readDelivered(row: number, into: Int64): Int64 {
    const isGone = this.kind(row) === ASSIGNED.gone;
    return this.#readNumber(row * ROW_WORDS + (isGone ? OLD_TIME : TIME), into);
  }

  readCount(row: number, into: Int64): Int64 {
    const isGone = this.kind(row) === ASSIGNED.gone;
    return this.#readNumber(row * ROW_WORDS + (isGone ? OLD_COUNT : COUNT), into);
  }

  // The end.

  /** Keeps what was assigned. */
  settle(): void {
    const groups = this.#groups;
    for (let row = 0; row < this.#count; row++) {
      const kind = this.kind(row);
      if (kind !== ASSIGNED.moved && kind !== ASSIGNED.gone) continue;
      const at = row * ROW_WORDS;
      const owner = this.#rows[at + OLD_OWNER]!;
      if (kind === ASSIGNED.moved && owner === this.#rows[at + OWNER]) continue;
      this.#openGroupOf(row);
      this.readId(row, this.#id);
      if (kind === ASSIGNED.gone) {
        const found = groups.findPending(this.#id);
        assert(found && groups.owner === 0, "what is gone is nobody's");
        groups.pending.remove();
      }
      groups.removeOwn(this.#id, owner);
    }
    this.#end();
  }

  /** Takes back what was assigned, the last first. */
  takeBack(): void {
    const groups = this.#groups;
    while (this.#count > 0) {
      const row = --this.#count;
      const at = row * ROW_WORDS;
      const kind = this.kind(row);
      const consumer = this.#rows[at + OWNER]!;
      this.#openGroupOf(row);
      this.readId(row, this.#id);
      if (kind === ASSIGNED.group) {
        groups.setLastId(groups.group, this.#id);
        groups.setEntriesRead(groups.group, this.#readNumber(at + OLD_TIME, this.#number));
      } else if (kind === ASSIGNED.seen) {
        groups.setSeen(consumer, this.#readNumber(at + OLD_TIME, this.#number));
      } else if (kind === ASSIGNED.made) {
        groups.removeConsumer(consumer);
      } else {
        const found = groups.findPending(this.#id);
        assert(found, "what was assigned is pending");
        if (kind === ASSIGNED.added) groups.removePending();
        else this.#putBack(at, consumer);
      }
    }
    this.#end();
  }

  #putBack(at: number, consumer: BlockRef): void {
    const groups = this.#groups;
    const owner = this.#rows[at + OLD_OWNER]!;
    if (consumer !== 0 && consumer !== owner) groups.removeOwn(this.#id, consumer);
    groups.setOwner(owner);
    groups.setDelivery(
      this.#readNumber(at + OLD_TIME, this.#deliveredMs),
      this.#readNumber(at + OLD_COUNT, this.#deliveries),
    );
  }

  #end(): void {
    this.#count = 0;
    if (this.#rows.length > KEPT_ROWS * ROW_WORDS) this.#rows = new Int32Array(ROW_WORDS * 16);
  }

  #openGroupOf(row: number): void {
    const group = this.group(row);
    if (this.#groups.group !== group) this.#groups.openGroup(group);
  }

  /** The words of a new row, which counts when it is whole. */
  #begin(kind: Kind, argument: number): number {
    const at = this.#count * ROW_WORDS;
    if (at + ROW_WORDS > this.#rows.length) {
      const grown = new Int32Array(this.#rows.length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    const rows = this.#rows;
    if (CHECKED) assert(this.#groups.group !== 0, "a group is open");
    rows.fill(0, at, at + ROW_WORDS);
    rows[at + KIND] = kind;
    rows[at + GROUP] = this.#groups.group;
    rows[at + ARGUMENT] = argument;
    return at;
  }

  #putId(at: number, id: StreamId): void {
    const rows = this.#rows;
    rows[at + ID] = id.msHigh;
    rows[at + ID + 1] = id.msLow;
    rows[at + ID + 2] = id.sequenceHigh;
    rows[at + ID + 3] = id.sequenceLow;
  }

  #putOld(at: number, owner: BlockRef): void {
    const groups = this.#groups;
    this.#rows[at + OLD_OWNER] = owner;
    this.#putNumber(at + OLD_TIME, groups.readDelivered(this.#number));
    this.#putNumber(at + OLD_COUNT, groups.readCount(this.#number));
  }

  #putNew(at: number, owner: BlockRef, deliveredMs: Int64, count: Int64): void {
    this.#rows[at + OWNER] = owner;
    this.#putNumber(at + TIME, deliveredMs);
    this.#putNumber(at + COUNT, count);
  }

  #putNumber(at: number, number: Int64): void {
    this.#rows[at] = number.high;
    this.#rows[at + 1] = number.low;
  }

  #readNumber(at: number, into: Int64): Int64 {
    into.set(this.#rows[at + 1]!, this.#rows[at]!);
    return into;
  }
}
