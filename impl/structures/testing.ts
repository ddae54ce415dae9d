/** What the tests of this room share. */
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

/** The blocks that the owners name are all that the arena has handed out, and lie apart from each other. */
export function verifyBlocks(
  arena: Arena,
  owners: ReadonlyArray<{ visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void }>,
): void {
  arena.verify((own) => {
    for (const owner of owners) owner.visitBlocks(own);
  });
}
