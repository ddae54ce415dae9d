import fc from "fast-check";
import { expect, test } from "vitest";
import { IdTree } from "./id-tree.ts";
import { FailingArena, verifyBlocks } from "./testing.ts";

const TINY = { payloadWords: 2, mostSlots: 4, mostChildren: 3 };
const MAX = 2n ** 64n - 1n;

/** Milliseconds above, sequence below, in 128 bits. */
type Id = bigint;

const word = (id: Id, shift: bigint): number => Number((id >> shift) & 0xffffffffn);

function setId(tree: IdTree, id: Id): void {
  tree.setId(word(id, 96n), word(id, 64n), word(id, 32n), word(id, 0n));
}

function idAt(tree: IdTree): Id {
  let id = 0n;
  for (let i = 0; i < 4; i++) id = (id << 32n) | BigInt(tree.idWord(i) >>> 0);
  return id;
}

/** Id and payload at the cursor after a move, null when there is none. */
function entryAt(tree: IdTree, there: boolean): readonly [Id, number] | null {
  if (!there) return null;
  expect(tree.payload(1)).toBe(~tree.payload(0));
  return [idAt(tree), tree.payload(0)];
}

const half = fc.oneof(
  fc.bigInt({ min: 0n, max: 3n }),
  fc.constantFrom(
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 63n - 1n,
    2n ** 63n,
    MAX,
  ),
  fc.bigInt({ min: 0n, max: MAX }),
);

const step = fc.record({
  what: fc.constantFrom("add", "add", "append", "append", "remove", "run", "change"),
  ms: half,
  sequence: half,
  pick: fc.nat(),
  count: fc.integer({ min: 1, max: 6 }),
  fuel: fc.constantFrom(0, 1, 2, 3, 99, 99, 99, 99),
});

test("every sequence of changes is what it would be on a sorted list", () => {
  let failures = 0;
  let leaves = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 200, size: "max" }), (steps) => {
      const arena = new FailingArena(64 * 1024);
      const tree = new IdTree(arena, TINY);
      const ref = tree.create();
      const model = new Map<Id, number>();
      let sorted: Array<readonly [Id, number]> = [];
      let serial = 0;
      for (const [index, { what, ms, sequence, pick, count, fuel }] of steps.entries()) {
        tree.open(ref);
        // Growth and shrinking take turns, so that the tree comes far both ways.
        const growing = Math.floor(index / 60) % 2 === 0;
        const drawn = (ms << 64n) | sequence;
        const chosen = sorted[pick % Math.max(1, sorted.length)];
        if (what === "add" || what === "append") {
          for (let i = growing ? count : 1; i > 0; i--) {
            const greatest = [...model.keys()].reduce((a, b) => (a > b ? a : b), 0n);
            const id =
              what === "add" ? drawn - (drawn > 9n ? BigInt(i) : 0n) : greatest + BigInt(i);
            setId(tree, id);
            if (id >> 128n !== 0n || tree.find()) continue;
            tree.setPayload(0, ++serial);
            tree.setPayload(1, ~serial);
            if (arena.attempt(fuel, () => tree.insert())) model.set(id, serial);
          }
        } else if (chosen !== undefined && what === "change") {
          setId(tree, chosen[0]);
          expect(tree.find()).toBe(true);
          tree.replacePayload(0, ++serial);
          tree.replacePayload(1, ~serial);
          model.set(chosen[0], serial);
        } else if (chosen !== undefined && what === "remove") {
          setId(tree, chosen[0]);
          expect(tree.find()).toBe(true);
          expect(arena.attempt(fuel, () => tree.remove())).toBe(true);
          model.delete(chosen[0]);
        } else if (chosen !== undefined && !growing) {
          const position = sorted.indexOf(chosen);
          tree.seekPosition(position);
          const removed = tree.removeRun(count * 3, 0);
          const gone = sorted.slice(position, position + removed);
          expect([...tree.taken.subarray(0, removed)]).toEqual(gone.map(([, payload]) => payload));
          for (const [id] of gone) model.delete(id);
        }
        sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        tree.open(ref);
        tree.verifyInvariants();
        expect(tree.length).toBe(model.size);
        expect(tree.bytesHeld).toBe(arena.liveBytes);
        leaves = Math.max(leaves, tree.leaves);
        for (const id of [drawn, chosen?.[0] ?? 0n]) {
          setId(tree, id);
          expect(tree.find()).toBe(model.has(id));
          expect(entryAt(tree, tree.seek(false))).toEqual(
            sorted.find(([other]) => other >= id) ?? null,
          );
          expect(entryAt(tree, tree.seek(true))).toEqual(
            sorted.find(([other]) => other > id) ?? null,
          );
          const last = sorted.filter(([other]) => other <= id).at(-1) ?? null;
          expect(entryAt(tree, tree.seekBack())).toEqual(last);
          if (last !== null) expect(tree.position()).toBe(sorted.indexOf(last));
        }
      }
      const forwards: Id[] = [];
      for (let more = tree.seekPosition(0); more; more = tree.next()) forwards.push(idAt(tree));
      expect(forwards).toEqual(sorted.map(([id]) => id));
      const backwards: Id[] = [];
      for (let more = tree.seekLast(); more; more = tree.previous()) backwards.unshift(idAt(tree));
      expect(backwards).toEqual(forwards);
      verifyBlocks(arena, [tree]);
      failures += arena.failures;
      for (let calls = 0; ; calls++) {
        tree.open(ref);
        if (tree.release(1 + (calls % 3))) break;
        expect(calls).toBeLessThan(5000);
        tree.open(ref);
        verifyBlocks(arena, [tree]);
      }
      expect(arena.liveBytes).toBe(0);
    }),
    { numRuns: 30 },
  );
  expect(failures).toBeGreaterThan(0);
  expect(leaves).toBeGreaterThan(15);
});

test("the header keeps its words for the type", () => {
  const tree = new IdTree(new FailingArena(64 * 1024), TINY);
  const first = tree.create();
  tree.setTypeWord(0, 5);
  tree.setTypeWord(2, -7);
  tree.create();
  tree.setId(0, 0, 0, 1);
  tree.insert();
  expect([0, 1, 2].map((index) => tree.typeWord(index))).toEqual([0, 0, 0]);
  tree.open(first);
  expect([0, 1, 2].map((index) => tree.typeWord(index))).toEqual([5, 0, -7]);
});
