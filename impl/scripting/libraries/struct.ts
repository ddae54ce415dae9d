/** The library `struct`: values as bytes of a given format, and back. */
import { latin1 } from "../../resp/request.ts";
import type { ByteBuilder } from "../machine/byte-builder.ts";
import type { State } from "../machine/lua-exports.ts";
import { isNoneOrNil, type LuaMachine } from "../machine/machine.ts";
import { toInt64, toUint64 } from "../machine/numbers.ts";
import { StructFormat } from "./struct-format.ts";

const VIEW = new DataView(new ArrayBuffer(8));

function formatArgument(machine: LuaMachine, state: State): StructFormat {
  const at = machine.checkString(state, 1);
  return new StructFormat(
    machine,
    state,
    latin1(machine.bytes, at, machine.length).split("\0", 1)[0]!,
  );
}

/** `struct.pack(format, ...)` */
export function structPack(machine: LuaMachine, state: State, out: ByteBuilder): number {
  const { c } = machine;
  const format = formatArgument(machine, state);
  out.clear();
  let argument = 2;
  let total = 0;
  // A nil stands between the arguments and the buffer: an argument that is missing is found there.
  c.lua_pushnil(state);
  while (format.next()) {
    const padding = format.padding(total);
    total += padding;
    for (let i = 0; i < padding; i++) out.byte(0);
    const { option, size } = format;
    if (format.isInteger) {
      putInteger(out, c.luaL_checknumber(state, argument++), size, format.isLittle);
      total += size;
    } else if (option === "x") {
      out.byte(0);
      total += size;
    } else if (option === "f" || option === "d") {
      const n = c.luaL_checknumber(state, argument++);
      if (option === "f") VIEW.setFloat32(0, n, format.isLittle);
      else VIEW.setFloat64(0, n, format.isLittle);
      for (let i = 0; i < size; i++) out.byte(VIEW.getUint8(i));
      total += size;
    } else if (option === "c" || option === "s") {
      const at = machine.checkString(state, argument++);
      const { length } = machine;
      const taken = size === 0 ? length : size;
      if (length < taken) machine.argumentError(state, argument, "string too short");
      out.append(machine.bytes, at, taken);
      total += taken;
      if (option === "s") {
        out.byte(0);
        total++;
      }
    } else {
      format.control();
      total += size;
    }
  }
  machine.pushBytes(state, out.bytes, 0, out.length);
  return 1;
}

/** The lower `size` bytes of a 64-bit integer; beyond eight there are none. */
function putInteger(out: ByteBuilder, n: number, size: number, isLittle: boolean): void {
  const value = n < 0 ? BigInt.asUintN(64, BigInt(toInt64(n))) : toUint64(n);
  for (let i = 0; i < size; i++) {
    const place = isLittle ? i : size - 1 - i;
    out.byte(place < 8 ? Number((value >> BigInt(8 * place)) & 255n) : 0);
  }
}

/** `struct.unpack(format, data [, position])` */
export function structUnpack(machine: LuaMachine, state: State): number {
  const { c } = machine;
  const format = formatArgument(machine, state);
  const data = machine.checkString(state, 2);
  const { length } = machine;
  let position = isNoneOrNil(machine, state, 3) ? 1 : toInt64(c.luaL_checknumber(state, 3));
  // It is unsigned in C: what is negative is large.
  if (position === 0) machine.argumentError(state, 3, "offset must be 1 or greater");
  position = position < 0 ? Number.POSITIVE_INFINITY : position - 1;
  let results = 0;
  while (format.next()) {
    position += format.padding(position);
    const checkLength = (size: number): void => {
      if (size > length || position > length - size) {
        machine.argumentError(state, 2, "data string too short");
      }
    };
    checkLength(format.size);
    c.luaL_checkstack(state, 2, machine.cString("too many results"));
    const { option } = format;
    let { size } = format;
    const at = data + position;
    if (format.isInteger) {
      c.lua_pushnumber(state, getInteger(machine.bytes, at, format));
      results++;
    } else if (option === "f" || option === "d") {
      const view = new DataView(machine.bytes.buffer);
      const { isLittle } = format;
      c.lua_pushnumber(
        state,
        option === "f" ? view.getFloat32(at, isLittle) : view.getFloat64(at, isLittle),
      );
      results++;
    } else if (option === "c") {
      if (size === 0) {
        if (results === 0 || c.lua_isnumber(state, -1) === 0) {
          machine.raise(state, "format 'c0' needs a previous size");
        }
        size = Number(toUint64(c.lua_tonumber(state, -1)));
        machine.pop(state, 1);
        results--;
        checkLength(size);
      }
      c.lua_pushlstring(state, at, size);
      results++;
    } else if (option === "s") {
      const end = machine.bytes.indexOf(0, at);
      if (end < 0 || end >= data + length) machine.raise(state, "unfinished string in data");
      size = end - at + 1;
      c.lua_pushlstring(state, at, size - 1);
      results++;
    } else if (option !== "x") {
      format.control();
    }
    position += size;
  }
  c.lua_pushnumber(state, position + 1);
  return results + 1;
}

function getInteger(
  bytes: Uint8Array,
  at: number,
  { option, size, isLittle }: StructFormat,
): number {
  let value = 0n;
  for (let i = 0; i < size; i++) {
    const byte = bytes[isLittle ? at + size - 1 - i : at + i]!;
    value = BigInt.asUintN(64, (value << 8n) | BigInt(byte));
  }
  const isSigned = option === option.toLowerCase();
  if (!isSigned) return Number(value);
  // An integer of no bytes, or of more than eight, has no sign to extend.
  const bits = size === 0 || size > 8 ? 64 : 8 * size;
  return Number(BigInt.asIntN(bits, value));
}

/** `struct.size(format)` */
export function structSize(machine: LuaMachine, state: State): number {
  const format = formatArgument(machine, state);
  let position = 0;
  while (format.next()) {
    position += format.padding(position);
    if (format.option === "s") machine.argumentError(state, 1, "option 's' has no fixed size");
    if (format.option === "c" && format.size === 0) {
      machine.argumentError(state, 1, "option 'c0' has no fixed size");
    }
    if (!/[a-zA-Z0-9]/.test(format.option)) format.control();
    position += format.size;
  }
  machine.c.lua_pushnumber(state, position);
  return 1;
}
