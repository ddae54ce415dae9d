/** `cmsgpack.unpack` and its kin: MessagePack as values of Lua. */
import type { Address, State } from "../machine/lua-exports.ts";
import { isNoneOrNil, type LuaMachine } from "../machine/machine.ts";
import { toInt64 } from "../machine/numbers.ts";

const INT_MAX = 2 ** 31 - 1;
const TOO_MANY = "too many return values at once; use unpack_one or unpack_limit instead.";

interface Unpacking {
  readonly machine: LuaMachine;
  readonly state: State;
  at: Address;
  readonly end: Address;
}

/** `cmsgpack.unpack(text)`: every value. */
export function cmsgpackUnpack(machine: LuaMachine, state: State): number {
  return unpack(machine, state, 0, 0);
}

/** `cmsgpack.unpack_one(text [, offset])`: where the next one begins, and one value. */
export function cmsgpackUnpackOne(machine: LuaMachine, state: State): number {
  const offset = optionalInteger(machine, state, 2);
  machine.c.lua_settop(state, 1);
  return unpack(machine, state, 1, offset);
}

/** `cmsgpack.unpack_limit(text, limit [, offset])` */
export function cmsgpackUnpackLimit(machine: LuaMachine, state: State): number {
  const limit = toInt64(machine.c.luaL_checknumber(state, 2));
  const offset = optionalInteger(machine, state, 3);
  machine.c.lua_settop(state, 1);
  return unpack(machine, state, limit, offset);
}

function optionalInteger(machine: LuaMachine, state: State, index: number): number {
  if (isNoneOrNil(machine, state, index)) return 0;
  return toInt64(machine.c.luaL_checknumber(state, index));
}

function unpack(machine: LuaMachine, state: State, limit: number, offset: number): number {
  const { c } = machine;
  const isAll = limit === 0 && offset === 0;
  const start = machine.checkString(state, 1);
  const { length } = machine;
  if (offset < 0 || limit < 0) {
    const request = `offset of ${offset | 0} and limit of ${length}`;
    machine.raise(state, `Invalid request to unpack with ${request}.`);
  } else if (offset > length) {
    machine.raise(state, `Start offset ${offset | 0} greater than input length ${length}.`);
  }
  const unpacking: Unpacking = { machine, state, at: start + offset, end: start + length };
  let count = 0;
  for (; unpacking.at < unpacking.end && count < (isAll ? INT_MAX : limit); count++) {
    pushNext(unpacking);
  }
  if (isAll) return count;
  c.luaL_checkstack(state, 1, machine.cString("in function mp_unpack_full"));
  c.lua_pushnumber(state, unpacking.at === unpacking.end ? -1 : unpacking.at - start);
  c.lua_insert(state, 2);
  return count + 1;
}

/** Pushes the value at the cursor and moves behind it. */
function pushNext(unpacking: Unpacking): void {
  const { machine, state } = unpacking;
  const { c } = machine;
  need(unpacking, 1);
  c.luaL_checkstack(state, 1, machine.cString(TOO_MANY));
  const first = machine.bytes[unpacking.at]!;
  if (first < 0x80) {
    fixed(unpacking, () => c.lua_pushnumber(state, first));
    return;
  }
  if (first >= 0xe0) {
    fixed(unpacking, () => c.lua_pushnumber(state, first - 256));
    return;
  }
  if (first < 0x90) {
    sized(unpacking, first & 0xf, pushMap);
    return;
  }
  if (first < 0xa0) {
    sized(unpacking, first & 0xf, pushArray);
    return;
  }
  if (first < 0xc0) {
    pushString(unpacking, 1, first & 0x1f);
    return;
  }
  switch (first) {
    case 0xc0:
      fixed(unpacking, () => c.lua_pushnil(state));
      return;
    case 0xc2:
    case 0xc3:
      fixed(unpacking, () => c.lua_pushboolean(state, first & 1));
      return;
    case 0xca:
      pushNumber(unpacking, 4, (view, at) => view.getFloat32(at));
      return;
    case 0xcb:
      pushNumber(unpacking, 8, (view, at) => view.getFloat64(at));
      return;
    case 0xcc:
      pushNumber(unpacking, 1, (view, at) => view.getUint8(at));
      return;
    case 0xcd:
      pushNumber(unpacking, 2, (view, at) => view.getUint16(at));
      return;
    case 0xce:
      pushNumber(unpacking, 4, (view, at) => view.getUint32(at));
      return;
    // Redis makes a signed integer of it.
    case 0xcf:
    case 0xd3:
      pushNumber(unpacking, 8, (view, at) => Number(view.getBigInt64(at)));
      return;
    case 0xd0:
      pushNumber(unpacking, 1, (view, at) => view.getInt8(at));
      return;
    case 0xd1:
      pushNumber(unpacking, 2, (view, at) => view.getInt16(at));
      return;
    case 0xd2:
      pushNumber(unpacking, 4, (view, at) => view.getInt32(at));
      return;
    case 0xd9:
      pushString(unpacking, 2, lengthOf(unpacking, 1));
      return;
    case 0xda:
      pushString(unpacking, 3, lengthOf(unpacking, 2));
      return;
    case 0xdb:
      pushString(unpacking, 5, lengthOf(unpacking, 4));
      return;
    case 0xdc:
    case 0xdd:
      sized(
        unpacking,
        lengthOf(unpacking, first === 0xdc ? 2 : 4),
        pushArray,
        first === 0xdc ? 3 : 5,
      );
      return;
    case 0xde:
    case 0xdf:
      sized(
        unpacking,
        lengthOf(unpacking, first === 0xde ? 2 : 4),
        pushMap,
        first === 0xde ? 3 : 5,
      );
      return;
  }
  machine.raise(state, "Bad data format in input.");
}

function need({ machine, state, at, end }: Unpacking, bytes: number): void {
  if (end - at < bytes) machine.raise(state, "Missing bytes in input.");
}

function fixed(unpacking: Unpacking, push: () => void): void {
  push();
  unpacking.at++;
}

function pushNumber(
  unpacking: Unpacking,
  size: number,
  read: (view: DataView, at: number) => number,
): void {
  const { machine, state } = unpacking;
  need(unpacking, size + 1);
  const view = new DataView(machine.bytes.buffer);
  machine.c.lua_pushnumber(state, read(view, unpacking.at + 1));
  unpacking.at += size + 1;
}

/** The length that stands in the `size` bytes behind the first one. */
function lengthOf(unpacking: Unpacking, size: number): number {
  need(unpacking, size + 1);
  const view = new DataView(unpacking.machine.bytes.buffer);
  const at = unpacking.at + 1;
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at) : view.getUint32(at);
}

function pushString(unpacking: Unpacking, headerBytes: number, length: number): void {
  const { machine, state } = unpacking;
  need(unpacking, headerBytes + length);
  machine.c.lua_pushlstring(state, unpacking.at + headerBytes, length);
  unpacking.at += headerBytes + length;
}

function sized(
  unpacking: Unpacking,
  count: number,
  push: (unpacking: Unpacking, count: number) => void,
  headerBytes = 1,
): void {
  unpacking.at += headerBytes;
  push(unpacking, count);
}

function pushArray(unpacking: Unpacking, count: number): void {
  const { machine, state } = unpacking;
  const { c } = machine;
  c.lua_createtable(state, 0, 0);
  c.luaL_checkstack(state, 1, machine.cString("in function mp_decode_to_lua_array"));
  for (let i = 1; i <= count; i++) {
    c.lua_pushnumber(state, i);
    pushNext(unpacking);
    c.lua_settable(state, -3);
  }
}

function pushMap(unpacking: Unpacking, count: number): void {
  const { machine, state } = unpacking;
  const { c } = machine;
  c.lua_createtable(state, 0, 0);
  for (let i = 0; i < count; i++) {
    pushNext(unpacking);
    pushNext(unpacking);
    c.lua_settable(state, -3);
  }
}
