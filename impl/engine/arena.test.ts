import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena, type BlockRef } from "./arena.ts";

/** An arena with the sizes of its live blocks, so that it can be verified. */
class Checked {
  readonly arena: Arena;
  readonly live = new Map<BlockRef, number>();

  constructor(segmentBytes: number, firstSegment = 1) {
    this.arena = new Arena(segmentBytes, firstSegment);
  }

  allocate(byteLength: number): BlockRef {
    const ref = this.arena.allocate(byteLength);
    // A block's bytes are its owner's alone: these look like a free block's links.
    this.words(ref).fill(-1, this.at(ref), this.at(ref) + (byteLength >>> 2));
    this.live.set(ref, byteLength);
    return ref;
  }

  free(ref: BlockRef): void {
    this.arena.free(ref, this.live.get(ref)!);
    this.live.delete(ref);
  }

  words(ref: BlockRef): Int32Array {
    return this.arena.words[ref >>> this.arena.grainShift]!;
  }

  at(ref: BlockRef): number {
    return (ref & this.arena.grainMask) * 4;
  }

  verify(): void {
    this.arena.verify((own) => {
      for (const [ref, byteLength] of this.live) own(ref, byteLength);
    });
  }
}

test("an unused arena reserves nothing", () => {
  const checked = new Checked(1024);
  expect(checked.arena.reservedBytes).toBe(0);
  checked.verify();
});

test("a freed block is handed out again for its class", () => {
  const checked = new Checked(1024);
  const first = checked.allocate(40);
  checked.allocate(40);
  checked.free(first);
  expect(checked.allocate(33)).toBe(first);
  expect(checked.arena.liveBytes).toBe(96);
  checked.verify();
});

test("a larger free block is split before a segment is opened", () => {
  const checked = new Checked(1024);
  const blocks = [1, 2, 3, 4].map(() => checked.allocate(256));
  checked.free(blocks[1]!);
  expect(checked.allocate(64)).toBe(blocks[1]);
  expect(checked.arena.reservedBytes).toBe(1024);
  checked.verify();
});

test("a split leaves a useful rest or does not happen", () => {
  const checked = new Checked(1024);
  const blocks = [1, 2, 3, 4].map(() => checked.allocate(256));
  checked.free(blocks[1]!);
  checked.allocate(224);
  expect(checked.arena.reservedBytes).toBe(2048);
  checked.verify();
});

test("an emptied segment is whole again: one is kept, others are given back", () => {
  const checked = new Checked(1024);
  const blocks = Array.from({ length: 20 }, () => checked.allocate(200));
  expect(checked.arena.reservedBytes).toBe(5 * 1024);
  for (const ref of blocks) checked.free(ref);
  expect(checked.arena.reservedBytes).toBe(2 * 1024);
  expect(checked.arena.liveBytes).toBe(0);
  checked.verify();
  for (let i = 0; i < 8; i++) checked.allocate(256);
  expect(checked.arena.reservedBytes).toBe(2 * 1024);
  checked.verify();
});

test("emptying a segment of many blocks is work in small steps", () => {
  const segmentBytes = 64 * 1024;
  const checked = new Checked(segmentBytes);
  const refs = Array.from({ length: 2 * (segmentBytes / 16) }, () => checked.allocate(16));
  const other = checked.allocate(16);
  for (const ref of refs) checked.free(ref);
  // It is in use again, and again it is not, before its turn has come.
  checked.free(checked.allocate(16));
  expect(checked.arena.untidy).toBe(true);
  expect(checked.arena.reservedBytes).toBe(3 * segmentBytes);
  checked.verify();
  expect(checked.arena.tidy(10)).toBe(0);
  checked.verify();
  let steps = 0;
  for (; checked.arena.untidy; steps++) checked.arena.tidy(500);
  expect(steps).toBeGreaterThan(5);
  expect(checked.arena.tidy(500)).toBe(500);
  // One is kept, and one holds a block.
  expect(checked.arena.reservedBytes).toBe(2 * segmentBytes);
  checked.free(other);
  checked.verify();
});

test("a segment that is used again while it is made whole loses nothing", () => {
  const checked = new Checked(1024);
  const refs = Array.from({ length: 64 }, () => checked.allocate(16));
  const keeper = checked.allocate(256);
  for (const ref of refs) checked.free(ref);
  checked.arena.tidy(30);
  expect(checked.arena.untidy).toBe(true);
  const again = checked.allocate(16);
  checked.verify();
  while (checked.arena.untidy) checked.arena.tidy(1);
  checked.verify();
  checked.free(again);
  checked.free(keeper);
  while (checked.arena.untidy) checked.arena.tidy(1);
  checked.verify();
  expect(checked.arena.liveBytes).toBe(0);
});

test("clear gives everything back at once", () => {
  const checked = new Checked(1024);
  const refs = Array.from({ length: 100 }, (_, i) => checked.allocate(16 + i * 20));
  for (const ref of refs.slice(50)) checked.free(ref);
  checked.arena.clear();
  checked.live.clear();
  expect([checked.arena.liveBytes, checked.arena.reservedBytes]).toEqual([0, 0]);
  checked.verify();
  for (let i = 0; i < 100; i++) checked.allocate(16 + i * 20);
  checked.verify();
});

test.each([
  ["leaked", (checked: Checked, ref: BlockRef) => checked.live.delete(ref), "live grains differ"],
  [
    "held under another length",
    (checked: Checked, ref: BlockRef) => checked.live.set(ref, 150),
    "live grains differ",
  ],
  [
    "named under a place inside it",
    (checked: Checked, ref: BlockRef) => checked.live.delete(ref) && checked.live.set(ref + 1, 200),
    "overlap or leave a hole",
  ],
])("a block that is %s is found", (_, damage, says) => {
  const checked = new Checked(1024);
  const ref = checked.allocate(200);
  checked.allocate(100);
  checked.verify();
  damage(checked, ref);
  expect(() => checked.verify()).toThrow(says);
});

test("a block with two owners is found", () => {
  const arena = new Arena(1024);
  const ref = arena.allocate(100);
  const twice = () =>
    arena.verify((own) => {
      own(ref, 100);
      own(ref, 100);
    });
  expect(twice).toThrow("two owners");
});

test("a block above the largest class has a segment of its own, whose index is used again", () => {
  const checked = new Checked(1024);
  const large = checked.allocate(5000);
  expect(checked.words(large)).toHaveLength(5008 / 4);
  checked.verify();
  checked.free(large);
  expect(checked.arena.reservedBytes).toBe(0);
  expect(checked.allocate(6000)).toBe(large);
  checked.verify();
});

test("a growing block has slack as Redis' strings have, and that still fits", () => {
  const arena = new Arena(1024);
  const ref = arena.allocateGrowing(5000);
  expect(arena.blockBytes(ref, 5000)).toBe(10000);
  expect(arena.fits(ref, 5000, 10000)).toBe(true);
  expect(arena.fits(ref, 5000, 10001)).toBe(false);
  expect(arena.fits(ref, 5000, 4000)).toBe(false);
  const mib = 1024 * 1024;
  const large = arena.allocateGrowing(2 * mib);
  expect(arena.blockBytes(large, 2 * mib)).toBe(3 * mib);
  const huge = arena.allocateGrowing(16 * mib);
  expect(arena.blockBytes(huge, 16 * mib)).toBe(18 * mib);
});

test("references stay signed 32-bit integers up to the last segment", () => {
  const checked = new Checked(1024 * 1024, 65_534);
  const refs = [checked.allocate(300_000), checked.allocate(300_000)];
  for (const ref of refs) expect(ref).toBe(ref | 0);
  checked.words(refs[1]!)[checked.at(refs[1]!)] = 7;
  expect(checked.words(refs[0]!)[checked.at(refs[0]!)]).toBe(-1);
  expect(() => checked.allocate(300_000)).toThrow("no segment index left");
  checked.verify();
  checked.free(refs[0]!);
  checked.allocate(64);
  checked.verify();
});

test("every sequence of allocations and frees keeps the rules, and blocks never overlap", () => {
  const operation = fc.record({
    free: fc.boolean(),
    tidied: fc.nat(3),
    pick: fc.nat(),
    byteLength: fc.oneof(fc.integer({ min: 16, max: 300 }), fc.integer({ min: 16, max: 3000 })),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(1024, 4096),
      fc.array(operation, { maxLength: 120, size: "max" }),
      (segmentBytes, operations) => {
        const checked = new Checked(segmentBytes);
        const stamps = new Map<BlockRef, number>();
        let stamp = 0;
        for (const { free, tidied, pick, byteLength } of operations) {
          const refs = [...checked.live.keys()];
          if (free && refs.length > 0) {
            const ref = refs[pick % refs.length]!;
            const words = checked.words(ref);
            const held = checked.live.get(ref)!;
            const last = checked.at(ref) + (held >>> 2) - 1;
            expect(words[last]).toBe(stamps.get(ref));
            checked.free(ref);
          } else {
            const ref = checked.allocate(byteLength);
            stamps.set(ref, ++stamp);
            checked.words(ref)[checked.at(ref) + (byteLength >>> 2) - 1] = stamp;
          }
          checked.arena.tidy(tidied);
          checked.verify();
        }
      },
    ),
  );
});
