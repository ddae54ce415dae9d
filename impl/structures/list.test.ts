import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena } from "../engine/arena.ts";
import { List } from "./list.ts";
import { appendEntry, makeListpack } from "./listpack.ts";
import { PackedReading } from "./packed-reading.ts";
import { PackedValue } from "./packed-value.ts";
import { FailingArena, verifyBlocks } from "./testing.ts";

const value = new PackedValue();
const reading = new PackedReading();

function packed(text: string): PackedValue {
  const bytes = Buffer.from(text, "latin1");
  value.setText(bytes, 0, bytes.length);
  return value;
}

function current(list: List): string {
  list.read(reading);
  const { bytes, offset, length } = reading.text();
  return Buffer.from(bytes.subarray(offset, offset + length)).toString("latin1");
}

function forwards(list: List): string[] {
  const texts: string[] = [];
  for (let more = list.seek(0); more; more = list.next()) texts.push(current(list));
  return texts;
}

function backwards(list: List): string[] {
  const texts: string[] = [];
  for (let more = list.seek(-1); more; more = list.previous()) texts.unshift(current(list));
  return texts;
}

const step = fc.record({
  what: fc.constantFrom("front", "back", "insert", "insert", "replace", "delete", "trim", "leaf"),
  where: fc.nat(),
  count: fc.integer({ min: 1, max: 9 }),
  length: fc.constantFrom(0, 1, 2, 3, 30, 5000, 70_000),
  fuel: fc.constantFrom(0, 1, 2, 3, 99, 99, 99, 99),
});

for (const fill of [1, 3, 16, -1]) {
  test(`every sequence of changes is what it would be on an array: fill ${fill}`, () => {
    let failures = 0;
    let leaves = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 200, size: "max" }), (steps) => {
        const arena = new FailingArena(64 * 1024);
        const list = new List(arena, 3);
        list.setFill(fill);
        const ref = list.create();
        let model: string[] = [];
        for (const [index, { what, where, count, length, fuel }] of steps.entries()) {
          list.open(ref);
          // Growth and shrinking take turns, so that the tree comes far both ways.
          const growing = Math.floor(index / 50) % 2 === 0;
          const repeat = growing ? count : 1;
          const text = length < 3 ? String(where % 10 ** (length + 1)) : "x".repeat(length);
          const position = where % (model.length + 1);
          if (what === "front" || what === "back" || what === "insert") {
            for (let i = 0; i < repeat; i++) {
              const at = what === "front" ? 0 : what === "back" ? model.length : position;
              const put = i === 0 ? text : String(i);
              if (!arena.attempt(fuel, () => list.insert(at, packed(put)))) continue;
              model.splice(at, 0, put);
            }
          } else if (what === "replace" && position < model.length) {
            if (arena.attempt(fuel, () => list.replace(position, packed(text)))) {
              model[position] = text;
            }
          } else if (what === "delete") {
            const some = Math.min(growing ? 1 : count * 2, model.length - position);
            expect(arena.attempt(fuel, () => list.deleteRange(position, some))).toBe(true);
            model.splice(position, some);
          } else if (what === "trim" && !growing) {
            const keep = model.length - (where % Math.max(1, model.length >>> 2));
            list.deleteRange(keep, model.length - keep);
            model = model.slice(0, keep);
          } else if (what === "leaf") {
            const leaf = new Uint8Array(256);
            makeListpack(leaf, 16);
            for (let i = 0; i < count; i++) appendEntry(leaf, 16, packed(String(i)));
            if (arena.attempt(fuel, () => list.appendListpack(leaf, 16))) {
              for (let i = 0; i < count; i++) model.push(String(i));
            }
          }
          list.open(ref);
          list.verifyInvariants();
          expect(list.length).toBe(model.length);
          expect(list.bytesHeld).toBe(arena.liveBytes);
          expect(list.seek(position)).toBe(position < model.length);
          if (position < model.length) expect(current(list)).toBe(model[position]);
          leaves = Math.max(leaves, list.leaves);
        }
        expect(forwards(list)).toEqual(model);
        expect(backwards(list)).toEqual(model);
        verifyBlocks(arena, [list]);
        failures += arena.failures;
        for (let calls = 0; ; calls++) {
          list.open(ref);
          if (list.release(1 + (calls % 3))) break;
          expect(calls).toBeLessThan(5000);
          list.open(ref);
          verifyBlocks(arena, [list]);
        }
        expect(arena.liveBytes).toBe(0);
      }),
      { numRuns: 25 },
    );
    expect(failures).toBeGreaterThan(0);
    expect(leaves).toBeGreaterThan(fill === -1 ? 9 : 15);
  });
}

test("what is pushed at the ends fills its leaves", () => {
  for (const front of [true, false]) {
    const list = new List(new Arena(64 * 1024), 3);
    list.setFill(4);
    list.create();
    for (let i = 0; i < 400; i++) list.insert(front ? 0 : list.length, packed(String(i)));
    expect(list.leaves).toBe(100);
    list.verifyInvariants();
    while (list.length > 0) list.deleteRange(front ? 0 : list.length - 1, 1);
    expect(list.leaves).toBe(0);
    list.verifyInvariants();
  }
});

test("a list that has shrunk in the middle of its leaves is packed again", () => {
  const list = new List(new Arena(64 * 1024), 3);
  list.setFill(8);
  list.create();
  for (let i = 0; i < 800; i++) list.insert(list.length, packed(String(i)));
  for (let i = 0; i < 100; i++) list.deleteRange(i, 7);
  expect(forwards(list)).toEqual(Array.from({ length: 100 }, (_, i) => String(i * 8 + 7)));
  expect(list.leaves).toBeLessThan(60);
  list.verifyInvariants();
});

test("the fill of the directive bounds bytes, or entries and bytes", () => {
  for (const [fill, mostBytes] of [
    [-1, 4096],
    [-2, 8192],
    [-5, 65_536],
    [10_000, 8192],
  ] as const) {
    const arena = new Arena(1024 * 1024);
    const list = new List(arena);
    list.setFill(fill);
    list.create();
    for (let i = 0; i < 10_000; i++) list.insert(list.length, packed(`element ${10_000 + i}`));
    const perLeaf = 10_000 / list.leaves;
    const entryBytes = "element 10000".length + 2;
    expect(perLeaf * entryBytes).toBeLessThanOrEqual(mostBytes);
    expect(perLeaf * entryBytes).toBeGreaterThan(mostBytes * 0.7);
    list.verifyInvariants();
  }
});
