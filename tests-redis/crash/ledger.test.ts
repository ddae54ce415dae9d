import { expect, test } from "vitest";
import { type Allowance, Ledger } from "./ledger.ts";

const NOTHING: readonly Allowance[] = [{ lose: "nothing" }];
const EVIDENCE = { askedMs: 0, atMs: 1 };
const NONE = new Map<string, number>();

function ledger(): Ledger {
  const made = new Ledger();
  made.addWriter("a", ["a:x", "a:y"]);
  made.addWriter("b", ["b:x"]);
  return made;
}

const values = (...pairs: readonly (readonly [string, string | null])[]) => new Map(pairs);
const served = (...pairs: readonly (readonly [string, string])[]) => new Map(pairs);

test("what was acknowledged must be there; what was only sent may be", () => {
  for (const last of ["1", "2"]) {
    const one = ledger();
    one.send("a", values(["a:x", "1"]), NONE);
    one.send("a", values(["a:x", "2"]), NONE);
    one.learn("a", 1, EVIDENCE);
    const verdict = one.judge(served(["a:x", last]), NOTHING);
    expect(verdict).toMatchObject({ wrongs: [], lost: 0, unknown: 1 });
    expect(verdict.unknownServed).toBe(last === "2" ? 1 : 0);
  }
  const other = ledger();
  other.send("a", values(["a:x", "1"]), NONE);
  other.learn("a", 1, EVIDENCE);
  expect(other.judge(served(), NOTHING)).toMatchObject({
    wrongs: ["a's write 1 was acknowledged or shown; 0 is served"],
    lost: 1,
  });
});

test("a write is there as a whole, and so is everything before it", () => {
  const torn = ledger();
  torn.send("a", values(["a:x", "1"], ["a:y", "1"]), NONE);
  expect(torn.judge(served(["a:x", "1"]), NOTHING).wrongs).toHaveLength(1);
  const hole = ledger();
  hole.send("a", values(["a:x", "1"]), NONE);
  hole.send("a", values(["a:y", "2"]), NONE);
  expect(hole.judge(served(["a:y", "2"]), NOTHING).wrongs).toHaveLength(1);
  const invented = ledger();
  expect(invented.judge(served(["a:x", "0"]), NOTHING).wrongs).toHaveLength(1);
});

test("a removal counts as any other write", () => {
  const one = ledger();
  one.send("a", values(["a:x", "1"]), NONE);
  one.send("a", values(["a:x", null]), NONE);
  one.learn("a", 2, EVIDENCE);
  expect(one.judge(served(), NOTHING).wrongs).toEqual([]);
  const other = ledger();
  other.send("a", values(["a:x", "1"]), NONE);
  other.send("a", values(["a:x", null]), NONE);
  other.learn("a", 2, EVIDENCE);
  expect(other.judge(served(["a:x", "1"]), NOTHING).wrongs).toHaveLength(1);
});

test("with a write there is what its sender had seen", () => {
  const one = ledger();
  one.send("b", values(["b:x", "1"]), NONE);
  one.send("a", values(["a:x", "1"]), new Map([["b", 1]]));
  expect(one.judge(served(["a:x", "1"]), NOTHING).wrongs).toEqual([
    "a's write 1 is there; b's write 1, seen before, is not",
  ]);
});

test("a write that changes nothing need not be there where it may be lost", () => {
  const judge = (allowances: readonly Allowance[]): readonly string[] => {
    const one = ledger();
    one.send("b", values(["b:x", "1"]), NONE);
    one.learn("b", 1, EVIDENCE);
    one.send("a", values(["a:x", null]), new Map([["b", 1]]));
    one.learn("a", 1, EVIDENCE);
    return one.judge(served(), allowances).wrongs;
  };
  expect(judge([])).toEqual([]);
  expect(judge(NOTHING)).toEqual([
    "a's write 1 is there; b's write 1, seen before, is not",
    "b's write 1 was acknowledged or shown; 0 is served",
  ]);
});

test("a span of what was acknowledged last may be lost where the policy says so", () => {
  const lose = (spanMs: number): readonly string[] => {
    const one = ledger();
    for (const [number, atMs] of [1000, 2000, 4000].entries()) {
      one.send("a", values(["a:x", String(number + 1)]), NONE);
      one.learn("a", number + 1, { askedMs: atMs - 10, atMs });
    }
    return one.judge(served(["a:x", "1"]), [{ lose: "span", spanMs }]).wrongs;
  };
  expect(lose(2000)).toEqual([]);
  expect(lose(1900)).toEqual(["acknowledged writes of 1990 ms are lost"]);
});

test("what may be lost depends on when it was learned, and every allowance counts", () => {
  const judge = (...allowances: readonly Allowance[]): readonly string[] => {
    const one = ledger();
    for (const [number, atMs] of [1000, 2000, 5000].entries()) {
      one.send("a", values(["a:x", String(number + 1)]), NONE);
      one.learn("a", number + 1, { askedMs: atMs - 10, atMs });
    }
    return one.judge(served(["a:x", "1"]), allowances).wrongs;
  };
  const span = { lose: "span", spanMs: 1000 } as const;
  expect(judge()).toEqual([]);
  expect(judge({ lose: "nothing", untilMs: 2000 })).toEqual([]);
  expect(judge({ lose: "nothing", untilMs: 2001 })).toEqual([
    "a's write 2 was acknowledged or shown; 1 is served",
  ]);
  expect(judge({ ...span, fromMs: 4000 })).toEqual([]);
  expect(judge({ ...span, untilMs: 5000 })).toEqual([]);
  expect(judge({ ...span, fromMs: 3900 })).toEqual(["acknowledged writes of 1090 ms are lost"]);
  expect(judge({ ...span, fromMs: 4000 }, { lose: "nothing" })).toHaveLength(1);
});

test("what is served was written by somebody", () => {
  expect(ledger().judge(served(["a:z", "1"]), []).wrongs).toEqual([
    "nobody wrote a:z, which is served",
  ]);
});

test("after a judgement what was served is what must stay", () => {
  const one = ledger();
  one.send("a", values(["a:x", "1"]), NONE);
  expect(one.judge(served(["a:x", "1"]), NOTHING).wrongs).toEqual([]);
  expect(one.judge(served(), NOTHING).wrongs).toHaveLength(1);
  expect(one.valueAfter("a", 1, "a:x")).toBe(null);
  expect(one.send("a", values(["a:x", "2"]), NONE)).toBe(2);
  expect(one.valueAfter("a", 2, "a:x")).toBe("2");
});

test("a counter has reached what anybody was told, and is the same in all its keys", () => {
  const judge = (first: string, second: string): readonly string[] => {
    const one = new Ledger();
    const counter = one.addCounter(["p", "q"]);
    for (let i = 0; i < 3; i++) counter.attempt();
    counter.learn(2, EVIDENCE);
    return one.judge(served(["p", first], ["q", second]), NOTHING).wrongs;
  };
  expect(judge("2", "2")).toEqual([]);
  expect(judge("3", "3")).toEqual([]);
  expect(judge("3", "2")).toEqual(["a transaction is torn: p and q are 3 and 2"]);
  expect(judge("1", "1")).toEqual(["p and q was known to be 2; 1 is served"]);
  const fallen = new Ledger();
  fallen.addCounter(["p"]).attempt();
  expect(fallen.judge(served(["p", "1"]), []).wrongs).toEqual([]);
  expect(fallen.judge(served(), []).wrongs).toEqual(["p lasted as 1; 0 is served"]);
  expect(judge("4", "4")).toEqual(["p and q is 4, and was raised to 3 at most"]);
});
