/**
 * The globals of libraries: while one is loaded they are little more than `redis.register_function`,
 * and when its functions run they are those of scripts. What a library has made sees both in turn,
 * through one table that nobody can change.
 */
import { LOAD_TABLE } from "../api/redis-table.ts";
import { setFunctions } from "../libraries/install.ts";
import { REGISTRY } from "../machine/lua-exports.ts";
import type { Sandbox } from "../sandbox.ts";
import { type Loading, registerFunction } from "./register.ts";

/** The globals of libraries in one sandbox. */
export class LibraryEnvironment {
  readonly #sandbox: Sandbox;
  /** A reference to the table that stands for the globals. */
  readonly globals: number;
  /** References to the metatable behind it, and to what it can point to. */
  readonly #behind: number;
  readonly #whenLoading: number;
  /** What is being loaded; null while nothing is. */
  loading: Loading | null = null;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    const { machine, main, protection } = sandbox;
    const { c } = machine;
    this.#whenLoading = this.#loadGlobals();
    c.lua_createtable(main, 0, 0);
    c.lua_createtable(main, 0, 1);
    c.lua_pushvalue(main, -1);
    this.#behind = c.luaL_ref(main, REGISTRY);
    c.lua_setmetatable(main, -2);
    protection.protect(main);
    this.globals = c.luaL_ref(main, REGISTRY);
    this.#show(sandbox.shownGlobals);
  }

  /** The load of a library begins. */
  begin(loading: Loading): void {
    this.loading = loading;
    this.#show(this.#whenLoading);
  }

  /** It has ended, however it did. */
  end(): void {
    this.loading = null;
    this.#show(this.#sandbox.shownGlobals);
  }

  /** @param globals a reference to what the globals are from now on */
  #show(globals: number): void {
    const { machine, main } = this.#sandbox;
    const { c } = machine;
    c.lua_rawgeti(main, REGISTRY, this.#behind);
    c.lua_rawgeti(main, REGISTRY, globals);
    machine.rawSetField(main, -2, "__index");
    machine.pop(main, 1);
  }

  /** The globals while a library is loaded; a reference. */
  #loadGlobals(): number {
    const { machine, main } = this.#sandbox;
    const { c } = machine;
    c.lua_createtable(main, 0, 1);
    c.lua_createtable(main, 0, 0);
    setFunctions(machine, main, {
      register_function: (state) => registerFunction(machine, state, this.loading),
    });
    this.#sandbox.addEntries(LOAD_TABLE);
    this.#sandbox.protectStrictly();
    c.lua_setfield(main, -2, machine.cString("redis"));
    this.#sandbox.protectStrictly();
    return c.luaL_ref(main, REGISTRY);
  }
}
