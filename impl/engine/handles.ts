import { assert } from "./assert.ts";

/** JavaScript objects by small integers, so that a block of bytes can name one. */
export class Handles {
  readonly #objects: (object | undefined)[] = [];
  readonly #free: number[] = [];

  /** Number of objects held. */
  get size(): number {
    return this.#objects.length - this.#free.length;
  }

  /** Holds an object and returns its handle. */
  add(object: object): number {
    const handle = this.#free.pop() ?? this.#objects.length;
    this.#objects[handle] = object;
    return handle;
  }

  /** The object of a handle. */
  get(handle: number): object {
    const object = this.#objects[handle];
    assert(object !== undefined, "a handle without an object");
    return object;
  }

  /** Puts another object in the place of a handle's. */
  replace(handle: number, object: object): void {
    this.#objects[handle] = object;
  }

  /** Lets go of a handle's object. */
  release(handle: number): void {
    this.#objects[handle] = undefined;
    this.#free.push(handle);
  }

  /** Checks that exactly the free handles hold nothing. Throws AssertionError. */
  verify(): void {
    const free = new Set(this.#free);
    assert(free.size === this.#free.length, "a handle is free twice");
    for (let handle = 0; handle < this.#objects.length; handle++) {
      const empty = this.#objects[handle] === undefined;
      assert(empty === free.has(handle), "a free handle holds an object, or a used one does not");
    }
  }
}
