/** What a script returns as a reply. */
import type { ReplyWriter } from "../../resp/reply.ts";
import { latin1 } from "../../resp/request.ts";
import { LUA_TYPE, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { formatArgument, toInt64 } from "../machine/numbers.ts";

/** Where a reply goes and how. */
export interface ReplyTarget {
  readonly reply: ReplyWriter;
  /** The protocol that the script has chosen by `redis.setresp`: with 2, true is 1. */
  readonly scriptProtocol: 2 | 3;
}

/** A table that is being written: it, and for maps the key that is next, lies on Lua's stack. */
interface OpenTable {
  readonly kind: "array" | "map" | "set";
  /** How many elements an array has. */
  readonly length: number;
  /** How many of them have been written. */
  written: number;
  /** A map's key has been written, and its value follows. */
  isValueNext: boolean;
}

/**
 * Writes the value on top of the stack as a reply, and takes it.
 *
 * Tables within tables, up to thousands, are on a list here instead of the processor's stack.
 */
export function writeReply(machine: LuaMachine, state: State, target: ReplyTarget): void {
  const open: OpenTable[] = [];
  writeTop(machine, state, target, open);
  for (let table = open.at(-1); table !== undefined; table = open.at(-1)) {
    if (pushNext(machine, state, table)) writeTop(machine, state, target, open);
    else open.pop();
  }
}

/** Pushes the next element of a table; or takes the table, when there is none, and returns false. */
function pushNext(machine: LuaMachine, state: State, table: OpenTable): boolean {
  const { c } = machine;
  if (table.kind === "array") {
    if (table.written === table.length) {
      machine.pop(state, 1);
      return false;
    }
    c.lua_rawgeti(state, -1, ++table.written);
    return true;
  }
  if (table.isValueNext) {
    table.isValueNext = false;
    return true;
  }
  // The field's table and the one that it is in lie below the key.
  if (c.lua_next(state, -2) === 0) {
    machine.pop(state, 2);
    return false;
  }
  if (table.kind === "set") machine.pop(state, 1);
  else table.isValueNext = true;
  c.lua_pushvalue(state, table.kind === "set" ? -1 : -2);
  return true;
}

/** Writes the value on top and takes it; of a table only its opening, and leaves it there. */
function writeTop(machine: LuaMachine, state: State, target: ReplyTarget, open: OpenTable[]): void {
  const { c } = machine;
  const { reply } = target;
  if (c.lua_checkstack(state, 4) === 0) {
    reply.error("ERR reached lua stack limit");
    machine.pop(state, 1);
    return;
  }
  switch (c.lua_type(state, -1)) {
    case LUA_TYPE.string: {
      const at = machine.stringAt(state, -1);
      reply.bulk(machine.bytes, at, machine.length);
      break;
    }
    case LUA_TYPE.boolean:
      writeBoolean(target, c.lua_toboolean(state, -1) === 1);
      break;
    case LUA_TYPE.number:
      writeInteger(reply, c.lua_tonumber(state, -1));
      break;
    case LUA_TYPE.table:
      if (!writeByField(machine, state, target, open)) return;
      break;
    default:
      reply.nil();
  }
  machine.pop(state, 1);
}

function writeBoolean({ reply, scriptProtocol }: ReplyTarget, value: boolean): void {
  if (scriptProtocol === 3) reply.bool(value);
  else if (value) reply.integer(1);
  else reply.nil();
}

function writeInteger(reply: ReplyWriter, n: number): void {
  const whole = toInt64(n);
  reply.integer(Number.isSafeInteger(whole) ? whole : BigInt(whole));
}

/** Writes a table by the value of one of its fields, which is on top. False when it is no such table. */
type FieldWriter = (machine: LuaMachine, state: State, target: ReplyTarget) => boolean;

/** The fields by which a table is a single value, in the order in which they are looked for. */
const FIELDS: readonly (readonly [field: string, type: number, write: FieldWriter])[] = [
  ["err", LUA_TYPE.string, writeError],
  ["ok", LUA_TYPE.string, writeStatus],
  ["double", LUA_TYPE.number, writeDouble],
  ["big_number", LUA_TYPE.string, writeBigNumber],
  ["verbatim_string", LUA_TYPE.table, writeVerbatim],
];

/** Writes the table on top. False when its elements follow: then it is open. */
function writeByField(
  machine: LuaMachine,
  state: State,
  target: ReplyTarget,
  open: OpenTable[],
): boolean {
  for (const [field, type, write] of FIELDS) {
    machine.rawGetField(state, -1, field);
    const isThere = machine.c.lua_type(state, -1) === type;
    const isWritten = isThere && write(machine, state, target);
    machine.pop(state, 1);
    if (isWritten) return true;
  }
  if (!openField(machine, state, target, open)) openArray(machine, state, target, open);
  return false;
}

/** Opens a table that is a map or a set by its field of that name. */
function openField(
  machine: LuaMachine,
  state: State,
  { reply }: ReplyTarget,
  open: OpenTable[],
): boolean {
  for (const kind of ["map", "set"] as const) {
    machine.rawGetField(state, -1, kind);
    if (machine.c.lua_type(state, -1) === LUA_TYPE.table) {
      const pairs = count(machine, state);
      if (kind === "map") reply.map(pairs);
      else reply.set(pairs);
      machine.c.lua_pushnil(state);
      open.push({ kind, length: pairs, written: 0, isValueNext: false });
      return true;
    }
    machine.pop(state, 1);
  }
  return false;
}

/** Opens a table as an array: the elements up to the first nil. */
function openArray(
  { c }: LuaMachine,
  state: State,
  { reply }: ReplyTarget,
  open: OpenTable[],
): void {
  let length = 0;
  for (;;) {
    c.lua_rawgeti(state, -1, length + 1);
    const isThere = c.lua_type(state, -1) !== LUA_TYPE.nil;
    c.lua_settop(state, -2);
    if (!isThere) break;
    length++;
  }
  reply.array(length);
  open.push({ kind: "array", length, written: 0, isValueNext: false });
}

/** How many pairs the table on top has. */
function count({ c }: LuaMachine, state: State): number {
  let pairs = 0;
  c.lua_pushnil(state);
  while (c.lua_next(state, -2) !== 0) {
    c.lua_settop(state, -2);
    pairs++;
  }
  return pairs;
}

/** A text of C: up to its first zero. */
function cText(machine: LuaMachine, state: State, index: number): string {
  return machine.text(state, index)!.split("\0", 1)[0]!;
}

function line(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}

function writeError(machine: LuaMachine, state: State, { reply }: ReplyTarget): boolean {
  const text = cText(machine, state, -1);
  machine.rawGetField(state, -2, "ignore_error_stats_update");
  const isCounted = machine.c.lua_toboolean(state, -1) === 1;
  machine.pop(state, 1);
  writeErrorText(reply, text, isCounted);
  return true;
}

/** Writes an error; one that a command has replied is in the statistics already. */
export function writeErrorText(reply: ReplyWriter, text: string, isCounted: boolean): void {
  const trimmed = text.replace(/[\r\n]+$/, "");
  if (isCounted) reply.raw(`-${line(trimmed)}\r\n`);
  else reply.error(trimmed);
}

function writeStatus(machine: LuaMachine, state: State, { reply }: ReplyTarget): boolean {
  reply.simple(line(cText(machine, state, -1)));
  return true;
}

function writeDouble(machine: LuaMachine, state: State, { reply }: ReplyTarget): boolean {
  reply.doubleText(formatArgument(machine.c.lua_tonumber(state, -1)));
  return true;
}

function writeBigNumber(machine: LuaMachine, state: State, { reply }: ReplyTarget): boolean {
  const at = machine.stringAt(state, -1);
  const text = line(latin1(machine.bytes, at, machine.length));
  if (reply.protocol === 2) reply.bulkText(text);
  else reply.raw(`(${text}\r\n`);
  return true;
}

function writeVerbatim(machine: LuaMachine, state: State, { reply }: ReplyTarget): boolean {
  machine.rawGetField(state, -1, "format");
  machine.rawGetField(state, -2, "string");
  const isWhole = [-1, -2].every((i) => machine.c.lua_type(state, i) === LUA_TYPE.string);
  if (isWhole) {
    const format = cText(machine, state, -2).padEnd(3, "\0").slice(0, 3);
    reply.verbatim(format, machine.text(state, -1)!);
  }
  machine.pop(state, 2);
  return isWhole;
}
