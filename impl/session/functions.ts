/** Functions: the libraries of a server, and how they come and are called. */
import type { EnginePorts } from "../scripting/engine.ts";
import { textOf } from "../scripting/engine.ts";
import { FunctionEngine, type LoadDeadline } from "../scripting/functions/function-engine.ts";
import { FunctionLibraries, type Library } from "../scripting/functions/libraries.ts";
import { parseHeader } from "../scripting/functions/library-code.ts";
import type { FunctionRunner, Instance } from "./instance.ts";

/** How long a library may take to register its functions. */
const LOAD_LIMIT_US = 500_000;

/** What becomes of libraries that are there when others are restored. */
export type RestorePolicy = "append" | "flush" | "replace";

/** The functions of one instance. */
export class Functions implements FunctionRunner {
  readonly #instance: Instance;
  readonly engine: FunctionEngine;

  constructor(instance: Instance, ports: EnginePorts) {
    this.#instance = instance;
    this.engine = new FunctionEngine(ports);
  }

  get libraries(): FunctionLibraries {
    return this.#instance.data.libraries;
  }

  /**
   * Loads a library.
   *
   * @param replaces whether it takes the place of one of its name
   * @param mayLast whether it may take as long as it likes: it did before
   * @returns its name, or the error without its code
   */
  load(
    code: Uint8Array,
    replaces: boolean,
    mayLast: boolean,
  ): { readonly name: string } | { readonly error: string } {
    const loaded = this.#load(this.libraries, code, replaces, mayLast);
    if (typeof loaded === "string") return { error: loaded };
    this.#put(loaded);
    return { name: loaded.name };
  }

  /**
   * Loads libraries of which a payload has the code, all of them or none.
   *
   * @returns null, or the error without its code
   */
  restore(codes: readonly Uint8Array[], policy: RestorePolicy, mayLast: boolean): string | null {
    const restored = new FunctionLibraries();
    let error: string | null = null;
    for (const code of codes) {
      const loaded = this.#load(restored, code, false, mayLast);
      if (typeof loaded === "string") {
        error = loaded;
        break;
      }
      restored.put(loaded);
    }
    if (error === null && policy !== "flush") error = this.#conflict(restored, policy);
    if (error !== null) {
      for (const library of restored) this.engine.forget(library);
      return error;
    }
    if (policy === "flush") for (const { name } of [...this.libraries]) this.remove(name);
    for (const library of restored) this.#put(library);
    return null;
  }

  /** Removes a library; false when there is none. */
  remove(name: string): boolean {
    const library = this.libraries.remove(name);
    if (library !== undefined) this.engine.forget(library);
    return library !== undefined;
  }

  /** Removes all libraries, and the machine that they are in. */
  flush(): void {
    this.libraries.clear();
    this.engine.reset();
  }

  /** Makes a library that fits in among others. */
  #load(
    among: FunctionLibraries,
    code: Uint8Array,
    replaces: boolean,
    mayLast: boolean,
  ): Library | string {
    const header = parseHeader(textOf(code));
    if (typeof header === "string") return header;
    if (!replaces && among.get(header.name) !== undefined) {
      return `Library '${header.name}' already exists`;
    }
    const loaded = this.engine.load(code, mayLast ? null : this.#deadline());
    if (typeof loaded === "string") return loaded;
    const collision = among.collision([loaded]);
    if (collision === null) return loaded;
    this.engine.forget(loaded);
    return `Function ${collision} already exists`;
  }

  /** Why restored libraries do not fit in among those that are there; null when they do. */
  #conflict(restored: FunctionLibraries, policy: RestorePolicy): string | null {
    if (policy === "append") {
      for (const { name } of restored) {
        if (this.libraries.get(name) !== undefined) return `Library ${name} already exists`;
      }
    }
    const collision = this.libraries.collision(restored);
    return collision === null ? null : `Function ${collision} already exists`;
  }

  #put(library: Library): void {
    const before = this.libraries.put(library);
    if (before !== undefined) this.engine.forget(before);
  }

  #deadline(): LoadDeadline {
    const { clock } = this.#instance;
    const nowUs = (): number => clock.monotonicUs();
    return { nowUs, endUs: nowUs() + LOAD_LIMIT_US };
  }
}
