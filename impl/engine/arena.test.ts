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
    this.words(ref).fill(0, this.at(ref), this.at(ref) + (byteLength >>> 2));
    this.live.set(ref, byteLength);
    return ref;
  }

  free(ref: BlockRef): void {
    this.arena.free(ref, this.live.get(ref)!);
    this.live.delete(ref);
  }

  words(ref: BlockRef): Int32Array {
    return this.arena.words[ref >>> this.arena.unitShift]!;
  }

  at(ref: BlockRef): number {
    return (ref & this.arena.unitMask) * 4;
  }

  verify(): void {
    const met = new Set<BlockRef>();
    this.arena.verify((ref) => {
      met.add(ref);
      return this.live.get(ref) ?? -1;
    });
    expect(met).toEqual(new Set(this.live.keys()));
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
  expect(checked.words(refs[0]!)[checked.at(refs[0]!)]).toBe(0);
  expect(() => checked.allocate(300_000)).toThrow("no segment index left");
  checked.verify();
  checked.free(refs[0]!);
  checked.allocate(64);
  checked.verify();
});

test("every sequence of allocations and frees keeps the rules, and blocks never overlap", () => {
  const operation = fc.record({
    free: fc.boolean(),
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
        for (const { free, pick, byteLength } of operations) {
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
          checked.verify();
        }
      },
    ),
  );
});
