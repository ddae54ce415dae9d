import { parseWeight } from "../../engine/doubles.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";
import { type Compare, keysFirst, sortPart, sortStably } from "../../structures/sorting.ts";
import { Texts } from "../../structures/texts.ts";
import { LIST_TYPE, listViews } from "../../types/list/view.ts";
import { SET_TYPE } from "../../types/set/kinds.ts";
import { setsOf } from "../../types/set/sets.ts";
import { openSortedSet } from "../../types/zset/view.ts";
import type { SortOptions } from "./options.ts";
import type { SortPattern } from "./pattern.ts";

const NO_POSITIONS = new Int32Array(0);
const NO_KEYS = new Float64Array(0);

/**
 * Sorts the elements of one key: they are copied, and their positions put in order.
 *
 * What Redis finds in no order, since it comes out of a hash table, is put in the order of its bytes
 * where it is equal otherwise, so that a command that is replayed does the same again.
 */
export class Sorter {
  /** The elements as they were found. */
  readonly elements = new Texts();
  /** What is shown of them, for whoever stores it. */
  readonly shown = new Texts();
  /** Positions of elements in order. */
  order: Int32Array = NO_POSITIONS;
  /** What is shown: from position `first` of `order` to `last`, which is before it when that is nothing. */
  first = 0;
  last = -1;
  readonly #weights = new Texts();
  /** Numbers by which the elements are sorted first, downwards the other way round: all 0 where texts are compared. */
  #keys: Float64Array = NO_KEYS;

  /** Forgets all of it. */
  clear(): void {
    this.elements.clear();
    this.shown.clear();
    this.#weights.clear();
    this.order = NO_POSITIONS;
    this.#keys = NO_KEYS;
    this.first = 0;
    this.last = -1;
  }

  /**
   * Sorts what an entry holds; nothing when it is 0.
   *
   * @returns false when something is no number, which should be one
   * @throws OutOfMemory
   */
  sort(call: Call, ref: EntryRef, given: SortOptions): boolean {
    const { keyspace } = call;
    const type = ref === 0 ? LIST_TYPE : keyspace.type(ref);
    const isStored = given.destination !== 0;
    const mustOrder = type === SET_TYPE && (isStored || call.origin === "script");
    const options =
      given.unsorted && mustOrder ? { ...given, unsorted: false, alpha: true, by: null } : given;
    const hasOrder = ref === 0 || this.#read(call, ref, type, options);
    const { count } = this.elements;
    this.order = new Int32Array(count);
    for (let i = 0; i < count; i++) this.order[i] = i;
    if (options.unsorted) return true;
    this.#keys = new Float64Array(count);
    const compare = options.alpha
      ? this.#byText(call, options, isStored)
      : this.#byNumber(call, options);
    if (compare === null) return false;
    this.#sortBy(hasOrder ? compare : this.#thenByBytes(compare), hasOrder, options);
    return true;
  }

  #sortBy(compare: Compare, hasOrder: boolean, { by }: SortOptions): void {
    const { count } = this.elements;
    const isPart = by !== null && (this.first !== 0 || this.last !== count - 1);
    if (isPart && hasOrder) {
      sortPart(this.order, count, this.first, this.last, keysFirst(this.#keys, compare));
    } else sortStably(this.order, count, this.#keys, compare);
  }

  /**
   * Reads the elements, but of what is not sorted only those that are shown, in their order.
   *
   * @returns whether Redis would find them in the same order
   */
  #read(call: Call, ref: EntryRef, type: number, options: SortOptions): boolean {
    if (type === LIST_TYPE) return this.#readList(call, ref, options);
    if (type === SET_TYPE) return this.#readSet(call, ref, options);
    return this.#readSortedSet(call, ref, options);
  }

  #readList(call: Call, ref: EntryRef, options: SortOptions): true {
    const list = listViews.of(call.keyspace);
    list.open(ref);
    this.#limit(list.length, options);
    const backwards = options.unsorted && options.descending;
    let left = options.unsorted ? this.#narrow() : list.length;
    const from = options.unsorted ? this.#skipped : 0;
    let more = left > 0 && list.seek(backwards ? -1 - from : from);
    for (; more && left > 0; left--) {
      const { bytes, offset, length } = list.read();
      this.elements.add(bytes, offset, length);
      more = backwards ? list.previous() : list.next();
    }
    return true;
  }

  #readSet(call: Call, ref: EntryRef, options: SortOptions): boolean {
    const set = setsOf(call.keyspace).view.open(call.keyspace, ref);
    this.#limit(set.length, options);
    for (set.rewind(); set.next(); ) {
      this.elements.add(set.bytes, set.offset, set.memberLength);
    }
    return !set.isTable;
  }

  #readSortedSet(call: Call, ref: EntryRef, options: SortOptions): boolean {
    const zset = openSortedSet(call.keyspace, ref);
    zset.unpack();
    this.#limit(zset.length, options);
    const backwards = options.unsorted && options.descending;
    const count = options.unsorted ? this.#narrow() : zset.length;
    const from = options.unsorted ? this.#skipped : 0;
    for (zset.begin(backwards ? zset.length - 1 - from : from, count, backwards); zset.next(); ) {
      this.elements.add(zset.nameBytes, zset.nameOffset, zset.nameLength);
    }
    return options.unsorted;
  }

  /** How many elements come before those that `#narrow` has left. */
  #skipped = 0;

  /** Sets `first` and `last`, of so many elements. */
  #limit(length: number, { offset, count }: SortOptions): void {
    this.first = Math.min(Math.max(offset, 0), length);
    const shown = Math.min(Math.max(count, -1), length);
    this.last = Math.min(shown < 0 ? length - 1 : this.first + shown - 1, length - 1);
    if (this.last < this.first) {
      this.first = 0;
      this.last = -1;
    }
  }

  /** Only what is shown is read: it is all there is then. Returns how many that are. */
  #narrow(): number {
    this.#skipped = this.first;
    this.last -= this.first;
    this.first = 0;
    return this.last + 1;
  }

  /** Sets the keys to what elements are by number, and answers how equal ones are compared; null when one is no number. */
  #byNumber(call: Call, { by, descending }: SortOptions): Compare | null {
    const { elements } = this;
    const { bytes, starts, lengths, count } = elements;
    const keys = this.#keys;
    const sign = descending ? -1 : 1;
    let areNumbers = true;
    for (let i = 0; i < count; i++) {
      let score = 0;
      if (by === null) score = parseWeight(bytes, starts[i]!, lengths[i]!);
      else if (this.#find(call, by, i)) score = parseWeight(by.bytes, by.offset, by.length);
      if (Number.isNaN(score)) areNumbers = false;
      keys[i] = sign * score;
    }
    if (!areNumbers) return null;
    return (i, j) => sign * elements.compare(i, j);
  }

  /** How elements are compared by their bytes; where nothing is stored Redis lets C do that, up to a zero byte. */
  #byText(call: Call, { by, descending }: SortOptions, isStored: boolean): Compare {
    const compared = by === null ? this.elements : this.#weights;
    for (let i = 0; by !== null && i < this.elements.count; i++) {
      if (this.#find(call, by, i)) compared.add(by.bytes, by.offset, by.length);
      else compared.addAbsent();
    }
    const lengths = isStored ? compared.lengths : compared.cLengths();
    const sign = descending ? -1 : 1;
    return (i, j) => sign * compared.compare(i, j, lengths);
  }

  #thenByBytes(compare: Compare): Compare {
    const { elements } = this;
    return (i, j) => {
      const compared = compare(i, j);
      return compared === 0 ? elements.compare(i, j) : compared;
    };
  }

  /** Finds what a pattern stands for where the element is the one at a position. */
  #find(call: Call, pattern: SortPattern, i: number): boolean {
    const { bytes, starts, lengths } = this.elements;
    return pattern.find(call, bytes, starts[i]!, lengths[i]!);
  }
}
