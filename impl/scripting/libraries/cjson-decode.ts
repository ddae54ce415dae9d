/** `cjson.decode`: JSON as a value of Lua. */
import type { State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import type { CjsonConfig } from "./cjson-config.ts";
import { CjsonTokens, type Token } from "./cjson-tokens.ts";

interface Decoding {
  readonly machine: LuaMachine;
  readonly state: State;
  readonly config: CjsonConfig;
  readonly tokens: CjsonTokens;
  depth: number;
}

/** `cjson.decode(text)` */
export function cjsonDecode(machine: LuaMachine, state: State, config: CjsonConfig): number {
  if (machine.c.lua_gettop(state) !== 1) machine.argumentError(state, 1, "expected 1 argument");
  const at = machine.checkString(state, 1);
  const { bytes } = machine;
  if (machine.length >= 2 && (bytes[at] === 0 || bytes[at + 1] === 0)) {
    machine.raise(state, "JSON parser does not support UTF-16 or UTF-32");
  }
  const tokens = new CjsonTokens(bytes, at, config.decodeInvalidNumbers);
  const decoding: Decoding = { machine, state, config, tokens, depth: 0 };
  pushValue(decoding, next(decoding));
  const last = next(decoding);
  return last === "T_END" ? 1 : refuse(decoding, "the end", last);
}

function next({ machine, tokens }: Decoding): Token {
  tokens.bytes = machine.bytes;
  return tokens.next();
}

/** Pushes the value that begins with `token`. */
function pushValue(decoding: Decoding, token: Token): void {
  const { machine, state, tokens } = decoding;
  const { c } = machine;
  switch (token) {
    case "T_STRING":
      pushString(decoding);
      return;
    case "T_NUMBER":
      c.lua_pushnumber(state, tokens.number);
      return;
    case "T_BOOLEAN":
      c.lua_pushboolean(state, tokens.boolean ? 1 : 0);
      return;
    case "T_OBJ_BEGIN":
      pushObject(decoding);
      return;
    case "T_ARR_BEGIN":
      pushArray(decoding);
      return;
    case "T_NULL":
      c.lua_pushlightuserdata(state, 0);
      return;
  }
  refuse(decoding, "value", token);
}

function pushString({ machine, state, tokens }: Decoding): void {
  const { stringAt, stringLength, unescaped } = tokens;
  if (tokens.hasEscapes) machine.pushBytes(state, unescaped.bytes, 0, stringLength);
  else machine.c.lua_pushlstring(state, stringAt, stringLength);
}

function pushObject(decoding: Decoding): void {
  const { machine, state } = decoding;
  descend(decoding, 3);
  machine.c.lua_createtable(state, 0, 0);
  let token = next(decoding);
  while (token !== "T_OBJ_END") {
    if (token !== "T_STRING") refuse(decoding, "object key string", token);
    pushString(decoding);
    token = next(decoding);
    if (token !== "T_COLON") refuse(decoding, "colon", token);
    pushValue(decoding, next(decoding));
    machine.c.lua_rawset(state, -3);
    token = next(decoding);
    if (token === "T_OBJ_END") break;
    if (token !== "T_COMMA") refuse(decoding, "comma or object end", token);
    token = next(decoding);
    // A comma must be followed by a key.
    if (token === "T_OBJ_END") refuse(decoding, "object key string", token);
  }
  decoding.depth--;
}

function pushArray(decoding: Decoding): void {
  const { machine, state } = decoding;
  descend(decoding, 2);
  machine.c.lua_createtable(state, 0, 0);
  let token = next(decoding);
  for (let i = 1; token !== "T_ARR_END"; i++) {
    pushValue(decoding, token);
    machine.c.lua_rawseti(state, -2, i);
    token = next(decoding);
    if (token === "T_ARR_END") break;
    if (token !== "T_COMMA") refuse(decoding, "comma or array end", token);
    token = next(decoding);
    // A comma must be followed by a value.
    if (token === "T_ARR_END") refuse(decoding, "value", token);
  }
  decoding.depth--;
}

function descend(decoding: Decoding, slots: number): void {
  const { machine, state, config, tokens } = decoding;
  decoding.depth++;
  if (decoding.depth <= config.decodeMaxDepth && machine.c.lua_checkstack(state, slots) !== 0) {
    return;
  }
  const where = `(${decoding.depth}) at character ${tokens.position}`;
  machine.raise(state, `Found too many nested data structures ${where}`);
}

function refuse({ machine, state, tokens }: Decoding, expected: string, token: Token): never {
  const found = token === "T_ERROR" ? tokens.error : token;
  const where = `at character ${tokens.index + 1}`;
  return machine.raise(state, `Expected ${expected} but found ${found} ${where}`);
}
