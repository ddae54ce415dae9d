/** Loads libraries, and runs their functions, in a sandbox of their own. */
import { assert } from "../../assert.ts";
import { raiseError } from "../api/error-tables.ts";
import { type Compiled, type EnginePorts, ScriptEngine, textOf } from "../engine.ts";
import { GLOBALS, LUA_TYPE, REGISTRY, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import type { Sandbox } from "../sandbox.ts";
import { LibraryEnvironment } from "./environment.ts";
import type { Library, LibraryFunction } from "./libraries.ts";
import { parseHeader } from "./library-code.ts";
import type { Loading, Registered } from "./register.ts";

/** Instructions between two looks at the clock, and the hook's masks. */
const HOOK_INSTRUCTIONS = 100_000;
const MASK_LINE = 4;
const MASK_COUNT = 8;
const FAILED = "Error registering functions: ERR The machine has failed and begins anew";

/** Until when a library may take to load, in microseconds of the clock; null for as long as it likes. */
export type LoadDeadline = { readonly nowUs: () => number; readonly endUs: number } | null;

/** What is known of a function but where it is compiled. */
type FunctionFacts = Omit<LibraryFunction, "library" | "compiled">;

/** A function that is ready to run, and what its globals are. */
export interface ReadyFunction {
  readonly chunk: Compiled;
  readonly globals: number;
}

/**
 * Loads libraries, and runs their functions.
 *
 * Where a machine is left, each library is loaded again when one of its functions is called next.
 * What it has kept in variables of its own is gone then, as after a start of the server.
 */
export class FunctionEngine {
  /** That runs its functions. */
  readonly engine: ScriptEngine;
  /** That of the sandbox in use. */
  #environment!: LibraryEnvironment;
  #hook = 0;
  #deadline: LoadDeadline = null;

  constructor(ports: EnginePorts) {
    this.engine = new ScriptEngine(ports, {
      redis: [],
      showsHandler: false,
      prepare: (sandbox) => this.#prepare(sandbox),
    });
  }

  /** Bytes that Lua has in use; 0 before the first library. */
  get usedBytes(): number {
    return this.engine.usedBytes;
  }

  /** Leaves the machine. */
  reset(): void {
    this.engine.reset();
  }

  /**
   * Makes a library of its code, in which it registers its functions.
   *
   * @returns the library, or why there is none
   */
  load(code: Uint8Array, deadline: LoadDeadline): Library | string {
    const header = parseHeader(textOf(code));
    if (typeof header === "string") return header;
    const { name, length } = header;
    const registered = this.#register(code.subarray(length), deadline);
    if (typeof registered === "string") return registered;
    if (registered.length === 0) return "No functions registered";
    const { machine } = this.engine;
    const functions: LibraryFunction[] = [];
    const library: Library = { name, code, functions };
    for (const { ref, ...facts } of registered) {
      functions.push({ ...facts, compiled: { ref, machine }, library });
    }
    return library;
  }

  /** Forgets what was compiled of a library. */
  forget({ functions }: Library): void {
    for (const { compiled } of functions) this.engine.forget(compiled);
  }

  /** Makes a function ready to run in `engine`: it may be that its machine was left. Or says why not. */
  prepare({ compiled, library }: LibraryFunction): ReadyFunction | string {
    const error = compiled.machine === this.engine.machine ? null : this.#loadAgain(library);
    return error ?? { chunk: compiled, globals: this.#environment.globals };
  }

  /** Loads a library into a new machine. Null, or why that is impossible. */
  #loadAgain({ code, functions }: Library): string | null {
    const header = parseHeader(textOf(code));
    assert(typeof header !== "string", "a library that was loaded has a first line");
    const registered = this.#register(code.subarray(header.length), null);
    if (typeof registered === "string") return registered;
    const { machine } = this.engine;
    for (const [i, { compiled, ...facts }] of functions.entries()) {
      assert(isSame(facts, registered[i]), "a library registers the same functions again");
      compiled.ref = registered[i]!.ref;
      compiled.machine = machine;
    }
    return null;
  }

  /** Runs a library's code. The functions that it registers, or why it fails. */
  #register(source: Uint8Array, deadline: LoadDeadline): readonly Registered[] | string {
    this.#deadline = deadline;
    const registered = this.engine.within((sandbox) => this.#runCode(sandbox, source));
    this.#deadline = null;
    return registered ?? FAILED;
  }

  #runCode(sandbox: Sandbox, source: Uint8Array): readonly Registered[] | string {
    const { machine, main } = sandbox;
    const { c } = machine;
    const loading: Loading = { functions: [] };
    const thread = c.lua_newthread(main);
    const threadRef = c.luaL_ref(main, REGISTRY);
    c.lua_rawgeti(thread, REGISTRY, this.#environment.globals);
    c.lua_replace(thread, GLOBALS);
    const at = machine.messageRoom(main, source.length);
    machine.bytes.set(source, at);
    this.#environment.begin(loading);
    const error =
      c.luaL_loadbuffer(thread, at, source.length, machine.cString("@user_function")) !== 0
        ? `Error compiling function: ${machine.text(thread, -1)}`
        : this.#call(machine, thread);
    this.#environment.end();
    machine.shrink();
    c.luaL_unref(main, REGISTRY, threadRef);
    if (error === null) return loading.functions;
    for (const { ref } of loading.functions) c.luaL_unref(main, REGISTRY, ref);
    return error;
  }

  /** Calls what is on top of a thread's stack. Null, or the error that it ends with. */
  #call(machine: LuaMachine, thread: State): string | null {
    const { c } = machine;
    c.lua_sethook(thread, this.#hook, MASK_COUNT, HOOK_INSTRUCTIONS);
    if (c.lua_pcall(thread, 0, 0, 0) === 0) return null;
    let text = machine.text(thread, -1);
    if (text !== null) text = `ERR ${text.split("\0", 1)[0]}`;
    else if (c.lua_type(thread, -1) === LUA_TYPE.table) {
      machine.rawGetField(thread, -1, "err");
      text = machine.text(thread, -1);
    }
    return `Error registering functions: ${text}`;
  }

  #prepare(sandbox: Sandbox): void {
    const { machine } = sandbox;
    this.#environment = new LibraryEnvironment(sandbox);
    this.#hook = machine.hook((state) => {
      const deadline = this.#deadline;
      if (deadline === null || deadline.nowUs() <= deadline.endUs) return;
      // At every line from now on, so that the library does not survive by catching the error.
      machine.c.lua_sethook(state, this.#hook, MASK_LINE, 0);
      raiseError(machine, state, "FUNCTION LOAD timeout");
    });
  }
}

function isSame(facts: FunctionFacts, again: Registered | undefined): boolean {
  return (
    again !== undefined &&
    again.name === facts.name &&
    again.flags === facts.flags &&
    again.description === facts.description
  );
}
