import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkStrictSerializability,
  type Transaction,
  type TransactionResult,
  transactions,
} from "./strict-serializability.ts";
import { bruteForce, type Drawn, drawn, tampered } from "./testing/histories.ts";
import { alteredFirst, transactionHistories } from "./testing/transactions.ts";

type Line = Drawn<Transaction, TransactionResult>;

const parse = (text: string) => text.split("; ").map((command) => command.split(" "));
const tx = (
  session: number,
  from: number,
  to: number,
  text: string,
  result: TransactionResult,
  watched: Transaction["watched"] = [],
): Line => [session, from, to, { watched, commands: parse(text) }, result];
const lost = (session: number, from: number, text: string): Line => [
  session,
  from,
  null,
  { watched: [], commands: parse(text) },
];
const verdict = (...lines: Line[]) => checkStrictSerializability(drawn(...lines))._tag;

describe("strict serializability", () => {
  it("rejects a torn transaction", () => {
    const transfer = tx(1, 1, 10, "SET a 1; SET b 1", ["OK", "OK"]);
    expect(verdict(transfer, tx(2, 2, 3, "MGET a b", [["1", "1"]]))).toBe("Holds");
    expect(verdict(transfer, tx(2, 2, 3, "MGET a b", [[null, null]]))).toBe("Holds");
    expect(verdict(transfer, tx(2, 2, 3, "MGET a b", [["1", null]]))).toBe("Broken");
  });

  it("rejects a torn transaction that nobody saw return", () => {
    const transfer = lost(1, 1, "SET a 1; SET b 1");
    expect(verdict(transfer, tx(2, 2, 3, "GET a; GET b", ["1", null]))).toBe("Broken");
    expect(verdict(transfer, tx(2, 2, 3, "GET a; GET b", [null, null]))).toBe("Holds");
  });

  it("rejects write skew", () => {
    expect(
      verdict(
        tx(1, 1, 10, "GET a; SET b 1", [null, "OK"]),
        tx(2, 2, 9, "GET b; SET a 1", [null, "OK"]),
      ),
    ).toBe("Broken");
  });

  it("rejects an order of keys that each is right for alone", () => {
    // Each key by itself is linearizable.
    expect(
      verdict(
        tx(1, 1, 20, "SET a 1; SET b 1", ["OK", "OK"]),
        tx(2, 2, 3, "GET a", ["1"]),
        tx(2, 4, 5, "GET b", [null]),
      ),
    ).toBe("Broken");
  });

  it("rejects a lost update under WATCH, and accepts that it was aborted", () => {
    const watched = [{ key: "a", value: null }];
    const first = tx(1, 1, 5, "SET a 1", ["OK"], watched);
    expect(verdict(first, tx(2, 6, 7, "SET a 2", ["OK"], watched))).toBe("Broken");
    expect(verdict(first, tx(2, 6, 7, "SET a 2", null, watched))).toBe("Holds");
    expect(verdict(tx(2, 6, 7, "SET a 2", null, watched))).toBe("Holds");
  });

  it("rejects an aborted transaction that took effect", () => {
    const watched = [{ key: "a", value: null }];
    expect(verdict(tx(1, 1, 2, "SET b 1", null, watched), tx(1, 3, 4, "GET b", ["1"]))).toBe(
      "Broken",
    );
  });

  it("rejects too few replies", () => {
    expect(verdict(tx(1, 1, 2, "SET a 1; SET b 1", ["OK"]))).toBe("Broken");
  });

  it("keeps the effects of the commands around one that failed", () => {
    const error = { error: "ERR value is not an integer or out of range" };
    expect(
      verdict(
        tx(1, 1, 2, "SET a x; INCR a; SET b 1", ["OK", error, "OK"]),
        tx(1, 3, 4, "MGET a b", [["x", "1"]]),
      ),
    ).toBe("Holds");
  });

  it("describes what it rejects", () => {
    const verdict = checkStrictSerializability(
      drawn(tx(1, 1, 2, "GET a; GET b", ["1", null], [{ key: "a", value: "1" }])),
    );
    expect(verdict).toMatchObject({
      violation: {
        guarantee: "strict serializability",
        what: 'no order of the operations explains WATCH a="1": {GET a → "1"; GET b → null} (operation 0 of session 1)',
      },
    });
  });
});

describe("generated histories of transactions", () => {
  it("accepts every real execution", () => {
    fc.assert(
      fc.property(transactionHistories({ operations: 40, sessions: 4 }), (history) => {
        expect(checkStrictSerializability(history)._tag).toBe("Holds");
      }),
      { numRuns: 200 },
    );
  });

  it("says what trying all orders says", () => {
    let bad = 0;
    const small = transactionHistories({ operations: 6, sessions: 4 });
    fc.assert(
      fc.property(small, fc.nat(), fc.boolean(), (history, which, isLeft) => {
        const judged = isLeft ? history : tampered(history, which, alteredFirst);
        const expected = bruteForce(transactions, judged);
        if (!expected) bad += 1;
        expect(checkStrictSerializability(judged)._tag).toBe(expected ? "Holds" : "Broken");
      }),
      { numRuns: 2000 },
    );
    expect(bad).toBeGreaterThan(100);
  });
});
