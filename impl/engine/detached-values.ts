import { assert, CHECKED } from "../assert.ts";
import type { BlockRef } from "./arena.ts";
import type { Entries } from "./entries.ts";
import type { RootedValues } from "./rooted-values.ts";

/** How much of a budget one call of a value's owner gets, so that short values leave the rest. */
const BUDGET_PER_CALL = 64;

/**
 * Rooted values that no key has any more, and whose blocks are yet to be freed: first come, first
 * served, a bounded number at a time.
 *
 * It needs no memory of its own, so that nothing that removes a key can fail: it is a list of the
 * blocks of the entries that held the values. Where an entry has the position of its expiry, one
 * that is here has the next one.
 */
export class DetachedValues {
  readonly #entries: Entries;
  readonly #values: RootedValues;
  #first: BlockRef = 0;
  #last: BlockRef = 0;
  #size = 0;

  constructor(entries: Entries, values: RootedValues) {
    this.#entries = entries;
    this.#values = values;
  }

  /** Number of values. */
  get size(): number {
    return this.#size;
  }

  /** Takes the entry of a rooted value, which neither index knows any more. */
  add(ref: BlockRef): void {
    const entries = this.#entries;
    if (CHECKED) assert(entries.isRooted(ref), "only a rooted value is freed bit by bit");
    entries.setNext(ref, 0);
    if (this.#last === 0) this.#first = ref;
    else entries.setNext(this.#last, ref);
    this.#last = ref;
    this.#size++;
  }

  /**
   * Frees about `budget` elements or nodes.
   *
   * @returns how much of `budget` was not needed
   */
  release(budget: number): number {
    let left = budget;
    while (left > 0 && this.#first !== 0) {
      const step = Math.min(left, BUDGET_PER_CALL);
      this.#releaseFirst(step);
      left -= step;
    }
    return left;
  }

  #releaseFirst(budget: number): void {
    const entries = this.#entries;
    const ref = this.#first;
    if (!this.#values.release(entries.kind(ref), entries.root(ref), budget)) return;
    this.#first = entries.next(ref);
    if (this.#first === 0) this.#last = 0;
    this.#size--;
    entries.free(ref);
  }

  /** Visits the block of each value's entry. */
  forEach(visit: (ref: BlockRef) => void): void {
    for (let ref = this.#first; ref !== 0; ref = this.#entries.next(ref)) visit(ref);
  }

  /** Forgets all, the arena being cleared. */
  clear(): void {
    this.#first = 0;
    this.#last = 0;
    this.#size = 0;
  }

  /** Checks the list. Throws AssertionError. */
  verify(): void {
    let size = 0;
    let last = 0;
    this.forEach((ref) => {
      assert(++size <= this.#size, "the list of detached values does not end");
      assert(this.#entries.isRooted(ref), "a detached value has no root");
      last = ref;
    });
    assert(size === this.#size, "the number of detached values");
    assert(last === this.#last, "the last detached value");
  }
}
