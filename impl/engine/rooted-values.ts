import { assert } from "../assert.ts";
import type { Arena, BlockRef } from "./arena.ts";

/**
 * What the keyspace must know of values that own blocks of its arena. An entry holds such a value's
 * kind and the reference of its first block, its root; whatever else there is, the owner finds from
 * there. The engine knows no types: `impl/types` supplies this.
 */
export interface RootedValues {
  /**
   * Frees about `budget` elements or nodes of a value that no key has any more. How far it has come
   * is kept in the value's own blocks, of which the root is the last to go. Needs no memory.
   *
   * @returns true when the value's last block is free
   */
  release(kind: number, root: BlockRef, budget: number): boolean;

  /**
   * Visits every block of a value, whether or not it is released in part, with the bytes that it
   * was allocated for.
   */
  visitBlocks(
    kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void;
}

/** The owner of the rooted values of all types. */
export interface RootedOwners extends RootedValues {
  /** The owner of the values of one type, by its number: whoever has the type knows more of it. */
  of(type: number): RootedValues;
}

/**
 * Makes the owner of one keyspace's rooted values.
 *
 * @param hashKey the keyspace's own: what is hashed in a value is as secret as the keys
 */
export type RootedOwnersOf = (arena: Arena, hashKey: readonly [number, number]) => RootedOwners;

/** The owner where no value has a root. */
export const NO_ROOTED_VALUES: RootedOwners = {
  release(): boolean {
    assert(false, "nobody owns rooted values here");
  },
  visitBlocks(): void {
    assert(false, "nobody owns rooted values here");
  },
  of(): RootedValues {
    assert(false, "nobody owns rooted values here");
  },
};
