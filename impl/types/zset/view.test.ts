import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../testing/random.ts";
import { Keyspace } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import { RdbReader } from "../../rdb/reader.ts";
import { RdbWriter } from "../../rdb/writer.ts";
import { VALUE_TYPES } from "../index.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { ZSET_TYPE } from "./kinds.ts";
import { openSortedSet, SortedSetView, sortedSetView } from "./view.ts";

const KEY = Buffer.from("key");
const OTHER = Buffer.from("other");
/** Tables that rehash all the time, and leaves and nodes of a few entries. */
const TINY = { minSlots: 2, slotsPerStep: 1, mostSlots: 4, mostChildren: 3 };
/** Changes that grow the sorted set and changes that shrink it come in turns of so many. */
const TURN = 50;

interface Member {
  readonly name: string;
  readonly score: number;
}

const compare = (a: Member, b: Member): number =>
  a.score !== b.score ? a.score - b.score : Buffer.compare(bytesOf(a.name), bytesOf(b.name));

function bytesOf(name: string): Buffer {
  return Buffer.from(name, "latin1");
}

/** A keyspace whose arena runs out of memory when it is told to. */
class Small {
  readonly keyspace: Keyspace;
  /** Allocations that succeed before one fails. */
  fuel = Number.POSITIVE_INFINITY;
  failures = 0;

  constructor(mostEntries: number) {
    const limits = { ...DEFAULT_LIMITS, zsetMaxListpackEntries: mostEntries };
    this.keyspace = new Keyspace({
      hashKey: [1, 2],
      segmentBytes: 65_536,
      rooted: (arena, hashKey) => {
        const view = new SortedSetView(arena, hashKey, limits, TINY);
        return {
          release: (kind, root, budget) => view.release(kind, root, budget),
          visitBlocks: (kind, root, visit) => view.visitBlocks(kind, root, visit),
          of: () => view,
        };
      },
    });
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

function membersOf(
  zset: SortedSetView,
  rank = 0,
  count = zset.length,
  backwards = false,
): Member[] {
  const members: Member[] = [];
  for (zset.begin(rank, count, backwards); zset.next(); ) {
    const { nameBytes, nameOffset, nameLength, score } = zset;
    const bytes = nameBytes.subarray(nameOffset, nameOffset + nameLength);
    members.push({ name: Buffer.from(bytes).toString("latin1"), score });
  }
  return members;
}

const anyScore = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(1.5, -1.5, 0.1, 1e300, 5e-324, 2 ** 53, 2 ** 62, -(2 ** 62), 2 ** 63, 1e17),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

const step = fc.record({
  what: fc.constantFrom("add", "add", "add", "move", "remove", "range", "scores", "copy", "reload"),
  score: anyScore,
  other: anyScore,
  pick: fc.nat(),
  count: fc.integer({ min: 1, max: 9 }),
  length: fc.constantFrom(1, 1, 1, 3, 64, 65),
  fuel: fc.constantFrom(0, 1, 2, 3, 4, 5, 99, 99, 99, 99),
  flag: fc.boolean(),
});

function verify(keyspace: Keyspace): void {
  keyspace.forEach((ref) => {
    VALUE_TYPES.zset.verify(keyspace, ref);
  });
  keyspace.verifyInvariants();
}

for (const [mostEntries, scoreOf] of [
  [0, (score: number) => score],
  [5, (score: number) => score],
  [5, () => 0],
  [1000, (score: number) => score],
  [1000, () => 7],
] as const) {
  test(`every sequence of changes is what it would be on a sorted list: listpacks up to ${mostEntries}, ${scoreOf(1)} and ${scoreOf(2)}`, () => {
    let failures = 0;
    const met = new Set<boolean>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 200, size: "max" }), (steps) => {
        const small = new Small(mostEntries);
        const { keyspace } = small;
        let model: Member[] = [{ name: "first", score: scoreOf(0) }];
        const first = bytesOf("first");
        sortedSetView(keyspace)
          .create(keyspace, keyspace.hash(KEY, 0, KEY.length), KEY, 0, KEY.length)
          .add(first, 0, first.length, scoreOf(0));
        for (const [index, drawn] of steps.entries()) {
          const { what, pick, count, length, fuel, flag } = drawn;
          const growing = Math.floor(index / TURN) % 2 === 0;
          const zset = openSortedSet(keyspace, keyspace.find(KEY, 0, KEY.length));
          const score = scoreOf(drawn.score);
          const chosen = model[pick % model.length]!;
          const name = bytesOf(chosen.name);
          if (what === "add") {
            for (let i = growing ? count : 1; i > 0; i--) {
              const added = String((pick + i * 7) % 900).padStart(length, "x");
              const bytes = bytesOf(added);
              const isThere = model.some((member) => member.name === added);
              expect(zset.find(bytes, 0, bytes.length)).toBe(isThere);
              if (isThere) continue;
              if (small.attempt(fuel, () => zset.add(bytes, 0, bytes.length, score))) {
                model.push({ name: added, score });
              }
            }
          } else if (what === "move") {
            expect(zset.find(name, 0, name.length)).toBe(true);
            if (small.attempt(fuel, () => zset.setScore(name, 0, name.length, score))) {
              model = [...model.filter((member) => member !== chosen), { ...chosen, score }];
            }
          } else if (what === "remove" && model.length > 1) {
            expect(zset.find(name, 0, name.length)).toBe(true);
            expect(small.attempt(fuel, () => zset.removeFound())).toBe(true);
            model = model.filter((member) => member !== chosen);
          } else if (what === "range") {
            const rank = pick % model.length;
            const most = growing ? 1 : count * 3;
            const some = Math.min(most, model.length - rank, model.length - 1);
            expect(small.attempt(fuel, () => zset.removeRange(rank, some))).toBe(true);
            model = model.toSorted(compare).toSpliced(rank, some);
          } else if (what === "scores") {
            const other = scoreOf(drawn.other);
            zset.scoreRange(score, flag, other, !flag);
            const inRange = model.filter(
              (member) =>
                (flag ? member.score > score : member.score >= score) &&
                (flag ? member.score <= other : member.score < other),
            );
            expect(Math.max(0, zset.to - zset.from)).toBe(inRange.length);
          } else if (what === "copy") {
            const copy = () =>
              VALUE_TYPES.zset.copy(keyspace, zset.ref, keyspace, OTHER, 0, OTHER.length);
            if (small.attempt(fuel, copy)) {
              const copied = keyspace.find(OTHER, 0, OTHER.length);
              expect(membersOf(openSortedSet(keyspace, copied))).toEqual(model.toSorted(compare));
            }
          } else if (what === "reload") {
            const writer = new RdbWriter();
            const rdbType = VALUE_TYPES.zset.rdbType(keyspace, zset.ref);
            VALUE_TYPES.zset.save(writer, keyspace, zset.ref);
            const reader = new RdbReader(writer.bytes());
            small.attempt(fuel, () => {
              VALUE_TYPES.zset.load(reader, rdbType, keyspace, KEY, 0, KEY.length);
            });
            expect(reader.damage).toBe(null);
          }
          model.sort(compare);
          const seen = openSortedSet(keyspace, keyspace.find(KEY, 0, KEY.length));
          met.add(seen.isLarge);
          expect(membersOf(seen)).toEqual(model);
          const from = pick % model.length;
          expect(membersOf(seen, from, from + 1, true)).toEqual(
            model.slice(0, from + 1).toReversed(),
          );
          const sought = model[from]!;
          const bytes = bytesOf(sought.name);
          expect(seen.find(bytes, 0, bytes.length)).toBe(true);
          expect([seen.score, seen.rank()]).toEqual([sought.score, from]);
          if (index % 7 === 0) verify(keyspace);
          keyspace.reclaim(count);
        }
        verify(keyspace);
        for (const key of [KEY, OTHER]) {
          const ref = keyspace.find(key, 0, key.length);
          if (ref !== 0) keyspace.remove(ref);
        }
        while (keyspace.reclaim(1000) < 1000);
        expect(keyspace.arena.liveBytes).toBe(0);
        failures += small.failures;
      }),
      { numRuns: 40 },
    );
    expect(failures).toBeGreaterThan(0);
    expect(met.has(true)).toBe(true);
    if (mostEntries > 0) expect(met.has(false)).toBe(true);
  });
}

function filled(mostEntries: number, members: readonly Member[]): SortedSetView {
  const { keyspace } = new Small(mostEntries);
  const zset = sortedSetView(keyspace);
  zset.create(keyspace, keyspace.hash(KEY, 0, KEY.length), KEY, 0, KEY.length);
  for (const { name, score } of members) {
    const bytes = bytesOf(name);
    if (!zset.find(bytes, 0, bytes.length)) zset.add(bytes, 0, bytes.length, score);
  }
  return zset;
}

test("a range of names holds what lies between its borders", () => {
  const name = fc
    .array(fc.constantFrom("a", "b", "\xff", "\0"), { maxLength: 3 })
    .map((l) => l.join(""));
  const border = fc.record({
    at: fc.constantFrom("before all", "name", "name", "name", "behind all"),
    exclusive: fc.boolean(),
    name,
  });
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(names, border, border, fc.constantFrom(0, 100), (drawn, low, high, most) => {
      const zset = filled(
        most,
        drawn.map((one) => ({ name: one, score: 3 })),
      );
      const [min, max] = [low, high].map((one) => {
        const bytes = bytesOf(one.name);
        return { ...one, bytes, offset: 0, length: bytes.length };
      });
      const order = (a: string, b: string) => Buffer.compare(bytesOf(a), bytesOf(b));
      const isAbove = (one: string): boolean => {
        if (low.at !== "name") return low.at === "before all";
        return low.exclusive ? order(one, low.name) > 0 : order(one, low.name) >= 0;
      };
      const isBelow = (one: string): boolean => {
        if (high.at !== "name") return high.at === "behind all";
        return high.exclusive ? order(one, high.name) < 0 : order(one, high.name) <= 0;
      };
      zset.nameRange(min!, max!);
      const count = Math.max(0, zset.to - zset.from);
      const found = membersOf(zset, zset.from, count).map((member) => member.name);
      const between = drawn.filter((one) => isAbove(one) && isBelow(one)).toSorted(order);
      expect(found).toEqual(between);
    }),
    { numRuns: 1500 },
  );
});

test("a scan finds what is there all the time, while others come and go", () => {
  const zset = filled(
    0,
    Array.from({ length: 200 }, (_, i) => ({ name: `stays ${i}`, score: i })),
  );
  const found = new Set<string>();
  let serial = 0;
  for (let cursor = 0, first = true; first || cursor !== 0; first = false) {
    cursor = zset.scan(cursor, 3, 30);
    for (const place of zset.places) {
      zset.at(place);
      const { nameBytes, nameOffset, nameLength } = zset;
      found.add(Buffer.from(nameBytes.subarray(nameOffset, nameOffset + nameLength)).toString());
    }
    for (let i = 0; i < 9; i++) {
      const bytes = bytesOf(`comes ${serial++}`);
      if (!zset.find(bytes, 0, bytes.length)) zset.add(bytes, 0, bytes.length, i);
    }
  }
  const stayed = [...found].filter((name) => name.startsWith("stays"));
  expect(stayed).toHaveLength(200);
});

test.each([0, 100])("every member is drawn as often as any other: listpacks up to %d", (most) => {
  const zset = filled(
    most,
    Array.from({ length: 10 }, (_, i) => ({ name: String(i), score: i })),
  );
  const random = seededRandom(1);
  const counts = new Array<number>(10).fill(0);
  zset.beginDraws();
  for (let i = 0; i < 10_000; i++) {
    zset.draw(random);
    counts[zset.score]!++;
  }
  expect(counts.every((count) => count > 850 && count < 1150)).toBe(true);
});

test("a payload is refused that is no sorted set", () => {
  const packed = (...words: (string | number)[]): Buffer => {
    const entries = words.map((word) =>
      typeof word === "number"
        ? Buffer.from([word, 1])
        : Buffer.from([0x80 | word.length, ...Buffer.from(word), word.length + 1]),
    );
    const body = Buffer.concat(entries);
    const header = Buffer.alloc(6);
    header.writeUInt32LE(body.length + 7);
    header.writeUInt16LE(words.length, 4);
    const whole = Buffer.concat([header, body, Buffer.from([0xff])]);
    return Buffer.concat([Buffer.from([whole.length]), whole]);
  };
  const load = (bytes: Buffer): string | null => {
    const { keyspace } = new Small(128);
    const reader = new RdbReader(bytes);
    const ref = VALUE_TYPES.zset.load(reader, 17, keyspace, KEY, 0, KEY.length);
    expect(ref === 0).toBe(reader.damage !== null);
    if (ref !== 0) expect(keyspace.type(ref)).toBe(ZSET_TYPE);
    verify(keyspace);
    return reader.damage;
  };
  expect(load(packed("a", 1, "b", 2))).toBe(null);
  // Out of order, and a number that is not in its shortest form: put right.
  expect(load(packed("b", 2, "a", "1"))).toBe(null);
  expect(load(packed("a", 1, "a", 2))).toMatch(/twice/);
  expect(load(packed("a", "nan"))).toMatch(/not a number/);
  expect(load(packed("a", 1, "b"))).toMatch(/in a row/);
  expect(load(packed())).toBe("a value without elements");
});
