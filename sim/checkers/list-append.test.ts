import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLinearizability } from "./linearizability.ts";
import {
  checkListAppend,
  type ListOp,
  type ListTransaction,
  listTransactions,
} from "./list-append.ts";
import { unbounded } from "./testing/histories.ts";
import { listHistories, listModel, tamperedRead } from "./testing/lists.ts";

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

describe("generated histories of list-append", () => {
  it("accepts every real execution", () => {
    fc.assert(
      fc.property(listHistories({ operations: 60, sessions: 5 }), (list) => {
        expect(checkListAppend(listTransactions(list))).toMatchObject({ _tag: "Holds" });
      }),
      { numRuns: 200 },
    );
  });

  it("says what the search over the whole state says", () => {
    let bad = 0;
    fc.assert(
      fc.property(
        listHistories({ operations: 9, sessions: 4 }),
        fc.nat(),
        fc.nat({ max: 3 }),
        (list, which, how) => {
          const judged = unbounded(how === 3 ? list : tamperedRead(list, which, how));
          const expected = checkLinearizability(listModel, judged)._tag;
          if (expected === "Broken") bad += 1;
          expect(checkListAppend(listTransactions(judged))._tag).toBe(expected);
        },
      ),
      { numRuns: 4000 },
    );
    expect(bad).toBeGreaterThan(100);
  });
});
