import { assert } from "../../assert.ts";
import type { Compiled } from "../engine.ts";

/** What a function costs beside its texts, in bytes. */
const FUNCTION_BYTES = 64;
/** What a library costs beside its texts, in bytes. */
const LIBRARY_BYTES = 128;

/** A function of a library. */
export interface LibraryFunction {
  readonly name: string;
  /** Null when it has none. */
  readonly description: string | null;
  /** What it says of itself: `FLAG`. */
  readonly flags: number;
  readonly compiled: Compiled;
  readonly library: Library;
}

/** A library: its code, and the functions that it has registered, in their order. */
export interface Library {
  readonly name: string;
  /** As it came, its first line included. */
  readonly code: Uint8Array;
  readonly functions: readonly LibraryFunction[];
}

/**
 * The libraries of functions of one server, and their functions by name.
 *
 * Libraries are told apart by case, functions are not. They are data: nothing but FUNCTION changes
 * them. A library that registers a name twice in different case has its first one called.
 */
export class FunctionLibraries {
  readonly #libraries = new Map<string, Library>();
  readonly #functions = new Map<string, LibraryFunction>();
  /** Bytes that they take. */
  usedBytes = 0;
  /** How many functions the libraries have registered. */
  registered = 0;

  /** How many libraries there are. */
  get size(): number {
    return this.#libraries.size;
  }

  /** How many functions can be called. */
  get functionCount(): number {
    return this.#functions.size;
  }

  /** The libraries in the order in which they came. */
  [Symbol.iterator](): Iterator<Library> {
    return this.#libraries.values();
  }

  /** The library of that name. */
  get(name: string): Library | undefined {
    return this.#libraries.get(name);
  }

  /** The function of that name, whatever its case. */
  find(name: string): LibraryFunction | undefined {
    return this.#functions.get(name.toLowerCase());
  }

  /**
   * Adds a library, in the place of one of its name if there is one. Precondition: no `collision`.
   *
   * @returns the one that has gone
   */
  put(library: Library): Library | undefined {
    const before = this.remove(library.name);
    this.#libraries.set(library.name, library);
    for (const each of library.functions) {
      const name = each.name.toLowerCase();
      if (!this.#functions.has(name)) this.#functions.set(name, each);
    }
    this.registered += library.functions.length;
    this.usedBytes += bytesOf(library);
    return before;
  }

  /** Removes a library; returns it. */
  remove(name: string): Library | undefined {
    const library = this.#libraries.get(name);
    if (library === undefined) return undefined;
    this.#libraries.delete(name);
    for (const each of library.functions) {
      const name = each.name.toLowerCase();
      if (this.#functions.get(name) === each) this.#functions.delete(name);
    }
    this.registered -= library.functions.length;
    this.usedBytes -= bytesOf(library);
    return library;
  }

  /** Removes them all. */
  clear(): void {
    this.#libraries.clear();
    this.#functions.clear();
    this.registered = 0;
    this.usedBytes = 0;
  }

  /**
   * The name of the first function of `libraries` that one that stays has, too; null without any.
   *
   * @param libraries about to be added: those of their names go
   */
  collision(libraries: Iterable<Library>): string | null {
    const added = new Map([...libraries].map((library) => [library.name, library]));
    for (const { functions } of added.values()) {
      for (const { name } of functions) {
        const known = this.find(name);
        if (known !== undefined && !added.has(known.library.name)) return name;
      }
    }
    return null;
  }

  /** Throws when the tables differ. */
  verifyInvariants(): void {
    let registered = 0;
    let usedBytes = 0;
    for (const [name, library] of this.#libraries) {
      assert(library.name === name, "a library is known by its name");
      assert(library.functions.length > 0, "a library without a function");
      registered += library.functions.length;
      usedBytes += bytesOf(library);
      for (const each of library.functions) {
        assert(each.library === library, "a function is its library's");
        const called = this.find(each.name);
        assert(called?.library === library, "a function of two libraries");
      }
    }
    assert(registered === this.registered, "the functions are counted");
    assert(usedBytes === this.usedBytes, "the libraries' bytes are counted");
    for (const [name, each] of this.#functions) {
      assert(each.name.toLowerCase() === name, "a function is known by its name");
      assert(this.#libraries.get(each.library.name) === each.library, "a function that has gone");
    }
  }
}

function bytesOf({ name, code, functions }: Library): number {
  const texts = functions.map((each) => each.name.length + (each.description?.length ?? 0));
  const own = LIBRARY_BYTES + name.length + code.length;
  return texts.reduce((bytes, text) => bytes + FUNCTION_BYTES + text, own);
}
