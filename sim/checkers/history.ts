/**
 * Histories: what clients asked, when, and what they saw; and the verdicts on them.
 *
 * A moment is any number that grows, such as virtual time or the number of an event. One operation
 * precedes another when it returned before the other was invoked; equal moments are concurrent.
 */
import { strict as assert } from "node:assert";

/** How an operation ended, as its client knows. */
export type Outcome<Result> =
  | { readonly _tag: "Returned"; readonly at: number; readonly result: Result }
  /** No answer came: it took effect at `until` at the latest, which may be Infinity, or never. */
  | { readonly _tag: "Unknown"; readonly until: number };

/** One request of one session. What certainly had no effect is left out of a history. */
export interface Operation<Op, Result> {
  /** Unique in its history. */
  readonly id: number;
  readonly session: number;
  readonly op: Op;
  readonly invokedAt: number;
  readonly outcome: Outcome<Result>;
}

/** Operations in any order. */
export type History<Op, Result> = readonly Operation<Op, Result>[];

/** A guarantee that a history breaks. */
export interface Violation {
  readonly guarantee: string;
  /** One sentence. */
  readonly what: string;
  /** The explanation, one step a line. */
  readonly lines: readonly string[];
  /** The operations involved. */
  readonly operations: readonly number[];
}

/** The guarantee is broken. */
export interface Broken {
  readonly _tag: "Broken";
  readonly violation: Violation;
}

/** The search ended at its limit: neither is known. */
export interface Undecided {
  readonly _tag: "Undecided";
  readonly why: string;
}

/** What a checker says. */
export type Verdict = { readonly _tag: "Holds" } | Broken | Undecided;

/** The guarantee holds. */
export const HOLDS: Verdict = { _tag: "Holds" };

/** The verdict that a guarantee is broken. */
export function broken(
  guarantee: string,
  what: string,
  operations: readonly number[],
  lines: readonly string[] = [],
): Broken {
  return { _tag: "Broken", violation: { guarantee, what, lines, operations } };
}

/** Fails when a history is no history: the recording is wrong, not what was recorded. */
export function assertHistory<Op, Result>(history: History<Op, Result>): void {
  const ids = new Set<number>();
  for (const { id, invokedAt, outcome } of history) {
    assert(!ids.has(id), `operation ${id} is recorded twice`);
    ids.add(id);
    const end = outcome._tag === "Returned" ? outcome.at : outcome.until;
    assert(!Number.isNaN(invokedAt) && end >= invokedAt, `operation ${id} ends before it begins`);
  }
}

interface Open<Op, Result> {
  readonly session: number;
  readonly op: Op;
  readonly invokedAt: number;
  outcome: Outcome<Result> | "refused" | null;
}

/** Records a history as it happens. Each call is an event of its own: no two at one moment. */
export class HistoryRecorder<Op, Result> {
  readonly #operations: Open<Op, Result>[] = [];
  #now = 0;

  /** An operation begins; returns its id. */
  invoke(session: number, op: Op): number {
    this.#now += 1;
    return this.#operations.push({ session, op, invokedAt: this.#now, outcome: null }) - 1;
  }

  /** An operation has returned. */
  returned(id: number, result: Result): void {
    this.#now += 1;
    this.#end(id, { _tag: "Returned", at: this.#now, result });
  }

  /** An operation will not return, and will not take effect later than now if it has not. */
  unknown(id: number): void {
    this.#now += 1;
    this.#end(id, { _tag: "Unknown", until: this.#now });
  }

  /** An operation certainly had no effect and never will: it is left out. */
  refused(id: number): void {
    this.#now += 1;
    this.#end(id, "refused");
  }

  /** What was recorded; operations still open may take effect at any time. */
  history(): History<Op, Result> {
    return this.#operations.flatMap(({ outcome, ...begun }, id) => {
      if (outcome === "refused") return [];
      const open = { _tag: "Unknown", until: Number.POSITIVE_INFINITY } as const;
      return [{ ...begun, id, outcome: outcome ?? open }];
    });
  }

  #end(id: number, outcome: Outcome<Result> | "refused"): void {
    const operation = this.#operations[id];
    assert(operation !== undefined && operation.outcome === null, `operation ${id} is not open`);
    operation.outcome = outcome;
  }
}
