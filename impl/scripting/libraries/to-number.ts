/** `tonumber` with a base, whose integers have 64 bits. */

import { latin1 } from "../../resp/request.ts";
import { LUA_TYPE, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { toInt32 } from "../machine/numbers.ts";

const LARGEST = 2n ** 64n - 1n;

/** `strtoul` and what `tonumber` makes of it: pushes the number or nil. */
export function toNumberWithBase(machine: LuaMachine, state: State): number {
  const { c } = machine;
  const base = toInt32(c.luaL_checknumber(state, 2));
  if (base === 10) {
    c.luaL_checkany(state, 1);
    if (c.lua_isnumber(state, 1) === 0) c.lua_pushnil(state);
    else c.lua_pushnumber(state, c.lua_tonumber(state, 1));
    return 1;
  }
  const at = machine.checkString(state, 1);
  const text = latin1(machine.bytes, at, machine.length);
  if (base < 2 || base > 36) machine.argumentError(state, 2, "base out of range");
  const value = parse(text.split("\0", 1)[0]!, base);
  if (value === null) c.lua_pushnil(state);
  else c.lua_pushnumber(state, value);
  return 1;
}

/** True when `tonumber` is called with a base that is not nil. */
export function hasBase(machine: LuaMachine, state: State): boolean {
  return machine.c.lua_type(state, 2) > LUA_TYPE.nil;
}

function parse(text: string, base: number): number | null {
  const match = /^[ \t\n\v\f\r]*([-+]?)(.*?)[ \t\n\v\f\r]*$/s.exec(text)!;
  let digits = match[2]!.toLowerCase();
  if (base === 16 && /^0x[0-9a-f]/.test(digits)) digits = digits.slice(2);
  if (digits === "") return null;
  let value = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (Number.isNaN(worth) || worth >= base) return null;
    value = value * BigInt(base) + BigInt(worth);
  }
  if (value > LARGEST) return Number(LARGEST);
  return Number(match[1] === "-" ? BigInt.asUintN(64, -value) : value);
}
