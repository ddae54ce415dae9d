import fc from "fast-check";
import { expect, test } from "vitest";
import { Keyspace, ROOTED } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import { RdbReader } from "../../rdb/reader.ts";
import { RdbWriter } from "../../rdb/writer.ts";
import { Request } from "../../resp/request.ts";
import { VALUE_TYPES } from "../index.ts";
import { rootedValues } from "../rooted.ts";
import { ListView, listViews } from "./view.ts";

const KEY = Buffer.from("key");
const OTHER = Buffer.from("other");
/** Changes that grow the list and changes that shrink it come in turns of so many. */
const TURN = 40;

/** A keyspace whose arena runs out of memory when it is told to. */
class Small {
  readonly keyspace = new Keyspace({ hashKey: [1, 2], segmentBytes: 65_536, rooted: rootedValues });
  /** Allocations that succeed before one fails. */
  fuel = Number.POSITIVE_INFINITY;
  failures = 0;

  constructor() {
    const { arena } = this.keyspace;
    const allocate = arena.allocate.bind(arena);
    arena.allocate = (byteLength) => {
      if (this.fuel-- <= 0) {
        this.failures++;
        throw new OutOfMemory("no fuel");
      }
      return allocate(byteLength);
    };
  }

  /** True when `step` ran through, false when it ran out of memory. */
  attempt(fuel: number, step: () => void): boolean {
    this.fuel = fuel;
    try {
      step();
      return true;
    } catch (error) {
      if (error instanceof OutOfMemory) return false;
      throw error;
    } finally {
      this.fuel = Number.POSITIVE_INFINITY;
    }
  }
}

function requestOf(items: readonly string[]): Request {
  const request = new Request();
  request.bytes = Buffer.from(items.join(""), "latin1");
  let at = 0;
  for (const item of items) {
    request.push(at, item.length);
    at += item.length;
  }
  return request;
}

function elementsOf(list: ListView): string[] {
  const items: string[] = [];
  for (let more = list.seek(0); more; more = list.next()) {
    const { bytes, offset, length } = list.read();
    items.push(Buffer.from(bytes.subarray(offset, offset + length)).toString("latin1"));
  }
  return items;
}

const step = fc.record({
  what: fc.constantFrom("push", "push", "insert", "replace", "delete", "remove", "trim", "copy"),
  where: fc.nat(),
  count: fc.integer({ min: 1, max: 9 }),
  front: fc.boolean(),
  length: fc.constantFrom(1, 1, 2, 20, 20, 1300, 5000),
  fuel: fc.constantFrom(0, 1, 2, 3, 99, 99, 99, 99),
});

for (const fill of [2, 5, 40, -1]) {
  test(`every sequence of changes is what it would be on an array: fill ${fill}`, () => {
    let failures = 0;
    const met = new Set<number>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 160, size: "max" }), (steps) => {
        const small = new Small();
        const { keyspace } = small;
        const list = new ListView(keyspace, 3);
        list.setFill(fill);
        list.create(KEY, 0, KEY.length);
        list.push(KEY, 0, KEY.length, true);
        let model = ["key"];
        for (const [index, { what, where, count, front, length, fuel }] of steps.entries()) {
          const ref = keyspace.find(KEY, 0, KEY.length);
          list.open(ref);
          const growing = Math.floor(index / TURN) % 2 === 0;
          const item = length < 3 ? String(where % 10 ** length) : "x".repeat(length);
          const bytes = Buffer.from(item, "latin1");
          const position = where % model.length;
          if (what === "push") {
            const items = Array.from({ length: growing ? count : 1 }, (_, i) => `${item}${i % 3}`);
            const request = requestOf(items);
            const push = () => list.pushArguments(request, 0, request.argc, front);
            if (small.attempt(fuel, push)) {
              model = front ? [...items.toReversed(), ...model] : [...model, ...items];
            }
          } else if (what === "insert") {
            const insert = () => list.insert(position + 1, bytes, 0, bytes.length);
            if (small.attempt(fuel, insert)) model.splice(position + 1, 0, item);
          } else if (what === "replace") {
            const replace = () => list.replace(position, bytes, 0, bytes.length);
            if (small.attempt(fuel, replace)) model[position] = item;
          } else if (what === "delete" || (what === "trim" && !growing)) {
            const most = what === "trim" ? model.length : growing ? 1 : count;
            const some = Math.min(most, model.length - position, model.length - 1);
            expect(small.attempt(fuel, () => list.deleteRange(position, some))).toBe(true);
            model.splice(position, some);
          } else if (what === "remove") {
            const wanted = model[position]!;
            list.want(Buffer.from(wanted, "latin1"), 0, wanted.length);
            const most = Math.min(count, model.filter((one) => one !== wanted).length);
            let removed = 0;
            small.attempt(fuel, () => {
              removed = list.remove(most, front);
            });
            const places = [...model.keys()].filter((at) => model[at] === wanted);
            const gone = new Set((front ? places.toReversed() : places).slice(0, most));
            expect(removed).toBe(gone.size);
            model = model.filter((_, at) => !gone.has(at));
          } else if (what === "copy") {
            const copy = () =>
              void VALUE_TYPES.list.copy(keyspace, ref, keyspace, OTHER, 0, OTHER.length);
            if (small.attempt(fuel, copy)) {
              // Made by the keyspace's own view, whose nodes are larger.
              const copied = listViews.of(keyspace);
              copied.open(keyspace.find(OTHER, 0, OTHER.length));
              copied.verify();
              expect(elementsOf(copied)).toEqual(model);
            }
          }
          const now = keyspace.find(KEY, 0, KEY.length);
          list.open(now);
          list.verify();
          expect(list.length).toBe(model.length);
          met.add(keyspace.encoding(now));
        }
        list.open(keyspace.find(KEY, 0, KEY.length));
        expect(elementsOf(list)).toEqual(model);
        keyspace.verifyInvariants();
        keyspace.forEach((ref) => {
          if (keyspace.isRooted(ref))
            expect(VALUE_TYPES.list.heldBytes(keyspace, ref, 0)).toBeGreaterThan(31);
        });
        for (const key of [KEY, OTHER]) {
          const ref = keyspace.find(key, 0, key.length);
          if (ref !== 0) keyspace.remove(ref);
        }
        while (keyspace.detachedCount > 0) {
          keyspace.reclaim(3);
          keyspace.verifyInvariants();
        }
        expect(keyspace.arena.liveBytes).toBe(0);
        failures += small.failures;
      }),
      { numRuns: 25 },
    );
    expect(failures).toBeGreaterThan(0);
    expect(met).toEqual(new Set([0, ROOTED]));
  });
}

test("a list in its entry gives back what it does not need", () => {
  const { keyspace } = new Small();
  const list = new ListView(keyspace);
  list.create(KEY, 0, KEY.length);
  for (let i = 0; i < 300; i++) list.push(OTHER, 0, OTHER.length, i % 2 === 0);
  const full = keyspace.entryBytes(list.ref);
  list.deleteRange(0, 298);
  expect(keyspace.entryBytes(list.ref)).toBeLessThan(full / 8);
  list.verify();
});

/** What a node of a quicklist is written as. */
function nodes(...written: ReadonlyArray<readonly [container: number, bytes: Uint8Array]>): Buffer {
  const writer = new RdbWriter();
  writer.length(written.length);
  for (const [container, bytes] of written) {
    writer.length(container);
    writer.string(bytes, 0, bytes.length);
  }
  return Buffer.from(writer.bytes());
}

function loaded(bytes: Uint8Array): { readonly items: string[]; readonly damage: string | null } {
  const small = new Small();
  const reader = new RdbReader(bytes);
  const ref = VALUE_TYPES.list.load(reader, 18, small.keyspace, KEY, 0, KEY.length);
  const list = new ListView(small.keyspace);
  if (ref !== 0) {
    list.open(ref);
    list.verify();
  }
  const items = ref === 0 ? [] : elementsOf(list);
  if (ref !== 0) small.keyspace.remove(ref);
  while (small.keyspace.detachedCount > 0) small.keyspace.reclaim(64);
  expect(small.keyspace.arena.liveBytes).toBe(0);
  return { items, damage: reader.damage };
}

test("plain nodes, empty listpacks and numbers that are written as texts are read as Redis does", () => {
  const empty = Uint8Array.of(7, 0, 0, 0, 0, 0, 255);
  const five = Uint8Array.of(10, 0, 0, 0, 1, 0, 0x81, 0x35, 2, 255);
  expect(loaded(nodes([1, Buffer.from("17")], [2, empty], [2, five]))).toEqual({
    items: ["17", "5"],
    damage: null,
  });
  expect(loaded(nodes([2, five]))).toEqual({ items: ["5"], damage: null });
});

test.each([
  ["no node", nodes()],
  ["empty listpacks only", nodes([2, Uint8Array.of(7, 0, 0, 0, 0, 0, 255)])],
  ["an unknown container", nodes([3, KEY])],
  ["a plain node without bytes", nodes([1, new Uint8Array(0)])],
  ["no listpack", nodes([1, KEY], [2, KEY])],
])("%s is no list", (_, bytes) => {
  expect(loaded(bytes)).toEqual({ items: [], damage: expect.any(String) });
});
