/**
 * String commands as sequential models: what Redis documents of them, written apart from the
 * server and from its executable model, so that no mistake is shared.
 */
import { strict as assert } from "node:assert";
import { type Seen, type SequentialModel, UNKNOWN } from "./sequential-model.ts";

/** Strings by key; each code unit is a byte. A key that is not there does not exist. */
export type StringsState = ReadonlyMap<string, string>;

/** A command's name in capitals, and its arguments. */
export type Command = readonly string[];

/** An error as the server words it, without the dash. */
export interface ErrorReply {
  readonly error: string;
}

/** A reply: a status or a string, an integer, nil, an error, an array. */
export type Reply = string | number | null | ErrorReply | readonly Reply[];

/** What a command does. */
export interface Applied {
  readonly state: StringsState;
  readonly reply: Reply;
}

const NOT_AN_INTEGER: ErrorReply = { error: "ERR value is not an integer or out of range" };
const OVERFLOW: ErrorReply = { error: "ERR increment or decrement would overflow" };
const OUT_OF_RANGE: ErrorReply = { error: "ERR offset is out of range" };
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

type Behaviour = (state: StringsState, args: readonly string[]) => Applied;

function stored(state: StringsState, key: string, value: string): StringsState {
  return new Map(state).set(key, value);
}

function removed(state: StringsState, keys: readonly string[]): StringsState {
  const next = new Map(state);
  for (const key of keys) next.delete(key);
  return next;
}

function argument(args: readonly string[], at: number): string {
  const value = args[at];
  assert(value !== undefined, `argument ${at} of [${args.join(" ")}] is missing`);
  return value;
}

function set(state: StringsState, args: readonly string[]): Applied {
  const [key, value] = [argument(args, 0), argument(args, 1)];
  const flags = new Set(args.slice(2));
  for (const flag of flags) assert(["NX", "XX", "GET"].includes(flag), `SET … ${flag}`);
  const old = state.get(key) ?? null;
  const refused = (flags.has("NX") && old !== null) || (flags.has("XX") && old === null);
  const reply = flags.has("GET") ? old : refused ? null : "OK";
  return { state: refused ? state : stored(state, key, value), reply };
}

/** What Redis takes for an integer: no plus sign, no leading zeros, no spaces, 64 bits. */
function integer(text: string): bigint | null {
  if (!/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? null : value;
}

function increment(state: StringsState, key: string, by: bigint): Applied {
  const old = integer(state.get(key) ?? "0");
  if (old === null) return { state, reply: NOT_AN_INTEGER };
  const sum = old + by;
  if (sum > INT64_MAX || sum < INT64_MIN) return { state, reply: OVERFLOW };
  return { state: stored(state, key, String(sum)), reply: Number(sum) };
}

function incrementBy(sign: bigint): Behaviour {
  return (state, args) => {
    const by = integer(argument(args, 1));
    if (by === null) return { state, reply: NOT_AN_INTEGER };
    return increment(state, argument(args, 0), sign * by);
  };
}

function append(state: StringsState, args: readonly string[]): Applied {
  const key = argument(args, 0);
  const value = (state.get(key) ?? "") + argument(args, 1);
  return { state: stored(state, key, value), reply: value.length };
}

function getRange(state: StringsState, args: readonly string[]): Applied {
  const value = state.get(argument(args, 0)) ?? "";
  const [first, last] = [Number(argument(args, 1)), Number(argument(args, 2))];
  if (first < 0 && last < 0 && first > last) return { state, reply: "" };
  const from = first < 0 ? Math.max(value.length + first, 0) : first;
  const to = last < 0 ? Math.max(value.length + last, 0) : Math.min(last, value.length - 1);
  return { state, reply: from > to ? "" : value.slice(from, to + 1) };
}

function setRange(state: StringsState, args: readonly string[]): Applied {
  const [key, offset, patch] = [argument(args, 0), Number(argument(args, 1)), argument(args, 2)];
  if (offset < 0) return { state, reply: OUT_OF_RANGE };
  const old = state.get(key) ?? "";
  if (patch === "") return { state, reply: old.length };
  const value =
    old.slice(0, offset).padEnd(offset, "\0") + patch + old.slice(offset + patch.length);
  return { state: stored(state, key, value), reply: value.length };
}

/** `CAS key from to`: not a command of Redis; Maelstrom's, with the codes of its errors. */
function compareAndSet(state: StringsState, args: readonly string[]): Applied {
  const [key, from, to] = [argument(args, 0), argument(args, 1), argument(args, 2)];
  const old = state.get(key);
  if (old === from) return { state: stored(state, key, to), reply: "OK" };
  if (old !== undefined) return { state, reply: { error: "22" } };
  if (args[3] === "CREATE") return { state: stored(state, key, to), reply: "OK" };
  return { state, reply: { error: "20" } };
}

function setMany(state: StringsState, args: readonly string[]): StringsState {
  const next = new Map(state);
  for (let at = 0; at < args.length; at += 2) next.set(argument(args, at), argument(args, at + 1));
  return next;
}

function setManyNew(state: StringsState, args: readonly string[]): Applied {
  const exists = args.some((key, at) => at % 2 === 0 && state.has(key));
  return exists ? { state, reply: 0 } : { state: setMany(state, args), reply: 1 };
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  GET: (state, args) => ({ state, reply: state.get(argument(args, 0)) ?? null }),
  SET: set,
  SETNX: (state, args) => setManyNew(state, args.slice(0, 2)),
  GETSET: (state, args) => set(state, [argument(args, 0), argument(args, 1), "GET"]),
  GETDEL: (state, args) => ({
    state: removed(state, args.slice(0, 1)),
    reply: state.get(argument(args, 0)) ?? null,
  }),
  DEL: (state, args) => ({
    state: removed(state, args),
    reply: new Set(args.filter((key) => state.has(key))).size,
  }),
  /** What FLUSHALL does to one key. */
  FLUSHALL: (state, args) => ({ state: removed(state, args), reply: "OK" }),
  EXISTS: (state, args) => ({ state, reply: args.filter((key) => state.has(key)).length }),
  INCR: (state, args) => increment(state, argument(args, 0), 1n),
  DECR: (state, args) => increment(state, argument(args, 0), -1n),
  INCRBY: incrementBy(1n),
  DECRBY: incrementBy(-1n),
  APPEND: append,
  STRLEN: (state, args) => ({ state, reply: (state.get(argument(args, 0)) ?? "").length }),
  GETRANGE: getRange,
  SETRANGE: setRange,
  CAS: compareAndSet,
  MGET: (state, args) => ({ state, reply: args.map((key) => state.get(key) ?? null) }),
  MSET: (state, args) => ({ state: setMany(state, args), reply: "OK" }),
  MSETNX: setManyNew,
};

const READS: ReadonlySet<string> = new Set(["GET", "EXISTS", "STRLEN", "GETRANGE", "MGET"]);

/** What one command does to a state. */
export function applyCommand(state: StringsState, [name, ...args]: Command): Applied {
  const behaviour = BEHAVIOURS[name ?? ""];
  assert(behaviour !== undefined, `${name} has no sequential model`);
  return behaviour(state, args);
}

/** Whether a command never changes anything. */
export function isRead([name]: Command): boolean {
  return READS.has(name ?? "");
}

/** Whether two replies are the same. */
export function sameReply(a: Reply, b: Reply): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** A state as text: equal texts exactly for equal states. */
export function stateKey(state: StringsState): string {
  if (state.size < 2) return JSON.stringify([...state]);
  return JSON.stringify([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A command and its reply, for people. */
export function describeCommand(command: Command, reply: Seen<Reply>): string {
  const shown = reply === UNKNOWN ? "?" : JSON.stringify(reply);
  return `${command.join(" ")} → ${shown}`;
}

/** Commands of one key each, judged key by key. */
export const stringCommands: SequentialModel<StringsState, Command, Reply> = {
  initial: new Map(),
  step(state, command, result) {
    const applied = applyCommand(state, command);
    return result === UNKNOWN || sameReply(applied.reply, result) ? applied.state : null;
  },
  key: stateKey,
  partition: (command) => argument(command, 1),
  reads: isRead,
  describe: describeCommand,
};
