/** What the tests of this room share. */
import { expect } from "vitest";
import { Arena, type BlockRef } from "../engine/arena.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";

/** An arena that runs out of memory when it is told to. */
export class FailingArena extends Arena {
  /** Allocations that succeed before one fails. */
  fuel = Number.POSITIVE_INFINITY;
  /** How many have failed. */
  failures = 0;

  override allocate(byteLength: number): BlockRef {
    if (this.fuel-- <= 0) {
      this.failures++;
      throw new OutOfMemory("no fuel");
    }
    return super.allocate(byteLength);
  }

  /** Runs `step` with `fuel` allocations; true when it ran through, false when it ran out of memory. */
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

/** The blocks of all owners are apart from each other, and together are all that the arena has handed out. */
export function verifyBlocks(
  arena: Arena,
  owners: ReadonlyArray<{ visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void }>,
): void {
  const blocks: Array<readonly [ref: BlockRef, byteLength: number]> = [];
  for (const owner of owners) {
    owner.visitBlocks((ref, byteLength) =>
      blocks.push([ref >>> 0, arena.blockBytes(ref, byteLength)]),
    );
  }
  blocks.sort(([a], [b]) => a - b);
  let held = 0;
  let end = 0;
  let segment = 0;
  for (const [ref, byteLength] of blocks) {
    const grain = ref & arena.grainMask;
    if (segment === ref >>> arena.grainShift) expect(grain).toBeGreaterThanOrEqual(end);
    segment = ref >>> arena.grainShift;
    end = grain + byteLength / 16;
    held += byteLength;
  }
  expect(held).toBe(arena.liveBytes);
}
