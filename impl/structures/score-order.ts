import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import type { Elements } from "./elements.ts";
import { LEAF_WORDS, SlotTree } from "./slot-tree.ts";
import { NODE_WORDS, RECORD_WORDS } from "./tree.ts";

/** What a search for a score makes of slots with that score. */
type Ties = "before them" | "behind them" | "by name";

const NO_BYTES = new Uint8Array(0);
const LOWEST = 0x80000000 | 0;
const ELEMENT = 2;
/** What `gather` hands out at once: as many cache misses overlap. */
const GATHERED = 32;

/** How the orders of an arena are made: see `SlotTreeOptions`. */
export interface ScoreOrderOptions {
  readonly mostSlots?: number;
  readonly mostChildren?: number;
}

/**
 * The order of a large sorted set: a counted tree of scores and elements, by score and then by the
 * bytes of the name. The elements are the table's; this holds references to them. It is a view:
 * `open` puts it on one order after the other.
 *
 * A slot is the score as two signed words that order as the score does, -0 as 0, and the element.
 * The score to show is the element's own. Where scores are equal the names decide, which are read
 * where they lie: in inner nodes that of a child's first element, so that no key of a removed
 * element is left behind.
 *
 * A search moves a cursor, which changes void. OutOfMemory leaves the order as it was.
 */
export class ScoreOrder {
  /** The elements that `gather` has met. */
  readonly refs = new Int32Array(GATHERED);
  /** A digest of what `gather` has read ahead, lest a compiler leave the reading out. */
  gathered = 0;
  readonly #arena: Arena;
  readonly #slots: SlotTree;
  readonly #elements: Elements;
  readonly #slot = new Int32Array(3);
  readonly #score = new Float64Array(1);
  readonly #scoreWords = new Int32Array(this.#score.buffer);
  /** What is sought. */
  #high = 0;
  #low = 0;
  #ties: Ties = "by name";
  /** Only names are compared: every score is the same. */
  #lexical = false;
  /** An element that has the name is before what is sought. */
  #passEqual = false;
  #name: Uint8Array = NO_BYTES;
  #nameOffset = 0;
  #nameLength = 0;

  constructor(arena: Arena, elements: Elements, options: ScoreOrderOptions = {}) {
    this.#arena = arena;
    this.#slots = new SlotTree(arena, { keyWords: 2, payloadWords: 1, ...options });
    this.#elements = elements;
  }

  /** The header; 0 when no order is open. */
  get ref(): BlockRef {
    return this.#slots.tree.ref;
  }

  /** Number of elements. */
  get length(): number {
    return this.#slots.tree.count;
  }

  /** Number of leaves. */
  get leaves(): number {
    return this.#slots.tree.leaves;
  }

  /** Bytes of all blocks; the elements are the table's. */
  get bytesHeld(): number {
    return this.#slots.tree.bytesHeld;
  }

  /** Makes an empty order and opens it. @throws OutOfMemory */
  create(): BlockRef {
    return this.#slots.tree.create();
  }

  /** Puts the view on an order. */
  open(ref: BlockRef): void {
    this.#slots.tree.open(ref);
  }

  // Searches: each moves the cursor to the first element that is not before what is sought, and
  // returns false when there is none.

  /** By position, from 0 on. */
  seekRank(rank: number): boolean {
    this.#slots.tree.leaf = 0;
    if (rank < 0 || rank >= this.length) return false;
    this.#slots.seekPosition(rank);
    return true;
  }

  /** To the first element with at least this score or, with `exclusive`, with more. */
  seekScore(score: number, exclusive: boolean): boolean {
    this.#seek(score, exclusive ? "behind them" : "before them");
    return this.#slots.settle();
  }

  /** To the first element whose name is at least this or, with `exclusive`, greater. Precondition: every score is the same. */
  seekName(name: Uint8Array, offset: number, length: number, exclusive: boolean): boolean {
    this.#setName(name, offset, length, exclusive);
    this.#lexical = true;
    this.#find();
    return this.#slots.settle();
  }

  /** To an element that is in the order, under its score. */
  seekElement(score: number, element: BlockRef): boolean {
    this.#seekPlace(score, element);
    return this.#slots.settle() && this.element === element;
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

  /**
   * Puts the cursor's element and those behind it, or before it, into `refs`, at most `most`, moves
   * the cursor past them and returns how many they are: 0 at the end, fewer than `most` elsewhere
   * too. They are read ahead, so that their cache misses overlap.
   */
  gather(most: number, backwards: boolean): number {
    const slots = this.#slots;
    const { bytes, grainShift, grainMask } = this.#arena;
    const limit = Math.min(most, GATHERED);
    let found = 0;
    while (found < limit && slots.tree.leaf !== 0) {
      found += slots.copyRun(limit - found, backwards, ELEMENT, this.refs, found);
    }
    let sum = 0;
    for (let i = 0; i < found; i++) {
      const ref = this.refs[i]!;
      sum ^= bytes[ref >>> grainShift]![(ref & grainMask) << 4]!;
    }
    this.gathered = sum;
    return found;
  }

  /** The cursor's element. */
  get element(): BlockRef {
    return this.#slots.word(ELEMENT);
  }

  /** The score by which the cursor's element is in the order, 0 for -0. */
  get score(): number {
    const { at, tree } = this.#slots;
    const words = tree.wordsOf(tree.leaf);
    const high = words[at]!;
    const low = words[at + 1]! ^ LOWEST;
    this.#scoreWords[1] = high < 0 ? high ^ 0x7fffffff : high;
    this.#scoreWords[0] = high < 0 ? ~low : low;
    return this.#score[0]!;
  }

  /** The cursor's position, from 0 on. */
  rank(): number {
    return this.#slots.position();
  }

  // Changes.

  /** Adds an element that is not in the order. @throws OutOfMemory */
  insert(score: number, element: BlockRef): void {
    do {
      this.#seekPlace(score, element);
      this.#slot[0] = this.#high;
      this.#slot[1] = this.#low;
      this.#slot[ELEMENT] = element;
    } while (!this.#slots.insert(this.#slot));
    if (CHECKED) assert(this.seekElement(score, element), "what is added is found");
  }

  /** Removes an element that is in the order under this score. */
  remove(score: number, element: BlockRef): void {
    const found = this.seekElement(score, element);
    assert(found, "the element is in the order");
    this.#slots.remove();
  }

  /** Gives an element of the order another score. Its own is not touched. @throws OutOfMemory */
  move(from: number, to: number, element: BlockRef): void {
    const slots = this.#slots;
    const found = this.seekElement(from, element);
    assert(found, "the element is in the order");
    if (this.#staysBetween(to, element)) {
      slots.setWord(0, this.#high);
      slots.setWord(1, this.#low);
      return;
    }
    if (from === to) return;
    this.insert(to, element);
    this.remove(from, element);
  }

  /** True when the cursor's slot can have another score in its place, its neighbours being in its leaf. Sets what is sought. */
  #staysBetween(score: number, element: BlockRef): boolean {
    const { tree, index, slotWords } = this.#slots;
    if (index === 0 || index + 1 >= tree.leafCount) return false;
    this.#setSought(score, element);
    const words = tree.wordsOf(tree.leaf);
    const at = this.#slots.at;
    return this.#less(words, at - slotWords) && !this.#less(words, at + slotWords);
  }

  /** Elements that `removeRun` has taken. */
  get taken(): Int32Array {
    return this.#slots.taken;
  }

  /** Removes the cursor's element and up to `most` in all behind it, puts them into `taken`, and returns how many they are: at least one, fewer than `most` where a leaf ends. */
  removeRun(most: number): number {
    return this.#slots.removeRun(most, ELEMENT);
  }

  /** See `Tree.release`; the elements are the table's. */
  release(budget: number): boolean {
    return this.#slots.release(budget);
  }

  /** Visits every block with the bytes it was allocated for, the header's included. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    this.#slots.visitBlocks(visit);
  }

  #seek(score: number, ties: Ties): void {
    this.#setScore(score);
    this.#ties = ties;
    this.#lexical = false;
    this.#find();
  }

  /** Goes to where an element of this score is, or would be. */
  #seekPlace(score: number, element: BlockRef): void {
    this.#setSought(score, element);
    this.#find();
  }

  #setSought(score: number, element: BlockRef): void {
    const elements = this.#elements;
    this.#setScore(score);
    this.#ties = "by name";
    this.#lexical = false;
    const name = elements.bytes(element);
    this.#setName(name, elements.nameOffset(element), elements.nameLength(element), false);
  }

  #setName(name: Uint8Array, offset: number, length: number, passEqual: boolean): void {
    this.#name = name;
    this.#nameOffset = offset;
    this.#nameLength = length;
    this.#passEqual = passEqual;
  }

  /** Two signed words that order as scores do: of a negative one all bits but the sign are turned, and a low word's highest always. */
  #setScore(score: number): void {
    if (CHECKED) assert(!Number.isNaN(score), "a score is a number");
    this.#score[0] = score === 0 ? 0 : score;
    const high = this.#scoreWords[1]!;
    const low = this.#scoreWords[0]!;
    this.#high = high < 0 ? high ^ 0x7fffffff : high;
    this.#low = (high < 0 ? ~low : low) ^ LOWEST;
  }

  /** Moves the cursor to the first slot that is not before what is sought, or behind its leaf's last. */
  #find(): void {
    const { tree } = this.#slots;
    const { stride } = tree;
    const high = this.#high;
    let ref = tree.root;
    let count = tree.count;
    tree.leafCount = count;
    tree.leaf = ref;
    if (ref === 0) return;
    for (let level = tree.height; level > 0; level--) {
      const words = tree.wordsOf(ref);
      const node = tree.wordOf(ref);
      const base = node + NODE_WORDS + RECORD_WORDS;
      let child = 0;
      if (this.#lexical) child = this.#lastBefore(words, base, words[node]! - 1, level);
      else {
        // Without branches: which half is right is anyone's guess.
        for (let length = words[node]!; length > 1; ) {
          const half = length >>> 1;
          child += half & -+(words[base + (child + half) * stride]! <= high);
          length -= half;
        }
        if (child > 0 && words[base + child * stride] === high) {
          child = this.#lastBefore(words, base, child, level);
        }
      }
      tree.pathRef[level] = ref;
      tree.pathAt[level] = child;
      const record = base + child * stride;
      ref = words[record - RECORD_WORDS]!;
      count = words[record - RECORD_WORDS + 1]!;
    }
    tree.leaf = ref;
    tree.leafCount = count;
    this.#findSlot();
  }

  /** The last of children 1 to `last` that begins before what is sought, else 0. */
  #lastBefore(words: Int32Array, base: number, last: number, level: number): number {
    const { stride } = this.#slots.tree;
    // Queues work at the ends.
    if (last > 0 && this.#childLess(words, base + last * stride, level)) return last;
    let from = 0;
    let to = last;
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      if (this.#childLess(words, base + middle * stride, level)) from = middle;
      else to = middle;
    }
    return from;
  }

  /** True when a child, whose key is at `at`, begins before what is sought. */
  #childLess(words: Int32Array, at: number, level: number): boolean {
    if (!this.#lexical) {
      if (words[at] !== this.#high) return words[at]! < this.#high;
      if (words[at + 1] !== this.#low) return words[at + 1]! < this.#low;
      if (this.#ties !== "by name") return this.#ties === "behind them";
    }
    const { tree } = this.#slots;
    const leaf = tree.firstLeafBelow(words[at - RECORD_WORDS]!, level - 1);
    return this.#less(tree.wordsOf(leaf), tree.wordOf(leaf) + LEAF_WORDS);
  }

  /** True when a slot is before what is sought. */
  #less(words: Int32Array, at: number): boolean {
    if (!this.#lexical) {
      if (words[at] !== this.#high) return words[at]! < this.#high;
      if (words[at + 1] !== this.#low) return words[at + 1]! < this.#low;
      if (this.#ties !== "by name") return this.#ties === "behind them";
    }
    const compared = this.#compareName(words[at + ELEMENT]!);
    return compared < 0 || (compared === 0 && this.#passEqual);
  }

  #compareName(element: BlockRef): number {
    const elements = this.#elements;
    return compareBytes(
      elements.bytes(element),
      elements.nameOffset(element),
      elements.nameLength(element),
      this.#name,
      this.#nameOffset,
      this.#nameLength,
    );
  }

  #findSlot(): void {
    const slots = this.#slots;
    const { tree, slotWords } = slots;
    const words = tree.wordsOf(tree.leaf);
    const base = tree.wordOf(tree.leaf) + LEAF_WORDS;
    const count = tree.leafCount;
    const high = this.#high;
    let from = 0;
    let to = count;
    if (!this.#lexical) {
      let last = 0;
      for (let length = count; length > 1; ) {
        const half = length >>> 1;
        last += half & -+(words[base + (last + half) * slotWords]! <= high);
        length -= half;
      }
      const found = words[base + last * slotWords]!;
      if (found !== high) {
        slots.index = found < high ? last + 1 : last;
        return;
      }
      to = last + 1;
      // Nearly always the only one whose high word is that.
      if (last === 0 || words[base + (last - 1) * slotWords] !== high) from = last;
    }
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#less(words, base + middle * slotWords)) from = middle + 1;
      else to = middle;
    }
    slots.index = from;
  }

  /** Checks tree, order, scores and bytes. Throws AssertionError. */
  verifyInvariants(): void {
    const elements = this.#elements;
    this.#slots.verify((aWords, a, bWords, b) => {
      this.#setScore(elements.score(bWords[b + ELEMENT]!));
      assert(bWords[b] === this.#high && bWords[b + 1] === this.#low, "a slot's score");
      this.#setSought(elements.score(bWords[b + ELEMENT]!), bWords[b + ELEMENT]!);
      return this.#less(aWords, a);
    });
  }
}

/** Negative, 0 or positive as `a` is before, equal to or behind `b`. */
export function compareBytes(
  a: Uint8Array,
  aOffset: number,
  aLength: number,
  b: Uint8Array,
  bOffset: number,
  bLength: number,
): number {
  const end = aOffset + Math.min(aLength, bLength);
  for (let i = aOffset, j = bOffset; i < end; i++, j++) {
    const difference = a[i]! - b[j]!;
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}
