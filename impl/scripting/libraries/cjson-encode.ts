/** `cjson.encode`: a value of Lua as JSON. */
import type { ByteBuilder } from "../machine/byte-builder.ts";
import { LUA_TYPE, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { formatG } from "../machine/numbers.ts";
import type { CjsonConfig } from "./cjson-config.ts";

const QUOTE = 34;
const SPECIAL: readonly (string | null)[] = Array.from({ length: 256 }, (_, byte) =>
  escapeOf(byte),
);

function escapeOf(byte: number): string | null {
  const short = {
    8: "\\b",
    9: "\\t",
    10: "\\n",
    12: "\\f",
    13: "\\r",
    34: '\\"',
    47: "\\/",
    92: "\\\\",
  };
  const found = (short as Readonly<Record<number, string>>)[byte];
  if (found !== undefined) return found;
  return byte < 32 || byte === 127 ? `\\u00${byte.toString(16).padStart(2, "0")}` : null;
}

/** What encoding needs. */
export interface Encoding {
  readonly machine: LuaMachine;
  readonly state: State;
  readonly config: CjsonConfig;
  readonly out: ByteBuilder;
  /** The table that `lua_next` may walk through instead of the one on top: see `protection.ts`. */
  readonly reveal: (state: State) => void;
}

/** `cjson.encode(value)` */
export function cjsonEncode(encoding: Encoding): number {
  const { machine, state, out } = encoding;
  if (machine.c.lua_gettop(state) !== 1) machine.argumentError(state, 1, "expected 1 argument");
  out.clear();
  appendValue(encoding, 0);
  machine.pushBytes(state, out.bytes, 0, out.length);
  return 1;
}

/** Appends the value on top of the stack. */
function appendValue(encoding: Encoding, depth: number): void {
  const { machine, state, out } = encoding;
  const { c } = machine;
  switch (c.lua_type(state, -1)) {
    case LUA_TYPE.string:
      appendString(encoding, -1);
      return;
    case LUA_TYPE.number:
      appendNumber(encoding, -1);
      return;
    case LUA_TYPE.boolean:
      out.text(c.lua_toboolean(state, -1) === 1 ? "true" : "false");
      return;
    case LUA_TYPE.table:
      appendTable(encoding, depth + 1);
      return;
    case LUA_TYPE.nil:
      out.text("null");
      return;
    case LUA_TYPE.lightuserdata:
      if (c.lua_touserdata(state, -1) === 0) {
        out.text("null");
        return;
      }
  }
  refuse(encoding, -1, "type not supported");
}

function appendTable(encoding: Encoding, depth: number): void {
  const { machine, state, config } = encoding;
  if (depth > config.encodeMaxDepth || machine.c.lua_checkstack(state, 3) === 0) {
    machine.raise(state, `Cannot serialise, excessive nesting (${depth})`);
  }
  encoding.reveal(state);
  const length = arrayLength(encoding);
  if (length > 0) appendArray(encoding, depth, length);
  else appendObject(encoding, depth);
}

/** The length of the array on top; -1 when it is none. */
function arrayLength(encoding: Encoding): number {
  const { machine, state, config } = encoding;
  const { c } = machine;
  let most = 0;
  let items = 0;
  c.lua_pushnil(state);
  while (c.lua_next(state, -2) !== 0) {
    const key = c.lua_type(state, -2) === LUA_TYPE.number ? c.lua_tonumber(state, -2) : 0;
    if (key < 1 || Math.floor(key) !== key) {
      machine.pop(state, 2);
      return -1;
    }
    most = Math.max(most, key);
    items++;
    machine.pop(state, 1);
  }
  const { sparseRatio, sparseSafe } = config;
  if (sparseRatio > 0 && most > items * sparseRatio && most > sparseSafe) {
    if (!config.sparseConvert) refuse(encoding, -1, "excessively sparse array");
    return -1;
  }
  return most;
}

function appendArray(encoding: Encoding, depth: number, length: number): void {
  const { machine, state, out } = encoding;
  out.text("[");
  for (let i = 1; i <= length; i++) {
    if (i > 1) out.text(",");
    machine.c.lua_rawgeti(state, -1, i);
    appendValue(encoding, depth);
    machine.pop(state, 1);
  }
  out.text("]");
}

function appendObject(encoding: Encoding, depth: number): void {
  const { machine, state, out } = encoding;
  const { c } = machine;
  let isFirst = true;
  out.text("{");
  c.lua_pushnil(state);
  while (c.lua_next(state, -2) !== 0) {
    if (!isFirst) out.text(",");
    isFirst = false;
    const keyType = c.lua_type(state, -2);
    if (keyType === LUA_TYPE.number) {
      out.text('"');
      appendNumber(encoding, -2);
      out.text('":');
    } else if (keyType === LUA_TYPE.string) {
      appendString(encoding, -2);
      out.text(":");
    } else {
      refuse(encoding, -2, "table key must be a number or string");
    }
    appendValue(encoding, depth);
    machine.pop(state, 1);
  }
  out.text("}");
}

function appendNumber(encoding: Encoding, index: number): void {
  const { machine, state, config, out } = encoding;
  const n = machine.c.lua_tonumber(state, index);
  if (Number.isFinite(n)) {
    out.text(formatG(n, config.precision));
  } else if (config.encodeInvalidNumbers === 0) {
    refuse(encoding, index, "must not be NaN or Inf");
  } else if (config.encodeInvalidNumbers === 2) {
    out.text("null");
  } else {
    out.text(Number.isNaN(n) ? "nan" : formatG(n, config.precision));
  }
}

function appendString({ machine, state, out }: Encoding, index: number): void {
  const at = machine.stringAt(state, index);
  const end = at + machine.length;
  const { bytes } = machine;
  out.byte(QUOTE);
  for (let i = at; i < end; i++) {
    const special = SPECIAL[bytes[i]!];
    if (typeof special === "string") out.text(special);
    else out.byte(bytes[i]!);
  }
  out.byte(QUOTE);
}

function refuse({ machine, state }: Encoding, index: number, why: string): never {
  return machine.raise(state, `Cannot serialise ${machine.typeName(state, index)}: ${why}`);
}
