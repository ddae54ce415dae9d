import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { History } from "./history.ts";
import { checkLinearizability } from "./linearizability.ts";
import { checkListAppend, type ListOp, type ListTransaction } from "./list-append.ts";
import { type SequentialModel, UNKNOWN } from "./sequential-model.ts";
import { executions } from "./testing.ts";

type Outcome = ListTransaction["outcome"];

/** `x<1` appends 1 to x, `x=1,2` reads 1 and 2 from it, `x=` reads the empty list. */
function parse(text: string): ListOp[] {
  return text.split(" ").map((word): ListOp => {
    const [, key, sign, rest] = /^(\w+)([<=])(.*)$/.exec(word)!;
    if (sign === "<") return ["append", key!, Number(rest)];
    return ["r", key!, rest === "" ? [] : rest!.split(",").map(Number)];
  });
}

const committed = (at: number): Outcome => ({ _tag: "Committed", at });

/** Transactions all at once, or one after the other where `inTurn`. */
function history(texts: readonly string[], inTurn = false): ListTransaction[] {
  return texts.map((text, id) => {
    const [invokedAt, at] = inTurn ? [10 * id, 10 * id + 1] : [0, 100];
    return { id, session: id, ops: parse(text), invokedAt, outcome: committed(at) };
  });
}

function judge(transactions: readonly ListTransaction[]): string {
  const verdict = checkListAppend(transactions);
  if (verdict._tag !== "Broken") return verdict._tag;
  return verdict.violation.what.split(":")[0]!;
}

const atOnce = (...texts: string[]) => judge(history(texts));
const inTurn = (...texts: string[]) => judge(history(texts, true));

describe("list-append", () => {
  it("accepts what is in order", () => {
    expect(atOnce()).toBe("Holds");
    expect(inTurn("x<1", "x=1 x<2 x=1,2", "y= x=1,2", "y<1 y<2", "y=1,2 x=1,2")).toBe("Holds");
  });

  it("lets concurrent transactions come in either order", () => {
    expect(atOnce("x<1", "x<2", "x=2,1")).toBe("Holds");
    expect(atOnce("x<1", "x<2", "x=1,2")).toBe("Holds");
    expect(atOnce("x<1 y<1", "x= y=")).toBe("Holds");
  });

  it.each([
    ["G0", ["x<1 y<1", "x<2 y<2", "x=1,2", "y=2,1"]],
    ["G1c", ["x<1 y=2", "y<2 x=1"]],
    ["G-single", ["x<1 y<1", "x=1 y=", "y=1"]],
    ["G2", ["x= y<1", "y= x<1", "x=1", "y=1"]],
    ["G2", ["x= y<1", "y= x<1"]],
    ["G2", ["x= x<1", "x= x<2"]],
    ["G1b", ["x<1 x<2", "x=1", "x=1,2"]],
    ["G0", ["x<1 x<3", "x<2", "x=1,2,3"]],
    ["incompatible order", ["x<1", "x<2", "x=1,2", "x=2,1"]],
    ["incompatible order", ["x<1", "x<2", "x=1", "x=2"]],
    ["torn", ["x<1 x<2", "x=2"]],
    ["G1b", ["x<1 x<2", "x=2,1"]],
    ["torn", ["x<1 x<2", "x<3", "x=2,1,3"]],
    ["torn", ["x<1 x<2 x<3", "x=1,3"]],
    ["duplicate", ["x<1", "x=1,1"]],
    ["phantom", ["x=1"]],
    ["internal", ["x<1 x="]],
    ["internal", ["x<2", "x= x=2"]],
    ["internal", ["x<1", "x=1 x<2 x=2"]],
  ])("finds %s in %j", (name, texts) => {
    expect(atOnce(...texts)).toBe(name);
  });

  it.each([
    ["G-single-realtime", ["x<1", "x="]],
    ["G-single-realtime", ["x<1", "x=1", "x="]],
    ["G0-realtime", ["x<2", "x<1", "x=1,2"]],
    ["G-single-realtime", ["x<1", "x<2", "x=1"]],
    ["G1c-realtime", ["x=1", "x<1"]],
  ])("finds %s in %j, one after the other", (name, texts) => {
    expect(inTurn(...texts)).toBe(name);
    expect(atOnce(...texts)).toBe("Holds");
  });

  it("finds an acknowledged append that nobody ever sees", () => {
    expect(inTurn("x<1", "x<2", "x=1", "x=1")).toBe("G-single-realtime");
  });

  it("allows an unknown append to be there or not, from any moment on", () => {
    const [first, ...others] = history(["x<1", "x=", "x=", "x=1"], true);
    const unknown: ListTransaction = { ...first!, outcome: { _tag: "Unknown" } };
    expect(judge([unknown, ...others])).toBe("Holds");
    expect(judge([unknown, ...others.slice(0, 2)])).toBe("Holds");
    expect(judge([first!, ...others])).not.toBe("Holds");
    const back = history(["x<1", "x=", "x=1", "x="], true).slice(1);
    expect(judge([unknown, ...back])).toBe("G-single-realtime");
  });

  it("knows an unknown transaction to have happened once one of its appends is seen", () => {
    const [first, ...others] = history(["x<1 y<1", "x=1", "y= x<2"]);
    const unknown: ListTransaction = { ...first!, outcome: { _tag: "Unknown" } };
    expect(judge([unknown, ...others])).toBe("G-single");
    expect(judge([unknown, others[1]!])).toBe("Holds");
  });

  it("finds an aborted append that is read", () => {
    const [first, ...others] = history(["x<1", "x=1"]);
    const aborted: ListTransaction = { ...first!, outcome: { _tag: "Aborted", at: 100 } };
    expect(judge([aborted, ...others])).toBe("G1a");
    expect(judge([aborted, ...history(["x<2", "x="]).slice(1)])).toBe("Holds");
  });

  it("names the transactions and why each comes before the next", () => {
    const verdict = checkListAppend(history(["x<1 y<1", "x=1 y=", "y=1"]));
    expect(verdict).toMatchObject({
      violation: {
        operations: [1, 0],
        lines: [
          "  1 of session 1, committed: x is [1]; y is []",
          "  0 of session 0, committed: x << 1; y << 1",
          "  1 < 0: 0 appends 1 to y, which the former had not seen",
          "  0 < 1: 1 reads its 1 of x",
        ],
      },
    });
  });

  it("takes thousands of transactions", () => {
    const texts = Array.from({ length: 3000 }, (_, at) => {
      const list = Array.from({ length: at % 30 }, (_, n) => n).join(",");
      return `k${Math.floor(at / 30)}=${list} k${Math.floor(at / 30)}<${at % 30}`;
    });
    expect(inTurn(...texts)).toBe("Holds");
  });
});

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

const listModel: SequentialModel<Lists, readonly ListOp[], readonly ListOp[]> = {
  initial: new Map(),
  step(state, ops, result) {
    const applied = apply(state, ops);
    if (result === UNKNOWN) return applied.state;
    return JSON.stringify(applied.result) === JSON.stringify(result) ? applied.state : null;
  },
  key: (state) => JSON.stringify([...state].sort(([a], [b]) => (a < b ? -1 : 1))),
  describe: (ops) => JSON.stringify(ops),
};

const shape = fc.array(
  fc.tuple(fc.constantFrom<"append" | "r">("append", "r"), fc.constantFrom("x", "y")),
  { minLength: 1, maxLength: 3 },
);

type ListHistory = History<readonly ListOp[], readonly ListOp[]>;

function generated(sizes: { operations: number; sessions: number }): fc.Arbitrary<ListHistory> {
  // Values are numbered while the generated steps are turned into operations: all differ.
  let value = 0;
  const ops = shape.map((list) =>
    list.map(([name, key]): ListOp => {
      if (name === "r") return ["r", key, null];
      value += 1;
      return ["append", key, value];
    }),
  );
  return executions<Lists, readonly ListOp[], readonly ListOp[]>(new Map(), apply, ops, sizes);
}

function transactionsOf(list: ListHistory): ListTransaction[] {
  return list.map(({ id, session, op, invokedAt, outcome }) => {
    if (outcome._tag === "Unknown") {
      return { id, session, ops: op, invokedAt, outcome: { _tag: "Unknown" } };
    }
    return { id, session, ops: outcome.result, invokedAt, outcome: committed(outcome.at) };
  });
}

/** The same, but that one read of a list with something in it saw less, or another order. */
function tampered(list: ListHistory, which: number, how: number): ListHistory {
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

describe("generated histories of list-append", () => {
  it("accepts every real execution", () => {
    fc.assert(
      fc.property(generated({ operations: 60, sessions: 5 }), (list) => {
        expect(checkListAppend(transactionsOf(list))).toMatchObject({ _tag: "Holds" });
      }),
      { numRuns: 200 },
    );
  });

  it("says what the search over the whole state says", () => {
    let bad = 0;
    fc.assert(
      fc.property(
        generated({ operations: 9, sessions: 4 }),
        fc.nat(),
        fc.nat({ max: 3 }),
        (list, which, how) => {
          const judged = (how === 3 ? list : tampered(list, which, how)).map((operation) => ({
            ...operation,
            outcome:
              operation.outcome._tag === "Unknown"
                ? ({ _tag: "Unknown", until: Number.POSITIVE_INFINITY } as const)
                : operation.outcome,
          }));
          const expected = checkLinearizability(listModel, judged)._tag;
          if (expected === "Broken") bad += 1;
          expect(checkListAppend(transactionsOf(judged))._tag).toBe(expected);
        },
      ),
      { numRuns: 4000 },
    );
    expect(bad).toBeGreaterThan(100);
  });
});
