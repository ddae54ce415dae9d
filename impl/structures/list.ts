import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import { copyBytes } from "../resp/copy.ts";
import {
  appendRange,
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  endOffset,
  entryAt,
  entryBytes,
  entryCount,
  insertEntry,
  LISTPACK_HEADER_BYTES,
  makeListpack,
  nextEntry,
  previousEntry,
  readEntry,
  replaceEntry,
  totalBytes,
  verifyListpack,
} from "./listpack.ts";
import type { PackedReading } from "./packed-reading.ts";
import type { PackedValue } from "./packed-value.ts";
import { Tree } from "./tree.ts";

/** Bytes of a leaf before its listpack: how many the listpack may have. */
const LEAF_HEADER_BYTES = 4;
/** Bytes of a leaf for `list-max-listpack-size` -1 to -5. */
const SIZES = [4096, 8192, 16_384, 32_768, 65_536];
/** A leaf that is limited by its number of entries has no more bytes than this, as in Redis. */
const SAFE_BYTES = 8192;

/**
 * A large list: a counted tree whose leaves are listpacks. This is a view: `open` puts it on one
 * list after the other.
 *
 * `seek`, `next` and `previous` move a cursor to an element, whose entry is at `at` in `bytes`.
 * What they give holds until the next change. OutOfMemory leaves the elements as they were.
 */
export class List {
  readonly #arena: Arena;
  readonly #tree: Tree;
  #mostBytes = SAFE_BYTES;
  #mostEntries = 0;
  /** The segment that holds the cursor's entry. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The cursor's entry; -1 when there is none. */
  at = -1;

  /** `mostChildren` is the tree's. */
  constructor(arena: Arena, mostChildren?: number) {
    this.#arena = arena;
    this.#tree = new Tree(
      arena,
      mostChildren === undefined ? { keyWords: 0 } : { keyWords: 0, mostChildren },
    );
    this.setFill(-2);
  }

  /** How much a leaf may hold, as `list-max-listpack-size` says: a number of entries, or -1 to -5 for 4 to 64 KiB. It holds for what is added from now on. */
  setFill(fill: number): void {
    assert(Number.isInteger(fill) && fill >= -5 && fill <= 0x7fff, "a fill of the directive");
    this.#mostBytes = fill < 0 ? SIZES[-fill - 1]! : SAFE_BYTES;
    this.#mostEntries = fill < 0 ? Number.POSITIVE_INFINITY : Math.max(1, fill);
  }

  /** The header; 0 when no list is open. */
  get ref(): BlockRef {
    return this.#tree.ref;
  }

  /** Number of elements. */
  get length(): number {
    return this.#tree.count;
  }

  /** Number of leaves. */
  get leaves(): number {
    return this.#tree.leaves;
  }

  /** Bytes of all blocks. */
  get bytesHeld(): number {
    return this.#tree.bytesHeld;
  }

  /** Makes an empty list and opens it. @throws OutOfMemory */
  create(): BlockRef {
    this.at = -1;
    return this.#tree.create();
  }

  /** Puts the view on a list. */
  open(ref: BlockRef): void {
    this.at = -1;
    this.#tree.open(ref);
  }

  /** Moves the cursor to the element at a position, from the end when it is negative; false when there is none. */
  seek(position: number): boolean {
    const wanted = position < 0 ? this.length + position : position;
    this.at = -1;
    if (wanted < 0 || wanted >= this.length) return false;
    const index = this.#tree.seekPosition(wanted);
    this.#toLeaf();
    this.at = entryAt(this.bytes, this.#start, index);
    return true;
  }

  /** Moves the cursor to the next element; false, and no cursor, at the end. */
  next(): boolean {
    if (CHECKED) assert(this.at !== -1, "a cursor to move");
    this.at = nextEntry(this.bytes, this.at);
    if (this.at !== -1) return true;
    if (this.#tree.next() === 0) return false;
    this.#toLeaf();
    this.at = this.#start + LISTPACK_HEADER_BYTES;
    return true;
  }

  /** Moves the cursor to the element before; false, and no cursor, at the beginning. */
  previous(): boolean {
    if (CHECKED) assert(this.at !== -1, "a cursor to move");
    this.at = previousEntry(this.bytes, this.#start, this.at);
    if (this.at !== -1) return true;
    if (this.#tree.previous() === 0) return false;
    this.#toLeaf();
    this.at = previousEntry(this.bytes, this.#start, endOffset(this.bytes, this.#start));
    return true;
  }

  /** Reads the cursor's element. */
  read(into: PackedReading): void {
    if (CHECKED) assert(this.at !== -1, "a cursor to read at");
    readEntry(this.bytes, this.at, into);
  }

  /** True when the cursor's element is the value. */
  equals(value: PackedValue): boolean {
    return value.equals(this.bytes, this.at);
  }

  /** Puts a value before the element at a position in `[0, length]`. The cursor is void then. @throws OutOfMemory */
  insert(position: number, value: PackedValue): void {
    const tree = this.#tree;
    if (CHECKED) assert(position >= 0 && position <= tree.count, "a position of the list");
    this.at = -1;
    if (tree.count === 0) {
      const leaf = this.#newLeaf(EMPTY_LISTPACK_BYTES + value.size);
      this.#appendTo(leaf, value);
      tree.plant(leaf, 1);
      tree.addHeld(this.#leafBlockBytes(leaf));
      return;
    }
    for (;;) {
      const index = this.#seekPlace(position);
      const count = tree.leafCount;
      if (this.#allows(tree.leaf, count, value.size)) this.#insertInto(index, value);
      else if (index === 0 && this.#allows(tree.sibling(-1), tree.siblingCount(-1), value.size)) {
        tree.previous();
        this.#insertInto(tree.leafCount, value);
      } else if (index === 0 || index === count) this.#insertLeaf(value, index === 0);
      else {
        this.#split(value.size * 2 > this.#mostBytes ? index : count >>> 1);
        continue;
      }
      if (CHECKED) assert(tree.count > 0, "an element was added");
      return;
    }
  }

  /** Goes to the leaf in which something at the position is put, and returns the place within. */
  #seekPlace(position: number): number {
    const tree = this.#tree;
    if (position < tree.count) return tree.seekPosition(position);
    tree.last();
    return tree.leafCount;
  }

  /** True when the leaf may have an entry of `size` bytes more. */
  #allows(leaf: BlockRef, count: number, size: number): boolean {
    if (leaf === 0 || count >= this.#mostEntries) return false;
    const held = totalBytes(this.#bytesOf(leaf), this.#startOf(leaf)) + LEAF_HEADER_BYTES;
    return held + size <= this.#mostBytes;
  }

  /** Puts a value into the path's leaf. */
  #insertInto(index: number, value: PackedValue): void {
    const tree = this.#tree;
    this.#makeRoom(value.size);
    tree.addElements(1);
    const bytes = this.#bytesOf(tree.leaf);
    const start = this.#startOf(tree.leaf);
    const end = index === tree.leafCount - 1;
    insertEntry(bytes, start, end ? endOffset(bytes, start) : entryAt(bytes, start, index), value);
  }

  /** Gives a value a leaf of its own beside the path's. */
  #insertLeaf(value: PackedValue, before: boolean): void {
    const leaf = this.#newLeaf(EMPTY_LISTPACK_BYTES + value.size);
    this.#appendTo(leaf, value);
    this.#place(leaf, 1, 0, before);
  }

  #appendTo(leaf: BlockRef, value: PackedValue): void {
    const bytes = this.#bytesOf(leaf);
    const start = this.#startOf(leaf);
    insertEntry(bytes, start, start + LISTPACK_HEADER_BYTES, value);
  }

  #place(leaf: BlockRef, count: number, taken: number, before: boolean): void {
    try {
      this.#tree.insertLeaf(leaf, count, taken, before);
    } catch (error) {
      this.#freeLeaf(leaf);
      throw error;
    }
    this.#tree.addHeld(this.#leafBlockBytes(leaf));
  }

  /** Moves the path's leaf's entries from `cut` on into a leaf of their own. */
  #split(cut: number): void {
    const tree = this.#tree;
    const left = tree.leaf;
    const moved = tree.leafCount - cut;
    const bytes = this.#bytesOf(left);
    const start = this.#startOf(left);
    const from = entryAt(bytes, start, cut);
    const end = endOffset(bytes, start);
    const before = tree.elementsBefore();
    const right = this.#newLeaf(EMPTY_LISTPACK_BYTES + end - from);
    appendRange(this.#bytesOf(right), this.#startOf(right), bytes, from, end, moved);
    this.#place(right, moved, moved, false);
    deleteEntries(bytes, start, from, moved);
    tree.seekPosition(before);
    if (CHECKED) assert(tree.leaf === left && tree.leafCount === cut, "the left half stays");
    this.#giveBackRoom();
  }

  /** Gives the element at a position another value. The cursor is void then. @throws OutOfMemory */
  replace(position: number, value: PackedValue): void {
    const tree = this.#tree;
    if (CHECKED) assert(position >= 0 && position < tree.count, "an element of the list");
    const index = tree.seekPosition(position);
    const present = entryAt(this.#bytesOf(tree.leaf), this.#startOf(tree.leaf), index);
    const growth = value.size - entryBytes(this.#bytesOf(tree.leaf), present);
    const lone = tree.leafCount === 1;
    if (growth > 0 && !lone && !this.#allows(tree.leaf, 0, growth)) {
      this.insert(position + 1, value);
      this.deleteRange(position, 1);
      return;
    }
    this.at = -1;
    if (growth > 0) this.#makeRoom(growth);
    const bytes = this.#bytesOf(tree.leaf);
    const start = this.#startOf(tree.leaf);
    replaceEntry(bytes, start, entryAt(bytes, start, index), value);
    this.#giveBackRoom();
  }

  /** Deletes `count` elements from a position on; all of them are there. The cursor is void then. */
  deleteRange(position: number, count: number): void {
    const tree = this.#tree;
    if (CHECKED) assert(position >= 0 && position + count <= tree.count, "elements of the list");
    this.at = -1;
    for (let left = count; left > 0; ) {
      const index = tree.seekPosition(position);
      const leaf = tree.leaf;
      const deleted = Math.min(left, tree.leafCount - index);
      left -= deleted;
      if (deleted === tree.leafCount) {
        tree.removeLeaf();
        tree.addHeld(-this.#freeLeaf(leaf));
        continue;
      }
      const bytes = this.#bytesOf(leaf);
      const start = this.#startOf(leaf);
      deleteEntries(bytes, start, entryAt(bytes, start, index), deleted);
      tree.addElements(-deleted);
      this.#giveBackRoom();
    }
    if (count > 0 && tree.count > 0) this.#mergeAround(Math.min(position, tree.count - 1));
  }

  /** Joins the leaf where something was deleted, or the one at that position, with its neighbours where two fill at most half of one. */
  #mergeAround(position: number): void {
    const tree = this.#tree;
    if (tree.leaf === 0) tree.seekPosition(position);
    if (totalBytes(this.#bytesOf(tree.leaf), this.#start) * 2 > this.#mostBytes) return;
    if (this.#mergeable(tree.leaf, tree.leafCount, tree.sibling(1), tree.siblingCount(1))) {
      if (!this.#mergeNext()) return;
      tree.seekPosition(position);
    }
    if (this.#mergeable(tree.leaf, tree.leafCount, tree.sibling(-1), tree.siblingCount(-1))) {
      tree.previous();
      this.#mergeNext();
    }
  }

  #mergeable(a: BlockRef, aCount: number, b: BlockRef, bCount: number): boolean {
    if (b === 0 || (aCount + bCount) * 2 > this.#mostEntries) return false;
    const both =
      totalBytes(this.#bytesOf(a), this.#startOf(a)) +
      totalBytes(this.#bytesOf(b), this.#startOf(b));
    return both * 2 <= this.#mostBytes;
  }

  /** Moves the next leaf's entries to the path's; false when there is no memory for that. */
  #mergeNext(): boolean {
    const tree = this.#tree;
    const next = tree.sibling(1);
    const source = this.#bytesOf(next);
    const from = this.#startOf(next) + LISTPACK_HEADER_BYTES;
    const to = endOffset(source, this.#startOf(next));
    try {
      this.#makeRoom(to - from);
    } catch (error) {
      if (error instanceof OutOfMemory) return false;
      throw error;
    }
    const bytes = this.#bytesOf(tree.leaf);
    appendRange(bytes, this.#startOf(tree.leaf), source, from, to, tree.siblingCount(1));
    tree.absorbNext();
    tree.addHeld(-this.#freeLeaf(next));
    return true;
  }

  /** Appends the entries of a listpack, which is not empty, as a leaf of their own. @throws OutOfMemory */
  appendListpack(source: Uint8Array, start: number): void {
    const tree = this.#tree;
    const total = totalBytes(source, start);
    const count = entryCount(source, start);
    if (CHECKED) assert(count > 0, "a leaf has entries");
    this.at = -1;
    const leaf = this.#newLeaf(total);
    copyBytes(source, start, this.#bytesOf(leaf), this.#startOf(leaf), total);
    if (tree.last() !== 0) {
      this.#place(leaf, count, 0, false);
      return;
    }
    tree.plant(leaf, count);
    tree.addHeld(this.#leafBlockBytes(leaf));
  }

  /** Where the cursor's leaf's listpack begins in `bytes`, for those who copy leaves. */
  get leafStart(): number {
    return this.#start;
  }

  /** Frees up to `budget` blocks of a list that no key has any more; true when it is gone, header included. */
  release(budget: number): boolean {
    this.at = -1;
    return this.#tree.release(budget, (leaf) => this.#freeLeaf(leaf));
  }

  /** Visits every block with the bytes it was allocated for, the header's included. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    this.#tree.visitBlocks(visit, (leaf) => visit(leaf, this.#leafBytes(leaf)));
  }

  /** A new leaf with an empty listpack that may have `byteLength` bytes. */
  #newLeaf(byteLength: number): BlockRef {
    const wanted = LEAF_HEADER_BYTES + Math.max(byteLength, 12);
    const leaf = this.#arena.allocate(wanted);
    const room = this.#arena.blockBytes(leaf, wanted) - LEAF_HEADER_BYTES;
    this.#tree.wordsOf(leaf)[this.#tree.wordOf(leaf)] = room;
    makeListpack(this.#bytesOf(leaf), this.#startOf(leaf));
    return leaf;
  }

  /** Makes room for so many bytes in the path's leaf. */
  #makeRoom(added: number): void {
    const { leaf } = this.#tree;
    const needed = totalBytes(this.#bytesOf(leaf), this.#startOf(leaf)) + added;
    if (needed > this.#roomOf(leaf)) this.#moveLeaf(needed);
  }

  /** Moves the path's leaf to a smaller block when it fills less than half of its own; without memory for one it stays. */
  #giveBackRoom(): void {
    const { leaf } = this.#tree;
    const total = totalBytes(this.#bytesOf(leaf), this.#startOf(leaf));
    if (total * 2 > this.#roomOf(leaf) || this.#leafBlockBytes(leaf) <= 32) return;
    try {
      this.#moveLeaf(total);
    } catch (error) {
      if (error instanceof OutOfMemory) return;
      throw error;
    }
  }

  #moveLeaf(byteLength: number): void {
    const tree = this.#tree;
    const from = tree.leaf;
    const to = this.#newLeaf(byteLength);
    const source = this.#bytesOf(from);
    const start = this.#startOf(from);
    copyBytes(source, start, this.#bytesOf(to), this.#startOf(to), totalBytes(source, start));
    tree.replaceLeaf(to);
    tree.addHeld(this.#leafBlockBytes(to) - this.#freeLeaf(from));
  }

  /** Frees a leaf and returns its block's bytes. */
  #freeLeaf(leaf: BlockRef): number {
    const held = this.#leafBlockBytes(leaf);
    this.#arena.free(leaf, this.#leafBytes(leaf));
    return held;
  }

  /** Bytes that a listpack in this leaf may have. */
  #roomOf(leaf: BlockRef): number {
    return this.#tree.wordsOf(leaf)[this.#tree.wordOf(leaf)]!;
  }

  #leafBytes(leaf: BlockRef): number {
    return LEAF_HEADER_BYTES + this.#roomOf(leaf);
  }

  #leafBlockBytes(leaf: BlockRef): number {
    return this.#arena.blockBytes(leaf, this.#leafBytes(leaf));
  }

  #bytesOf(leaf: BlockRef): Uint8Array {
    return this.#arena.bytes[leaf >>> this.#arena.grainShift]!;
  }

  /** Where the leaf's listpack begins. */
  #startOf(leaf: BlockRef): number {
    return this.#tree.wordOf(leaf) * 4 + LEAF_HEADER_BYTES;
  }

  get #start(): number {
    return this.#startOf(this.#tree.leaf);
  }

  #toLeaf(): void {
    this.bytes = this.#bytesOf(this.#tree.leaf);
  }

  /** Checks tree, leaves and bytes. Throws AssertionError. */
  verifyInvariants(): void {
    this.#tree.verify(
      (leaf) => {
        const bytes = this.#bytesOf(leaf);
        const start = this.#startOf(leaf);
        verifyListpack(bytes, start);
        assert(totalBytes(bytes, start) <= this.#roomOf(leaf), "a listpack keeps to its leaf");
        assert(entryCount(bytes, start) > 0, "a leaf has entries");
        return entryCount(bytes, start);
      },
      (visit) => this.visitBlocks(visit),
    );
  }
}
