import { assert, CHECKED } from "../../assert.ts";
import type { Arena, BlockRef } from "../../engine/arena.ts";
import { drawBelow } from "../../engine/draw.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import type { RootedValues } from "../../engine/rooted-values.ts";
import type { Random } from "../../ports/random.ts";
import {
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  endOffset,
  entryAt,
  entryBytes,
  entryCount,
  findEntry,
  firstEntry,
  insertEntry,
  isCanonical,
  lastEntry,
  makeListpack,
  nextEntry,
  previousEntry,
  readEntry,
  totalBytes,
  verifyListpack,
} from "../../structures/listpack.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import { PackedValue } from "../../structures/packed-value.ts";
import { compareBytes } from "../../structures/score-order.ts";
import type { EncodingLimits } from "../limits.ts";
import { SortedSetBuilder } from "./builder.ts";
import { LARGE, MAX_PACKED_BYTES, PACKED, ZSET_TYPE } from "./kinds.ts";
import { DEFAULT_LARGE, type LargeOptions, LargeSortedSet } from "./large.ts";
import { isPackedInteger, readScore, setScore } from "./packed-score.ts";

const NO_BYTES = new Uint8Array(0);
const EMPTY_LISTPACK = new Uint8Array(EMPTY_LISTPACK_BYTES);
makeListpack(EMPTY_LISTPACK, 0);

/** A border of a range of names: a name, or what is before or behind all names. */
export interface NameBorder {
  readonly at: "before all" | "name" | "behind all";
  /** The name itself is outside. */
  readonly exclusive: boolean;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/**
 * The sorted sets of one keyspace, seen one at a time: `open` puts the view on one. It alone knows
 * how a sorted set is held: as a listpack of members and scores in turn behind the key while it is
 * small, as a table and a tree when the limits say so, and so it stays.
 *
 * Members have ranks from 0 on, by score and then by name. What `find`, `next`, `at` and `draw`
 * have found is in `name…` and `score`, good until the next change. A range of scores or names is
 * a range of ranks: `scoreRange` and `nameRange` set `from` and `to`. OutOfMemory changes nothing
 * but, at most, the encoding.
 */
export class SortedSetView implements RootedValues {
  keyspace!: Keyspace;
  /** The entry that is open; changes may move it. */
  ref: EntryRef = 0;
  /** Members. */
  length = 0;
  /** True while the open one is a table and a tree. */
  isLarge = false;
  nameBytes: Uint8Array = NO_BYTES;
  nameOffset = 0;
  nameLength = 0;
  score = 0;
  /** Names what was found last, among the members of this sorted set, until the next change. */
  place = 0;
  /** What `scan` has found, for `at`. */
  readonly places: number[] = [];
  /** The first rank of the range that was sought, and the one behind its last. */
  from = 0;
  to = 0;

  /** Makes sorted sets of members that come one by one. */
  readonly builder: SortedSetBuilder;
  readonly #limits: EncodingLimits;
  readonly #makeOther: () => SortedSetView;
  #other: SortedSetView | null = null;
  readonly #large: LargeSortedSet;
  /** One on its way out. */
  readonly #leaving: LargeSortedSet;
  readonly #packedName = new PackedValue();
  readonly #packedScore = new PackedValue();
  readonly #reading = new PackedReading();
  /** Where the listpack is. */
  #bytes: Uint8Array = NO_BYTES;
  #start = 0;
  /** Where `next` goes on in a listpack; -1 at the end. */
  #next = -1;
  #backwards = false;
  /** There is something for `nextScored` in a large one. */
  #hasMore = false;
  /** How many `next` has yet to find. */
  #left = 0;
  /** How many of the members that were gathered `next` has found, and how many there are. */
  #returned = 0;
  #gathered = 0;

  constructor(
    arena: Arena,
    hashKey: readonly [number, number],
    limits: EncodingLimits,
    options: LargeOptions = DEFAULT_LARGE,
  ) {
    this.#limits = limits;
    this.#makeOther = () => new SortedSetView(arena, hashKey, limits, options);
    this.#large = new LargeSortedSet(arena, hashKey, options);
    this.#leaving = new LargeSortedSet(arena, hashKey, options);
    this.builder = new SortedSetBuilder(arena, hashKey, limits, options);
  }

  /** Puts the view on the sorted set of an entry. */
  open(keyspace: Keyspace, ref: EntryRef): this {
    if (CHECKED) assert(keyspace.type(ref) === ZSET_TYPE, "the entry's value is a sorted set");
    this.keyspace = keyspace;
    this.ref = ref;
    this.#left = 0;
    this.isLarge = keyspace.isRooted(ref);
    if (this.isLarge) {
      this.#large.open(keyspace.root(ref));
      this.length = this.#large.length;
    } else {
      this.#locate();
      this.length = entryCount(this.#bytes, this.#start) >>> 1;
    }
    return this;
  }

  #locate(): void {
    this.#bytes = this.keyspace.bytes(this.ref);
    this.#start = this.keyspace.valueOffset(this.ref);
  }

  /** Makes an absent key a sorted set without members, which must get one, and opens it. @throws OutOfMemory */
  create(keyspace: Keyspace, hash: number, key: Uint8Array, offset: number, length: number): this {
    const ref = keyspace.addBytes(
      hash,
      key,
      offset,
      length,
      EMPTY_LISTPACK,
      0,
      EMPTY_LISTPACK_BYTES,
      PACKED,
    );
    return this.open(keyspace, ref);
  }

  /** True when there is a member of this name, which is found then. */
  find(bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.isLarge) {
      const large = this.#large;
      if (!large.find(large.hash(bytes, offset, length), bytes, offset, length)) return false;
      this.#foundElement();
      return true;
    }
    this.#packedName.setText(bytes, offset, length);
    const at = findEntry(this.#bytes, firstEntry(this.#bytes, this.#start), this.#packedName, 1);
    if (at === -1) return false;
    this.#foundEntry(at);
    return true;
  }

  #foundElement(): void {
    const large = this.#large;
    this.place = large.element;
    this.nameBytes = large.nameBytes;
    this.nameOffset = large.nameOffset;
    this.nameLength = large.nameLength;
    this.score = large.score;
  }

  #foundEntry(at: number): void {
    this.place = at;
    this.#readName(at);
    this.score = this.#scoreAt(at);
  }

  #readName(at: number): void {
    const reading = this.#reading;
    readEntry(this.#bytes, at, reading);
    reading.text();
    this.nameBytes = reading.bytes;
    this.nameOffset = reading.offset;
    this.nameLength = reading.length;
  }

  /** The score of the member at an entry of the listpack. */
  #scoreAt(at: number): number {
    return readScore(this.#bytes, at + entryBytes(this.#bytes, at));
  }

  /** The member behind one; -1 at the end. */
  #behind(at: number): number {
    const score = at + entryBytes(this.#bytes, at);
    return nextEntry(this.#bytes, score);
  }

  /** The member before one; -1 at the beginning. */
  #before(at: number): number {
    const score = previousEntry(this.#bytes, this.#start, at);
    return score === -1 ? -1 : previousEntry(this.#bytes, this.#start, score);
  }

  /** Finds again what stood at a place. */
  at(place: number): void {
    if (this.isLarge) {
      this.#large.readInto(place, this);
      this.place = place;
    } else this.#foundEntry(place);
  }

  /**
   * Adds a member, which `find` has just not found. Its bytes are not in this keyspace's segments.
   * @throws OutOfMemory
   */
  add(name: Uint8Array, offset: number, length: number, score: number): void {
    if (CHECKED) {
      assert(!Number.isNaN(score), "a score is a number");
      assert(!this.find(name, offset, length), "a member is added once");
    }
    if (!this.isLarge) {
      if (this.#mayStayPacked(length, score)) {
        this.#packedName.setText(name, offset, length);
        this.#insertPacked(score, name, offset, length);
        this.length++;
        return;
      }
      this.#become();
    }
    this.#mutated();
    const large = this.#large;
    large.add(large.hash(name, offset, length), name, offset, length, score);
    this.length++;
  }

  #mayStayPacked(nameLength: number, score: number): boolean {
    const { zsetMaxListpackEntries, zsetMaxListpackValueBytes } = this.#limits;
    if (this.length + 1 > zsetMaxListpackEntries) return false;
    if (nameLength > zsetMaxListpackValueBytes) return false;
    setScore(this.#packedScore, score);
    const total = totalBytes(this.#bytes, this.#start);
    // No head of an entry and back length take more.
    return total + nameLength + this.#packedScore.size + 16 <= MAX_PACKED_BYTES;
  }

  /** Puts a member that is absent, and which `#packedName` is, into the listpack. */
  #insertPacked(score: number, name: Uint8Array, offset: number, length: number): void {
    const packedName = this.#packedName;
    const packedScore = this.#packedScore;
    setScore(packedScore, score);
    const at = this.#placeOf(score, name, offset, length) - this.#start;
    this.#makeRoom(totalBytes(this.#bytes, this.#start) + packedName.size + packedScore.size);
    this.#mutated();
    insertEntry(this.#bytes, this.#start, this.#start + at, packedScore);
    insertEntry(this.#bytes, this.#start, this.#start + at, packedName);
  }

  /** The first entry of a member that is behind this one, or the end. */
  #placeOf(score: number, name: Uint8Array, offset: number, length: number): number {
    const last = lastEntry(this.#bytes, this.#start);
    if (last === -1 || readScore(this.#bytes, last) < score) {
      return endOffset(this.#bytes, this.#start);
    }
    let at = firstEntry(this.#bytes, this.#start);
    for (; at !== -1; at = this.#behind(at)) {
      const present = this.#scoreAt(at);
      if (present < score) continue;
      if (present > score || this.#compareName(at, name, offset, length) > 0) return at;
    }
    return endOffset(this.#bytes, this.#start);
  }

  #compareName(at: number, name: Uint8Array, offset: number, length: number): number {
    this.#readName(at);
    return compareBytes(this.nameBytes, this.nameOffset, this.nameLength, name, offset, length);
  }

  /**
   * Gives the member that `find` has found last, by this name, another score.
   * @throws OutOfMemory
   */
  setScore(name: Uint8Array, offset: number, length: number, score: number): void {
    if (CHECKED) assert(!Number.isNaN(score), "a score is a number");
    this.#mutated();
    if (this.isLarge) {
      this.#large.setScore(score);
      return;
    }
    const packedScore = this.#packedScore;
    setScore(packedScore, score);
    const at = this.place - this.#start;
    const scoreAt = this.place + entryBytes(this.#bytes, this.place);
    const growth = packedScore.size - entryBytes(this.#bytes, scoreAt);
    if (growth > 0) this.#makeRoom(totalBytes(this.#bytes, this.#start) + growth);
    deleteEntries(this.#bytes, this.#start, this.#start + at, 2);
    this.#insertPacked(score, name, offset, length);
  }

  /** Removes the member that `find` has found last. Never fails. */
  removeFound(): void {
    this.#mutated();
    if (this.isLarge) this.#large.removeFound();
    else {
      deleteEntries(this.#bytes, this.#start, this.place, 2);
      this.#giveBackRoom();
    }
    this.length--;
  }

  /** Removes `count` members from a rank on; all of them are there. Never fails. */
  removeRange(rank: number, count: number): void {
    if (count === 0) return;
    if (CHECKED) assert(rank >= 0 && rank + count <= this.length, "the members are there");
    this.#mutated();
    this.#left = 0;
    if (this.isLarge) this.#large.removeRange(rank, count);
    else {
      const at = entryAt(this.#bytes, this.#start, rank * 2);
      deleteEntries(this.#bytes, this.#start, at, count * 2);
      this.#giveBackRoom();
    }
    this.length -= count;
  }

  /** The rank of the member that was found last. */
  rank(): number {
    if (this.isLarge) {
      const { order } = this.#large;
      const found = order.seekElement(this.score, this.place);
      if (CHECKED) assert(found, "what was found is in the order");
      return order.rank();
    }
    let rank = 0;
    let at = firstEntry(this.#bytes, this.#start);
    for (; at !== this.place; at = this.#behind(at)) rank++;
    return rank;
  }

  /** How many members have a score below this one or, with `including`, up to it. */
  countBelow(score: number, including: boolean): number {
    if (this.isLarge) {
      const { order } = this.#large;
      return order.seekScore(score, including) ? order.rank() : this.length;
    }
    let count = 0;
    let at = firstEntry(this.#bytes, this.#start);
    for (; at !== -1; at = this.#behind(at), count++) {
      const present = this.#scoreAt(at);
      if (including ? present > score : present >= score) break;
    }
    return count;
  }

  /** Sets `from` and `to` to the ranks of a range of scores; `from` is at least `to` where it is empty. */
  scoreRange(min: number, minExclusive: boolean, max: number, maxExclusive: boolean): void {
    this.from = this.countBelow(min, minExclusive);
    this.to = this.countBelow(max, !maxExclusive);
  }

  /**
   * Sets `from` and `to` to the ranks of a range of names, as `scoreRange`. It is one if all
   * scores are equal; else it is, as in Redis, what follows the first name that is not below it.
   */
  nameRange(min: NameBorder, max: NameBorder): void {
    this.from = 0;
    this.to = 0;
    if (isEmptyRange(min, max)) return;
    if (this.isLarge) {
      this.from = this.#nameRank(min, min.exclusive);
      this.to = this.#nameRank(max, !max.exclusive);
      return;
    }
    const first = firstEntry(this.#bytes, this.#start);
    const last = this.#before(endOffset(this.#bytes, this.#start));
    if (!this.#isAbove(last, min) || !this.#isBelow(first, max)) return;
    let at = first;
    let rank = 0;
    for (; !this.#isAbove(at, min); at = this.#behind(at)) rank++;
    this.from = rank;
    for (; at !== -1 && this.#isBelow(at, max); at = this.#behind(at)) rank++;
    this.to = rank;
  }

  /** How many names are below a border or, with `including`, equal to it. */
  #nameRank({ at, bytes, offset, length }: NameBorder, including: boolean): number {
    if (at === "before all") return 0;
    if (at === "behind all") return this.length;
    const { order } = this.#large;
    return order.seekName(bytes, offset, length, including) ? order.rank() : this.length;
  }

  #isAbove(at: number, border: NameBorder): boolean {
    if (border.at !== "name") return border.at === "before all";
    const compared = this.#compareName(at, border.bytes, border.offset, border.length);
    return border.exclusive ? compared > 0 : compared >= 0;
  }

  #isBelow(at: number, border: NameBorder): boolean {
    if (border.at !== "name") return border.at === "behind all";
    const compared = this.#compareName(at, border.bytes, border.offset, border.length);
    return border.exclusive ? compared < 0 : compared <= 0;
  }

  /** `next` will find `count` members from a rank on, or downwards from it; all of them are there. */
  begin(rank: number, count: number, backwards: boolean): void {
    this.#left = count;
    this.#backwards = backwards;
    this.#returned = 0;
    this.#gathered = 0;
    if (count === 0) return;
    if (this.isLarge) {
      const found = this.#large.order.seekRank(rank);
      if (CHECKED) assert(found, "the first rank is there");
    } else this.#next = entryAt(this.#bytes, this.#start, rank * 2);
  }

  /** Begins a walk over all members. */
  rewind(): void {
    this.begin(0, this.length, false);
  }

  /** Finds the next member; false at the end. A change in between makes it void. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    if (!this.isLarge) {
      const at = this.#next;
      this.#foundEntry(at);
      this.#next = this.#backwards ? this.#before(at) : this.#behind(at);
      return true;
    }
    const large = this.#large;
    if (this.#returned === this.#gathered) {
      this.#gathered = large.order.gather(this.#left + 1, this.#backwards);
      this.#returned = 0;
      if (CHECKED) assert(this.#gathered > 0, "as many members as were promised");
    }
    const element = large.order.refs[this.#returned++]!;
    large.readInto(element, this);
    this.place = element;
    return true;
  }

  /** `nextScored` will find the members with at least this score. */
  beginAtScore(score: number): void {
    if (this.isLarge) {
      this.#hasMore = this.#large.order.seekScore(score, false);
      return;
    }
    let at = firstEntry(this.#bytes, this.#start);
    while (at !== -1 && this.#scoreAt(at) < score) at = this.#behind(at);
    this.#next = at;
  }

  /** Finds the next member's `score` and `place`, and nothing else; false at the end. As `next`. */
  nextScored(): boolean {
    if (this.isLarge) {
      if (!this.#hasMore) return false;
      const { order } = this.#large;
      this.place = order.element;
      this.score = order.score;
      this.#hasMore = order.next();
      return true;
    }
    const at = this.#next;
    if (at === -1) return false;
    this.place = at;
    this.score = this.#scoreAt(at);
    this.#next = this.#behind(at);
    return true;
  }

  /** Prepares for `draw`. */
  beginDraws(): void {
    this.places.length = 0;
    if (this.isLarge) return;
    let at = firstEntry(this.#bytes, this.#start);
    for (; at !== -1; at = this.#behind(at)) this.places.push(at);
  }

  /** Finds a member, each with the same chance. `beginDraws` has come before, and no change since. */
  draw(random: Random): void {
    if (this.isLarge) {
      this.#large.draw(random);
      this.#foundElement();
    } else this.#foundEntry(this.places[drawBelow(random, this.places.length)]!);
  }

  /**
   * One step of a scan from `cursor` on: the places of some members, at most as many steps as
   * `buckets` or until there are `count`, go to `places`. What is there from the first step to the
   * last is found, whatever the table does meanwhile; a small one comes at once.
   *
   * @returns the next cursor; 0 at the end
   */
  scan(cursor: number, count: number, buckets: number): number {
    const { places } = this;
    if (!this.isLarge) {
      this.beginDraws();
      return 0;
    }
    places.length = 0;
    const { table } = this.#large;
    let next = cursor;
    let left = buckets;
    do {
      next = table.scan(next);
      for (let i = 0; i < table.found; i++) places.push(table.refs[i]!);
    } while (next !== 0 && left-- > 0 && places.length < count);
    return next;
  }

  /** True when the score that was found is kept as an integer: in a listpack. */
  get keepsInteger(): boolean {
    return !this.isLarge && isPackedInteger(this.score);
  }

  /** A second view of the same keyspace, for whoever walks one sorted set and looks into others. */
  get other(): SortedSetView {
    this.#other ??= this.#makeOther();
    return this.#other;
  }

  /** Bytes of all blocks beside the entry's. */
  get heldBytes(): number {
    return this.isLarge ? this.#large.bytesHeld : 0;
  }

  /** Slots of the table of a large one. */
  get slotCount(): number {
    return this.#large.table.slotCount;
  }

  /** Gives a key of `to` the open sorted set; see `ValueType.copy`. */
  copy(
    to: Keyspace,
    target: SortedSetView,
    key: Uint8Array,
    offset: number,
    length: number,
  ): EntryRef {
    if (!this.isLarge) {
      const total = totalBytes(this.#bytes, this.#start);
      return to.setBytes(key, offset, length, this.#bytes, this.#start, total, PACKED, false);
    }
    const { builder } = target;
    this.#build(builder);
    return builder.finish(to, key, offset, length, "never");
  }

  /** Builds the same sorted set. @throws OutOfMemory, nothing being left behind */
  #build(builder: SortedSetBuilder): void {
    builder.begin();
    for (this.rewind(); this.next(); ) {
      const isNew = builder.add(this.nameBytes, this.nameOffset, this.nameLength, this.score);
      if (CHECKED) assert(isNew, "members are different");
    }
  }

  /** Where a small one is: bytes that hold its listpack. */
  get packedBytes(): Uint8Array {
    if (CHECKED) assert(!this.isLarge, "a small sorted set");
    return this.#bytes;
  }

  /** Where it begins in them. */
  get packedOffset(): number {
    return this.#start;
  }

  /** How many bytes it has. */
  get packedLength(): number {
    return totalBytes(this.#bytes, this.#start);
  }

  /** Makes room for a listpack of so many bytes. */
  #makeRoom(bytes: number): void {
    const { keyspace } = this;
    if (bytes <= keyspace.valueLength(this.ref)) return;
    this.ref = keyspace.resizeBytes(this.ref, bytes, PACKED);
    this.#locate();
  }

  /** Gives back what the listpack does not need; without memory for a smaller block it keeps that. */
  #giveBackRoom(): void {
    const { keyspace } = this;
    try {
      const bytes = totalBytes(this.#bytes, this.#start);
      this.ref = keyspace.resizeBytes(this.ref, bytes, PACKED);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
    this.#locate();
  }

  /** Makes a small one a large one, as Redis does to sort it. It means the same then: nobody need be told. @throws OutOfMemory */
  unpack(): void {
    if (this.isLarge) return;
    const { keyspace } = this;
    const { mutations } = keyspace;
    keyspace.isRearranging = true;
    try {
      this.#become();
    } finally {
      keyspace.isRearranging = false;
    }
    keyspace.mutations = mutations;
  }

  /** Turns the listpack into a table and a tree. */
  #become(): void {
    const { keyspace, builder } = this;
    this.#build(builder);
    const root = builder.root;
    try {
      this.ref = keyspace.replaceRoot(this.ref, root, LARGE, true);
    } catch (error) {
      builder.abandon();
      throw error;
    }
    this.isLarge = true;
    this.#large.open(root);
    if (CHECKED) assert(this.#large.length === this.length, "a conversion keeps every member");
  }

  release(_kind: number, root: BlockRef, budget: number): boolean {
    this.#leaving.openForRelease(root);
    return this.#leaving.release(budget);
  }

  visitBlocks(
    _kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void {
    this.#leaving.openForRelease(root);
    this.#leaving.visitBlocks(visit);
  }

  /** The keyspace does not see what is written within a value. */
  #mutated(): void {
    if (CHECKED) this.keyspace.mutated(this.ref);
  }

  /** Checks the open sorted set. Throws AssertionError. */
  verifyInvariants(): void {
    assert(this.length > 0, "no sorted set is empty");
    if (this.isLarge) {
      this.#large.verifyInvariants();
      assert(this.#large.length === this.length, "a table's length");
      return;
    }
    const bytes = this.#bytes;
    const start = this.#start;
    verifyListpack(bytes, start);
    assert(entryCount(bytes, start) === this.length * 2, "every member has a score");
    assert(totalBytes(bytes, start) <= this.keyspace.valueLength(this.ref), "the value has room");
    assert(isCanonical(bytes, start, this.#reading, this.#packedName), "each entry has one form");
    const names = new Set<string>();
    let before = "";
    let below = Number.NEGATIVE_INFINITY;
    for (this.rewind(); this.next(); ) {
      const at = this.nameOffset;
      const name = Buffer.from(this.nameBytes.subarray(at, at + this.nameLength)).toString(
        "latin1",
      );
      const isBehind = this.score > below || (this.score === below && name > before);
      assert(names.size === 0 || isBehind, "members are in order");
      assert(!Number.isNaN(this.score) && !Object.is(this.score, -0), "a packed score");
      names.add(name);
      before = name;
      below = this.score;
    }
    assert(names.size === this.length, "a member is there twice");
  }
}

function isEmptyRange(min: NameBorder, max: NameBorder): boolean {
  if (min.at === "behind all" || max.at === "before all") return true;
  if (min.at === "before all" || max.at === "behind all") return false;
  const compared = compareBytes(
    min.bytes,
    min.offset,
    min.length,
    max.bytes,
    max.offset,
    max.length,
  );
  return compared > 0 || (compared === 0 && (min.exclusive || max.exclusive));
}

/** The view of a keyspace's sorted sets, on the one of an entry. */
export function openSortedSet(keyspace: Keyspace, ref: EntryRef): SortedSetView {
  return sortedSetView(keyspace).open(keyspace, ref);
}

/** The view of a keyspace's sorted sets. */
export function sortedSetView(keyspace: Keyspace): SortedSetView {
  const view = keyspace.rooted.of(ZSET_TYPE);
  assert(view instanceof SortedSetView, "the owner of a keyspace's sorted sets is their view");
  return view;
}
