/** `string.format`, whose integers have 64 bits: those that the machine's 32 do not hold are printed here. */

import { latin1 } from "../../resp/request.ts";
import { LUA_TYPE, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { toInt64, toUint64 } from "../machine/numbers.ts";

const ITEM = /%([-+ #0]*)(\d{0,2})(?:\.(\d{0,2}))?([a-zA-Z%])/g;
const INT_MAX = 2 ** 31 - 1;

/**
 * Replaces the items of the present call that need more than 32 bits by texts, and leaves the rest
 * to the machine's own `format`.
 */
export function widenIntegers(machine: LuaMachine, state: State): void {
  const { c } = machine;
  if (c.lua_type(state, 1) !== LUA_TYPE.string || !needsWidth(machine, state)) return;
  const at = machine.stringAt(state, 1);
  const format = latin1(machine.bytes, at, machine.length);
  let index = 1;
  const replaced = format.replace(ITEM, (item, flags, width, precision, kind) => {
    if (kind === "%" && item === "%%") return item;
    index++;
    if (!"dioxXu".includes(kind) || c.lua_isnumber(state, index) === 0) return item;
    const n = c.lua_tonumber(state, index);
    if (n >= 0 && n <= INT_MAX) return item;
    machine.pushText(state, printInteger(n, kind, flags, Number(width), precision));
    c.lua_replace(state, index);
    return "%s";
  });
  machine.pushText(state, replaced);
  c.lua_replace(state, 1);
}

function needsWidth({ c }: LuaMachine, state: State): boolean {
  for (let i = c.lua_gettop(state); i > 1; i--) {
    if (c.lua_isnumber(state, i) === 0) continue;
    const n = c.lua_tonumber(state, i);
    if (!(n >= 0 && n <= INT_MAX)) return true;
  }
  return false;
}

function printInteger(
  n: number,
  kind: string,
  flags: string,
  width: number,
  precision: string | undefined,
): string {
  const isSigned = kind === "d" || kind === "i";
  const value = isSigned ? BigInt(toInt64(n)) : toUint64(n);
  let digits = digitsOf(value < 0n ? -value : value, kind);
  if (precision !== undefined) digits = digits.padStart(Number(precision), "0");
  if (precision !== undefined && Number(precision) === 0 && value === 0n) digits = "";
  let prefix = "";
  if (isSigned) prefix = value < 0n ? "-" : signFlag(flags);
  else if (flags.includes("#") && value !== 0n) prefix = { x: "0x", X: "0X" }[kind] ?? "";
  if (kind === "o" && flags.includes("#") && !digits.startsWith("0")) digits = `0${digits}`;
  if (flags.includes("-")) return (prefix + digits).padEnd(width);
  if (flags.includes("0") && precision === undefined) {
    return prefix + digits.padStart(width - prefix.length, "0");
  }
  return (prefix + digits).padStart(width);
}

function signFlag(flags: string): string {
  if (flags.includes("+")) return "+";
  return flags.includes(" ") ? " " : "";
}

function digitsOf(value: bigint, kind: string): string {
  if (kind === "x") return value.toString(16);
  if (kind === "X") return value.toString(16).toUpperCase();
  return value.toString(kind === "o" ? 8 : 10);
}
