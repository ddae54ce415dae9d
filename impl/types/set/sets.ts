import { assert, CHECKED } from "../../assert.ts";
import type { Arena, BlockRef } from "../../engine/arena.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import type { RootedValues } from "../../engine/rooted-values.ts";
import type { ElementTable } from "../../structures/element-table.ts";
import type { EncodingLimits } from "../limits.ts";
import { SetBuilder } from "./builder.ts";
import { SET_TYPE } from "./kinds.ts";
import { memberTable } from "./reader.ts";
import { SetView } from "./view.ts";

/** What the sets of one keyspace are seen and made with, and the owner of their blocks. */
export class Sets implements RootedValues {
  /** Builds sets that no key has yet. */
  readonly builder: SetBuilder;
  /** The view of the set that a command is about. */
  readonly view: SetView;
  /** The view of another one beside it. */
  readonly other: SetView;
  readonly #table: ElementTable;

  constructor(arena: Arena, hashKey: readonly [number, number], limits: EncodingLimits) {
    this.builder = new SetBuilder(arena, hashKey, limits);
    this.view = new SetView(arena, hashKey, this.builder);
    this.other = new SetView(arena, hashKey, this.builder);
    this.#table = memberTable(arena, hashKey);
  }

  release(_kind: number, root: BlockRef, budget: number): boolean {
    this.#table.open(root);
    return this.#table.release(budget);
  }

  visitBlocks(
    _kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void {
    this.#table.open(root);
    this.#table.visitBlocks(visit);
  }
}

/** The sets of a keyspace. */
export function setsOf(keyspace: Keyspace): Sets {
  const sets = keyspace.rooted.of(SET_TYPE);
  if (CHECKED) assert(sets instanceof Sets, "the keyspace knows sets");
  return sets as Sets;
}
