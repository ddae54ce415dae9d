/** What happens next: the events of a run in the order of virtual time. */
import assert from "node:assert/strict";
import { VirtualClock } from "../testing/clock.ts";

/** Something that is going to happen, unless it is cancelled. */
export interface Event {
  readonly atUs: number;
  /** What it is, in a few words. */
  readonly what: string;
  /** Set by `cancel`. */
  cancelled: boolean;
}

interface Scheduled extends Event {
  /** Decides between events of the same moment: who came first. */
  readonly order: number;
  readonly run: () => void;
}

/**
 * The events to come, one heap. Nothing else moves time or decides an order: events of the same
 * moment run in the order in which they were scheduled, and who wants another order draws delays.
 */
export class Scheduler {
  readonly clock = new VirtualClock();
  readonly #heap: Scheduled[] = [];
  #order = 0;

  /** How many events are to come, cancelled ones included. */
  get pending(): number {
    return this.#heap.length;
  }

  /** Lets something happen after a delay in microseconds. */
  after(delayUs: number, what: string, run: () => void): Event {
    assert.ok(Number.isInteger(delayUs) && delayUs >= 0, `delay ${delayUs}`);
    const event: Scheduled = {
      atUs: this.clock.us + delayUs,
      what,
      cancelled: false,
      order: this.#order++,
      run,
    };
    this.#push(event);
    return event;
  }

  /** Takes an event back. */
  cancel(event: Event): void {
    event.cancelled = true;
  }

  /** Runs the next event, and says what it was; null when nothing is to come. */
  step(): string | null {
    for (;;) {
      const event = this.#pop();
      if (event === null) return null;
      if (event.cancelled) continue;
      this.clock.moveTo(event.atUs);
      event.run();
      return event.what;
    }
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Scheduled | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined) return null;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}
