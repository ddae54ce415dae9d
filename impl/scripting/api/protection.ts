/**
 * Tables that scripts can read and not change. Redis has patched its Lua for that; here a script is
 * given an empty table in the place of each, whose metatable answers reads from the real one and
 * refuses writes, and the few functions that look past metatables are told the difference.
 */
import { LUA_TYPE, REGISTRY, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";

/** The error of a write to a readonly table. */
export const READONLY = "Attempt to modify a readonly table";

/** The readonly tables of one machine. */
export class Protection {
  readonly #machine: LuaMachine;
  /** The registry's reference of each real table, by the address of the one that stands for it. */
  readonly #real = new Map<number, number>();
  /** What `getmetatable` answers for one that stands for another: a reference; 0 for nil. */
  readonly #shownMetatable = new Map<number, number>();
  readonly #refuseWrite: number;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
    [this.#refuseWrite] = machine.hostFunctions([(state) => machine.raise(state, READONLY)]) as [
      number,
    ];
  }

  /**
   * Replaces the table on top of the stack by one that stands for it.
   *
   * @param shown a reference to what `getmetatable` answers; 0 for nil
   */
  protect(state: State, shown = 0): void {
    const { c } = this.#machine;
    c.lua_createtable(state, 0, 0);
    const standIn = c.lua_topointer(state, -1);
    c.lua_createtable(state, 0, 3);
    c.lua_pushvalue(state, -3);
    c.lua_setfield(state, -2, this.#machine.cString("__index"));
    c.lua_pushcclosure(state, this.#refuseWrite, 0);
    c.lua_setfield(state, -2, this.#machine.cString("__newindex"));
    c.lua_setmetatable(state, -2);
    // It must never be collected: the address stands for it.
    c.lua_pushvalue(state, -1);
    c.luaL_ref(state, REGISTRY);
    c.lua_insert(state, -2);
    this.#real.set(standIn, c.luaL_ref(state, REGISTRY));
    this.#shownMetatable.set(standIn, shown);
  }

  /** True when the value at `index` stands for a readonly table. */
  isProtected(state: State, index: number): boolean {
    return this.#real.has(this.#machine.c.lua_topointer(state, index));
  }

  /** Raises the error of a write to a readonly table. */
  refuse(state: State): never {
    return this.#machine.raisePlain(state, READONLY);
  }

  /** If the value at `index` stands for another table, that takes its place on the stack. */
  reveal(state: State, index: number): void {
    const { c } = this.#machine;
    if (c.lua_type(state, index) !== LUA_TYPE.table) return;
    const ref = this.#real.get(c.lua_topointer(state, index));
    if (ref === undefined) return;
    c.lua_rawgeti(state, REGISTRY, ref);
    c.lua_replace(state, index < 0 ? index - 1 : index);
  }

  /** Pushes what `getmetatable` answers for the readonly table at `index`. */
  pushShownMetatable(state: State, index: number): void {
    const { c } = this.#machine;
    const ref = this.#shownMetatable.get(c.lua_topointer(state, index));
    if (ref === undefined || ref === 0) c.lua_pushnil(state);
    else c.lua_rawgeti(state, REGISTRY, ref);
  }
}
