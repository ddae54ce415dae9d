/** `redis.register_function`: what it is given, in its two forms. */
import { pushError } from "../api/error-tables.ts";
import { LUA_TYPE, REGISTRY, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { FLAG_WORDS } from "../shebang.ts";
import { isName, WRONG_NAME } from "./library-code.ts";

/** A function that has been registered. */
export interface Registered {
  readonly name: string;
  readonly description: string | null;
  /** `FLAG` */
  readonly flags: number;
  /** The registry's reference of its callback. */
  readonly ref: number;
}

/** What is being loaded: the functions that it has registered so far. */
export interface Loading {
  readonly functions: Registered[];
}

const IT = "redis.register_function";

/** Something is wrong with the arguments. */
class Wrong {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * `redis.register_function(name, callback)` or `redis.register_function{function_name=…, …}`
 *
 * @param loading null while nothing is being loaded
 */
export function registerFunction(
  machine: LuaMachine,
  state: State,
  loading: Loading | null,
): number {
  const { c } = machine;
  const registered =
    loading === null
      ? new Wrong(`${IT} can only be called on FUNCTION LOAD command`)
      : readArguments(machine, state);
  const wrong = registered instanceof Wrong ? registered : wrongName(registered, loading!);
  if (wrong === null) {
    loading!.functions.push(registered as Registered);
    return 0;
  }
  if (!(registered instanceof Wrong)) c.luaL_unref(state, REGISTRY, registered.ref);
  pushError(machine, state, `ERR ${wrong.text}`);
  return c.lua_error(state);
}

function wrongName({ name }: Registered, { functions }: Loading): Wrong | null {
  if (!isName(name)) return new Wrong(WRONG_NAME);
  if (functions.every((each) => each.name !== name)) return null;
  return new Wrong("Function already exists in the library");
}

function readArguments(machine: LuaMachine, state: State): Registered | Wrong {
  const count = machine.c.lua_gettop(state);
  if (count < 1 || count > 2) return new Wrong(`wrong number of arguments to ${IT}`);
  return count === 1 ? readNamed(machine, state) : readPositional(machine, state);
}

function readPositional(machine: LuaMachine, state: State): Registered | Wrong {
  const name = machine.text(state, 1);
  if (name === null) return new Wrong(`first argument to ${IT} must be a string`);
  if (machine.c.lua_type(state, 2) !== LUA_TYPE.function) {
    return new Wrong(`second argument to ${IT} must be a function`);
  }
  const ref = machine.c.luaL_ref(state, REGISTRY);
  return { name, description: null, flags: 0, ref };
}

/** What named arguments have said so far. */
interface Named {
  name: string | null;
  description: string | null;
  flags: number;
  /** 0 while there is none. */
  ref: number;
}

function readNamed(machine: LuaMachine, state: State): Registered | Wrong {
  const { c } = machine;
  if (c.lua_type(state, 1) !== LUA_TYPE.table) {
    return new Wrong(
      `calling ${IT} with a single argument is only applicable to Lua table (representing named arguments).`,
    );
  }
  const named: Named = { name: null, description: null, flags: 0, ref: 0 };
  const wrong = readFields(machine, state, named) ?? missing(named);
  const { name, description, flags, ref } = named;
  if (wrong === null) return { name: name!, description, flags, ref };
  if (ref !== 0) c.luaL_unref(state, REGISTRY, ref);
  return wrong;
}

function missing({ name, ref }: Named): Wrong | null {
  if (name === null) return new Wrong(`${IT} must get a function name argument`);
  return ref === 0 ? new Wrong(`${IT} must get a callback argument`) : null;
}

/** Reads the fields of the table on the stack, in its order; null, or what is wrong with one. */
function readFields(machine: LuaMachine, state: State, named: Named): Wrong | null {
  const { c } = machine;
  c.lua_pushnil(state);
  while (c.lua_next(state, 1) !== 0) {
    if (c.lua_isstring(state, -2) === 0) {
      return new Wrong(`named argument key given to ${IT} is not a string`);
    }
    // The key stays as it is: `lua_next` needs it.
    c.lua_pushvalue(state, -2);
    const key = machine.text(state, -1)!.split("\0", 1)[0]!.toLowerCase();
    machine.pop(state, 1);
    const read = FIELDS[key];
    if (read === undefined) return new Wrong(`unknown argument given to ${IT}`);
    const wrong = read(machine, state, named);
    if (wrong !== null) return new Wrong(wrong);
    machine.pop(state, 1);
  }
  return null;
}

/** Takes the value on top of the stack, which stays there; null, or what is wrong with it. */
type Field = (machine: LuaMachine, state: State, named: Named) => string | null;

const FIELDS: Readonly<Record<string, Field>> = {
  function_name: (machine, state, named) => {
    named.name = textOnTop(machine, state);
    return named.name === null ? `function_name argument given to ${IT} must be a string` : null;
  },
  description: (machine, state, named) => {
    named.description = textOnTop(machine, state);
    const isText = named.description !== null;
    return isText ? null : `description argument given to ${IT} must be a string`;
  },
  callback: ({ c }, state, named) => {
    if (c.lua_type(state, -1) !== LUA_TYPE.function) {
      return `callback argument given to ${IT} must be a function`;
    }
    if (named.ref !== 0) c.luaL_unref(state, REGISTRY, named.ref);
    c.lua_pushvalue(state, -1);
    named.ref = c.luaL_ref(state, REGISTRY);
    return null;
  },
  flags: (machine, state, named) => {
    if (machine.c.lua_type(state, -1) !== LUA_TYPE.table) {
      return `flags argument to ${IT} must be a table representing function flags`;
    }
    const flags = readFlags(machine, state);
    if (flags === null) return "unknown flag given";
    named.flags = flags;
    return null;
  },
};

/** The text of the value on top, a number's included, which stays as it is; null when it is none. */
function textOnTop(machine: LuaMachine, state: State): string | null {
  machine.c.lua_pushvalue(state, -1);
  const text = machine.text(state, -1);
  machine.pop(state, 1);
  return text;
}

/** The flags that the list on top of the stack names; null when one is unknown. */
function readFlags(machine: LuaMachine, state: State): number | null {
  const { c } = machine;
  let flags = 0;
  for (let i = 1; ; i++) {
    c.lua_pushnumber(state, i);
    c.lua_gettable(state, -2);
    const isEnd = c.lua_type(state, -1) === LUA_TYPE.nil;
    const word = isEnd ? null : machine.text(state, -1);
    machine.pop(state, 1);
    if (isEnd) return flags;
    const flag = word === null ? undefined : FLAG_WORDS.get(word.split("\0", 1)[0]!.toLowerCase());
    if (flag === undefined) return null;
    flags |= flag;
  }
}
