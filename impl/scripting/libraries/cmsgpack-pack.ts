/** `cmsgpack.pack`: values of Lua as MessagePack. */
import type { ByteBuilder } from "../machine/byte-builder.ts";
import { LUA_TYPE, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { toInt64 } from "../machine/numbers.ts";

/** Tables in tables deeper than this become nil. */
const MAX_NESTING = 16;
const TWO_32 = 2 ** 32;
const INT_MAX = 2 ** 31 - 1;
const VIEW = new DataView(new ArrayBuffer(8));

/** What packing needs. */
export interface Packing {
  readonly machine: LuaMachine;
  readonly state: State;
  readonly out: ByteBuilder;
  /** Puts the table that may be walked through in the place of the one on top. */
  readonly reveal: (state: State) => void;
}

/** `cmsgpack.pack(value, ...)` */
export function cmsgpackPack(packing: Packing): number {
  const { machine, state, out } = packing;
  const { c } = machine;
  const count = c.lua_gettop(state);
  if (count === 0) machine.argumentError(state, 0, "MessagePack pack needs input.");
  if (c.lua_checkstack(state, count) === 0) {
    machine.argumentError(state, 0, "Too many arguments for MessagePack pack.");
  }
  out.clear();
  for (let i = 1; i <= count; i++) {
    need(packing, 1, "in function mp_check");
    c.lua_pushvalue(state, i);
    packTop(packing, 0);
  }
  machine.pushBytes(state, out.bytes, 0, out.length);
  return 1;
}

/** Packs the value on top of the stack and takes it. */
function packTop(packing: Packing, level: number): void {
  const { machine, state, out } = packing;
  const { c } = machine;
  switch (c.lua_type(state, -1)) {
    case LUA_TYPE.string:
      packString(packing);
      break;
    case LUA_TYPE.boolean:
      out.byte(c.lua_toboolean(state, -1) === 1 ? 0xc3 : 0xc2);
      break;
    case LUA_TYPE.number:
      packNumber(packing, c.lua_tonumber(state, -1));
      break;
    case LUA_TYPE.table:
      if (level === MAX_NESTING) out.byte(0xc0);
      else packTable(packing, level);
      break;
    default:
      out.byte(0xc0);
  }
  machine.pop(state, 1);
}

function packString({ machine, state, out }: Packing): void {
  const at = machine.stringAt(state, -1);
  const { length } = machine;
  if (length < 32) {
    out.byte(0xa0 | length);
  } else {
    const size = length <= 0xff ? 1 : length <= 0xffff ? 2 : 4;
    out.byte(size === 1 ? 0xd9 : size === 2 ? 0xda : 0xdb);
    out.bigEndian(length, size);
  }
  out.append(machine.bytes, at, length);
}

function packNumber(packing: Packing, n: number): void {
  if (toInt64(n) === n) packInteger(packing.out, n);
  else packDouble(packing.out, n);
}

function packDouble(out: ByteBuilder, n: number): void {
  const isSingle = Math.fround(n) === n;
  out.byte(isSingle ? 0xca : 0xcb);
  if (isSingle) VIEW.setFloat32(0, n);
  else VIEW.setFloat64(0, n);
  for (let i = 0; i < (isSingle ? 4 : 8); i++) out.byte(VIEW.getUint8(i));
}

function packInteger(out: ByteBuilder, n: number): void {
  if (n >= -32 && n <= 127) {
    out.byte(n & 0xff);
    return;
  }
  const sizes = n >= 0 ? [2 ** 8, 2 ** 16, TWO_32] : [2 ** 7, 2 ** 15, 2 ** 31];
  const power = sizes.findIndex((bound) => (n >= 0 ? n < bound : n >= -bound));
  const place = power === -1 ? 3 : power;
  out.byte((n >= 0 ? 0xcc : 0xd0) + place);
  VIEW.setBigInt64(0, BigInt.asIntN(64, BigInt(n)));
  for (let i = 8 - 2 ** place; i < 8; i++) out.byte(VIEW.getUint8(i));
}

function packTable(packing: Packing, level: number): void {
  const { machine, state, out } = packing;
  const { c } = machine;
  packing.reveal(state);
  if (isArray(packing)) {
    const length = c.lua_objlen(state, -1);
    header(out, length, 0x90, 0xdc);
    need(packing, 1, "in function mp_encode_lua_table_as_array");
    for (let i = 1; i <= length; i++) {
      c.lua_pushnumber(state, i);
      c.lua_gettable(state, -2);
      packTop(packing, level + 1);
    }
    return;
  }
  need(packing, 3, "in function mp_encode_lua_table_as_map");
  let pairs = 0;
  c.lua_pushnil(state);
  while (c.lua_next(state, -2) !== 0) {
    machine.pop(state, 1);
    pairs++;
  }
  header(out, pairs, 0x80, 0xde);
  c.lua_pushnil(state);
  while (c.lua_next(state, -2) !== 0) {
    c.lua_pushvalue(state, -2);
    packTop(packing, level + 1);
    packTop(packing, level + 1);
  }
}

/** The header of an array or a map: short ones have their length in the first byte. */
function header(out: ByteBuilder, count: number, short: number, long: number): void {
  if (count <= 15) {
    out.byte(short | count);
    return;
  }
  const isMiddle = count <= 0xffff;
  out.byte(isMiddle ? long : long + 1);
  out.bigEndian(count, isMiddle ? 2 : 4);
}

/** True when the keys of the table on top are the integers from 1 to their number. */
function isArray(packing: Packing): boolean {
  const { machine, state } = packing;
  const { c } = machine;
  let count = 0;
  let most = 0;
  const top = c.lua_gettop(state);
  need(packing, 2, "in function table_is_an_array");
  c.lua_pushnil(state);
  while (c.lua_next(state, -2) !== 0) {
    machine.pop(state, 1);
    const n = c.lua_type(state, -1) === LUA_TYPE.number ? c.lua_tonumber(state, -1) : 0;
    if (!(n > 0) || Math.trunc(n) !== n || n > INT_MAX) {
      c.lua_settop(state, top);
      return false;
    }
    most = Math.max(most, n);
    count++;
  }
  c.lua_settop(state, top);
  return most === count;
}

function need({ machine, state }: Packing, slots: number, where: string): void {
  machine.c.luaL_checkstack(state, slots, machine.cString(where));
}
