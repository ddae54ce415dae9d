import { assert, CHECKED } from "../../assert.ts";
import { type EntryRef, type Keyspace, kindOf, ROOTED } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import type { Request } from "../../resp/request.ts";
import { List } from "../../structures/list.ts";
import {
  appendEntry,
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  endOffset,
  entryAt,
  entryBytes,
  entryCount,
  firstEntry,
  insertEntry,
  isCanonical,
  LISTPACK_HEADER_BYTES,
  lastEntry,
  makeListpack,
  nextEntry,
  previousEntry,
  readEntry,
  replaceEntry,
  totalBytes,
  verifyListpack,
} from "../../structures/listpack.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import { PackedValue } from "../../structures/packed-value.ts";
import type { Texts } from "../../structures/texts.ts";
import { Views } from "../views.ts";

/** The type's number in entries. */
export const LIST_TYPE = 1;
/** A list that is one listpack, in its entry. */
export const PACKED = 0;
/** A list that is a tree of listpacks. */
export const TREE = ROOTED;
/** What an entry holds of a packed list's type and encoding. */
export const PACKED_KIND = kindOf(LIST_TYPE, PACKED);
/** What an entry holds of a tree's type and encoding. */
export const TREE_KIND = kindOf(LIST_TYPE, TREE);

/** A list in its entry has no more bytes than this: each change moves them. */
export const PACKED_MOST_BYTES = 4096;
/** A packed list's bytes are given back only where that is worth a copy. */
const KEPT_BYTES = 64;
/** What `list-max-listpack-size` may say: Redis takes any integer, and these bounds for those beyond. */
const LEAST_FILL = -5;
const MOST_FILL = 0x7fff;
const DEFAULT_FILL = -2;

const EMPTY = new Uint8Array(EMPTY_LISTPACK_BYTES);
makeListpack(EMPTY, 0);

/**
 * A list, however it is held: `open` puts the view on one after the other. A small one is a listpack
 * behind its key, whose value may be longer than the listpack, so that not every push moves it; one
 * that would be larger than a leaf may be becomes a counted tree of listpacks, and stays one.
 *
 * Elements have positions from 0 on. `seek`, `next` and `previous` move a cursor, which is void after
 * a change. What is read is valid until the next change.
 */
export class ListView {
  readonly #keyspace: Keyspace;
  readonly #tree: List;
  /** A list that is being made and has no key yet. */
  readonly spare: List;
  /** What `read` has read. */
  readonly reading = new PackedReading();
  readonly #value = new PackedValue();
  #ref: EntryRef = 0;
  #isTree = false;
  /** Where a packed list begins: in these bytes at that offset. */
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  /** The cursor in a packed list. */
  #at = -1;
  #fill = DEFAULT_FILL;
  #mostEntries = Number.POSITIVE_INFINITY;

  /** @param mostChildren of a node of the tree: tests use few */
  constructor(keyspace: Keyspace, mostChildren?: number) {
    this.#keyspace = keyspace;
    this.#tree = new List(keyspace.arena, mostChildren);
    this.spare = new List(keyspace.arena, mostChildren);
  }

  /** How much a leaf may hold: `list-max-listpack-size`. It counts for what is added from now on. */
  setFill(fill: number): void {
    if (fill === this.#fill) return;
    this.#fill = fill;
    const within = Math.min(Math.max(fill, LEAST_FILL), MOST_FILL);
    this.#tree.setFill(within);
    this.spare.setFill(within);
    this.#mostEntries = within < 0 ? Number.POSITIVE_INFINITY : Math.max(1, within);
  }

  /** Puts the view on the list of an entry. */
  open(ref: EntryRef): void {
    const keyspace = this.#keyspace;
    if (CHECKED) assert(keyspace.type(ref) === LIST_TYPE, "the entry is a list");
    this.#ref = ref;
    this.#at = -1;
    this.#isTree = keyspace.isRooted(ref);
    if (this.#isTree) this.#tree.open(keyspace.root(ref));
    else this.#locate();
  }

  /**
   * Gives a key that is absent an empty list, and opens it. It must not stay empty.
   * @throws OutOfMemory
   */
  create(key: Uint8Array, keyOffset: number, keyLength: number): EntryRef {
    const length = EMPTY_LISTPACK_BYTES;
    const ref = this.#keyspace.setBytes(
      key,
      keyOffset,
      keyLength,
      EMPTY,
      0,
      length,
      PACKED_KIND,
      false,
    );
    this.open(ref);
    return ref;
  }

  /**
   * Gives a key, whatever it holds, a list of these texts, of which there are some.
   * @throws OutOfMemory, changing nothing
   */
  store(key: Uint8Array, keyOffset: number, keyLength: number, texts: Texts): EntryRef {
    if (CHECKED) assert(texts.count > 0, "no list is empty");
    const keyspace = this.#keyspace;
    const packed = this.#packed(texts);
    if (packed !== null) {
      const { length } = packed;
      return keyspace.setBytes(key, keyOffset, keyLength, packed, 0, length, PACKED_KIND, false);
    }
    const list = this.spare;
    const root = list.create();
    try {
      for (let i = 0; i < texts.count; i++) {
        this.#value.setText(texts.bytes, texts.starts[i]!, texts.lengths[i]!);
        list.insert(i, this.#value);
      }
      return keyspace.setRoot(key, keyOffset, keyLength, root, TREE_KIND, false);
    } catch (error) {
      dropList(list);
      throw error;
    }
  }

  /** The listpack of texts; null when they are too many for an entry. */
  #packed({ count, bytes, starts, lengths }: Texts): Uint8Array | null {
    const value = this.#value;
    let size = EMPTY_LISTPACK_BYTES;
    for (let i = 0; i < count; i++) {
      value.setText(bytes, starts[i]!, lengths[i]!);
      size += value.size;
      if (size > PACKED_MOST_BYTES) return null;
    }
    if (count > this.#mostEntries) return null;
    const packed = new Uint8Array(size);
    makeListpack(packed, 0);
    for (let i = 0; i < count; i++) {
      value.setText(bytes, starts[i]!, lengths[i]!);
      appendEntry(packed, 0, value);
    }
    return packed;
  }

  /** The list's entry: a change may move it. */
  get ref(): EntryRef {
    return this.#ref;
  }

  /** Number of elements. */
  get length(): number {
    return this.#isTree ? this.#tree.length : entryCount(this.#bytes, this.#start);
  }

  /** Number of listpacks. */
  get packs(): number {
    return this.#isTree ? this.#tree.leaves : 1;
  }

  /** Bytes of the blocks beside the entry's. */
  get bytesHeld(): number {
    return this.#isTree ? this.#tree.bytesHeld : 0;
  }

  /** Moves the cursor to the element at a position, from the end when it is negative; false when there is none. */
  seek(position: number): boolean {
    if (this.#isTree) return this.#tree.seek(position);
    this.#at = entryAt(this.#bytes, this.#start, position);
    return this.#at !== -1;
  }

  /** Moves the cursor to the next element; false, and no cursor, at the end. */
  next(): boolean {
    if (this.#isTree) return this.#tree.next();
    this.#at = nextEntry(this.#bytes, this.#at);
    return this.#at !== -1;
  }

  /** Moves the cursor to the element before; false, and no cursor, at the beginning. */
  previous(): boolean {
    if (this.#isTree) return this.#tree.previous();
    this.#at = previousEntry(this.#bytes, this.#start, this.#at);
    return this.#at !== -1;
  }

  /** Reads the cursor's element into `reading`, as text. */
  read(): PackedReading {
    const { reading } = this;
    if (this.#isTree) this.#tree.read(reading);
    else readEntry(this.#bytes, this.#at, reading);
    return reading.text();
  }

  /** The element that `equals` and `remove` look for. It stays where it lies, which is not this keyspace. */
  want(bytes: Uint8Array, offset: number, length: number): void {
    this.#value.setText(bytes, offset, length);
  }

  /** True when the cursor's element is the wanted one. */
  equals(): boolean {
    if (this.#isTree) return this.#tree.equals(this.#value);
    return this.#value.equals(this.#bytes, this.#at);
  }

  /**
   * Puts arguments of a request from `from` to before `to` in at an end, one after the other.
   * @throws OutOfMemory, the elements being what they were
   */
  pushArguments(request: Request, from: number, to: number, front: boolean): void {
    const { bytes, offsets, lengths } = request;
    const value = this.#value;
    if (!this.#isTree) {
      let size = 0;
      for (let i = from; i < to; i++) {
        value.setText(bytes, offsets[i]!, lengths[i]!);
        size += value.size;
      }
      if (this.#mayStayPacked(size, to - from)) {
        this.#makeRoom(size);
        for (let i = from; i < to; i++) {
          value.setText(bytes, offsets[i]!, lengths[i]!);
          this.#insertPacked(front);
        }
        return;
      }
      this.#becomeTree();
    }
    const tree = this.#tree;
    this.#mutated();
    let pushed = 0;
    try {
      for (let i = from; i < to; i++, pushed++) {
        value.setText(bytes, offsets[i]!, lengths[i]!);
        tree.insert(front ? 0 : tree.length, value);
      }
    } catch (error) {
      tree.deleteRange(front ? 0 : tree.length - pushed, pushed);
      throw error;
    }
  }

  /** Puts one element in at an end; its bytes are not in this keyspace. @throws OutOfMemory, as `pushArguments` */
  push(bytes: Uint8Array, offset: number, length: number, front: boolean): void {
    this.insert(front ? 0 : this.length, bytes, offset, length);
  }

  /** Puts an element before the one at a position in `[0, length]`; as `push`. */
  insert(position: number, bytes: Uint8Array, offset: number, length: number): void {
    const value = this.#value;
    value.setText(bytes, offset, length);
    this.#at = -1;
    if (!this.#isTree) {
      if (this.#mayStayPacked(value.size, 1)) {
        this.#makeRoom(value.size);
        this.#mutated();
        const at = entryAt(this.#bytes, this.#start, position);
        const end = endOffset(this.#bytes, this.#start);
        insertEntry(this.#bytes, this.#start, at === -1 ? end : at, value);
        return;
      }
      this.#becomeTree();
    }
    this.#mutated();
    this.#tree.insert(position, value);
  }

  /** Gives the element at a position another value; as `push`. */
  replace(position: number, bytes: Uint8Array, offset: number, length: number): void {
    const value = this.#value;
    value.setText(bytes, offset, length);
    this.#at = -1;
    if (!this.#isTree) {
      const present = entryAt(this.#bytes, this.#start, position);
      const growth = value.size - entryBytes(this.#bytes, present);
      if (growth <= 0 || this.#mayStayPacked(growth, 0)) {
        if (growth > 0) this.#makeRoom(growth);
        this.#mutated();
        const at = entryAt(this.#bytes, this.#start, position);
        replaceEntry(this.#bytes, this.#start, at, value);
        this.#giveBackRoom();
        return;
      }
      this.#becomeTree();
    }
    this.#mutated();
    this.#tree.replace(position, value);
  }

  /** Deletes `count` elements from a position on; all of them are there. It needs no memory. */
  deleteRange(position: number, count: number): void {
    if (count === 0) return;
    this.#at = -1;
    this.#mutated();
    if (this.#isTree) {
      this.#tree.deleteRange(position, count);
      return;
    }
    const at = entryAt(this.#bytes, this.#start, position);
    const deleted = deleteEntries(this.#bytes, this.#start, at, count);
    if (CHECKED) assert(deleted === count, "the elements are there");
    this.#giveBackRoom();
  }

  /**
   * Deletes elements that are the wanted one, at most `limit`, from the left or from the right on.
   * It needs no memory.
   *
   * @returns how many
   */
  remove(limit: number, fromRight: boolean): number {
    const removed = this.#isTree
      ? this.#removeFromTree(limit, fromRight)
      : this.#removeFromPack(limit, fromRight);
    if (removed > 0) this.#mutated();
    this.#at = -1;
    return removed;
  }

  #removeFromPack(limit: number, fromRight: boolean): number {
    const bytes = this.#bytes;
    const start = this.#start;
    let removed = 0;
    let at = fromRight ? lastEntry(bytes, start) : firstEntry(bytes, start);
    while (at !== -1 && removed < limit) {
      if (!this.#value.equals(bytes, at)) {
        at = fromRight ? previousEntry(bytes, start, at) : nextEntry(bytes, at);
        continue;
      }
      deleteEntries(bytes, start, at, 1);
      removed++;
      if (fromRight) at = previousEntry(bytes, start, at);
      else if (at === endOffset(bytes, start)) at = -1;
    }
    if (removed > 0) this.#giveBackRoom();
    return removed;
  }

  /** Matches side by side go together, since each deletion seeks its place again. */
  #removeFromTree(limit: number, fromRight: boolean): number {
    const tree = this.#tree;
    const value = this.#value;
    const step = fromRight ? -1 : 1;
    let removed = 0;
    let position = fromRight ? tree.length - 1 : 0;
    while (removed < limit && position >= 0 && position < tree.length) {
      tree.seek(position);
      let more = true;
      while (more && !tree.equals(value)) {
        position += step;
        more = fromRight ? tree.previous() : tree.next();
      }
      let run = 0;
      while (more && run < limit - removed && tree.equals(value)) {
        run++;
        more = fromRight ? tree.previous() : tree.next();
      }
      if (run === 0) break;
      const first = fromRight ? position - run + 1 : position;
      tree.deleteRange(first, run);
      removed += run;
      if (fromRight) position = first - 1;
    }
    return removed;
  }

  /** Visits the listpacks from left to right. The visitor must not change the list. */
  forEachPack(visit: (bytes: Uint8Array, start: number) => void): void {
    const tree = this.#tree;
    if (!this.#isTree) {
      visit(this.#bytes, this.#start);
      return;
    }
    for (let position = 0; position < tree.length; ) {
      tree.seek(position);
      position += entryCount(tree.bytes, tree.leafStart);
      visit(tree.bytes, tree.leafStart);
    }
  }

  /** Checks the list of the entry that is open. Throws AssertionError. */
  verify(): void {
    assert(this.length > 0, "no list is empty");
    if (this.#isTree) {
      this.#tree.verifyInvariants();
    } else {
      const room = this.#keyspace.valueLength(this.#ref);
      assert(totalBytes(this.#bytes, this.#start) <= room, "a packed list keeps to its entry");
      assert(room <= PACKED_MOST_BYTES, "a packed list is small");
      verifyListpack(this.#bytes, this.#start);
    }
    this.forEachPack((bytes, start) => {
      assert(isCanonical(bytes, start, this.reading, this.#value), "each element has one form");
    });
  }

  /** True when a packed list may have `size` bytes and `count` elements more. */
  #mayStayPacked(size: number, count: number): boolean {
    const total = totalBytes(this.#bytes, this.#start) + size;
    if (total > PACKED_MOST_BYTES) return false;
    return count === 0 || this.length + count <= this.#mostEntries;
  }

  /** Makes room for `size` bytes more in a packed list. */
  #makeRoom(size: number): void {
    const keyspace = this.#keyspace;
    const needed = totalBytes(this.#bytes, this.#start) + size;
    if (needed <= keyspace.valueLength(this.#ref)) return;
    this.#ref = keyspace.resizeBytes(this.#ref, needed, PACKED_KIND);
    this.#locate();
  }

  /** Shortens a packed list's value that is more than twice too long; without memory it stays. */
  #giveBackRoom(): void {
    const keyspace = this.#keyspace;
    const total = totalBytes(this.#bytes, this.#start);
    const room = keyspace.valueLength(this.#ref);
    if (room <= KEPT_BYTES || total * 2 >= room) return;
    try {
      this.#ref = keyspace.resizeBytes(this.#ref, total, PACKED_KIND);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
    this.#locate();
  }

  #insertPacked(front: boolean): void {
    this.#mutated();
    const bytes = this.#bytes;
    const start = this.#start;
    const at = front ? start + LISTPACK_HEADER_BYTES : endOffset(bytes, start);
    insertEntry(bytes, start, at, this.#value);
  }

  /** Makes a tree of a packed list. @throws OutOfMemory, changing nothing */
  #becomeTree(): void {
    const tree = this.#tree;
    const root = tree.create();
    try {
      if (this.length > 0) tree.appendListpack(this.#bytes, this.#start);
      this.#ref = this.#keyspace.replaceRoot(this.#ref, root, TREE_KIND, true);
    } catch (error) {
      dropList(tree);
      throw error;
    }
    this.#isTree = true;
  }

  #locate(): void {
    const keyspace = this.#keyspace;
    this.#bytes = keyspace.bytes(this.#ref);
    this.#start = keyspace.valueOffset(this.#ref);
  }

  /** The keyspace does not see what is written within a value. */
  #mutated(): void {
    if (CHECKED) this.#keyspace.mutated(this.#ref);
  }
}

/** Frees an open list that no key has, at once: it was being made. */
export function dropList(list: List): void {
  while (!list.release(1024)) list.open(list.ref);
}

/** The view of each keyspace. */
export const listViews = new Views((keyspace) => new ListView(keyspace));
