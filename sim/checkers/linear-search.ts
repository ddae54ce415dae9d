/**
 * The search for a legal order: the algorithm of Wing and Gong (Testing and Verifying Concurrent
 * Objects, 1993) with the cache of Lowe (Testing for Linearizability, 2017).
 *
 * Two things are added for operations whose outcome is unknown. They are tried last, and only
 * where they change the state. And of two configurations with the same returned operations and
 * the same state, the one that has used up fewer of the unknown ones can do all that the other
 * can, so the other is not explored.
 */
import { strict as assert } from "node:assert";
import type { Operation } from "./history.ts";
import { type SequentialModel, UNKNOWN } from "./sequential-model.ts";

/** How a search ended. Orders hold indices into the operations that were searched. */
export type SearchResult =
  | { readonly _tag: "Found"; readonly order: readonly number[]; readonly states: number }
  /**
   * No order exists. `culprit` is the operation that none can include by the time it returned,
   * `order` the longest one up to there.
   */
  | {
      readonly _tag: "None";
      readonly culprit: number;
      readonly order: readonly number[];
      readonly states: number;
    }
  | { readonly _tag: "Limit"; readonly states: number };

/** The invocation or the return of an operation that returned, in a list ordered by moment. */
interface Entry {
  /** Number among the operations. */
  readonly index: number;
  /** Number among the operations that returned. */
  readonly rank: number;
  readonly at: number;
  /** The return that belongs to an invocation; null for a return. */
  readonly end: Entry | null;
  previous: Entry | null;
  next: Entry | null;
  /** Place in the list at the start. */
  position: number;
}

interface Pending {
  readonly index: number;
  readonly invokedAt: number;
  readonly until: number;
}

interface Frame<State> {
  readonly state: State;
  /** The latest invocation among the operations in the order: what ended before it cannot follow. */
  readonly latest: number;
  /** What was put into the order to come here; null at the root. */
  readonly entry: Entry | null;
  /** Number among the pending operations of what was put into the order, or -1. */
  readonly pending: number;
  /** The next invocation to try, then the next pending operation. */
  nextEntry: Entry | null;
  nextPending: number;
}

/** A set of small numbers, mostly a prefix of them: written as where the prefix ends and the rest. */
class PrefixSet {
  readonly #words: Int32Array;
  #first = 0;
  #last = -1;

  constructor(size: number) {
    this.#words = new Int32Array(Math.ceil(size / 32) + 1);
  }

  add(member: number): void {
    const word = member >>> 5;
    this.#words[word]! |= 1 << (member & 31);
    if (word > this.#last) this.#last = word;
    while (this.#words[this.#first] === -1) this.#first += 1;
  }

  remove(member: number): void {
    const word = member >>> 5;
    this.#words[word]! &= ~(1 << (member & 31));
    if (word < this.#first) this.#first = word;
    while (this.#last >= 0 && this.#words[this.#last] === 0) this.#last -= 1;
  }

  key(): string {
    let key = String(this.#first);
    for (let word = this.#first; word <= this.#last; word += 1) key += `,${this.#words[word]}`;
    return key;
  }
}

/** Whether each of `some`, which is sorted, is in `all`, which is sorted. */
function isSubset(some: readonly number[], all: readonly number[]): boolean {
  let at = 0;
  for (const member of some) {
    while (at < all.length && all[at]! < member) at += 1;
    if (all[at] !== member) return false;
    at += 1;
  }
  return true;
}

function withMember(sorted: readonly number[], member: number): readonly number[] {
  const at = sorted.findIndex((other) => other > member);
  return at === -1 ? [...sorted, member] : [...sorted.slice(0, at), member, ...sorted.slice(at)];
}

/** One search over the operations of one partition. */
export class LinearSearch<State, Op, Result> {
  readonly #model: SequentialModel<State, Op, Result>;
  readonly #operations: readonly Operation<Op, Result>[];
  readonly #maxStates: number;
  readonly #head: Entry;
  readonly #pendings: readonly Pending[];
  readonly #done: PrefixSet;
  readonly #frames: Frame<State>[] = [];
  /** For each set of returned operations and state: the sets of pending ones used up there. */
  readonly #visited = new Map<string, (readonly number[])[]>();
  #used: readonly number[] = [];
  #states = 0;
  #blockedAt = -1;
  #blockedBy = -1;
  #longest: readonly number[] = [];

  /** Prepares a search from `initial` that looks at no more than `maxStates` configurations. */
  constructor(
    model: SequentialModel<State, Op, Result>,
    operations: readonly Operation<Op, Result>[],
    initial: State,
    maxStates: number,
  ) {
    this.#model = model;
    this.#operations = operations;
    this.#maxStates = maxStates;
    const { head, count } = entryList(operations);
    this.#head = head;
    this.#done = new PrefixSet(count);
    this.#pendings = pendingOf(operations);
    this.#push(initial, Number.NEGATIVE_INFINITY, null, -1);
  }

  /** Searches, once. */
  run(): SearchResult {
    while (true) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return this.#none();
      if (this.#head.next === null) {
        return { _tag: "Found", order: this.#order(), states: this.#states };
      }
      if (this.#states > this.#maxStates) return { _tag: "Limit", states: this.#states };
      if (this.#advance(frame)) continue;
      this.#noteBlocked();
      this.#pop(frame);
    }
  }

  /** Goes on to the next configuration that was not seen; false when there is none. */
  #advance(frame: Frame<State>): boolean {
    for (let entry = frame.nextEntry; entry !== null && entry.end !== null; entry = entry.next) {
      const operation = this.#operations[entry.index]!;
      assert(operation.outcome._tag === "Returned");
      const state = this.#model.step(frame.state, operation.op, operation.outcome.result);
      if (state === null) continue;
      frame.nextEntry = entry.next;
      this.#done.add(entry.rank);
      if (this.#isNew(state, this.#used)) {
        lift(entry);
        this.#push(state, Math.max(frame.latest, operation.invokedAt), entry, -1);
        return true;
      }
      this.#done.remove(entry.rank);
    }
    frame.nextEntry = null;
    return this.#advancePending(frame);
  }

  #advancePending(frame: Frame<State>): boolean {
    const limit = this.#firstReturn().at;
    while (frame.nextPending < this.#pendings.length) {
      const number = frame.nextPending;
      const { index, invokedAt, until } = this.#pendings[number]!;
      if (invokedAt > limit) return false;
      frame.nextPending += 1;
      if (until < frame.latest || this.#used.includes(number)) continue;
      const state = this.#model.step(frame.state, this.#operations[index]!.op, UNKNOWN);
      if (state === null || this.#model.key(state) === this.#model.key(frame.state)) continue;
      const used = withMember(this.#used, number);
      if (!this.#isNew(state, used)) continue;
      this.#used = used;
      this.#push(state, Math.max(frame.latest, invokedAt), null, number);
      return true;
    }
    return false;
  }

  /** Whether no configuration was seen that can do all that this one can; remembers it. */
  #isNew(state: State, used: readonly number[]): boolean {
    const key = `${this.#done.key()}|${this.#model.key(state)}`;
    const seen = this.#visited.get(key);
    if (seen === undefined) {
      this.#visited.set(key, [used]);
      return true;
    }
    if (seen.some((other) => isSubset(other, used))) return false;
    seen.push(used);
    return true;
  }

  #push(state: State, latest: number, entry: Entry | null, pending: number): void {
    this.#states += 1;
    const nextEntry = this.#head.next;
    this.#frames.push({ state, latest, entry, pending, nextEntry, nextPending: 0 });
  }

  #pop(frame: Frame<State>): void {
    this.#frames.pop();
    if (frame.entry !== null) {
      unlift(frame.entry);
      this.#done.remove(frame.entry.rank);
    }
    if (frame.pending !== -1) this.#used = this.#used.filter((other) => other !== frame.pending);
  }

  /** The first return of an operation that is not in the order: the order has to include it next. */
  #firstReturn(): Entry {
    let entry = this.#head.next;
    while (entry !== null && entry.end !== null) entry = entry.next;
    assert(entry !== null, "an invocation without its return");
    return entry;
  }

  #noteBlocked(): void {
    const { position, index } = this.#firstReturn();
    const depth = this.#frames.length - 1;
    if (position < this.#blockedAt) return;
    if (position === this.#blockedAt && depth <= this.#longest.length) return;
    this.#blockedAt = position;
    this.#blockedBy = index;
    this.#longest = this.#order();
  }

  #order(): readonly number[] {
    return this.#frames.slice(1).map(({ entry, pending }) => {
      return entry === null ? this.#pendings[pending]!.index : entry.index;
    });
  }

  #none(): SearchResult {
    assert(this.#blockedBy !== -1);
    const { order, culprit } = { order: this.#longest, culprit: this.#blockedBy };
    return { _tag: "None", culprit, order, states: this.#states };
  }
}

function pendingOf<Op, Result>(operations: readonly Operation<Op, Result>[]): readonly Pending[] {
  const pendings: Pending[] = [];
  for (const [index, { invokedAt, outcome }] of operations.entries()) {
    if (outcome._tag === "Unknown") pendings.push({ index, invokedAt, until: outcome.until });
  }
  return pendings.sort((a, b) => a.invokedAt - b.invokedAt);
}

/** The invocations and returns of the operations that returned, by moment, behind a head. */
function entryList<Op, Result>(
  operations: readonly Operation<Op, Result>[],
): { readonly head: Entry; readonly count: number } {
  const entries: Entry[] = [];
  const unlinked = { previous: null, next: null, position: -1 };
  const returned = [...operations.entries()].filter(([, { outcome }]) => {
    return outcome._tag === "Returned";
  });
  returned.sort(([, a], [, b]) => a.invokedAt - b.invokedAt);
  for (const [rank, [index, { invokedAt, outcome }]] of returned.entries()) {
    assert(outcome._tag === "Returned");
    const end: Entry = { index, rank, at: outcome.at, end: null, ...unlinked };
    entries.push({ index, rank, at: invokedAt, end, ...unlinked }, end);
  }
  // At one moment invocations come first: such operations are concurrent.
  entries.sort((a, b) => a.at - b.at || Number(a.end === null) - Number(b.end === null));
  const head: Entry = { index: -1, rank: -1, at: Number.NEGATIVE_INFINITY, end: null, ...unlinked };
  let last = head;
  for (const [position, entry] of entries.entries()) {
    entry.position = position;
    entry.previous = last;
    last.next = entry;
    last = entry;
  }
  return { head, count: returned.length };
}

function unlink(entry: Entry): void {
  entry.previous!.next = entry.next;
  if (entry.next !== null) entry.next.previous = entry.previous;
}

function relink(entry: Entry): void {
  entry.previous!.next = entry;
  if (entry.next !== null) entry.next.previous = entry;
}

/** Takes an invocation and its return out of the list. */
function lift(entry: Entry): void {
  unlink(entry);
  unlink(entry.end!);
}

/** Puts them back; the last one taken out comes first. */
function unlift(entry: Entry): void {
  relink(entry.end!);
  relink(entry);
}
