import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../testing/random.ts";
import type { Arena } from "../../engine/arena.ts";
import { Keyspace } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import type { RootedOwners } from "../../engine/rooted-values.ts";
import { RdbReader } from "../../rdb/reader.ts";
import { RdbWriter } from "../../rdb/writer.ts";
import { DEFAULT_LIMITS, type EncodingLimits } from "../limits.ts";
import { HashView, openHash } from "./hash-view.ts";
import { hashType } from "./index.ts";

const KEY = Buffer.from("key");
const COPY = Buffer.from("copy");
/** A few fields make a table, of a few slots. */
const LIMITS: EncodingLimits = {
  ...DEFAULT_LIMITS,
  hashMaxListpackEntries: 5,
  hashMaxListpackValueBytes: 20,
};
const TINY = { minSlots: 4, slotsPerStep: 2 };

/** A keyspace with hashes only. */
function emptyKeyspace(): Keyspace {
  const rooted = (arena: Arena, hashKey: readonly [number, number]): RootedOwners => {
    const view = new HashView(arena, hashKey, LIMITS, TINY);
    return {
      of: () => view,
      release: (kind, root, budget) => view.release(kind, root, budget),
      visitBlocks: (kind, root, visit) => view.visitBlocks(kind, root, visit),
    };
  };
  return new Keyspace({ hashKey: [1, 2], segmentBytes: 4096, initialSlots: 2, rooted });
}

/** Lets so many allocations of the keyspace succeed; true when `step` ran through. */
function attempt(keyspace: Keyspace, fuel: number, step: () => void): boolean {
  const { arena } = keyspace;
  const allocate = arena.allocate;
  let left = fuel;
  arena.allocate = (byteLength) => {
    if (left-- <= 0) throw new OutOfMemory("no fuel");
    return allocate.call(arena, byteLength);
  };
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof OutOfMemory) return false;
    throw error;
  } finally {
    arena.allocate = allocate;
  }
}

function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString("latin1");
}

function nameTextOf(hash: HashView): string {
  return textAt(hash.nameBytes, hash.nameOffset, hash.nameLength);
}

function valueTextOf(hash: HashView): string {
  return textAt(hash.valueBytes, hash.valueOffset, hash.valueLength);
}

/** All fields, in the order in which the view shows them. */
function fieldsOf(hash: HashView): Array<readonly [string, string]> {
  const fields: Array<readonly [string, string]> = [];
  for (hash.rewind(); hash.next(); ) fields.push([nameTextOf(hash), valueTextOf(hash)]);
  return fields;
}

/** The hash of a key beside the map that it should be; both may be empty, the hash then absent. */
class Pair {
  readonly keyspace = emptyKeyspace();
  readonly map = new Map<string, string>();
  wasTable = false;

  #ref(): number {
    return this.keyspace.find(KEY, 0, KEY.length);
  }

  open(): HashView {
    return openHash(this.keyspace, this.#ref());
  }

  set(name: string, value: string): void {
    const [field, content] = [Buffer.from(name, "latin1"), Buffer.from(value, "latin1")];
    const { keyspace } = this;
    const ref = this.#ref();
    const hash =
      ref === 0
        ? (keyspace.rooted.of(hashType.number) as HashView).create(
            keyspace,
            keyspace.hash(KEY, 0, KEY.length),
            KEY,
            0,
            KEY.length,
          )
        : this.open();
    try {
      const added = hash.set(field, 0, field.length, content, 0, content.length);
      expect(added).toBe(!this.map.has(name));
    } catch (error) {
      if (hash.length === 0) keyspace.remove(hash.ref);
      throw error;
    }
    this.map.set(name, value);
  }

  delete(name: string): void {
    if (this.map.size === 0) return;
    const field = Buffer.from(name, "latin1");
    const hash = this.open();
    expect(hash.delete(field, 0, field.length)).toBe(this.map.delete(name));
    if (hash.length === 0) this.keyspace.remove(hash.ref);
  }

  /** Copies the hash to another key, and back over itself. */
  copy(): void {
    const { keyspace } = this;
    if (this.map.size === 0) return;
    const copied = hashType.copy(keyspace, this.#ref(), keyspace, COPY, 0, COPY.length);
    expect(new Map(fieldsOf(openHash(keyspace, copied)))).toEqual(this.map);
    hashType.copy(keyspace, copied, keyspace, KEY, 0, KEY.length);
  }

  /** Saves the hash and loads it over itself. */
  reload(): void {
    const { keyspace } = this;
    if (this.map.size === 0) return;
    const writer = new RdbWriter();
    const rdbType = hashType.rdbType(keyspace, this.#ref());
    hashType.save(writer, keyspace, this.#ref());
    const reader = new RdbReader(writer.bytes());
    expect(hashType.load(reader, rdbType, keyspace, KEY, 0, KEY.length)).not.toBe(0);
    expect([reader.damage, reader.atEnd]).toEqual([null, true]);
    // A table of few short fields is small again, as in Redis, and keeps the order it had.
    this.wasTable = false;
    const fields = fieldsOf(this.open());
    expect(new Map(fields)).toEqual(this.map);
    this.map.clear();
    for (const [name, value] of fields) this.map.set(name, value);
  }

  check(): void {
    const { keyspace, map } = this;
    keyspace.verifyInvariants();
    const ref = this.#ref();
    expect(ref === 0).toBe(map.size === 0);
    if (ref === 0) {
      this.wasTable = false;
      return;
    }
    hashType.verify(keyspace, ref);
    const hash = this.open();
    const fields = fieldsOf(hash);
    // A small hash shows its fields in the order in which they came.
    if (!hash.isTable) expect(fields).toEqual([...map]);
    else expect(new Map(fields)).toEqual(map);
    expect([hash.length, fields.length]).toEqual([map.size, map.size]);
    const mustBeTable =
      this.wasTable ||
      map.size > LIMITS.hashMaxListpackEntries ||
      [...map].flat().some((text) => text.length > LIMITS.hashMaxListpackValueBytes);
    if (mustBeTable) expect(hash.isTable).toBe(true);
    this.wasTable = hash.isTable;
    for (const name of [...map.keys(), "nothing", "v"]) {
      const field = Buffer.from(name, "latin1");
      expect(hash.find(field, 0, field.length)).toBe(map.has(name));
      if (map.has(name)) expect(valueTextOf(hash)).toBe(map.get(name));
    }
    hash.beginDraws();
    hash.draw(random);
    expect(map.get(nameTextOf(hash))).toBe(valueTextOf(hash));
  }
}

const random = seededRandom(7);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40).map(String) },
  { weight: 3, arbitrary: fc.constantFrom("v", "", "a", "b", "-1", "0012", "\xff\0") },
  { weight: 1, arbitrary: fc.constantFrom(20, 21, 300).map((length) => "n".repeat(length)) },
);
const value = fc.oneof(
  { weight: 5, arbitrary: name },
  { weight: 1, arbitrary: fc.constantFrom(64, 5000, 70_000).map((length) => "v".repeat(length)) },
);
const step = fc.record({
  what: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("grow", "grow", "shrink", "set", "delete") },
    { weight: 1, arbitrary: fc.constantFrom("copy", "reload", "reclaim") },
  ),
  name,
  value,
  fuel: fc.constantFrom(0, 1, 2, 3, 5, 99, 99, 99, 99, 99),
});

test("every sequence of changes is what it would be on a map, however little memory there is", () => {
  let failures = 0;
  let tables = 0;
  let vanished = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: "max" }), (steps) => {
      const pair = new Pair();
      const { keyspace } = pair;
      for (const [index, { what, name, value, fuel }] of steps.entries()) {
        // Growth and shrinking take turns, so that hashes come far both ways.
        const growing = Math.floor(index / 30) % 2 === 0;
        const known = [...pair.map.keys()][index % Math.max(1, pair.map.size)] ?? name;
        const before = pair.map.size;
        const ran = attempt(keyspace, fuel, () => {
          if (what === "grow")
            for (let i = growing ? 5 : 1; i > 0; i--) pair.set(`${name}${i}`, value);
          else if (what === "set") pair.set(known, value);
          else if (what === "delete") pair.delete(name);
          else if (what === "shrink") {
            for (let i = growing ? 1 : 6; i > 0; i--) pair.delete([...pair.map.keys()][0] ?? name);
          } else if (what === "copy") pair.copy();
          else if (what === "reload") pair.reload();
          else keyspace.reclaim(3);
        });
        if (!ran) failures++;
        expect(ran || !["delete", "shrink", "reclaim"].includes(what)).toBe(true);
        pair.check();
        if (pair.wasTable) tables++;
        if (before > 0 && pair.map.size === 0) vanished++;
      }
      for (const key of [KEY, COPY]) {
        const ref = keyspace.find(key, 0, key.length);
        if (ref !== 0) keyspace.remove(ref);
      }
      while (keyspace.reclaim(100) === 0);
      expect([keyspace.size, keyspace.arena.liveBytes]).toEqual([0, 0]);
      keyspace.verifyInvariants();
    }),
    { numRuns: 150 },
  );
  expect([failures > 50, tables > 500, vanished > 5]).toEqual([true, true, true]);
});

test("loading that runs out of memory leaves the key as it was, and nothing behind", () => {
  const source = new Pair();
  for (let i = 0; i < 40; i++) source.set(`field${i}`, "v".repeat(i));
  const writer = new RdbWriter();
  const from = source.keyspace.find(KEY, 0, KEY.length);
  hashType.save(writer, source.keyspace, from);
  const rdbType = hashType.rdbType(source.keyspace, from);
  const pair = new Pair();
  pair.set("old", "1");
  let refused = 0;
  for (let fuel = 0; ; fuel++) {
    const ran = attempt(pair.keyspace, fuel, () => {
      const reader = new RdbReader(writer.bytes());
      hashType.load(reader, rdbType, pair.keyspace, KEY, 0, KEY.length);
    });
    if (ran) break;
    refused++;
    pair.check();
  }
  expect(refused).toBeGreaterThan(40);
  expect(new Map(fieldsOf(pair.open()))).toEqual(source.map);
});

test("each field is drawn as often as any other, while a table migrates too", () => {
  const pair = new Pair();
  const draws = 20_000;
  for (let size = 1; size <= 25; size++) {
    pair.set(`field${size}`, "v");
    if (![3, 13, 25].includes(size)) continue;
    const hash = pair.open();
    const counts = new Map<string, number>();
    hash.beginDraws();
    for (let i = 0; i < draws; i++) {
      hash.draw(random);
      counts.set(nameTextOf(hash), (counts.get(nameTextOf(hash)) ?? 0) + 1);
    }
    const expected = draws / size;
    const chiSquare = [...counts.values()].reduce(
      (sum, n) => sum + (n - expected) ** 2 / expected,
      0,
    );
    expect(counts.size).toBe(size);
    // 25 fields leave this behind once in a million runs.
    expect(chiSquare).toBeLessThan(70);
  }
});

test("a listpack from a file is refused unless it is names and values, each name once", () => {
  const keyspace = emptyKeyspace();
  const load = (...entries: readonly number[][]): string | null => {
    const body = entries.flat();
    const total = 7 + body.length;
    const bytes = [total, 0, 0, 0, entries.length, 0, ...body, 0xff];
    const reader = new RdbReader(Uint8Array.from([bytes.length, ...bytes]));
    const ref = hashType.load(reader, 16, keyspace, KEY, 0, KEY.length);
    expect(ref === 0).toBe(reader.damage !== null);
    return reader.damage;
  };
  const [one, two] = [
    [1, 1],
    [2, 1],
  ];
  expect(load()).toBe("a value without elements");
  expect(load(one!)).toContain("names and values");
  expect(load(one!, two!, one!, two!)).toContain("twice");
  expect(keyspace.size).toBe(0);
  // A longer encoding of 1 is the same name.
  expect(load(one!, two!, [0xc0, 1, 2], two!)).toContain("twice");
  expect(load([0xc0, 1, 2], two!)).toBeNull();
  const hash = openHash(keyspace, keyspace.find(KEY, 0, KEY.length));
  hash.verifyInvariants();
  expect(fieldsOf(hash)).toEqual([["1", "2"]]);
});
