/** The libraries of a sandbox: Lua's own with their guards and casts, and those that Redis adds. */
import type { Protection } from "../api/protection.ts";
import { ByteBuilder } from "../machine/byte-builder.ts";
import { castArguments } from "../machine/casts.ts";
import type { HostFunction } from "../machine/host-functions.ts";
import { GLOBALS, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { BIT } from "./bit.ts";
import { CJSON_SETTINGS, CjsonConfig } from "./cjson-config.ts";
import { cjsonDecode } from "./cjson-decode.ts";
import { cjsonEncode } from "./cjson-encode.ts";
import { cmsgpackPack } from "./cmsgpack-pack.ts";
import { cmsgpackUnpack, cmsgpackUnpackLimit, cmsgpackUnpackOne } from "./cmsgpack-unpack.ts";
import { GUARDS, type GuardTools, readText } from "./guards.ts";
import { CASTING } from "./integers.ts";
import { widenIntegers } from "./string-format.ts";
import { structPack, structSize, structUnpack } from "./struct.ts";
import { hasBase, toNumberWithBase } from "./to-number.ts";

/**
 * Functions of `math` of which the second argument is judged first: C leaves that open, and Redis'
 * compiler does it so.
 */
const SECOND_FIRST = ["atan2", "fmod", "ldexp", "pow"];

/** Functions by name, in the order in which they are registered. */
export type Functions = Readonly<Record<string, HostFunction>>;

/** Sets fields of the table on top of the stack to functions. */
export function setFunctions(machine: LuaMachine, state: State, functions: Functions): void {
  const numbers = machine.hostFunctions(Object.values(functions));
  Object.keys(functions).forEach((name, i) => {
    machine.c.lua_pushcclosure(state, numbers[i]!, 0);
    machine.c.lua_setfield(state, -2, machine.cString(name));
  });
}

/** Adds the libraries `cjson`, `struct`, `cmsgpack` and `bit` to the globals, in Redis' order. */
export function addLibraries(machine: LuaMachine, state: State, protection: Protection): void {
  const { c } = machine;
  const out = new ByteBuilder();
  const reveal = (at: State): void => protection.reveal(at, -1);

  pushCjson(machine, state, reveal);
  c.lua_setfield(state, GLOBALS, machine.cString("cjson"));

  addLibrary(machine, state, "struct", {
    pack: (at) => structPack(machine, at, out),
    unpack: (at) => structUnpack(machine, at),
    size: (at) => structSize(machine, at),
  });

  c.lua_createtable(state, 0, 0);
  setFunctions(machine, state, {
    pack: (at) => cmsgpackPack({ machine, state: at, out, reveal }),
    unpack: (at) => cmsgpackUnpack(machine, at),
    unpack_one: (at) => cmsgpackUnpackOne(machine, at),
    unpack_limit: (at) => cmsgpackUnpackLimit(machine, at),
  });
  setTexts(machine, state, {
    _NAME: "cmsgpack",
    _VERSION: "lua-cmsgpack 0.4.0",
    _COPYRIGHT: "Copyright (C) 2012, Salvatore Sanfilippo",
    _DESCRIPTION: "MessagePack C implementation for Lua",
  });
  c.lua_setfield(state, GLOBALS, machine.cString("cmsgpack"));

  const bit = Object.entries(BIT).map(
    ([name, fn]) => [name, (at: State) => fn(machine, at)] as const,
  );
  addLibrary(machine, state, "bit", Object.fromEntries(bit));
}

/** A library that is a global before its functions are in it, as `luaL_register` does it. */
function addLibrary(machine: LuaMachine, state: State, name: string, functions: Functions): void {
  const { c } = machine;
  c.lua_createtable(state, 0, Object.keys(functions).length);
  c.lua_pushvalue(state, -1);
  c.lua_setfield(state, GLOBALS, machine.cString(name));
  setFunctions(machine, state, functions);
  machine.pop(state, 1);
}

/** Pushes a table `cjson` with settings of its own. */
function pushCjson(machine: LuaMachine, state: State, reveal: (state: State) => void): void {
  const { c } = machine;
  const config = new CjsonConfig();
  const out = new ByteBuilder();
  c.lua_createtable(state, 0, 0);
  const settings = Object.entries(CJSON_SETTINGS).map(
    ([name, fn]) => [name, (at: State) => fn(machine, at, config)] as const,
  );
  setFunctions(machine, state, {
    encode: (at) => cjsonEncode({ machine, state: at, config, out, reveal }),
    decode: (at) => cjsonDecode(machine, at, config),
    ...Object.fromEntries(settings),
    new: (at) => {
      pushCjson(machine, at, reveal);
      return 1;
    },
  });
  c.lua_pushlightuserdata(state, 0);
  c.lua_setfield(state, -2, machine.cString("null"));
  setTexts(machine, state, { _NAME: "cjson", _VERSION: "2.1.0" });
}

function setTexts(
  machine: LuaMachine,
  state: State,
  texts: Readonly<Record<string, string>>,
): void {
  for (const [name, text] of Object.entries(texts)) {
    machine.pushText(state, text);
    machine.c.lua_setfield(state, -2, machine.cString(name));
  }
}

/** Replaces functions of Lua's own libraries by those that know of readonly tables and of 64 bits. */
export function guardLibraries(
  machine: LuaMachine,
  state: State,
  protection: Protection,
  isScriptThread: (state: State) => boolean,
): void {
  const { c } = machine;
  let next = 0;
  const [reader] = machine.hostFunctions([(at) => readText(machine, at)]) as [number];
  const textReader = (): number => reader;
  const tools: GuardTools = { machine, protection, next: () => next, textReader, isScriptThread };
  const tables = new Set([...Object.keys(GUARDS), ...Object.keys(CASTING), "string"]);
  for (const table of tables) {
    if (table === "") c.lua_pushvalue(state, GLOBALS);
    else c.lua_getfield(state, GLOBALS, machine.cString(table));
    const before = before64(machine, table);
    const names = new Set([...Object.keys(GUARDS[table] ?? {}), ...Object.keys(before)]);
    for (const name of names) {
      c.lua_getfield(state, -1, machine.cString(name));
      const native = c.lua_tocfunction(state, -1);
      const guard = GUARDS[table]?.[name];
      const instead = before[name] ?? (() => -1);
      const fn: HostFunction = (at) => {
        const results = instead(at);
        if (results >= 0) return results;
        return guard === undefined ? machine.callNative(native, at) : guard(tools, at, native);
      };
      const [index] = machine.hostFunctions([fn]) as [number];
      machine.pop(state, 1);
      if (name === "next") next = index;
      if (name === "pairs") pushNativeNext(machine, state, native);
      c.lua_pushcclosure(state, index, name === "pairs" ? 1 : 0);
      c.lua_setfield(state, -2, machine.cString(name));
    }
    machine.pop(state, 1);
  }
}

/**
 * What runs before functions that cast to integers: mends the arguments and returns -1, or does all
 * by itself and returns the number of results.
 */
function before64(machine: LuaMachine, table: string): Functions {
  const casting = Object.entries(CASTING[table] ?? {}).map(([name, casts]) => {
    const mend: HostFunction = (state) => {
      castArguments(machine, state, casts);
      return -1;
    };
    return [name, mend] as const;
  });
  const more: Functions =
    table === "string"
      ? {
          format: (state) => {
            widenIntegers(machine, state);
            return -1;
          },
        }
      : table === ""
        ? { tonumber: (state) => (hasBase(machine, state) ? toNumberWithBase(machine, state) : -1) }
        : {};
  const all: Record<string, HostFunction> = { ...Object.fromEntries(casting), ...more };
  for (const name of table === "math" ? SECOND_FIRST : []) {
    const mend = all[name] ?? (() => -1);
    all[name] = (state) => {
      machine.c.luaL_checknumber(state, 2);
      return mend(state);
    };
  }
  return all;
}

/** Pushes the machine's own `next`, which is `pairs`' upvalue. */
function pushNativeNext(machine: LuaMachine, state: State, nativePairs: number): void {
  const { c } = machine;
  // `pairs({})` returns it; the guarded `pairs` is not there yet.
  c.lua_getfield(state, GLOBALS, machine.cString("pairs"));
  if (c.lua_tocfunction(state, -1) !== nativePairs) throw new Error("pairs is guarded already");
  c.lua_createtable(state, 0, 0);
  machine.c.lua_pcall(state, 1, 1, 0);
}
