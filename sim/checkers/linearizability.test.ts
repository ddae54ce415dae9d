import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLinearizability } from "./linearizability.ts";
import { type Command, type Reply, stringCommands } from "./strings-model.ts";
import { bruteForce, type Drawn, drawn, tampered } from "./testing/histories.ts";
import { someReply, stringHistories } from "./testing/strings.ts";

type Line = Drawn<Command, Reply>;

const words = (text: string): Command => text.split(" ");
const ok = (session: number, from: number, to: number, text: string, result: Reply): Line => [
  session,
  from,
  to,
  words(text),
  result,
];
const lost = (session: number, from: number, text: string, until?: number): Line =>
  until === undefined
    ? [session, from, null, words(text)]
    : [session, from, null, words(text), until];

function verdict(...lines: Line[]): string {
  return checkLinearizability(stringCommands, drawn(...lines))._tag;
}

describe("histories with a legal order", () => {
  it("accepts the empty history", () => {
    expect(verdict()).toBe("Holds");
  });

  it("accepts concurrent writes in either order", () => {
    const writes = [ok(1, 1, 10, "SET k a", "OK"), ok(2, 2, 9, "SET k b", "OK")];
    expect(verdict(...writes, ok(3, 11, 12, "GET k", "a"))).toBe("Holds");
    expect(verdict(...writes, ok(3, 11, 12, "GET k", "b"))).toBe("Holds");
  });

  it("lets a read that overlaps a write see either side", () => {
    const write = ok(1, 1, 10, "SET k a", "OK");
    expect(verdict(write, ok(2, 2, 3, "GET k", null), ok(2, 4, 5, "GET k", "a"))).toBe("Holds");
  });

  it("takes equal moments for concurrent", () => {
    expect(verdict(ok(1, 1, 5, "SET k a", "OK"), ok(2, 5, 6, "GET k", null))).toBe("Holds");
  });

  it("lets an unknown write take effect late, early or never", () => {
    const write = lost(1, 1, "SET k a");
    expect(verdict(write, ok(2, 2, 3, "GET k", null), ok(2, 4, 5, "GET k", null))).toBe("Holds");
    expect(verdict(write, ok(2, 2, 3, "GET k", null), ok(2, 4, 5, "GET k", "a"))).toBe("Holds");
    expect(verdict(write, ok(2, 2, 3, "GET k", "a"), ok(2, 4, 5, "GET k", "a"))).toBe("Holds");
  });

  it("uses as many unknown writes as it needs, and no more", () => {
    expect(
      verdict(
        lost(1, 1, "INCR k"),
        lost(2, 2, "INCR k"),
        lost(3, 3, "INCR k"),
        ok(4, 4, 5, "INCR k", 3),
        ok(4, 6, 7, "GET k", "3"),
      ),
    ).toBe("Holds");
  });

  it("lets an unknown write take effect between two reads that are far apart", () => {
    expect(
      verdict(
        lost(1, 1, "SET k a"),
        ok(2, 2, 3, "SET k b", "OK"),
        ok(2, 4, 5, "GET k", "b"),
        ok(2, 6, 7, "GET k", "a"),
      ),
    ).toBe("Holds");
  });

  it("judges keys apart", () => {
    expect(verdict(ok(1, 1, 2, "SET a 1", "OK"), ok(1, 3, 4, "GET b", null))).toBe("Holds");
  });

  it("gives an order that explains the history", () => {
    const history = drawn<Command, Reply>(
      ok(1, 1, 10, "SET k a", "OK"),
      ok(2, 2, 3, "GET k", "a"),
      ok(3, 4, 5, "SET k b", "OK"),
      lost(4, 1, "SET k c"),
      ok(3, 11, 12, "GET k", "b"),
    );
    const result = checkLinearizability(stringCommands, history);
    expect(result).toMatchObject({ _tag: "Holds", orders: new Map([["k", [0, 1, 2, 4]]]) });
  });

  it("starts where it is told", () => {
    const history = drawn<Command, Reply>(ok(1, 1, 2, "GET k", "kept"));
    const initial = new Map([["k", "kept"]]);
    expect(checkLinearizability(stringCommands, history, { initial })._tag).toBe("Holds");
    expect(checkLinearizability(stringCommands, history)._tag).toBe("Broken");
  });
});

describe("histories without one", () => {
  it("rejects a stale read", () => {
    const write = ok(1, 1, 2, "SET k a", "OK");
    expect(verdict(write, ok(2, 3, 4, "GET k", null))).toBe("Broken");
  });

  it("rejects a value that nobody wrote", () => {
    expect(verdict(ok(2, 3, 4, "GET k", "a"))).toBe("Broken");
  });

  it("rejects a read from the future", () => {
    expect(verdict(ok(2, 1, 2, "GET k", "a"), ok(1, 3, 4, "SET k a", "OK"))).toBe("Broken");
  });

  it("rejects reads that go back", () => {
    const write = ok(1, 1, 20, "SET k a", "OK");
    expect(verdict(write, ok(2, 2, 3, "GET k", "a"), ok(3, 4, 5, "GET k", null))).toBe("Broken");
  });

  it("rejects a lost update", () => {
    expect(
      verdict(ok(1, 1, 4, "INCR k", 1), ok(2, 2, 5, "INCR k", 1), ok(1, 6, 7, "GET k", "1")),
    ).toBe("Broken");
  });

  it("rejects an acknowledged write that is gone", () => {
    expect(
      verdict(
        ok(1, 1, 2, "SET k a", "OK"),
        ok(1, 3, 4, "SET k b", "OK"),
        ok(2, 5, 6, "GET k", "a"),
      ),
    ).toBe("Broken");
  });

  it("rejects a compare-and-set that should have failed, and one that should not", () => {
    const write = ok(1, 1, 2, "SET k a", "OK");
    expect(verdict(write, ok(2, 3, 4, "CAS k b c", "OK"))).toBe("Broken");
    expect(verdict(write, ok(2, 3, 4, "CAS k a c", { error: "22" }))).toBe("Broken");
    expect(verdict(ok(2, 3, 4, "CAS k a c", { error: "22" }))).toBe("Broken");
    expect(verdict(ok(2, 3, 4, "CAS k a c", { error: "20" }))).toBe("Holds");
  });

  it("rejects two winners of one compare-and-set", () => {
    expect(
      verdict(
        ok(0, 1, 2, "SET k 0", "OK"),
        ok(1, 3, 9, "CAS k 0 1", "OK"),
        ok(2, 3, 9, "CAS k 0 2", "OK"),
      ),
    ).toBe("Broken");
  });

  it("does not use an unknown operation twice", () => {
    expect(
      verdict(
        lost(1, 1, "SET k a"),
        ok(2, 2, 3, "GET k", "a"),
        ok(2, 4, 5, "SET k b", "OK"),
        ok(2, 6, 7, "GET k", "a"),
      ),
    ).toBe("Broken");
  });

  it("does not use an unknown operation before it was invoked", () => {
    expect(verdict(ok(2, 2, 3, "GET k", "a"), lost(1, 4, "SET k a"))).toBe("Broken");
  });

  it("does not use an unknown operation after the moment it could take effect", () => {
    const reads = [ok(2, 10, 11, "GET k", null), ok(2, 12, 13, "GET k", "a")];
    expect(verdict(lost(1, 1, "SET k a", 12), ...reads)).toBe("Holds");
    expect(verdict(lost(1, 1, "SET k a", 10), ...reads)).toBe("Holds");
    expect(verdict(lost(1, 1, "SET k a", 9), ...reads)).toBe("Broken");
  });

  it("does not let the unknown hide what the known shows", () => {
    expect(
      verdict(
        lost(1, 1, "INCR k"),
        ok(2, 2, 3, "INCR k", 1),
        ok(3, 4, 5, "INCR k", 2),
        ok(2, 6, 7, "GET k", "4"),
      ),
    ).toBe("Broken");
  });

  it("says which operation, and leaves out reads that do not matter", () => {
    const history = drawn<Command, Reply>(
      ok(1, 1, 2, "SET k a", "OK"),
      ok(2, 3, 4, "GET k", "a"),
      ok(2, 5, 6, "GET k", null),
      ok(2, 7, 8, "GET k", "a"),
    );
    const result = checkLinearizability(stringCommands, history);
    expect(result).toMatchObject({ _tag: "Broken", violation: { operations: [0, 2] } });
    expect(JSON.stringify(result)).toContain(
      "no order of the operations on k explains GET k → null (operation 2 of session 2)",
    );
  });

  it("says so when it gives up", () => {
    const unknowns = Array.from({ length: 9 }, (_, n) => lost(n, 1, `APPEND k ${n}`));
    const hard = checkLinearizability(
      stringCommands,
      drawn(...unknowns, ok(20, 60, 61, "GET k", "none")),
      { maxStates: 1000 },
    );
    expect(hard._tag).toBe("Undecided");
  });
});

describe("generated histories", () => {
  it("accepts every real execution", () => {
    fc.assert(
      fc.property(stringHistories({ operations: 60, sessions: 5 }), (history) => {
        expect(checkLinearizability(stringCommands, history)._tag).toBe("Holds");
      }),
      { numRuns: 300 },
    );
  });

  it("says what trying all orders says", () => {
    const small = stringHistories({ operations: 7, sessions: 4 });
    let good = 0;
    let bad = 0;
    fc.assert(
      fc.property(small, fc.nat(), fc.option(someReply), (history, which, result) => {
        const isLeft = result === null && which % 2 === 0;
        const judged = isLeft ? history : tampered(history, which, () => result);
        const expected = bruteForce(stringCommands, judged);
        if (expected) good += 1;
        else bad += 1;
        const found = checkLinearizability(stringCommands, judged)._tag;
        expect(found).toBe(expected ? "Holds" : "Broken");
      }),
      { numRuns: 3000 },
    );
    expect(good).toBeGreaterThan(300);
    expect(bad).toBeGreaterThan(300);
  });

  it("rejects each execution with a read of what was never written", () => {
    fc.assert(
      fc.property(stringHistories({ operations: 40, sessions: 4 }), fc.nat(), (history, which) => {
        fc.pre(history.some(({ outcome }) => outcome._tag === "Returned"));
        const judged = tampered(history, which, () => "never written");
        expect(checkLinearizability(stringCommands, judged)._tag).toBe("Broken");
      }),
      { numRuns: 300 },
    );
  });
});
