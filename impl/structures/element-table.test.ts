import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../testing/random.ts";
import { Arena } from "../engine/arena.ts";
import { ElementTable } from "./element-table.ts";
import { FailingArena, verifyBlocks } from "./testing.ts";

const HASH_KEY = [1, 2] as const;
const TINY = { hashKey: HASH_KEY, scored: false, minSlots: 4, slotsPerStep: 2 };

/** Names crowd in eight homes, so that they displace each other. */
class WeakTable extends ElementTable {
  override hash(bytes: Uint8Array, offset: number, length: number): number {
    return super.hash(bytes, offset, length) & 7;
  }
}

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

function find(table: ElementTable, name: string): number {
  const bytes = latin1(name);
  return table.find(table.hash(bytes, 0, bytes.length), bytes, 0, bytes.length);
}

function set(table: ElementTable, name: string, value: string): void {
  const bytes = latin1(name);
  const held = latin1(value);
  const hash = table.hash(bytes, 0, bytes.length);
  if (table.find(hash, bytes, 0, bytes.length) !== 0) table.setValue(held, 0, held.length);
  else table.add(hash, bytes, 0, bytes.length, held, 0, held.length);
}

function remove(table: ElementTable, name: string): boolean {
  if (find(table, name) === 0) return false;
  table.remove();
  return true;
}

function nameOf(table: ElementTable, ref: number): string {
  const { elements } = table;
  const at = elements.nameOffset(ref);
  return Buffer.from(elements.bytes(ref).subarray(at, at + elements.nameLength(ref))).toString(
    "latin1",
  );
}

function textOf(table: ElementTable, ref: number): string {
  const { elements } = table;
  const at = elements.valueOffset(ref);
  return Buffer.from(elements.bytes(ref).subarray(at, at + elements.valueLength(ref))).toString(
    "latin1",
  );
}

function contents(table: ElementTable): Map<string, string> {
  const all = new Map<string, string>();
  for (let position = 0; position !== -1; ) {
    position = table.gather(position);
    for (const ref of table.refs.subarray(0, table.found)) {
      expect(all.has(nameOf(table, ref))).toBe(false);
      all.set(nameOf(table, ref), textOf(table, ref));
    }
  }
  return all;
}

function sorted(map: ReadonlyMap<string, string>): ReadonlyArray<readonly [string, string]> {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A scan that runs along with changes: what is there from its beginning to its end is found. */
class Scan {
  cursor = 0;
  readonly owed: Set<string>;

  constructor(names: Iterable<string>) {
    this.owed = new Set(names);
  }

  /** True at the end. */
  step(table: ElementTable): boolean {
    this.cursor = table.scan(this.cursor);
    for (const ref of table.refs.subarray(0, table.found)) this.owed.delete(nameOf(table, ref));
    if (this.cursor === 0) expect([...this.owed]).toEqual([]);
    return this.cursor === 0;
  }
}

const step = fc.record({
  what: fc.constantFrom("grow", "grow", "shrink", "set", "delete", "draw", "scan"),
  name: fc.nat(99),
  length: fc.constantFrom(0, 3, 11, 12, 13, 40, 70_000),
  fuel: fc.constantFrom(0, 1, 2, 99, 99, 99, 99),
});

for (const [kind, Kind] of [
  ["scattered", ElementTable],
  ["crowded", WeakTable],
] as const) {
  test(`every sequence of changes is what it would be on a map: ${kind} names`, () => {
    let failures = 0;
    let rehashes = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 150, size: "max" }), (steps) => {
        const arena = new FailingArena(64 * 1024);
        const table = new Kind(arena, TINY);
        const ref = table.create();
        const model = new Map<string, string>();
        let scan = new Scan([]);
        let fresh = 0;
        for (const [index, { what, name, length, fuel }] of steps.entries()) {
          // Growth and shrinking take turns, so that tables come far both ways.
          const growing = Math.floor(index / 40) % 2 === 0;
          table.open(ref);
          const names = [...model.keys()];
          const known = names[name % Math.max(1, names.length)] ?? "none";
          if (what === "grow" || what === "set") {
            for (let i = what === "grow" && growing ? 6 : 1; i > 0; i--) {
              const key = what === "grow" ? `name:${fresh++}` : known;
              const value = "v".repeat(i === 1 ? length : 0);
              if (arena.attempt(fuel, () => set(table, key, value))) model.set(key, value);
            }
          } else if (what === "draw") {
            const drawn = table.random({
              nextU32: () => (Math.imul(name + fresh, 0x9e3779b1) ^ fresh++) >>> 0,
            });
            if (drawn === 0) expect(model.size).toBe(0);
            else {
              const drawnName = nameOf(table, drawn);
              expect(textOf(table, drawn)).toBe(model.get(drawnName));
              table.remove();
              model.delete(drawnName);
              scan.owed.delete(drawnName);
            }
          } else if (what === "scan") {
            if (scan.step(table)) scan = new Scan(model.keys());
          } else {
            for (let i = 0; i < (what === "shrink" && !growing ? 8 : 1); i++) {
              const gone = names[(name + i) % Math.max(1, names.length)] ?? "none";
              let removed = false;
              expect(
                arena.attempt(fuel, () => {
                  removed = remove(table, gone);
                }),
              ).toBe(true);
              expect(removed).toBe(model.delete(gone));
              scan.owed.delete(gone);
            }
          }
          if (table.rehashing) rehashes++;
          table.open(ref);
          table.verifyInvariants();
          expect(table.count).toBe(model.size);
          expect(table.bytesHeld).toBe(arena.liveBytes);
        }
        expect(sorted(contents(table))).toEqual(sorted(model));
        verifyBlocks(arena, [table]);
        failures += arena.failures;
        for (let calls = 0; !table.release(1 + (calls % 3)); calls++) {
          expect(calls).toBeLessThan(1000);
          verifyBlocks(arena, [table]);
          table.open(ref);
        }
        expect(arena.liveBytes).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(failures).toBeGreaterThan(0);
    expect(rehashes).toBeGreaterThan(0);
  });
}

test("a scan keeps its promise through growth and shrinking", () => {
  for (const Kind of [ElementTable, WeakTable]) {
    const table = new Kind(new Arena(64 * 1024), TINY);
    table.create();
    for (let i = 0; i < 20; i++) set(table, `stays:${i}`, "");
    for (const upwards of [true, false]) {
      for (let pause = 0; pause < 6; pause++) {
        if (!upwards) for (let i = 0; i < 400; i++) set(table, `passes:${i}`, "");
        const scan = new Scan(Array.from({ length: 20 }, (_, i) => `stays:${i}`));
        for (let steps = 0; !scan.step(table); steps++) {
          for (let i = 0; i < 30; i++) {
            const name = `passes:${(steps * 30 + i + pause) % 400}`;
            if (upwards) set(table, name, "");
            else remove(table, name);
          }
        }
        for (let i = 0; i < 400; i++) remove(table, `passes:${i}`);
        table.verifyInvariants();
        expect(table.count).toBe(20);
      }
    }
  }
});

test("a random element is uniform, while elements migrate too", () => {
  const table = new ElementTable(new Arena(64 * 1024), { ...TINY, slotsPerStep: 1 });
  table.create();
  for (let i = 0; i < 97; i++) set(table, String(i), "");
  expect(table.rehashing).toBe(true);
  const random = seededRandom(7);
  const drawn = new Map<string, number>();
  const draws = 97 * 200;
  for (let i = 0; i < draws; i++) {
    const ref = table.random(random);
    drawn.set(nameOf(table, ref), (drawn.get(nameOf(table, ref)) ?? 0) + 1);
  }
  let chiSquare = 0;
  for (let i = 0; i < 97; i++) chiSquare += ((drawn.get(String(i)) ?? 0) - 200) ** 2 / 200;
  // 96 degrees of freedom: above 150 once in 3000 seeds.
  expect(chiSquare).toBeLessThan(150);
});

test("when nearly all slots are empty and nothing is drawn, an element is counted out", () => {
  const table = new ElementTable(new Arena(64 * 1024), TINY);
  table.create();
  set(table, "only", "");
  const hash = table.hash(latin1("only"), 0, 4);
  // Draws a slot that is not the element's for ever.
  const ref = table.random({ nextU32: () => (hash & 3) ^ 1 });
  expect(nameOf(table, ref)).toBe("only");
});

test("lengths that do not fit in half a word, and scores, are kept", () => {
  const arena = new Arena(1024 * 1024);
  const table = new ElementTable(arena, { ...TINY, scored: true });
  table.create();
  const long = "n".repeat(65_535);
  for (const [name, score] of [
    ["short", -0],
    [long, 1.5],
    ["", Number.NEGATIVE_INFINITY],
  ] as const) {
    set(table, name, "");
    table.elements.setScore(find(table, name), score);
  }
  set(table, "just", "v".repeat(65_534));
  set(table, "over", "v".repeat(65_535));
  set(table, `${long.slice(1)}!`, "v".repeat(65_535));
  expect(textOf(table, find(table, `${long.slice(1)}!`))).toHaveLength(65_535);
  expect(table.elements.score(find(table, "short"))).toBe(-0);
  expect(table.elements.score(find(table, long))).toBe(1.5);
  expect(table.elements.score(find(table, ""))).toBe(Number.NEGATIVE_INFINITY);
  expect(textOf(table, find(table, "just"))).toHaveLength(65_534);
  expect(textOf(table, find(table, "over"))).toHaveLength(65_535);
  expect(nameOf(table, find(table, long))).toBe(long);
  set(table, "over", "short again");
  expect(textOf(table, find(table, "over"))).toBe("short again");
  table.verifyInvariants();
  verifyBlocks(arena, [table]);
});

test("a table that has memory of its own comes and goes like a small one", () => {
  const arena = new Arena(64 * 1024);
  const table = new ElementTable(arena, { ...TINY, slotsPerStep: 16 });
  const ref = table.create();
  const model = new Map<string, string>();
  for (let i = 0; i < 5000; i++) {
    set(table, `name:${i}`, String(i));
    model.set(`name:${i}`, String(i));
  }
  expect(table.slotCount * 8).toBeGreaterThan(16 * 1024);
  table.verifyInvariants();
  expect(sorted(contents(table))).toEqual(sorted(model));
  for (let i = 0; i < 4990; i++) remove(table, `name:${i}`);
  expect(table.slotCount).toBeLessThan(256);
  table.verifyInvariants();
  verifyBlocks(arena, [table]);
  for (let i = 0; i < 5000; i++) set(table, `again:${i}`, "");
  for (;;) {
    table.open(ref);
    if (table.release(100)) break;
  }
  expect(arena.liveBytes).toBe(0);
});

test("a table that cannot be made leaves nothing behind", () => {
  const arena = new FailingArena(64 * 1024);
  const table = new ElementTable(arena, TINY);
  for (const fuel of [0, 1]) expect(arena.attempt(fuel, () => table.create())).toBe(false);
  expect(arena.liveBytes).toBe(0);
  expect(arena.attempt(2, () => table.create())).toBe(true);
});

test("one view serves many tables, and each header keeps its word for the type", () => {
  const arena = new Arena(64 * 1024);
  const table = new ElementTable(arena, TINY);
  const refs = Array.from({ length: 10 }, () => table.create());
  for (let i = 0; i < 200; i++) {
    table.open(refs[i % 10]!);
    set(table, `name:${i}`, String(i));
    table.typeWord = i;
  }
  for (let k = 0; k < 10; k++) {
    table.open(refs[k]!);
    expect(table.typeWord).toBe(190 + k);
    expect(contents(table).size).toBe(20);
    table.verifyInvariants();
  }
});
