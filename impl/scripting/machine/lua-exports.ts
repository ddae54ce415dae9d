/** An address in the machine's memory, in bytes; 0 is none. */
export type Address = number;

/** The address of a `lua_State`: one thread of Lua. */
export type State = Address;

/** What the machine exports: the C interface of Lua 5.1 (https://www.lua.org/manual/5.1/manual.html#3). */
export interface LuaExports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  malloc(bytes: number): Address;
  free(at: Address): void;
  stackSave(): Address;
  stackRestore(at: Address): void;
  stackAlloc(bytes: number): Address;
  setThrew(threw: number, value: number): void;

  luaL_newstate(): State;
  lua_close(state: State): void;
  lua_atpanic(state: State, fn: number): number;
  lua_newthread(state: State): State;
  luaopen_base(state: State): number;
  luaopen_table(state: State): number;
  luaopen_string(state: State): number;
  luaopen_math(state: State): number;

  lua_gettop(state: State): number;
  lua_settop(state: State, index: number): void;
  lua_pushvalue(state: State, index: number): void;
  lua_remove(state: State, index: number): void;
  lua_insert(state: State, index: number): void;
  lua_replace(state: State, index: number): void;
  lua_checkstack(state: State, slots: number): number;
  lua_xmove(from: State, to: State, count: number): void;

  lua_type(state: State, index: number): number;
  lua_typename(state: State, type: number): Address;
  lua_isnumber(state: State, index: number): number;
  lua_isstring(state: State, index: number): number;
  lua_iscfunction(state: State, index: number): number;
  lua_tonumber(state: State, index: number): number;
  lua_toboolean(state: State, index: number): number;
  lua_tolstring(state: State, index: number, lengthAt: Address): Address;
  lua_objlen(state: State, index: number): number;
  lua_tocfunction(state: State, index: number): number;
  lua_touserdata(state: State, index: number): Address;
  lua_topointer(state: State, index: number): Address;

  lua_pushnil(state: State): void;
  lua_pushnumber(state: State, value: number): void;
  lua_pushboolean(state: State, value: number): void;
  lua_pushlstring(state: State, at: Address, length: number): void;
  lua_pushcclosure(state: State, fn: number, upvalues: number): void;
  lua_pushlightuserdata(state: State, at: Address): void;
  lua_pushthread(state: State): number;

  lua_gettable(state: State, index: number): void;
  lua_getfield(state: State, index: number, name: Address): void;
  lua_rawget(state: State, index: number): void;
  lua_rawgeti(state: State, index: number, n: number): void;
  lua_createtable(state: State, array: number, hash: number): void;
  lua_getmetatable(state: State, index: number): number;
  lua_settable(state: State, index: number): void;
  lua_setfield(state: State, index: number, name: Address): void;
  lua_rawset(state: State, index: number): void;
  lua_rawseti(state: State, index: number, n: number): void;
  lua_setmetatable(state: State, index: number): number;
  lua_next(state: State, index: number): number;
  lua_concat(state: State, count: number): void;

  lua_pcall(state: State, args: number, results: number, handler: number): number;
  lua_resume(state: State, args: number): number;
  lua_yield(state: State, results: number): number;
  lua_status(state: State): number;
  lua_error(state: State): never;
  lua_gc(state: State, what: number, data: number): number;
  lua_getstack(state: State, level: number, at: Address): number;
  lua_getinfo(state: State, what: Address, at: Address): number;
  lua_sethook(state: State, hook: number, mask: number, count: number): number;

  luaL_loadbuffer(state: State, at: Address, length: number, name: Address): number;
  luaL_ref(state: State, table: number): number;
  luaL_unref(state: State, table: number, ref: number): void;
  luaL_where(state: State, level: number): void;
  luaL_argerror(state: State, index: number, text: Address): never;
  luaL_typerror(state: State, index: number, text: Address): never;
  luaL_checktype(state: State, index: number, type: number): void;
  luaL_checkany(state: State, index: number): void;
  luaL_checkstack(state: State, slots: number, text: Address): void;
  luaL_checknumber(state: State, index: number): number;
  luaL_checklstring(state: State, index: number, lengthAt: Address): Address;
}

/** Types of Lua values, as `lua_type` tells them. */
export const LUA_TYPE = {
  none: -1,
  nil: 0,
  boolean: 1,
  lightuserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
} as const;

/** The registry, a table that no script sees. */
export const REGISTRY = -10000;
/** The globals of a thread. */
export const GLOBALS = -10002;

/** The position of a C function's `i`th upvalue. */
export function upvalue(i: number): number {
  return GLOBALS - i;
}
