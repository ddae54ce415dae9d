/**
 * Library functions that cast numbers to integers: the machine's own, given arguments that it casts
 * as a 64-bit machine does.
 */
import { LUA_TYPE, type State } from "./lua-exports.ts";
import type { LuaMachine } from "./machine.ts";
import { toInt32, toInt64 } from "./numbers.ts";

/** Strings are shorter than this. */
const FAR = 2 ** 31 - 1;

/** How an argument is cast: to 64 bits, as a position in a string, or to 32. */
export type Cast = "position" | "int";

/** Which arguments a function casts; the last entry with `rest` is for all that follow. */
export interface Casts {
  readonly at: Readonly<Record<number, Cast>>;
  /** How every argument from this one on is cast. */
  readonly rest?: { readonly from: number; readonly cast: Cast };
}

/** Makes the arguments of the present call what the machine casts rightly. */
export function castArguments(machine: LuaMachine, state: State, casts: Casts): void {
  const { c } = machine;
  const count = c.lua_gettop(state);
  for (const index in casts.at) {
    if (Number(index) <= count) castArgument(machine, state, Number(index), casts.at[index]!);
  }
  if (casts.rest === undefined) return;
  for (let i = casts.rest.from; i <= count; i++) castArgument(machine, state, i, casts.rest.cast);
}

function castArgument(machine: LuaMachine, state: State, index: number, cast: Cast): void {
  const { c } = machine;
  const type = c.lua_type(state, index);
  if (type !== LUA_TYPE.number && type !== LUA_TYPE.string) return;
  const n = c.lua_tonumber(state, index);
  if (n > -FAR && n < FAR) return;
  if (type === LUA_TYPE.string && c.lua_isnumber(state, index) === 0) return;
  const whole = cast === "int" ? toInt32(n) : Math.max(-FAR, Math.min(FAR, toInt64(n)));
  c.lua_pushnumber(state, whole);
  c.lua_replace(state, index);
}
