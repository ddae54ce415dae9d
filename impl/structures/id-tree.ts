import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { LEAF_WORDS, SlotTree } from "./slot-tree.ts";
import { NODE_WORDS, RECORD_WORDS } from "./tree.ts";

const ID_WORDS = 4;
const LOWEST = 0x80000000 | 0;

/** How the trees of an arena are made: see `SlotTreeOptions`. */
export interface IdTreeOptions {
  /** Words that come with each id. */
  readonly payloadWords: number;
  readonly mostSlots?: number;
  readonly mostChildren?: number;
}

/**
 * A counted tree by 128-bit id, the ids of streams: milliseconds and sequence, unsigned 64 bits
 * each. With each id come some words, of which this knows nothing: the block of a macro node, or
 * the state of a pending entry. It is a view: `open` puts it on one tree after the other.
 *
 * Ids are kept as four signed words, the highest first, that order as the ids do.
 *
 * A search moves a cursor, which changes void. OutOfMemory leaves the tree as it was.
 */
export class IdTree {
  readonly #slots: SlotTree;
  /** What is sought or added: the id's words, then what comes with it. */
  readonly #slot: Int32Array;

  constructor(arena: Arena, options: IdTreeOptions) {
    this.#slots = new SlotTree(arena, { keyWords: ID_WORDS, ...options });
    this.#slot = new Int32Array(ID_WORDS + options.payloadWords);
  }

  /** The header; 0 when no tree is open. */
  get ref(): BlockRef {
    return this.#slots.tree.ref;
  }

  /** Number of ids. */
  get length(): number {
    return this.#slots.tree.count;
  }

  /** Number of leaves. */
  get leaves(): number {
    return this.#slots.tree.leaves;
  }

  /** Bytes of all blocks of the tree; what words refer to is not counted. */
  get bytesHeld(): number {
    return this.#slots.tree.bytesHeld;
  }

  /** Makes an empty tree and opens it. @throws OutOfMemory */
  create(): BlockRef {
    return this.#slots.tree.create();
  }

  /** Puts the view on a tree. */
  open(ref: BlockRef): void {
    this.#slots.tree.open(ref);
  }

  /** One of the header's three words for the type. */
  typeWord(index: number): number {
    return this.#slots.tree.typeWord(index);
  }

  setTypeWord(index: number, value: number): void {
    this.#slots.tree.setTypeWord(index, value);
  }

  /** Says which id the next search or addition is for: the words of milliseconds and sequence, unsigned or signed. */
  setId(msHigh: number, msLow: number, sequenceHigh: number, sequenceLow: number): void {
    const slot = this.#slot;
    slot[0] = msHigh ^ LOWEST;
    slot[1] = msLow ^ LOWEST;
    slot[2] = sequenceHigh ^ LOWEST;
    slot[3] = sequenceLow ^ LOWEST;
  }

  /** Says a word that the next addition has with its id. */
  setPayload(index: number, word: number): void {
    if (CHECKED)
      assert(index >= 0 && index < this.#slot.length - ID_WORDS, "a word of the payload");
    this.#slot[ID_WORDS + index] = word;
  }

  /** Moves the cursor to the id; false when it is not there. */
  find(): boolean {
    this.#search(false);
    return this.#slots.settle() && this.#isSought();
  }

  /** Moves the cursor to the first id from that on or, with `exclusive`, behind it; false when there is none. */
  seek(exclusive: boolean): boolean {
    this.#search(exclusive);
    return this.#slots.settle();
  }

  /** Moves the cursor to the last id up to that one; false when there is none. */
  seekBack(): boolean {
    this.#search(true);
    return this.#slots.tree.leaf !== 0 && this.#slots.previous();
  }

  /** Moves the cursor to the id at a position; false when there is none. */
  seekPosition(position: number): boolean {
    if (position < 0 || position >= this.length) return false;
    this.#slots.seekPosition(position);
    return true;
  }

  seekLast(): boolean {
    return this.#slots.last();
  }

  /** Moves the cursor on; false, and no cursor, at the end. */
  next(): boolean {
    return this.#slots.next();
  }

  /** Moves the cursor back; false, and no cursor, at the beginning. */
  previous(): boolean {
    return this.#slots.previous();
  }

  /** The cursor's position, from 0 on. */
  position(): number {
    return this.#slots.position();
  }

  /** A word of the cursor's id, the highest first: milliseconds, then sequence; signed. */
  idWord(word: number): number {
    if (CHECKED) assert(word >= 0 && word < ID_WORDS, "a word of an id");
    return this.#slots.word(word) ^ LOWEST;
  }

  /** A word that comes with the cursor's id. */
  payload(index: number): number {
    return this.#slots.word(ID_WORDS + index);
  }

  /** Changes a word that comes with the cursor's id. The cursor stays. */
  replacePayload(index: number, word: number): void {
    this.#slots.setWord(ID_WORDS + index, word);
  }

  /** Adds the id, which is absent, with its words. @throws OutOfMemory */
  insert(): void {
    do {
      this.#search(false);
      if (CHECKED) this.#assertAbsent();
    } while (!this.#slots.insert(this.#slot));
  }

  #assertAbsent(): void {
    const { tree, index } = this.#slots;
    assert(tree.leaf === 0 || index === tree.leafCount || !this.#isSought(), "an id is added once");
  }

  /** Removes the cursor's id. */
  remove(): void {
    this.#slots.remove();
  }

  /** A word of each that `removeRun` has taken. */
  get taken(): Int32Array {
    return this.#slots.taken;
  }

  /** Removes the cursor's id and up to `most` in all behind it, puts one word of each payload into `taken`, and returns how many they are: at least one, fewer than `most` where a leaf ends. */
  removeRun(most: number, index: number): number {
    return this.#slots.removeRun(most, ID_WORDS + index);
  }

  /** See `Tree.release`. What words refer to is the owner's to free before. */
  release(budget: number): boolean {
    return this.#slots.release(budget);
  }

  /** Visits every block with the bytes it was allocated for, the header's included. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    this.#slots.visitBlocks(visit);
  }

  #isSought(): boolean {
    const words = this.#slots.tree.wordsOf(this.#slots.tree.leaf);
    return this.#compare(words, this.#slots.at) === 0;
  }

  /** Compares the id at `at` with what is sought. */
  #compare(words: Int32Array, at: number): number {
    const slot = this.#slot;
    let j = 0;
    while (j < ID_WORDS - 1 && words[at + j] === slot[j]) j++;
    const held = words[at + j]!;
    const sought = slot[j]!;
    if (held === sought) return 0;
    return held < sought ? -1 : 1;
  }

  /** Moves the cursor to the first id that is not before what is sought or, with `pass`, that is behind it; else behind a leaf's last. */
  #search(pass: boolean): void {
    const slots = this.#slots;
    const { tree, slotWords } = slots;
    const least = pass ? 1 : 0;
    let ref = tree.root;
    let count = tree.count;
    for (let level = tree.height; level > 0; level--) {
      const words = tree.wordsOf(ref);
      const node = tree.wordOf(ref);
      const base = node + NODE_WORDS + RECORD_WORDS;
      // The last child whose key is before; a key may be less than its child's first id, never more.
      const child = this.#lastBefore(words, base, words[node]!, tree.stride, least);
      tree.pathRef[level] = ref;
      tree.pathAt[level] = child;
      const record = base + child * tree.stride - RECORD_WORDS;
      ref = words[record]!;
      count = words[record + 1]!;
    }
    tree.leaf = ref;
    tree.leafCount = count;
    if (ref === 0) return;
    const words = tree.wordsOf(ref);
    const base = tree.wordOf(ref) + LEAF_WORDS;
    const last = this.#lastBefore(words, base, count, slotWords, least);
    const before = last > 0 || this.#compare(words, base) < least;
    slots.index = before ? last + 1 : 0;
  }

  /** The last of `count` records whose id compares less than `least`, 0 if there is none; the first is not looked at. */
  #lastBefore(
    words: Int32Array,
    base: number,
    count: number,
    stride: number,
    least: number,
  ): number {
    let from = 0;
    let to = count;
    // Streams grow at the end.
    if (count > 1 && this.#compare(words, base + (count - 1) * stride) < least) return count - 1;
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      if (this.#compare(words, base + middle * stride) < least) from = middle;
      else to = middle;
    }
    return from;
  }

  /** Checks tree, order and bytes. Throws AssertionError. */
  verifyInvariants(): void {
    this.#slots.verify((aWords, a, bWords, b) => {
      this.#slot.set(bWords.subarray(b, b + ID_WORDS));
      return this.#compare(aWords, a) < 0;
    });
  }
}
