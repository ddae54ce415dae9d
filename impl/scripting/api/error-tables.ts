/** Errors as `redis.call` raises and `redis.pcall` returns them: tables with a field `err`. */
import type { State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";

/**
 * Pushes an error table.
 *
 * @param text the error as a client would read it, its code in front, without the minus
 * @param isCounted the statistics have it already
 */
export function pushError(
  machine: LuaMachine,
  state: State,
  text: string,
  isCounted = false,
): void {
  const { c } = machine;
  c.lua_createtable(state, 0, 0);
  // C ends a text at its first zero.
  machine.pushText(state, text.split("\0", 1)[0]!.replace(/^([^ ]* )[\r\n]+|[\r\n]+$/g, "$1"));
  c.lua_setfield(state, -2, machine.cString("err"));
  if (!isCounted) return;
  c.lua_pushboolean(state, 1);
  c.lua_setfield(state, -2, machine.cString("ignore_error_stats_update"));
}

/** Raises an error table whose code is ERR. */
export function raiseError(machine: LuaMachine, state: State, text: string): never {
  pushError(machine, state, `ERR ${text}`);
  return machine.c.lua_error(state);
}

/** The text of an error reply as error tables have it: one without a code gets ERR. */
export function withCode(text: string): string {
  return text.includes(" ") ? text : `ERR ${text}`;
}
