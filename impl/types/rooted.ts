import { assert } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import type { RootedOwners, RootedValues } from "../engine/rooted-values.ts";
import { VALUE_TYPES } from "./index.ts";
import { DEFAULT_LIMITS, type EncodingLimits } from "./limits.ts";

/** The owner of one keyspace's rooted values: each type's, by its number. */
class RootedValuesByType implements RootedOwners {
  readonly #arena: Arena;
  readonly #hashKey: readonly [number, number];
  readonly #limits: EncodingLimits;
  /** Made when one is first asked for: most databases have no values. */
  readonly #owners: (RootedValues | undefined)[] = [];

  constructor(arena: Arena, hashKey: readonly [number, number], limits: EncodingLimits) {
    this.#arena = arena;
    this.#hashKey = hashKey;
    this.#limits = limits;
  }

  release(kind: number, root: BlockRef, budget: number): boolean {
    return this.of(kind >>> 4).release(kind, root, budget);
  }

  visitBlocks(
    kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void {
    this.of(kind >>> 4).visitBlocks(kind, root, visit);
  }

  of(type: number): RootedValues {
    if (this.#owners.length === 0) this.#makeAll();
    const owner = this.#owners[type];
    assert(owner !== undefined, "no value of this type has a root");
    return owner;
  }

  #makeAll(): void {
    for (const type of Object.values(VALUE_TYPES)) {
      const owner = type.rooted?.(this.#arena, this.#hashKey, this.#limits);
      if (owner !== undefined) this.#owners[type.number] = owner;
    }
  }
}

/** What a keyspace must know of rooted values: see `RootedValues`. */
export function rootedValues(
  arena: Arena,
  hashKey: readonly [number, number],
  limits: EncodingLimits = DEFAULT_LIMITS,
): RootedOwners {
  return new RootedValuesByType(arena, hashKey, limits);
}
