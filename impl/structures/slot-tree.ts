import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import { copyBytes } from "../resp/copy.ts";
import { Tree } from "./tree.ts";

/** Bytes of a full leaf. */
const LEAF_BYTES = 1024;
/** Words of a leaf before its slots: slots in use, room for slots. */
export const LEAF_WORDS = 2;
const CAPACITY = 1;
const MIN_BYTES = 16;

/** How the slotted trees of an arena are made. */
export interface SlotTreeOptions {
  /** Words of a slot that order it. */
  readonly keyWords: number;
  /** Words of a slot that come with it. */
  readonly payloadWords: number;
  /** Slots of a full leaf, at least 2; as many as 1 KiB holds if it is left out. */
  readonly mostSlots?: number;
  /** Children of a full inner node; see `TreeOptions`. */
  readonly mostChildren?: number;
}

/**
 * A counted tree whose leaves are slots of some words in order: key, then payload. Who owns it
 * searches, since only the owner knows what orders slots of one key; this moves, adds and removes
 * where the search has ended: at `index` in the tree's leaf.
 *
 * A change voids the cursor. OutOfMemory leaves the slots as they were.
 */
export class SlotTree {
  readonly tree: Tree;
  readonly slotWords: number;
  readonly mostSlots: number;
  /** The cursor's slot in the tree's leaf; its number of slots is the place behind the last. */
  index = 0;
  /** Words that `removeRun` has taken. */
  readonly taken: Int32Array;

  readonly #arena: Arena;
  readonly #keyWords: number;

  constructor(arena: Arena, options: SlotTreeOptions) {
    const { keyWords, payloadWords, mostChildren } = options;
    this.#arena = arena;
    this.#keyWords = keyWords;
    this.slotWords = keyWords + payloadWords;
    this.tree = new Tree(
      arena,
      mostChildren === undefined ? { keyWords } : { keyWords, mostChildren },
    );
    const fitting = Math.floor((LEAF_BYTES / 4 - LEAF_WORDS) / this.slotWords);
    this.mostSlots = options.mostSlots ?? fitting;
    this.taken = new Int32Array(this.mostSlots);
    assert(this.mostSlots >= 2, "a leaf has room for a split");
  }

  /** Moves the cursor to the slot at a position in `[0, count)`. */
  seekPosition(position: number): void {
    this.index = this.tree.seekPosition(position);
  }

  /** Moves the cursor from behind a leaf's last slot to the next leaf; false, and no cursor, at the end. */
  settle(): boolean {
    const { tree } = this;
    if (tree.leaf === 0) return false;
    if (this.index < tree.leafCount) return true;
    this.index = 0;
    return tree.next() !== 0;
  }

  /** Moves the cursor to the next slot; false, and no cursor, at the end. */
  next(): boolean {
    this.index++;
    return this.settle();
  }

  /** Moves the cursor to the slot before; false, and no cursor, at the beginning. */
  previous(): boolean {
    const { tree } = this;
    if (--this.index >= 0) return true;
    if (tree.previous() === 0) return false;
    this.index = tree.leafCount - 1;
    return true;
  }

  /**
   * Copies one word of the cursor's slot and of up to `most` in all of those behind it in its leaf, or
   * before it, to `target` from `to` on. Moves the cursor past them, and returns how many they were.
   */
  copyRun(most: number, backwards: boolean, word: number, target: Int32Array, to: number): number {
    const { tree, slotWords } = this;
    const words = tree.wordsOf(tree.leaf);
    const run = Math.min(most, backwards ? this.index + 1 : tree.leafCount - this.index);
    const step = backwards ? -slotWords : slotWords;
    let at = this.at + word;
    for (let i = 0; i < run; i++, at += step) target[to + i] = words[at]!;
    if (backwards) {
      this.index -= run - 1;
      this.previous();
    } else {
      this.index += run - 1;
      this.next();
    }
    return run;
  }

  /** Moves the cursor to the last slot; false when there is none. */
  last(): boolean {
    if (this.tree.last() === 0) return false;
    this.index = this.tree.leafCount - 1;
    return true;
  }

  /** The position of the cursor. */
  position(): number {
    return this.tree.elementsBefore() + this.index;
  }

  /** The cursor's slot's first word in `tree.wordsOf(tree.leaf)`. */
  get at(): number {
    if (CHECKED) assert(this.tree.leaf !== 0 && this.index < this.tree.leafCount, "a cursor");
    return this.tree.wordOf(this.tree.leaf) + LEAF_WORDS + this.index * this.slotWords;
  }

  /** A word of the cursor's slot. */
  word(word: number): number {
    return this.tree.wordsOf(this.tree.leaf)[this.at + word]!;
  }

  /** Changes a word of the cursor's slot. Precondition: the order stays. */
  setWord(word: number, value: number): void {
    if (CHECKED) assert(word >= 0 && word < this.slotWords, "a word of the slot");
    this.tree.wordsOf(this.tree.leaf)[this.at + word] = value;
  }

  /**
   * Puts a slot before the cursor's. False when the leaf was full and has been split instead: the
   * owner searches again. @throws OutOfMemory
   */
  insert(slot: Int32Array): boolean {
    const { tree } = this;
    if (tree.count === 0) {
      const leaf = this.#newLeaf(1);
      this.#write(leaf, 0, 0, slot);
      tree.plant(leaf, 1);
      tree.addHeld(this.#blockBytes(leaf));
      tree.leaf = 0;
      return true;
    }
    const count = tree.leafCount;
    if (CHECKED) assert(tree.leaf !== 0 && this.index <= count, "a place to insert at");
    if (count < this.mostSlots) {
      if (count === this.#roomOf(tree.leaf)) this.#moveLeaf(count + 1);
      tree.addElements(1);
      this.#write(tree.leaf, this.index, count, slot);
      tree.leaf = 0;
      return true;
    }
    if (this.index < count || !tree.isLastLeaf()) {
      this.#split(count >>> 1);
      return false;
    }
    // What grows at the end fills its leaves.
    const leaf = this.#newLeaf(1);
    this.#write(leaf, 0, 0, slot);
    this.#place(leaf, 1, 0);
    return true;
  }

  #write(leaf: BlockRef, index: number, count: number, slot: Int32Array): void {
    const words = this.tree.wordsOf(leaf);
    const base = this.tree.wordOf(leaf);
    const { slotWords } = this;
    const at = base + LEAF_WORDS + index * slotWords;
    words.copyWithin(at + slotWords, at, base + LEAF_WORDS + count * slotWords);
    for (let j = 0; j < slotWords; j++) words[at + j] = slot[j]!;
    words[base] = count + 1;
  }

  /** Puts a leaf behind the path's, with the key of its first slot. */
  #place(leaf: BlockRef, count: number, taken: number): void {
    const { tree } = this;
    const first = tree.wordOf(leaf) + LEAF_WORDS;
    for (let j = 0; j < this.#keyWords; j++) tree.key[j] = tree.wordsOf(leaf)[first + j]!;
    try {
      tree.insertLeaf(leaf, count, taken, false);
    } catch (error) {
      this.#free(leaf);
      throw error;
    }
    tree.addHeld(this.#blockBytes(leaf));
  }

  #split(cut: number): void {
    const { tree } = this;
    const left = tree.leaf;
    const moved = tree.leafCount - cut;
    const before = tree.elementsBefore();
    const right = this.#newLeaf(moved + 1);
    this.#copy(left, cut, right, 0, moved);
    tree.wordsOf(right)[tree.wordOf(right)] = moved;
    this.#place(right, moved, moved);
    tree.wordsOf(left)[tree.wordOf(left)] = cut;
    tree.seekPosition(before);
    if (CHECKED) assert(tree.leaf === left && tree.leafCount === cut, "the left half stays");
    this.#giveBackRoom(cut + 1);
    tree.leaf = 0;
  }

  /** Removes the cursor's slot. */
  remove(): void {
    this.removeRun(1, 0);
  }

  /**
   * Removes the cursor's slot and up to `most` in all of those behind it in its leaf, and puts one
   * word of each into `taken`. Returns how many they were.
   */
  removeRun(most: number, word: number): number {
    const { tree, index, slotWords } = this;
    const { leaf, leafCount } = tree;
    if (CHECKED) assert(leaf !== 0 && index < leafCount && most > 0, "slots to remove");
    const removed = Math.min(most, leafCount - index);
    const words = tree.wordsOf(leaf);
    const base = tree.wordOf(leaf);
    const from = base + LEAF_WORDS + index * slotWords;
    for (let i = 0; i < removed; i++) this.taken[i] = words[from + i * slotWords + word]!;
    if (removed === leafCount) {
      tree.removeLeaf();
      tree.addHeld(-this.#free(leaf));
      return removed;
    }
    words.copyWithin(from, from + removed * slotWords, base + LEAF_WORDS + leafCount * slotWords);
    words[base] = leafCount - removed;
    tree.addElements(-removed);
    if (!this.#merge()) this.#giveBackRoom(tree.leafCount);
    tree.leaf = 0;
    return removed;
  }

  /** Joins the path's leaf with a neighbour if both fill at most half of one; false when they stay. */
  #merge(): boolean {
    const { tree } = this;
    const most = this.mostSlots >>> 1;
    if (tree.leafCount >= most) return false;
    if (tree.sibling(1) === 0 || tree.leafCount + tree.siblingCount(1) > most) {
      if (tree.sibling(-1) === 0 || tree.leafCount + tree.siblingCount(-1) > most) return false;
      tree.previous();
    }
    const count = tree.leafCount;
    const moved = tree.siblingCount(1);
    const right = tree.sibling(1);
    try {
      if (count + moved > this.#roomOf(tree.leaf)) this.#moveLeaf(count + moved);
    } catch (error) {
      if (error instanceof OutOfMemory) return true;
      throw error;
    }
    const { leaf } = tree;
    this.#copy(right, 0, leaf, count, moved);
    tree.wordsOf(leaf)[tree.wordOf(leaf)] = count + moved;
    tree.absorbNext();
    tree.addHeld(-this.#free(right));
    return true;
  }

  /** Moves the path's leaf to a smaller block when `slots` fill less than half of its own; without memory for one it stays. */
  #giveBackRoom(slots: number): void {
    const { leaf } = this.tree;
    if (slots * 2 > this.#roomOf(leaf) || this.#blockBytes(leaf) <= 2 * MIN_BYTES) return;
    try {
      this.#moveLeaf(slots);
    } catch (error) {
      if (error instanceof OutOfMemory) return;
      throw error;
    }
  }

  /** Moves the path's leaf to a block for so many slots. */
  #moveLeaf(slots: number): void {
    const { tree } = this;
    const from = tree.leaf;
    const count = tree.wordsOf(from)[tree.wordOf(from)]!;
    const to = this.#newLeaf(slots);
    this.#copy(from, 0, to, 0, count);
    tree.wordsOf(to)[tree.wordOf(to)] = count;
    tree.replaceLeaf(to);
    tree.addHeld(this.#blockBytes(to) - this.#free(from));
  }

  #copy(from: BlockRef, start: number, to: BlockRef, at: number, count: number): void {
    const { tree, slotWords } = this;
    const { bytes, grainShift } = this.#arena;
    const source = (tree.wordOf(from) + LEAF_WORDS + start * slotWords) * 4;
    const target = (tree.wordOf(to) + LEAF_WORDS + at * slotWords) * 4;
    const length = count * slotWords * 4;
    copyBytes(bytes[from >>> grainShift]!, source, bytes[to >>> grainShift]!, target, length);
  }

  /** A leaf with room for `slots`, and for what more its block holds. */
  #newLeaf(slots: number): BlockRef {
    const wanted = this.#bytesFor(slots);
    const leaf = this.#arena.allocate(wanted);
    const block = this.#arena.blockBytes(leaf, wanted);
    const room = Math.floor((block / 4 - LEAF_WORDS) / this.slotWords);
    const base = this.tree.wordOf(leaf);
    this.tree.wordsOf(leaf)[base] = 0;
    this.tree.wordsOf(leaf)[base + CAPACITY] = Math.max(slots, Math.min(room, this.mostSlots));
    return leaf;
  }

  #bytesFor(slots: number): number {
    return Math.max(MIN_BYTES, (LEAF_WORDS + slots * this.slotWords) * 4);
  }

  #roomOf(leaf: BlockRef): number {
    return this.tree.wordsOf(leaf)[this.tree.wordOf(leaf) + CAPACITY]!;
  }

  #blockBytes(leaf: BlockRef): number {
    return this.#arena.blockBytes(leaf, this.#bytesFor(this.#roomOf(leaf)));
  }

  /** Frees a leaf and returns its block's bytes. */
  #free(leaf: BlockRef): number {
    const held = this.#blockBytes(leaf);
    this.#arena.free(leaf, this.#bytesFor(this.#roomOf(leaf)));
    return held;
  }

  /** See `Tree.release`. */
  release(budget: number): boolean {
    return this.tree.release(budget, (leaf) => this.#free(leaf));
  }

  /** Visits every block with the bytes it was allocated for, the header's included. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    this.tree.visitBlocks(visit, (leaf) => visit(leaf, this.#bytesFor(this.#roomOf(leaf))));
  }

  /** Checks tree, leaves and bytes; `precedes` says whether the slot at one word comes before that at another, each in its segment. Throws AssertionError. */
  verify(
    precedes: (aWords: Int32Array, a: number, bWords: Int32Array, b: number) => boolean,
  ): void {
    const { tree, slotWords } = this;
    let lastWords: Int32Array | null = null;
    let last = 0;
    tree.verify(
      (leaf, from, to) => {
        const words = tree.wordsOf(leaf);
        const base = tree.wordOf(leaf);
        const count = words[base]!;
        assert(count >= 1 && count <= words[base + CAPACITY]!, "a leaf's slots");
        assert(count <= this.mostSlots, "a leaf is overfull");
        for (let i = 0; i < count; i++) {
          const at = base + LEAF_WORDS + i * slotWords;
          if (lastWords !== null) assert(precedes(lastWords, last, words, at), "slots in order");
          lastWords = words;
          last = at;
        }
        const first = words.subarray(base + LEAF_WORDS);
        if (from !== null) assert(this.#compareKeys(from, first) <= 0, "a leaf's lower key");
        if (to !== null)
          assert(this.#compareKeys(words.subarray(last), to) <= 0, "a leaf's upper key");
        return count;
      },
      (visit) => this.visitBlocks(visit),
    );
  }

  #compareKeys(a: Int32Array, b: Int32Array): number {
    for (let j = 0; j < this.#keyWords; j++) if (a[j] !== b[j]) return a[j]! < b[j]! ? -1 : 1;
    return 0;
  }
}
