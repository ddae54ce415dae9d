import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import { copyBytes } from "../resp/copy.ts";

/** Bytes of a full inner node. */
const NODE_BYTES = 1024;
/** Children of a new inner node's block; it doubles as it fills. */
const FIRST_CAPACITY = 4;
/** More levels than 2^31 elements can fill. */
const MAX_LEVELS = 40;
const MAX_COUNT = 2 ** 31 - 1;

const HEADER_BYTES = 32;
const COUNT = 0;
const ROOT = 1;
const HEIGHT = 2;
const LEAVES = 3;
const HELD = 4;
const TYPE = 5;

/** Words of an inner node before its children's records: children, room for children, level, unused. */
export const NODE_WORDS = 4;
const CAPACITY = 1;
const LEVEL = 2;
/** Words of a child's record before its key: reference and elements. */
export const RECORD_WORDS = 2;

/** How the trees of an arena are made. */
export interface TreeOptions {
  /** Words of a key: 0 for a tree by position only. */
  readonly keyWords: number;
  /** Children of a full inner node, at least 3; as many as 1 KiB holds if it is left out. */
  readonly mostChildren?: number;
}

/**
 * The inner nodes of a counted B+tree in blocks of an arena: every child's record says how many
 * elements are below it, so that positions are found as fast as keys. What leaves are is their
 * owner's; a tree without leaves has none, and one leaf is its own root. This is a view: `open`
 * puts it on one tree after the other.
 *
 * Nodes know neither parent nor neighbours. The way of the last descent is kept instead: `pathRef`
 * and `pathAt` hold node and child for each level, from 1 above the leaves up to `height`; `leaf`
 * is where it ends. A change of the tree's shape voids it, and `leaf` is 0 then.
 *
 * The key in a child's record is at most that of the child's first element, and at least that of
 * the last element before it; the first child's of all is not looked at.
 *
 * Header, in words: elements, root, height, leaves, 16-byte pieces of all blocks, three for the
 * type. OutOfMemory leaves all as it was.
 */
export class Tree {
  readonly arena: Arena;
  /** Words of a child's record. */
  readonly stride: number;
  readonly keyWords: number;
  readonly mostChildren: number;
  /** The header; 0 when no tree is open. */
  ref: BlockRef = 0;
  /** Elements. */
  count = 0;
  /** Leaves. */
  leaves = 0;
  root: BlockRef = 0;
  /** Levels of inner nodes. */
  height = 0;
  readonly pathRef = new Int32Array(MAX_LEVELS);
  readonly pathAt = new Int32Array(MAX_LEVELS);
  /** The path's leaf, or 0. */
  leaf: BlockRef = 0;
  /** Elements of the path's leaf. */
  leafCount = 0;
  /** The key that goes with the next leaf that is inserted. */
  readonly key: Int32Array;

  #held = 0;
  /** Nodes that were allocated before an insertion began, so that it cannot fail, and where each full node is cut. */
  readonly #reserved = new Int32Array(MAX_LEVELS);
  readonly #cuts = new Int32Array(MAX_LEVELS);

  constructor(arena: Arena, options: TreeOptions) {
    this.arena = arena;
    this.keyWords = options.keyWords;
    this.key = new Int32Array(options.keyWords);
    this.stride = RECORD_WORDS + options.keyWords;
    const fitting = Math.floor((NODE_BYTES / 4 - NODE_WORDS) / this.stride);
    this.mostChildren = options.mostChildren ?? fitting;
    assert(this.mostChildren >= 3, "a node has room for a split");
  }

  /** Bytes of all blocks, the header's and the leaves' included. */
  get bytesHeld(): number {
    return this.#held * 16;
  }

  /** Makes an empty tree and opens it. @throws OutOfMemory */
  create(): BlockRef {
    const ref = this.arena.allocate(HEADER_BYTES);
    const at = this.wordOf(ref);
    this.wordsOf(ref).fill(0, at, at + HEADER_BYTES / 4);
    this.wordsOf(ref)[at + HELD] = HEADER_BYTES >>> 4;
    this.open(ref);
    return ref;
  }

  /** Puts the view on a tree. */
  open(ref: BlockRef): void {
    if (CHECKED) assert(ref !== 0, "no tree");
    const words = this.wordsOf(ref);
    const at = this.wordOf(ref);
    this.ref = ref;
    this.count = words[at + COUNT]!;
    this.root = words[at + ROOT]!;
    this.height = words[at + HEIGHT]!;
    this.leaves = words[at + LEAVES]!;
    this.#held = words[at + HELD]! >>> 0;
    this.leaf = 0;
  }

  #save(): void {
    const words = this.wordsOf(this.ref);
    const at = this.wordOf(this.ref);
    words[at + COUNT] = this.count;
    words[at + ROOT] = this.root;
    words[at + HEIGHT] = this.height;
    words[at + LEAVES] = this.leaves;
    words[at + HELD] = this.#held;
  }

  /** One of the header's three words for the type. */
  typeWord(index: number): number {
    return this.wordsOf(this.ref)[this.wordOf(this.ref) + TYPE + index]!;
  }

  setTypeWord(index: number, value: number): void {
    if (CHECKED) assert(index >= 0 && index < 3, "a word for the type");
    this.wordsOf(this.ref)[this.wordOf(this.ref) + TYPE + index] = value;
  }

  /** The segment of a block, as words. */
  wordsOf(ref: BlockRef): Int32Array {
    return this.arena.words[ref >>> this.arena.grainShift]!;
  }

  /** The first word of a block in its segment. */
  wordOf(ref: BlockRef): number {
    return (ref & this.arena.grainMask) << 2;
  }

  // Ways through the tree. Each sets the path and returns the leaf, 0 when there is none.

  first(): BlockRef {
    return this.#edge(this.root, this.height, this.count, false);
  }

  last(): BlockRef {
    return this.#edge(this.root, this.height, this.count, true);
  }

  /** Follows the first or the last children from a node down. */
  #edge(from: BlockRef, height: number, count: number, last: boolean): BlockRef {
    let ref = from;
    this.leafCount = count;
    for (let level = height; level > 0; level--) {
      const words = this.wordsOf(ref);
      const node = this.wordOf(ref);
      const i = last ? words[node]! - 1 : 0;
      this.pathRef[level] = ref;
      this.pathAt[level] = i;
      const record = node + NODE_WORDS + i * this.stride;
      ref = words[record]!;
      this.leafCount = words[record + 1]!;
    }
    this.leaf = ref;
    return ref;
  }

  next(): BlockRef {
    return this.#step(1);
  }

  previous(): BlockRef {
    return this.#step(-1);
  }

  #step(by: number): BlockRef {
    if (CHECKED) assert(this.leaf !== 0, "a path to step from");
    for (let level = 1; level <= this.height; level++) {
      const words = this.wordsOf(this.pathRef[level]!);
      const node = this.wordOf(this.pathRef[level]!);
      const i = this.pathAt[level]! + by;
      if (i < 0 || i >= words[node]!) continue;
      this.pathAt[level] = i;
      const record = node + NODE_WORDS + i * this.stride;
      return this.#edge(words[record]!, level - 1, words[record + 1]!, by < 0);
    }
    this.leaf = 0;
    return 0;
  }

  /** Goes to the leaf that holds a position in `[0, count)`, and returns the position within it. */
  seekPosition(position: number): number {
    if (CHECKED) assert(position >= 0 && position < this.count, "a position in the tree");
    let rest = position;
    let ref = this.root;
    let count = this.count;
    for (let level = this.height; level > 0; level--) {
      const words = this.wordsOf(ref);
      const node = this.wordOf(ref);
      this.pathRef[level] = ref;
      let record = node + NODE_WORDS;
      let i = 0;
      // From the end when that is nearer: queues work there.
      if (rest >= count >>> 1) {
        i = words[node]! - 1;
        record += i * this.stride;
        let before = count - words[record + 1]!;
        while (before > rest) {
          i--;
          record -= this.stride;
          before -= words[record + 1]!;
        }
        rest -= before;
      } else {
        while (rest >= words[record + 1]!) {
          rest -= words[record + 1]!;
          i++;
          record += this.stride;
        }
      }
      this.pathAt[level] = i;
      ref = words[record]!;
      count = words[record + 1]!;
    }
    this.leaf = ref;
    this.leafCount = count;
    return rest;
  }

  /** Elements before the path's leaf. */
  elementsBefore(): number {
    if (CHECKED) assert(this.leaf !== 0, "a path to count along");
    let sum = 0;
    for (let level = 1; level <= this.height; level++) {
      const words = this.wordsOf(this.pathRef[level]!);
      let record = this.wordOf(this.pathRef[level]!) + NODE_WORDS + 1;
      for (let i = this.pathAt[level]!; i > 0; i--, record += this.stride) sum += words[record]!;
    }
    return sum;
  }

  /** The leaf beside the path's under the same node, before (-1) or behind it (1), or 0. */
  sibling(by: number): BlockRef {
    const record = this.#siblingRecord(by);
    return record === -1 ? 0 : this.wordsOf(this.pathRef[1]!)[record]!;
  }

  /** Elements of that leaf. */
  siblingCount(by: number): number {
    const record = this.#siblingRecord(by);
    return record === -1 ? 0 : this.wordsOf(this.pathRef[1]!)[record + 1]!;
  }

  #siblingRecord(by: number): number {
    if (this.height === 0) return -1;
    const node = this.wordOf(this.pathRef[1]!);
    const i = this.pathAt[1]! + by;
    if (i < 0 || i >= this.wordsOf(this.pathRef[1]!)[node]!) return -1;
    return node + NODE_WORDS + i * this.stride;
  }

  /** The first leaf below a child at `level`; the path stays. */
  firstLeafBelow(child: BlockRef, level: number): BlockRef {
    let ref = child;
    for (let l = level; l > 0; l--) ref = this.wordsOf(ref)[this.wordOf(ref) + NODE_WORDS]!;
    return ref;
  }

  /** True when the path's leaf is the last of all. */
  isLastLeaf(): boolean {
    return this.#isLast(1);
  }

  #isLast(from: number): boolean {
    for (let level = from; level <= this.height; level++) {
      const ref = this.pathRef[level]!;
      if (this.pathAt[level] !== this.wordsOf(ref)[this.wordOf(ref)]! - 1) return false;
    }
    return true;
  }

  // Changes that keep the shape, and with it the path.

  /** The path's leaf has moved to another block. */
  replaceLeaf(leaf: BlockRef): void {
    this.#setChild(1, leaf);
    this.leaf = leaf;
    this.#save();
  }

  /** The path's leaf has so many more elements, or fewer. @throws OutOfMemory */
  addElements(delta: number): void {
    if (CHECKED) assert(this.leaf !== 0 && this.leafCount + delta >= 0, "elements of a leaf");
    if (this.count + delta > MAX_COUNT) throw new OutOfMemory("a tree is at its greatest size");
    this.count += delta;
    this.leafCount += delta;
    for (let level = 1; level <= this.height; level++) this.#addBelow(level, delta);
    this.#save();
  }

  /** All blocks together have so many more bytes, whole pieces of 16, or fewer. */
  addHeld(delta: number): void {
    this.#held += delta >> 4;
    this.#save();
  }

  #addBelow(level: number, delta: number): void {
    const ref = this.pathRef[level]!;
    const record = this.wordOf(ref) + NODE_WORDS + this.pathAt[level]! * this.stride;
    this.wordsOf(ref)[record + 1]! += delta;
  }

  /** The node or leaf below `level` on the path is another one now. */
  #setChild(level: number, child: BlockRef): void {
    if (level > this.height) {
      this.root = child;
      return;
    }
    const ref = this.pathRef[level]!;
    const record = this.wordOf(ref) + NODE_WORDS + this.pathAt[level]! * this.stride;
    this.wordsOf(ref)[record] = child;
  }

  // Changes of the shape.

  /** Puts the first leaf into an empty tree; its bytes are counted apart. */
  plant(leaf: BlockRef, count: number): void {
    if (CHECKED) assert(this.root === 0 && this.count === 0, "the tree is empty");
    this.root = leaf;
    this.height = 0;
    this.leaves = 1;
    this.count = count;
    this.leaf = leaf;
    this.leafCount = count;
    this.#save();
  }

  /**
   * Puts a leaf of `count` elements behind the path's, with `key`, or before it, which only a tree
   * without keys can. `taken` of the elements have been the path's leaf's until now. The path is
   * void then. @throws OutOfMemory
   */
  insertLeaf(leaf: BlockRef, count: number, taken: number, before: boolean): void {
    if (CHECKED) {
      assert(this.leaf !== 0 && taken <= this.leafCount, "a path to insert at");
      assert(!before || this.keyWords === 0, "a leaf's key is kept when one comes before it");
    }
    const added = count - taken;
    if (this.count + added > MAX_COUNT) throw new OutOfMemory("a tree is at its greatest size");
    const index = before ? this.pathAt[1]! : this.pathAt[1]! + 1;
    this.#reserve(index);
    this.count += added;
    this.leaves++;
    if (this.height > 0) this.#addBelow(1, -taken);
    for (let level = 2; level <= this.height; level++) this.#addBelow(level, added);
    this.#insertRecords(index, leaf, count, before);
    this.leaf = 0;
    this.#save();
  }

  /** Allocates what an insertion at the path will need: for each full node another one, and a larger one or a root. */
  #reserve(index: number): void {
    let level = 1;
    let reserved = 0;
    try {
      for (; level <= this.height; level++) {
        const ref = this.pathRef[level]!;
        const children = this.wordsOf(ref)[this.wordOf(ref)]!;
        const capacity = this.wordsOf(ref)[this.wordOf(ref) + CAPACITY]!;
        if (children < this.mostChildren) {
          if (children < capacity) return;
          this.#reserved[reserved] = this.#newNode(level, this.#largerCapacity(capacity));
          return;
        }
        const at = level === 1 ? index : this.pathAt[level]! + 1;
        const cut = this.#cutFor(level, at, children);
        const room = cut === children ? FIRST_CAPACITY : this.mostChildren;
        this.#cuts[level] = cut;
        this.#reserved[reserved] = this.#newNode(level, Math.min(room, this.mostChildren));
        reserved++;
      }
      if (level >= MAX_LEVELS) throw new OutOfMemory("a tree is at its greatest height");
      this.#reserved[reserved] = this.#newNode(level, Math.min(FIRST_CAPACITY, this.mostChildren));
    } catch (error) {
      while (reserved > 0) this.#freeNode(this.#reserved[--reserved]!);
      this.#save();
      throw error;
    }
  }

  /** Where a full node is cut: in halves, but at the tree's edges so that what grows there fills its nodes. */
  #cutFor(level: number, index: number, children: number): number {
    if (index === children && this.#isLast(level + 1)) return children;
    return index === 0 ? 0 : children >>> 1;
  }

  #insertRecords(index: number, leaf: BlockRef, count: number, before: boolean): void {
    let at = index;
    let child = leaf;
    let below = count;
    let used = 0;
    for (let level = 1; level <= this.height; level++) {
      const ref = this.pathRef[level]!;
      const words = this.wordsOf(ref);
      const node = this.wordOf(ref);
      const children = words[node]!;
      if (children < this.mostChildren) {
        const whole = children < words[node + CAPACITY]!;
        const into = whole ? ref : this.#moveNode(level, this.#reserved[used]!);
        this.#place(into, at, child, below);
        return;
      }
      const right = this.#reserved[used++]!;
      const cut = this.#cuts[level]!;
      this.#moveRecords(ref, cut, right);
      if (at < cut || (at === cut && cut < children)) this.#place(ref, at, child, below);
      else this.#place(right, at - cut, child, below);
      below = this.#countOf(right);
      child = right;
      this.#readKey(right, 0);
      if (level < this.height) {
        this.#addBelow(level + 1, -below);
        at = this.pathAt[level + 1]! + 1;
      }
    }
    this.#plantRoot(this.#reserved[used]!, child, below, before && this.height === 0);
  }

  /** Puts a root above the old one and what has come beside it. */
  #plantRoot(root: BlockRef, child: BlockRef, below: number, before: boolean): void {
    const old = this.root;
    this.#place(root, 0, old, this.count - below);
    this.#place(root, before ? 0 : 1, child, below);
    this.root = root;
    this.height++;
  }

  /** Puts a child's record into a node that has room, with `key`. */
  #place(ref: BlockRef, index: number, child: BlockRef, below: number): void {
    const words = this.wordsOf(ref);
    const node = this.wordOf(ref);
    const children = words[node]!;
    if (CHECKED) {
      assert(children < words[node + CAPACITY]!, "a node has room for a child");
      assert(index >= 0 && index <= children, "a place among the children");
    }
    const record = node + NODE_WORDS + index * this.stride;
    const end = node + NODE_WORDS + children * this.stride;
    words.copyWithin(record + this.stride, record, end);
    words[record] = child;
    words[record + 1] = below;
    for (let j = 0; j < this.keyWords; j++) words[record + RECORD_WORDS + j] = this.key[j]!;
    words[node] = children + 1;
  }

  /** Moves the records from `cut` on into an empty node. */
  #moveRecords(from: BlockRef, cut: number, to: BlockRef): void {
    const words = this.wordsOf(from);
    const node = this.wordOf(from);
    const moved = words[node]! - cut;
    this.#copyRecords(from, cut, to, 0, moved);
    words[node] = cut;
    this.wordsOf(to)[this.wordOf(to)] = moved;
  }

  #copyRecords(from: BlockRef, start: number, to: BlockRef, at: number, count: number): void {
    const source = this.arena.bytes[from >>> this.arena.grainShift]!;
    const target = this.arena.bytes[to >>> this.arena.grainShift]!;
    const fromWord = this.wordOf(from) + NODE_WORDS + start * this.stride;
    const toWord = this.wordOf(to) + NODE_WORDS + at * this.stride;
    copyBytes(source, fromWord * 4, target, toWord * 4, count * this.stride * 4);
  }

  /** Moves the path's node at `level` to a block with other room, and frees its own. */
  #moveNode(level: number, to: BlockRef): BlockRef {
    const ref = this.pathRef[level]!;
    const children = this.wordsOf(ref)[this.wordOf(ref)]!;
    this.#copyRecords(ref, 0, to, 0, children);
    this.wordsOf(to)[this.wordOf(to)] = children;
    this.#freeNode(ref);
    this.pathRef[level] = to;
    this.#setChild(level + 1, to);
    return to;
  }

  #countOf(ref: BlockRef): number {
    const words = this.wordsOf(ref);
    const node = this.wordOf(ref);
    let sum = 0;
    for (let i = words[node]! - 1; i >= 0; i--)
      sum += words[node + NODE_WORDS + i * this.stride + 1]!;
    return sum;
  }

  #readKey(ref: BlockRef, index: number): void {
    const words = this.wordsOf(ref);
    const at = this.wordOf(ref) + NODE_WORDS + index * this.stride + RECORD_WORDS;
    for (let j = 0; j < this.keyWords; j++) this.key[j] = words[at + j]!;
  }

  /** Takes the path's leaf out, with the elements that are still counted in it. The caller frees its block. The path is void then. */
  removeLeaf(): void {
    if (CHECKED) assert(this.leaf !== 0, "a path to a leaf");
    this.addElements(-this.leafCount);
    this.leaves--;
    this.#removeRecord(1);
    while (this.height > 0) {
      const ref = this.root;
      const node = this.wordOf(ref);
      if (this.wordsOf(ref)[node]! > 1) break;
      this.root = this.wordsOf(ref)[node + NODE_WORDS]!;
      this.height--;
      this.#freeNode(ref);
    }
    this.leaf = 0;
    this.#save();
  }

  #removeRecord(from: number): void {
    for (let level = from; level <= this.height; level++) {
      const ref = this.pathRef[level]!;
      const words = this.wordsOf(ref);
      const node = this.wordOf(ref);
      const children = words[node]!;
      if (children === 1) {
        this.#freeNode(ref);
        continue;
      }
      const record = node + NODE_WORDS + this.pathAt[level]! * this.stride;
      words.copyWithin(record, record + this.stride, node + NODE_WORDS + children * this.stride);
      words[node] = children - 1;
      if (!this.#merge(level)) return;
    }
    this.root = 0;
    this.height = 0;
  }

  /**
   * Joins the path's node with a neighbour under the same parent, if it is half empty and both fill
   * at most three quarters of one; true when the path leads to a record that is to be removed.
   */
  #merge(level: number): boolean {
    const own = this.pathRef[level]!;
    const ownCount = this.wordsOf(own)[this.wordOf(own)]!;
    if (level === this.height || ownCount * 2 > this.mostChildren) return false;
    const up = this.pathRef[level + 1]!;
    const words = this.wordsOf(up);
    const node = this.wordOf(up);
    const at = this.pathAt[level + 1]!;
    const i = at === words[node]! - 1 ? at - 1 : at;
    if (i < 0) return false;
    const record = node + NODE_WORDS + i * this.stride;
    const left = words[record]!;
    const right = words[record + this.stride]!;
    const leftCount = this.wordsOf(left)[this.wordOf(left)]!;
    const rightCount = this.wordsOf(right)[this.wordOf(right)]!;
    const both = leftCount + rightCount;
    if (both * 4 > this.mostChildren * 3) return false;
    this.pathAt[level + 1] = i;
    this.pathRef[level] = left;
    const joined = this.#withRoom(level, both);
    if (joined === 0) {
      this.pathAt[level + 1] = at;
      this.pathRef[level] = own;
      return false;
    }
    this.#copyRecords(right, 0, joined, leftCount, rightCount);
    const target = this.wordsOf(joined);
    const first = this.wordOf(joined) + NODE_WORDS + leftCount * this.stride;
    for (let j = RECORD_WORDS; j < this.stride; j++) {
      // The right node's first child needs a key now: the node's own.
      target[first + j] = words[record + this.stride + j]!;
    }
    target[this.wordOf(joined)] = both;
    words[record + 1]! += words[record + this.stride + 1]!;
    this.#freeNode(right);
    this.pathAt[level + 1] = i + 1;
    return true;
  }

  /** The path's node at `level`, in a block for so many children; 0 when there is no memory for a larger one. */
  #withRoom(level: number, children: number): BlockRef {
    const ref = this.pathRef[level]!;
    let capacity = this.wordsOf(ref)[this.wordOf(ref) + CAPACITY]!;
    if (children <= capacity) return ref;
    while (capacity < children) capacity = this.#largerCapacity(capacity);
    try {
      return this.#moveNode(level, this.#newNode(level, capacity));
    } catch (error) {
      if (error instanceof OutOfMemory) return 0;
      throw error;
    }
  }

  /** The elements of the leaf behind the path's, under the same node, have moved to the path's: takes that leaf out. The caller frees its block. */
  absorbNext(): void {
    const moved = this.siblingCount(1);
    const next = this.sibling(1);
    if (CHECKED) assert(next !== 0, "a leaf to absorb");
    this.#addBelow(1, moved);
    this.pathAt[1]!++;
    this.#addBelow(1, -moved);
    this.leaf = next;
    this.leafCount = 0;
    this.removeLeaf();
  }

  #nodeBytes(capacity: number): number {
    return (NODE_WORDS + capacity * this.stride) * 4;
  }

  #largerCapacity(capacity: number): number {
    return Math.min(capacity * 2, this.mostChildren);
  }

  #newNode(level: number, capacity: number): BlockRef {
    const byteLength = this.#nodeBytes(capacity);
    const ref = this.arena.allocate(byteLength);
    const words = this.wordsOf(ref);
    const node = this.wordOf(ref);
    words[node] = 0;
    words[node + CAPACITY] = capacity;
    words[node + LEVEL] = level;
    words[node + LEVEL + 1] = 0;
    this.#held += this.arena.blockBytes(ref, byteLength) >>> 4;
    return ref;
  }

  #freeNode(ref: BlockRef): void {
    const byteLength = this.#nodeBytes(this.wordsOf(ref)[this.wordOf(ref) + CAPACITY]!);
    this.#held -= this.arena.blockBytes(ref, byteLength) >>> 4;
    this.arena.free(ref, byteLength);
  }

  /**
   * Frees up to `budget` blocks of a tree that no key has any more, from its end; true when the tree
   * and its header are gone. `freeLeaf` frees a leaf and returns its block's bytes. Until then the
   * tree is only good for another call, and for `visitBlocks`.
   */
  release(budget: number, freeLeaf: (leaf: BlockRef) => number): boolean {
    if (CHECKED)
      assert(this.ref !== 0 && budget > 0, "a tree is open, and something is to be done");
    let left = budget;
    while (left > 0 && this.root !== 0) {
      const leaf = this.last();
      this.#held -= freeLeaf(leaf) >>> 4;
      left--;
      let level = 1;
      for (; level <= this.height; level++) {
        const ref = this.pathRef[level]!;
        const words = this.wordsOf(ref);
        const node = this.wordOf(ref);
        words[node]!--;
        if (words[node]! > 0) break;
        this.#freeNode(ref);
        left--;
      }
      if (level > this.height) this.root = 0;
    }
    this.leaf = 0;
    this.#save();
    if (this.root !== 0) return false;
    if (CHECKED) assert(this.bytesHeld === HEADER_BYTES, "all is freed");
    this.arena.free(this.ref, HEADER_BYTES);
    this.ref = 0;
    return true;
  }

  /** Visits header and nodes with the bytes they were allocated for, and each leaf through `visitLeaf`. */
  visitBlocks(
    visit: (ref: BlockRef, byteLength: number) => void,
    visitLeaf: (leaf: BlockRef) => void,
  ): void {
    const walk = (ref: BlockRef, level: number): void => {
      if (level === 0) {
        visitLeaf(ref);
        return;
      }
      const words = this.wordsOf(ref);
      const node = this.wordOf(ref);
      visit(ref, this.#nodeBytes(words[node + CAPACITY]!));
      for (let i = 0; i < words[node]!; i++) {
        walk(words[node + NODE_WORDS + i * this.stride]!, level - 1);
      }
    };
    visit(this.ref, HEADER_BYTES);
    if (this.root !== 0) walk(this.root, this.height);
  }

  /**
   * Checks shape, counts and bytes. `verifyLeaf` checks a leaf and returns its elements; it is given
   * the keys between which they lie, null where there is none. Throws AssertionError.
   */
  verify(
    verifyLeaf: (leaf: BlockRef, from: Int32Array | null, to: Int32Array | null) => number,
    visitBlocks: (visit: (ref: BlockRef, byteLength: number) => void) => void,
  ): void {
    const saved = this.wordsOf(this.ref).slice(this.wordOf(this.ref), this.wordOf(this.ref) + TYPE);
    assert(saved[COUNT] === this.count && saved[ROOT] === this.root, "the header is the view's");
    assert(
      saved[HEIGHT] === this.height && saved[LEAVES] === this.leaves,
      "the header is the view's",
    );
    let leaves = 0;
    const walk = (
      ref: BlockRef,
      level: number,
      from: Int32Array | null,
      to: Int32Array | null,
    ): number => {
      if (level === 0) {
        leaves++;
        return verifyLeaf(ref, from, to);
      }
      const words = this.wordsOf(ref);
      const node = this.wordOf(ref);
      const children = words[node]!;
      assert(children >= 1 && children <= words[node + CAPACITY]!, "a node's children");
      assert(words[node + CAPACITY]! <= this.mostChildren, "a node's room");
      assert(words[node + LEVEL] === level, "a node's level");
      let sum = 0;
      for (let i = 0; i < children; i++) {
        const record = node + NODE_WORDS + i * this.stride;
        const keyAt = (k: number): Int32Array =>
          words.slice(
            node + NODE_WORDS + k * this.stride + RECORD_WORDS,
            node + NODE_WORDS + (k + 1) * this.stride,
          );
        const lower = i === 0 ? from : keyAt(i);
        const upper = i === children - 1 ? to : keyAt(i + 1);
        const below = walk(words[record]!, level - 1, lower, upper);
        assert(below === words[record + 1], "a child's count is that of its elements");
        sum += below;
      }
      return sum;
    };
    const total = this.root === 0 ? 0 : walk(this.root, this.height, null, null);
    assert(total === this.count, "the count is that of the elements");
    assert(leaves === this.leaves, "the leaves are counted");
    if (this.height > 0) {
      assert(this.wordsOf(this.root)[this.wordOf(this.root)]! > 1, "a root of one child is none");
    }
    let held = 0;
    visitBlocks((ref, byteLength) => {
      held += this.arena.blockBytes(ref, byteLength);
    });
    assert(held === this.bytesHeld, "the bytes are those of the blocks");
  }
}
