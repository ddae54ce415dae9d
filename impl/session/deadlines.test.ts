import fc from "fast-check";
import { expect, it } from "vitest";
import { Deadlines } from "./deadlines.ts";
import { Session } from "./session.ts";

const FACTS = { address: "", localAddress: "", fd: 0 };

function sessions(count: number): Session[] {
  return Array.from({ length: count }, (_, i) => new Session(i, FACTS, 0, true));
}

/** Takes all that are due. */
function takeDue(deadlines: Deadlines, nowMs: number): number[] {
  const ids: number[] = [];
  for (let due = deadlines.due(nowMs); due !== null; due = deadlines.due(nowMs)) {
    deadlines.remove(due);
    deadlines.verifyInvariants();
    ids.push(due.id);
  }
  return ids;
}

it("gives those whose time is up, the earliest first", () => {
  const [a, b, c] = sessions(3);
  const deadlines = new Deadlines();
  deadlines.add(a!, 30);
  deadlines.add(b!, 10);
  deadlines.add(c!, 20);
  expect(takeDue(deadlines, 9)).toEqual([]);
  expect(takeDue(deadlines, 20)).toEqual([1, 2]);
  expect(deadlines.size).toBe(1);
  deadlines.remove(b!);
  expect(takeDue(deadlines, 30)).toEqual([0]);
});

it("is a sorted list, whatever is added, removed and taken", () => {
  const step = fc.record({ what: fc.constantFrom("add", "remove", "take"), n: fc.nat(19) });
  const property = fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const all = sessions(20);
    const deadlines = new Deadlines();
    let plainly: { id: number; untilMs: number }[] = [];
    let nowMs = 0;
    for (const { what, n } of steps) {
      const isThere = plainly.some(({ id }) => id === n);
      if (what === "add" && !isThere) {
        const untilMs = nowMs + (n % 5);
        deadlines.add(all[n]!, untilMs);
        plainly.push({ id: n, untilMs });
      } else if (what === "remove") {
        deadlines.remove(all[n]!);
        plainly = plainly.filter(({ id }) => id !== n);
      } else if (what === "take") {
        nowMs += n % 3;
        const due = plainly.filter(({ untilMs }) => untilMs <= nowMs);
        const expected = due.sort((x, y) => x.untilMs - y.untilMs).map(({ id }) => id);
        expect(takeDue(deadlines, nowMs)).toEqual(expected);
        plainly = plainly.filter(({ untilMs }) => untilMs > nowMs);
      }
      deadlines.verifyInvariants();
      expect(deadlines.size).toBe(plainly.length);
    }
  });
  fc.assert(property, { numRuns: 300 });
});
