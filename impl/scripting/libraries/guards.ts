/** The functions of Lua's own libraries that look past metatables: what they do with readonly tables. */
import type { Protection } from "../api/protection.ts";
import { LUA_TYPE, type State, upvalue } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";

/** Runs instead of the machine's own function, which is `native`. */
export type Guard = (tools: GuardTools, state: State, native: number) => number;

/** What guards work with. */
export interface GuardTools {
  readonly machine: LuaMachine;
  readonly protection: Protection;
  /** The number of the guarded `next`. */
  readonly next: () => number;
  /** The number of a function that reads for `load`, whose upvalue is what scripts gave it. */
  readonly textReader: () => number;
  /** True for the threads that a script runs on, which it takes for the only one. */
  readonly isScriptThread: (state: State) => boolean;
}

/** Refuses to write to a readonly table, once the arguments have been found to be right. */
const write: Guard = ({ machine, protection }, state, native) => {
  if (!protection.isProtected(state, 1)) return machine.callNative(native, state);
  machine.c.lua_createtable(state, 0, 0);
  machine.c.lua_replace(state, 1);
  machine.callNative(native, state);
  return protection.refuse(state);
};

const read: Guard = ({ machine, protection }, state, native) => {
  protection.reveal(state, 1);
  return machine.callNative(native, state);
};

const pairs: Guard = ({ machine, protection, next }, state, native) => {
  const { c } = machine;
  if (!protection.isProtected(state, 1)) return machine.callNative(native, state);
  c.lua_pushcclosure(state, next(), 0);
  c.lua_pushvalue(state, 1);
  c.lua_pushnil(state);
  return 3;
};

const getMetatable: Guard = ({ machine, protection }, state, native) => {
  const type = machine.c.lua_type(state, 1);
  if (type !== LUA_TYPE.table || !protection.isProtected(state, 1)) {
    return machine.callNative(native, state);
  }
  protection.pushShownMetatable(state, 1);
  return 1;
};

const ESCAPE = 27;
/** What the compiler answers to, in the place of compiled code, as Redis' does: by its first character. */
const NO_TEXT = " \x1b";

/** Redis compiles text only: what has been compiled before could contain anything. */
const loadString: Guard = ({ machine }, state, native) => {
  const at = machine.checkString(state, 1);
  if (machine.bytes[at] === ESCAPE) {
    if (machine.c.lua_type(state, 2) <= LUA_TYPE.nil) {
      machine.c.lua_settop(state, 1);
      machine.c.lua_pushvalue(state, 1);
    }
    machine.pushText(state, NO_TEXT);
    machine.c.lua_replace(state, 1);
  }
  return machine.callNative(native, state);
};

const load: Guard = ({ machine, textReader }, state, native) => {
  machine.c.luaL_checktype(state, 1, LUA_TYPE.function);
  machine.c.lua_pushvalue(state, 1);
  machine.c.lua_pushcclosure(state, textReader(), 1);
  machine.c.lua_replace(state, 1);
  return machine.callNative(native, state);
};

/** Reads a piece of a chunk for `load`. */
export function readText(machine: LuaMachine, state: State): number {
  const { c } = machine;
  c.lua_pushvalue(state, upvalue(1));
  if (c.lua_pcall(state, 0, 1, 0) !== 0) return c.lua_error(state);
  const isString = c.lua_type(state, -1) === LUA_TYPE.string;
  if (isString && machine.bytes[machine.stringAt(state, -1)] === ESCAPE) {
    machine.pushText(state, NO_TEXT);
  }
  return 1;
}

/** Redis' scripts run on the first thread, which cannot yield. */
const yieldThread: Guard = ({ machine, isScriptThread }, state, native) =>
  isScriptThread(state)
    ? machine.raisePlain(state, "attempt to yield across metamethod/C-call boundary")
    : machine.callNative(native, state);

const runningThread: Guard = ({ machine, isScriptThread }, state, native) => {
  if (!isScriptThread(state)) return machine.callNative(native, state);
  machine.c.lua_pushnil(state);
  return 1;
};

/** The guards by table and function; "" is the table of the globals. */
export const GUARDS: Readonly<Record<string, Readonly<Record<string, Guard>>>> = {
  "": {
    getmetatable: getMetatable,
    load,
    loadstring: loadString,
    next: read,
    pairs,
    rawget: read,
    rawset: write,
    setmetatable: write,
  },
  coroutine: {
    running: runningThread,
    yield: yieldThread,
  },
  table: {
    foreach: read,
    getn: read,
    insert: write,
    maxn: read,
    // Readonly tables have no elements that these could move.
    remove: read,
    sort: read,
  },
};

/** `pairs` takes the machine's own `next` from its upvalue, which its guard must have, too. */
export const PAIRS_UPVALUE = upvalue(1);
