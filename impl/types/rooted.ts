import type { Arena, BlockRef } from "../engine/arena.ts";
import { assert } from "../engine/assert.ts";
import type { RootedValues } from "../engine/rooted-values.ts";
import { VALUE_TYPES } from "./index.ts";

/** The owner of one keyspace's rooted values: each type's, by its number. */
class RootedValuesByType implements RootedValues {
  readonly #owners: (RootedValues | undefined)[] = [];

  constructor(arena: Arena, hashKey: readonly [number, number]) {
    for (const type of Object.values(VALUE_TYPES)) {
      const owner = type.rooted?.(arena, hashKey);
      if (owner !== undefined) this.#owners[type.number] = owner;
    }
  }

  release(kind: number, root: BlockRef, budget: number): boolean {
    return this.#ownerOf(kind).release(kind, root, budget);
  }

  visitBlocks(
    kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void {
    this.#ownerOf(kind).visitBlocks(kind, root, visit);
  }

  #ownerOf(kind: number): RootedValues {
    const owner = this.#owners[kind >>> 4];
    assert(owner !== undefined, "no value of this type has a root");
    return owner;
  }
}

/** What a keyspace must know of rooted values: see `RootedValues`. */
export function rootedValues(arena: Arena, hashKey: readonly [number, number]): RootedValues {
  return new RootedValuesByType(arena, hashKey);
}
