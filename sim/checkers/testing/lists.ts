/** Histories of list-append at random. */
import fc from "fast-check";
import type { History } from "../history.ts";
import type { ListOp } from "../list-append.ts";
import { type SequentialModel, UNKNOWN } from "../sequential-model.ts";
import { executions, type Sizes } from "./histories.ts";

type Lists = ReadonlyMap<string | number, readonly number[]>;

/** What list-append does when transactions come one at a time. */
function apply(state: Lists, ops: readonly ListOp[]) {
  const next = new Map(state);
  const result = ops.map(([name, key, value]): ListOp => {
    const list = next.get(key) ?? [];
    if (name === "r") return ["r", key, list];
    next.set(key, [...list, value]);
    return ["append", key, value];
  });
  return { state: next as Lists, result: result as readonly ListOp[] };
}

/** List-append as a sequential model. */
export const listModel: SequentialModel<Lists, readonly ListOp[], readonly ListOp[]> = {
  initial: new Map(),
  step(state, ops, result) {
    const applied = apply(state, ops);
    if (result === UNKNOWN) return applied.state;
    return JSON.stringify(applied.result) === JSON.stringify(result) ? applied.state : null;
  },
  key: (state) => JSON.stringify([...state].sort(([a], [b]) => (a < b ? -1 : 1))),
  describe: (ops) => JSON.stringify(ops),
};

const MAX_STEPS = 3;
const shape = fc.array(
  fc.tuple(fc.constantFrom<"append" | "r">("append", "r"), fc.constantFrom("x", "y")),
  { minLength: 1, maxLength: MAX_STEPS },
);

/** A history of list-append; a read's place in the request is null. */
export type ListHistory = History<readonly ListOp[], readonly ListOp[]>;

/** Histories of list-append over two lists. */
export function listHistories(sizes: Sizes): fc.Arbitrary<ListHistory> {
  const ops = shape.map((list) =>
    list.map(([name, key]): ListOp => (name === "r" ? ["r", key, null] : ["append", key, 0])),
  );
  const numbered = (list: readonly ListOp[], id: number) =>
    list.map((op, at): ListOp => (op[0] === "r" ? op : ["append", op[1], id * MAX_STEPS + at]));
  return executions({ initial: listModel.initial, apply, numbered }, ops, sizes);
}

/**
 * The same history, but that one read of a list with something in it saw less, or another order.
 *
 * @param how 0: without its end; 1: backwards; 2: without its beginning
 */
export function tamperedRead(list: ListHistory, which: number, how: number): ListHistory {
  const reads = list.flatMap(({ outcome }) => {
    if (outcome._tag !== "Returned") return [];
    return outcome.result.filter((op) => op[0] === "r" && op[2] !== null && op[2].length > 0);
  });
  const chosen = reads[which % Math.max(reads.length, 1)];
  const change = ([name, key, seen]: ListOp): ListOp => {
    if (name !== "r" || seen === null) throw new Error("only reads are changed");
    if (how === 0) return ["r", key, seen.slice(0, -1)];
    return how === 1 ? ["r", key, seen.toReversed()] : ["r", key, seen.slice(1)];
  };
  return list.map((operation) => {
    const { outcome } = operation;
    if (outcome._tag !== "Returned") return operation;
    const result = outcome.result.map((op) => (op === chosen ? change(op) : op));
    return { ...operation, outcome: { ...outcome, result } };
  });
}
