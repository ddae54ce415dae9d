import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkStrictSerializability,
  type Transaction,
  type TransactionResult,
  transactions,
} from "./strict-serializability.ts";
import { applyCommand, type Reply, type StringsState } from "./strings-model.ts";
import { bruteForce, type Drawn, drawn, executions } from "./testing.ts";

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

const keys = fc.constantFrom("a", "b");
const commands = fc.oneof(
  fc.tuple(fc.constantFrom("GET", "INCR", "DEL"), keys),
  fc.tuple(fc.constantFrom("SET", "APPEND"), keys, fc.constantFrom("1", "2")),
  fc.constant(["MGET", "a", "b"]),
);
const operations: fc.Arbitrary<Transaction> = fc.record({
  watched: fc.constant([]),
  commands: fc.array(commands, { minLength: 1, maxLength: 3 }),
});

function apply(state: StringsState, transaction: Transaction) {
  let next = state;
  const replies: Reply[] = [];
  for (const command of transaction.commands) {
    const applied = applyCommand(next, command);
    next = applied.state;
    replies.push(applied.reply);
  }
  return { state: next, result: replies };
}

/** Another reply of the same kind. */
function altered(reply: Reply): Reply {
  if (typeof reply === "number") return reply + 1;
  if (reply === null) return "1";
  return Array.isArray(reply) ? reply.map(altered) : null;
}

describe("generated histories of transactions", () => {
  it("accepts every real execution", () => {
    const sizes = { operations: 40, sessions: 4 };
    fc.assert(
      fc.property(
        executions<StringsState, Transaction, TransactionResult>(
          new Map(),
          apply,
          operations,
          sizes,
        ),
        (history) => {
          expect(checkStrictSerializability(history)._tag).toBe("Holds");
        },
      ),
      { numRuns: 200 },
    );
  });

  it("says what trying all orders says", () => {
    let bad = 0;
    const sizes = { operations: 6, sessions: 4 };
    fc.assert(
      fc.property(
        executions<StringsState, Transaction, TransactionResult>(
          new Map(),
          apply,
          operations,
          sizes,
        ),
        fc.nat({ max: 5 }),
        (history, which) => {
          const judged = history.map((operation, at) => {
            const { outcome } = operation;
            if (at !== which || outcome._tag !== "Returned" || outcome.result === null) {
              return operation;
            }
            const [first, ...rest] = outcome.result;
            return { ...operation, outcome: { ...outcome, result: [altered(first!), ...rest] } };
          });
          const expected = bruteForce(transactions, judged);
          if (!expected) bad += 1;
          expect(checkStrictSerializability(judged)._tag).toBe(expected ? "Holds" : "Broken");
        },
      ),
      { numRuns: 2000 },
    );
    expect(bad).toBeGreaterThan(100);
  });
});
