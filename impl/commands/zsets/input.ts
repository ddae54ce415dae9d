import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { SET_TYPE } from "../../types/set/kinds.ts";
import { setsOf } from "../../types/set/sets.ts";
import type { SetView } from "../../types/set/view.ts";
import { type SortedSetView, sortedSetView } from "../../types/zset/view.ts";

/** Members of a set count as if they had this score. */
const SCORE_IN_SET = 1;

const NO_BYTES = new Uint8Array(0);

/**
 * Reads what sorted sets are combined from: a sorted set, or a set. What `next` and `find` have found
 * is in `name…` and `score`, good until the next of them.
 */
export class InputReader {
  readonly #keyspace: Keyspace;
  readonly #zset: SortedSetView;
  readonly #set: SetView;
  #isSet = false;
  nameBytes: Uint8Array = NO_BYTES;
  nameOffset = 0;
  nameLength = 0;
  score = 0;

  private constructor(keyspace: Keyspace, zset: SortedSetView, set: SetView) {
    this.#keyspace = keyspace;
    this.#zset = zset;
    this.#set = set;
  }

  /** Two readers, of which each may have an input open. */
  static two(keyspace: Keyspace): readonly [InputReader, InputReader] {
    const zset = sortedSetView(keyspace);
    const { view, other } = setsOf(keyspace);
    return [new InputReader(keyspace, zset, view), new InputReader(keyspace, zset.other, other)];
  }

  /** Opens the set or sorted set of an entry. Returns its length. */
  open(ref: EntryRef): number {
    this.#isSet = this.#keyspace.type(ref) === SET_TYPE;
    if (this.#isSet) return this.#set.open(this.#keyspace, ref).length;
    return this.#zset.open(this.#keyspace, ref).length;
  }

  /** Begins with the first member of what is open. */
  begin(): void {
    if (this.#isSet) this.#set.rewind();
    else this.#zset.rewind();
  }

  /** Reads the next member; false behind the last one. */
  next(): boolean {
    if (this.#isSet) {
      const set = this.#set;
      if (!set.next()) return false;
      this.nameBytes = set.bytes;
      this.nameOffset = set.offset;
      this.nameLength = set.memberLength;
      this.score = SCORE_IN_SET;
      return true;
    }
    const zset = this.#zset;
    if (!zset.next()) return false;
    this.nameBytes = zset.nameBytes;
    this.nameOffset = zset.nameOffset;
    this.nameLength = zset.nameLength;
    this.score = zset.score;
    return true;
  }

  /** Looks a member up in what is open; its `score` is known then. */
  find(bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.#isSet) {
      this.score = SCORE_IN_SET;
      return this.#set.has(bytes, offset, length);
    }
    if (!this.#zset.find(bytes, offset, length)) return false;
    this.score = this.#zset.score;
    return true;
  }
}
