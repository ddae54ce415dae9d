/** The error of a script that has failed, as its client reads it. */
import { type Protection, READONLY } from "./api/protection.ts";
import { LUA_TYPE, type State } from "./machine/lua-exports.ts";
import type { LuaMachine } from "./machine/machine.ts";

/** Bytes of a `lua_Debug`, and where in it its fields are. */
const DEBUG = { bytes: 112, what: 12, source: 16, currentLine: 20 } as const;

/** An error as it is replied. */
export interface ScriptError {
  /** Its code in front, without the minus. */
  readonly text: string;
  /** A command has replied it to the script: the statistics have it already. */
  readonly isCounted: boolean;
}

/** Redis writes into error tables, in a script of its own with this name; those that are readonly fail there. */
const HANDLER = "err_handler_def:10";

/**
 * Describes the error on top of a thread's stack that has ended it.
 *
 * @param name the script's SHA or the function's name
 */
export function describeError(
  { machine, protection }: { readonly machine: LuaMachine; readonly protection: Protection },
  state: State,
  name: string,
): ScriptError {
  if (protection.isProtected(state, -1)) {
    const text = `ERR ${HANDLER}: ${READONLY} script: ${name}, on @${HANDLER}.`;
    return { text, isCounted: false };
  }
  const where = whereRaised(machine, state);
  const suffix = where === null ? "" : ` script: ${name}, on ${where}.`;
  if (machine.c.lua_type(state, -1) !== LUA_TYPE.table) {
    return { text: `ERR ${show(machine, state)}${suffix}`, isCounted: false };
  }
  machine.rawGetField(state, -1, "ignore_error_stats_update");
  const isCounted = machine.c.lua_toboolean(state, -1) === 1;
  machine.pop(state, 1);
  machine.rawGetField(state, -1, "err");
  const text = machine.text(state, -1)?.split("\0", 1)[0];
  machine.pop(state, 1);
  if (text !== undefined) return { text: `${text}${suffix}`, isCounted };
  // Redis ends here by a crash.
  return { text: `ERR Error running script ${name}, execution failure`, isCounted: false };
}

/** The source and line of the innermost function of Lua; null when there is none. */
function whereRaised(machine: LuaMachine, state: State): string | null {
  const { c } = machine;
  const at = machine.scratch(state, DEBUG.bytes);
  for (let level = 0; level < 2; level++) {
    if (c.lua_getstack(state, level, at) === 0) return null;
    c.lua_getinfo(state, machine.cString("nSl"), at);
    if (level === 0 && machine.cText(machine.word(at + DEBUG.what)) === "C") continue;
    const line = machine.word(at + DEBUG.currentLine) | 0;
    return `${machine.cText(machine.word(at + DEBUG.source))}:${line}`;
  }
  return null;
}

/** `tostring` of the value on top, which is no table. */
function show(machine: LuaMachine, state: State): string {
  const { c } = machine;
  const text = machine.text(state, -1);
  if (text !== null) return text.split("\0", 1)[0]!;
  const type = c.lua_type(state, -1);
  if (type === LUA_TYPE.nil) return "nil";
  if (type === LUA_TYPE.boolean) return c.lua_toboolean(state, -1) === 1 ? "true" : "false";
  const address = c.lua_topointer(state, -1);
  return `${machine.typeName(state, -1)}: ${address === 0 ? "(nil)" : `0x${address.toString(16)}`}`;
}
