import { assert, CHECKED } from "../assert.ts";
import type { Session } from "./session.ts";

/** When one session's wait ends by itself. */
interface Deadline {
  readonly session: Session;
  /** Wall-clock time, in milliseconds. */
  readonly untilMs: number;
  /** Of two at the same time, the one that was added first comes first. */
  readonly order: number;
  /** Where it stands in the heap. */
  place: number;
}

/**
 * When waits end by themselves, the earliest in front: a binary heap, so that neither a tick nor the
 * end of one wait looks at all of them.
 */
export class Deadlines {
  readonly #heap: Deadline[] = [];
  readonly #bySession = new Map<Session, Deadline>();
  #added = 0;

  /** How many there are. */
  get size(): number {
    return this.#heap.length;
  }

  /** A session's wait ends at `untilMs`. It has no deadline yet. */
  add(session: Session, untilMs: number): void {
    if (CHECKED) assert(!this.#bySession.has(session), "a session waits for one thing");
    const deadline = { session, untilMs, order: this.#added++, place: this.#heap.length };
    this.#bySession.set(session, deadline);
    this.#heap.push(deadline);
    this.#rise(deadline);
  }

  /** Forgets a session's deadline, if it has one. */
  remove(session: Session): void {
    const deadline = this.#bySession.get(session);
    if (deadline === undefined) return;
    this.#bySession.delete(session);
    const last = this.#heap.pop()!;
    if (last === deadline) return;
    this.#put(last, deadline.place);
    this.#rise(last);
    this.#sink(last);
  }

  /** The session whose time is up the longest at `nowMs`; null when none is. */
  due(nowMs: number): Session | null {
    const first = this.#heap[0];
    return first !== undefined && first.untilMs <= nowMs ? first.session : null;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert(this.#heap.length === this.#bySession.size, "a deadline for each session");
    this.#heap.forEach((deadline, place) => {
      assert(deadline.place === place, "a deadline knows its place");
      assert(this.#bySession.get(deadline.session) === deadline, "a session knows its deadline");
      const parent = place === 0 ? undefined : this.#heap[(place - 1) >> 1];
      assert(parent === undefined || isBefore(parent, deadline), "an earlier one stands behind");
    });
  }

  #rise(deadline: Deadline): void {
    while (deadline.place > 0) {
      const parent = this.#heap[(deadline.place - 1) >> 1]!;
      if (isBefore(parent, deadline)) return;
      this.#exchange(deadline, parent);
    }
  }

  #sink(deadline: Deadline): void {
    for (;;) {
      const left = this.#heap[2 * deadline.place + 1];
      const right = this.#heap[2 * deadline.place + 2];
      if (left === undefined) return;
      const first = right !== undefined && isBefore(right, left) ? right : left;
      if (isBefore(deadline, first)) return;
      this.#exchange(first, deadline);
    }
  }

  #exchange(a: Deadline, b: Deadline): void {
    const { place } = a;
    this.#put(a, b.place);
    this.#put(b, place);
  }

  #put(deadline: Deadline, place: number): void {
    deadline.place = place;
    this.#heap[place] = deadline;
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.untilMs === b.untilMs ? a.order < b.order : a.untilMs < b.untilMs;
}
