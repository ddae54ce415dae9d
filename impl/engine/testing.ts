/** What the tests of rooted values share: a value that owns many blocks. */

import { assert } from "../assert.ts";
import type { Arena, BlockRef } from "./arena.ts";
import type { RootedValues } from "./rooted-values.ts";
import { GRAIN_BYTES } from "./size-class.ts";

/** Bytes of a root: the first link, the number of links, and two words of no meaning. */
const ROOT_BYTES = 16;
/** Bytes of a link before its part: the next link, the part's length. */
const LINK_BYTES = 8;

/**
 * A list of byte strings, each in a block of its own, linked from a root. Blocks are full of bytes
 * that could be anything: those of a free block, or of an entry.
 */
export class Chains implements RootedValues {
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** A value of `parts`. Throws OutOfMemory, leaving nothing behind. */
  make(parts: readonly Uint8Array[]): BlockRef {
    const made: Array<readonly [ref: BlockRef, heldBytes: number]> = [];
    try {
      const root = this.#block(ROOT_BYTES);
      made.push([root, ROOT_BYTES]);
      let next = 0;
      for (const part of [...parts].reverse()) {
        const ref = this.#block(linkBytes(part.length));
        made.push([ref, linkBytes(part.length)]);
        this.#set(ref, 0, next);
        this.#set(ref, 1, part.length);
        this.#bytes(ref).set(part, this.#offset(ref) + LINK_BYTES);
        next = ref;
      }
      this.#set(root, 0, next);
      this.#set(root, 1, parts.length);
      return root;
    } catch (error) {
      for (const [ref, heldBytes] of made) this.#arena.free(ref, heldBytes);
      throw error;
    }
  }

  /** The parts of a value. */
  read(root: BlockRef): Buffer[] {
    const parts: Buffer[] = [];
    for (let ref = this.#word(root, 0); ref !== 0; ref = this.#word(ref, 0)) {
      const start = this.#offset(ref) + LINK_BYTES;
      parts.push(Buffer.from(this.#bytes(ref).slice(start, start + this.#word(ref, 1))));
    }
    assert(parts.length === this.#word(root, 1), "a chain's length");
    return parts;
  }

  release(_kind: number, root: BlockRef, budget: number): boolean {
    for (let left = budget; left > 0; left--) {
      const first = this.#word(root, 0);
      if (first === 0) {
        this.#arena.free(root, ROOT_BYTES);
        return true;
      }
      this.#set(root, 0, this.#word(first, 0));
      this.#set(root, 1, this.#word(root, 1) - 1);
      this.#arena.free(first, linkBytes(this.#word(first, 1)));
    }
    return false;
  }

  visitBlocks(
    _kind: number,
    root: BlockRef,
    visit: (ref: BlockRef, heldBytes: number) => void,
  ): void {
    visit(root, ROOT_BYTES);
    for (let ref = this.#word(root, 0); ref !== 0; ref = this.#word(ref, 0)) {
      visit(ref, linkBytes(this.#word(ref, 1)));
    }
  }

  of(): this {
    return this;
  }

  #block(heldBytes: number): BlockRef {
    const ref = this.#arena.allocate(heldBytes);
    this.#bytes(ref).fill(0xff, this.#offset(ref), this.#offset(ref) + heldBytes);
    return ref;
  }

  #bytes(ref: BlockRef): Uint8Array {
    return this.#arena.bytes[ref >>> this.#arena.grainShift]!;
  }

  #offset(ref: BlockRef): number {
    return (ref & this.#arena.grainMask) << 4;
  }

  #word(ref: BlockRef, word: number): number {
    const { words, grainShift, grainMask } = this.#arena;
    return words[ref >>> grainShift]![((ref & grainMask) << 2) + word]!;
  }

  #set(ref: BlockRef, word: number, value: number): void {
    const { words, grainShift, grainMask } = this.#arena;
    words[ref >>> grainShift]![((ref & grainMask) << 2) + word] = value;
  }
}

function linkBytes(partLength: number): number {
  return Math.max(GRAIN_BYTES, LINK_BYTES + partLength);
}
