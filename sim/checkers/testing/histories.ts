/** What the tests of the checkers share: histories drawn as pictures, and drawn at random. */
import fc from "fast-check";
import type { History, Operation } from "../history.ts";
import { type SequentialModel, UNKNOWN } from "../sequential-model.ts";

/** One operation: session, from, to (null when nobody saw it return), what, and its result. */
export type Drawn<Op, Result> =
  | readonly [session: number, from: number, to: number, op: Op, result: Result]
  | readonly [session: number, from: number, to: null, op: Op, until?: number];

/** A history from drawn operations; ids are their places. */
export function drawn<Op, Result>(...operations: Drawn<Op, Result>[]): History<Op, Result> {
  return operations.map((operation, id): Operation<Op, Result> => {
    const [session, invokedAt, to, op, last] = operation;
    if (to === null) {
      const until = typeof last === "number" ? last : Number.POSITIVE_INFINITY;
      return { id, session, op, invokedAt, outcome: { _tag: "Unknown", until } };
    }
    const result = last as Result;
    return { id, session, op, invokedAt, outcome: { _tag: "Returned", at: to, result } };
  });
}

/** Whether some order explains the history, found by trying all: for a handful of operations. */
export function bruteForce<State, Op, Result>(
  model: SequentialModel<State, Op, Result>,
  history: History<Op, Result>,
  state: State = model.initial,
): boolean {
  if (history.every(({ outcome }) => outcome._tag === "Unknown")) return true;
  return history.some((first) => {
    const others = history.filter((other) => other !== first);
    const late = others.some(
      ({ outcome }) => outcome._tag === "Returned" && outcome.at < first.invokedAt,
    );
    if (late) return false;
    const seen = first.outcome._tag === "Returned" ? first.outcome.result : UNKNOWN;
    const next = model.step(state, first.op, seen);
    if (next === null) return false;
    // What had to take effect before `first` was invoked will not take effect any more.
    const rest = others.filter(
      ({ outcome }) => outcome._tag === "Returned" || outcome.until >= first.invokedAt,
    );
    return bruteForce(model, rest, next);
  });
}

/** The sizes of generated histories. */
export interface Sizes {
  readonly sessions: number;
  readonly operations: number;
}

/** An object that is served one operation at a time. */
export interface AtomicObject<State, Op, Result> {
  readonly initial: State;
  /** What an operation does and answers. */
  apply(state: State, op: Op): { readonly state: State; readonly result: Result };
  /** The operation as it is sent; `id` makes what it writes unique. */
  numbered?(op: Op, id: number): Op;
}

/** What a generated history is made of: per operation who, what, and how its moments are chosen. */
interface Step<Op> {
  readonly session: number;
  readonly op: Op;
  /** 0 begins an operation, 1 lets the session's operation take effect, 2 lets it return. */
  readonly turn: number;
  readonly lost: boolean;
}

/**
 * Histories of a real execution: sessions invoke, an atomic object serves, replies return, some
 * are lost before or after they took effect. Each is linearizable by construction.
 */
export function executions<State, Op, Result>(
  object: AtomicObject<State, Op, Result>,
  op: fc.Arbitrary<Op>,
  sizes: Sizes,
): fc.Arbitrary<History<Op, Result>> {
  const step = fc.record<Step<Op>>({
    session: fc.nat({ max: sizes.sessions - 1 }),
    op,
    turn: fc.nat({ max: 2 }),
    lost: fc.integer({ min: 0, max: 9 }).map((drawnLot) => drawnLot === 0),
  });
  const steps = fc.array(step, {
    ...{ minLength: 2, maxLength: 4 * sizes.operations },
    size: "max",
  });
  return steps.map((list) => execute(object, list, sizes));
}

function execute<State, Op, Result>(
  object: AtomicObject<State, Op, Result>,
  steps: readonly Step<Op>[],
  { operations }: Sizes,
): History<Op, Result> {
  const done: Operation<Op, Result>[] = [];
  const open = new Map<number, { begun: Operation<Op, Result>; result?: Result }>();
  let state = object.initial;
  let ids = 0;
  for (const [now, { session, op, turn, lost }] of steps.entries()) {
    const current = open.get(session);
    if (current === undefined) {
      if (ids === operations) continue;
      const outcome = { _tag: "Unknown", until: Number.POSITIVE_INFINITY } as const;
      const sent = object.numbered?.(op, ids) ?? op;
      open.set(session, { begun: { id: ids, session, op: sent, invokedAt: now, outcome } });
      ids += 1;
      continue;
    }
    if (lost) {
      // Nobody waits any more, and the session goes on; a request not yet served never will be.
      const outcome = { _tag: "Unknown", until: turn === 0 ? Number.POSITIVE_INFINITY : now };
      done.push({ ...current.begun, outcome } as Operation<Op, Result>);
      open.delete(session);
    } else if (!("result" in current)) {
      const served = object.apply(state, current.begun.op);
      state = served.state;
      current.result = served.result;
    } else if (turn > 0) {
      const result = current.result as Result;
      done.push({ ...current.begun, outcome: { _tag: "Returned", at: now, result } });
      open.delete(session);
    }
  }
  return [...done, ...[...open.values()].map(({ begun }) => begun)];
}

/** The same history with the result of one of the operations that returned changed. */
export function tampered<Op, Result>(
  history: History<Op, Result>,
  which: number,
  change: (result: Result) => Result,
): History<Op, Result> {
  const returned = history.filter(({ outcome }) => outcome._tag === "Returned");
  const chosen = returned[which % Math.max(returned.length, 1)];
  return history.map((operation) => {
    const { outcome } = operation;
    if (operation !== chosen || outcome._tag !== "Returned") return operation;
    return { ...operation, outcome: { ...outcome, result: change(outcome.result) } };
  });
}

/** The same history with the operations of unknown outcome free to take effect at any time. */
export function unbounded<Op, Result>(history: History<Op, Result>): History<Op, Result> {
  return history.map((operation) => {
    if (operation.outcome._tag === "Returned") return operation;
    return { ...operation, outcome: { _tag: "Unknown", until: Number.POSITIVE_INFINITY } };
  });
}
