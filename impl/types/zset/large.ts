import { assert, CHECKED } from "../../assert.ts";
import type { Arena, BlockRef } from "../../engine/arena.ts";
import type { Random } from "../../ports/random.ts";
import { ElementTable } from "../../structures/element-table.ts";
import type { ScoredMember } from "../../structures/elements.ts";
import { ScoreOrder } from "../../structures/score-order.ts";

const NO_BYTES = new Uint8Array(0);
/** How much `discard` frees at once. */
const ALL = 2 ** 20;

/** How tables and trees are made; tests make small ones. */
export interface LargeOptions {
  readonly minSlots: number;
  readonly slotsPerStep: number;
  readonly mostSlots?: number;
  readonly mostChildren?: number;
}

/** As servers make them. */
export const DEFAULT_LARGE: LargeOptions = { minSlots: 8, slotsPerStep: 8 };

/**
 * A large sorted set: a table of members with their scores, and their order. The table's header is
 * the root; its word for the type says where the order is. A view, as the two are.
 *
 * What `find` and `read` have found is good until the next change.
 */
export class LargeSortedSet {
  readonly table: ElementTable;
  readonly order: ScoreOrder;
  /** The root; 0 when nothing is open. */
  ref: BlockRef = 0;
  /** The element that was found. */
  element: BlockRef = 0;
  nameBytes: Uint8Array = NO_BYTES;
  nameOffset = 0;
  nameLength = 0;
  score = 0;

  constructor(arena: Arena, hashKey: readonly [number, number], options: LargeOptions) {
    const { minSlots, slotsPerStep, ...order } = options;
    this.table = new ElementTable(arena, { hashKey, scored: true, minSlots, slotsPerStep });
    this.order = new ScoreOrder(arena, this.table.elements, order);
  }

  get length(): number {
    return this.table.count;
  }

  /** Bytes of all blocks. */
  get bytesHeld(): number {
    return this.table.bytesHeld + this.order.bytesHeld;
  }

  /** Makes an empty one and opens it. @throws OutOfMemory */
  create(): BlockRef {
    const { table, order } = this;
    const ref = table.create();
    try {
      table.typeWord = order.create();
    } catch (error) {
      while (!table.release(ALL));
      throw error;
    }
    this.ref = ref;
    return ref;
  }

  /** Puts the view on a root. */
  open(ref: BlockRef): void {
    this.ref = ref;
    this.table.open(ref);
    this.order.open(this.table.typeWord);
  }

  hash(bytes: Uint8Array, offset: number, length: number): number {
    return this.table.hash(bytes, offset, length);
  }

  /** Finds the member of a name whose hash is `hash`; changes follow what was found last. */
  find(hash: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const element = this.table.find(hash, bytes, offset, length);
    if (element === 0) return false;
    this.read(element);
    return true;
  }

  /** Reads an element. */
  read(element: BlockRef): void {
    this.element = element;
    this.table.elements.readMember(element, this);
  }

  /** Reads an element for somebody else: what was found last stays that. */
  readInto(element: BlockRef, into: ScoredMember): void {
    this.table.elements.readMember(element, into);
  }

  /** Adds a member whose name is absent. @throws OutOfMemory, changing nothing */
  add(hash: number, name: Uint8Array, offset: number, length: number, score: number): void {
    const { table, order } = this;
    const element = table.add(hash, name, offset, length, NO_BYTES, 0, 0);
    table.elements.setScore(element, score);
    try {
      order.insert(score, element);
    } catch (error) {
      table.remove();
      throw error;
    }
  }

  /** Gives the member that was found last another score. @throws OutOfMemory, changing nothing */
  setScore(score: number): void {
    this.order.move(this.score, score, this.element);
    this.table.elements.setScore(this.element, score);
    this.score = score;
  }

  /** Removes the member that `find` has found last. */
  removeFound(): void {
    this.order.remove(this.score, this.element);
    this.table.remove();
  }

  /** Removes `count` members from a rank on; all of them are there. */
  removeRange(rank: number, count: number): void {
    const { table, order } = this;
    for (let left = count; left > 0; ) {
      const found = order.seekRank(rank);
      if (CHECKED) assert(found, "the members are there");
      const removed = order.removeRun(left);
      for (let i = 0; i < removed; i++) this.#removeFromTable(order.taken[i]!);
      left -= removed;
    }
    if (CHECKED) assert(table.count === order.length, "as many members as are in the order");
  }

  #removeFromTable(element: BlockRef): void {
    const { table } = this;
    const { elements } = table;
    const bytes = elements.bytes(element);
    const offset = elements.nameOffset(element);
    const length = elements.nameLength(element);
    const found = table.find(table.hash(bytes, offset, length), bytes, offset, length);
    if (CHECKED) assert(found === element, "what was in the order is in the table");
    table.remove();
  }

  /** Reads a member, each with the same chance. */
  draw(random: Random): void {
    this.read(this.table.random(random));
  }

  /** Frees about `budget` members or nodes; true when the root is gone. */
  release(budget: number): boolean {
    const { table, order } = this;
    const ordered = table.typeWord;
    if (ordered !== 0) {
      order.open(ordered);
      if (order.release(budget)) table.typeWord = 0;
      return false;
    }
    return table.release(budget);
  }

  /** `open` of one that may be released in part. */
  openForRelease(ref: BlockRef): void {
    this.ref = ref;
    this.table.open(ref);
  }

  /** Frees all of it at once: no key has it. */
  discard(): void {
    const { ref } = this;
    this.openForRelease(ref);
    while (!this.release(ALL)) this.openForRelease(ref);
    this.ref = 0;
  }

  /** Visits every block; precondition: `openForRelease`. */
  visitBlocks(visit: (ref: BlockRef, heldBytes: number) => void): void {
    const { table, order } = this;
    const ordered = table.typeWord;
    if (ordered !== 0) {
      order.open(ordered);
      order.visitBlocks(visit);
    }
    table.visitBlocks(visit);
  }

  /** Throws AssertionError unless table and order are sound and hold the same members. */
  verifyInvariants(): void {
    const { table, order } = this;
    table.verifyInvariants();
    order.verifyInvariants();
    assert(table.count === order.length, "as many members as are in the order");
    for (let more = order.seekRank(0); more; more = order.next()) {
      this.read(order.element);
      const { nameBytes, nameOffset, nameLength } = this;
      const hash = table.hash(nameBytes, nameOffset, nameLength);
      const found = table.find(hash, nameBytes, nameOffset, nameLength);
      assert(found === order.element, "what is in the order is in the table");
      assert(!Number.isNaN(this.score), "a score is a number");
    }
  }
}
