import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena } from "../engine/arena.ts";
import { Elements } from "./elements.ts";
import { ScoreOrder } from "./score-order.ts";
import { FailingArena, verifyBlocks } from "./testing.ts";

const NO_BYTES = new Uint8Array(0);
const TINY = { mostSlots: 4, mostChildren: 3 };

interface Member {
  readonly name: string;
  score: number;
  readonly ref: number;
}

const before = (a: Member, b: Member): number =>
  a.score !== b.score ? a.score - b.score : a.name < b.name ? -1 : 1;

function create(elements: Elements, name: string, score: number): number {
  const bytes = Buffer.from(name, "latin1");
  const ref = elements.create(bytes, 0, bytes.length, NO_BYTES, 0, 0);
  elements.setScore(ref, score);
  return ref;
}

function forwards(order: ScoreOrder): number[] {
  const refs: number[] = [];
  for (let more = order.seekRank(0); more; more = order.next()) refs.push(order.element);
  return refs;
}

function backwards(order: ScoreOrder): number[] {
  const refs: number[] = [];
  for (let more = order.seekLast(); more; more = order.previous()) refs.unshift(order.element);
  return refs;
}

/** All elements from a rank on, in steps of five. */
function gathered(order: ScoreOrder, rank: number, backwards: boolean): number[] {
  const refs: number[] = [];
  order.seekRank(rank);
  for (;;) {
    const found = order.gather(5, backwards);
    if (found === 0) return refs;
    refs.push(...order.refs.subarray(0, found));
  }
}

/** The element at the cursor after a search. */
const found = (order: ScoreOrder, there: boolean): number => (there ? order.element : 0);

const anyScore = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(-0, 1.5, -1.5, 1e300, -1e300, 5e-324, -5e-324, 2 ** 53, 2 ** 53 + 2),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double({ noNaN: true }),
);

const step = fc.record({
  what: fc.constantFrom("add", "add", "add", "remove", "move", "run"),
  score: anyScore,
  pick: fc.nat(),
  count: fc.integer({ min: 1, max: 6 }),
  fuel: fc.constantFrom(0, 1, 2, 3, 99, 99, 99, 99),
});

for (const [kind, scoreOf] of [
  ["any scores", (score: number) => score],
  ["few scores", (score: number) => (score > 0 ? 1 : 0)],
  ["one score", () => 7],
  ["ascending scores", (_score: number, serial: number) => serial],
] as const) {
  test(`every sequence of changes is what it would be on a sorted list: ${kind}`, () => {
    let failures = 0;
    let leaves = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 200, size: "max" }), (steps) => {
        const arena = new FailingArena(64 * 1024);
        const elements = new Elements(arena, true);
        const order = new ScoreOrder(arena, elements, TINY);
        const ref = order.create();
        let model: Member[] = [];
        let serial = 0;
        for (const [index, { what, score: drawn, pick, count, fuel }] of steps.entries()) {
          order.open(ref);
          // Growth and shrinking take turns, so that the tree comes far both ways.
          const growing = Math.floor(index / 60) % 2 === 0;
          const chosen = model[pick % Math.max(1, model.length)];
          if (what === "add") {
            for (let i = growing ? count : 1; i > 0; i--) {
              const score = scoreOf(drawn, ++serial);
              const name = `${(pick + i * 7) % 100}:${serial}`;
              const element = create(elements, name, score);
              if (arena.attempt(fuel, () => order.insert(score, element))) {
                model.push({ name, score, ref: element });
              } else elements.free(element);
            }
          } else if (chosen !== undefined && what === "remove") {
            expect(arena.attempt(fuel, () => order.remove(chosen.score, chosen.ref))).toBe(true);
            model = model.filter((member) => member !== chosen);
            elements.free(chosen.ref);
          } else if (chosen !== undefined && what === "move") {
            const score = scoreOf(drawn, ++serial);
            if (arena.attempt(fuel, () => order.move(chosen.score, score, chosen.ref))) {
              chosen.score = score;
              elements.setScore(chosen.ref, score);
            }
          } else if (chosen !== undefined && !growing) {
            const rank = model.indexOf(chosen);
            order.seekRank(rank);
            const removed = order.removeRun(count * 3);
            const gone = model.slice(rank, rank + removed).map((member) => member.ref);
            expect([...order.taken.subarray(0, removed)]).toEqual(gone);
            for (const element of gone) elements.free(element);
            model.splice(rank, removed);
          }
          model.sort(before);
          order.open(ref);
          order.verifyInvariants();
          expect(order.length).toBe(model.length);
          leaves = Math.max(leaves, order.leaves);
          const member = model[pick % Math.max(1, model.length)];
          if (member !== undefined) {
            expect(order.seekElement(member.score, member.ref)).toBe(true);
            expect(order.rank()).toBe(model.indexOf(member));
            expect(found(order, order.seekRank(model.indexOf(member)))).toBe(member.ref);
            expect(order.score).toBe(member.score + 0);
          }
          for (const exclusive of [false, true]) {
            const there = order.seekScore(drawn, exclusive);
            const next = model.find(({ score }) => (exclusive ? score > drawn : score >= drawn));
            expect(found(order, there)).toBe(next?.ref ?? 0);
          }
        }
        expect(forwards(order)).toEqual(model.map((member) => member.ref));
        expect(backwards(order)).toEqual(model.map((member) => member.ref));
        if (new Set(model.map(({ score }) => score)).size === 1) {
          for (const { name } of [...model, { name: "" }, { name: "5" }, { name: "zzz" }]) {
            for (const exclusive of [false, true]) {
              const bytes = Buffer.from(name, "latin1");
              const there = order.seekName(bytes, 0, bytes.length, exclusive);
              const next = model.find(
                (other) => other.name > name || (!exclusive && other.name === name),
              );
              expect(found(order, there)).toBe(next?.ref ?? 0);
            }
          }
        }
        const middle = model.length >>> 1;
        expect(gathered(order, middle, false)).toEqual(model.slice(middle).map(({ ref }) => ref));
        const down = model.slice(0, middle + 1).map(({ ref }) => ref);
        expect(gathered(order, middle, true).reverse()).toEqual(down);
        failures += arena.failures;
        for (const member of model) elements.free(member.ref);
        expect(order.bytesHeld).toBe(arena.liveBytes);
        verifyBlocks(arena, [order]);
        for (let calls = 0; ; calls++) {
          order.open(ref);
          if (order.release(1 + (calls % 3))) break;
          expect(calls).toBeLessThan(5000);
          order.open(ref);
          verifyBlocks(arena, [order]);
        }
        expect(arena.liveBytes).toBe(0);
      }),
      { numRuns: 25 },
    );
    expect(failures).toBeGreaterThan(0);
    expect(leaves).toBeGreaterThan(15);
  });
}

test("scores are in order at every border, and -0 is 0", () => {
  const arena = new Arena(64 * 1024);
  const elements = new Elements(arena, true);
  const order = new ScoreOrder(arena, elements);
  order.create();
  const scores = [
    Number.NEGATIVE_INFINITY,
    -Number.MAX_VALUE,
    -(2 ** 32) - 3000,
    -(2 ** 32) - 1000,
    -1,
    -Number.MIN_VALUE,
    0,
    Number.MIN_VALUE,
    2.5,
    2 ** 32,
    2 ** 32 + 0.5,
    2 ** 32 + 1000,
    2 ** 32 + 3000,
    Number.MAX_VALUE,
    Number.POSITIVE_INFINITY,
  ];
  const refs = scores.map((score) => create(elements, "m", score));
  for (let i = 0; i < scores.length; i++) {
    const k = (i * 7) % scores.length;
    order.insert(scores[k]!, refs[k]!);
  }
  expect(forwards(order)).toEqual(refs);
  order.verifyInvariants();
  expect(found(order, order.seekScore(-0, false))).toBe(refs[6]);
  expect(found(order, order.seekScore(-0, true))).toBe(refs[7]);
  expect(order.seekScore(Number.POSITIVE_INFINITY, true)).toBe(false);
  order.move(0, -0, refs[6]!);
  expect(order.seekElement(-0, refs[6]!)).toBe(true);
});

test("what is added in ascending order fills its leaves", () => {
  const arena = new Arena(64 * 1024);
  const elements = new Elements(arena, true);
  const order = new ScoreOrder(arena, elements, TINY);
  order.create();
  for (let i = 0; i < 400; i++) order.insert(i, create(elements, `m${i}`, i));
  expect(order.leaves).toBe(100);
});

test("names that differ in bytes above 127, or in length only, are in their order", () => {
  const arena = new Arena(64 * 1024);
  const elements = new Elements(arena, true);
  const order = new ScoreOrder(arena, elements, TINY);
  order.create();
  const names = ["", "a", "a\0", "aa", "b", "\x7f", "\x80", "\xff", "\xff\xff"];
  const refs = names.map((name) => create(elements, name, 1));
  for (const i of [4, 2, 8, 0, 6, 1, 3, 5, 7]) order.insert(1, refs[i]!);
  expect(forwards(order)).toEqual(refs);
});
