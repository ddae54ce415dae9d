/** The table `redis` of scripts. */
import type { Request } from "../../resp/request.ts";
import { LUA_TYPE, type State } from "../machine/lua-exports.ts";
import type { LuaMachine } from "../machine/machine.ts";
import { formatArgument, toIntDirectly } from "../machine/numbers.ts";
import { sha1Hex } from "../sha1.ts";
import { pushError, raiseError, withCode } from "./error-tables.ts";
import { REPLICATION, type ScriptHost } from "./host.ts";
import { pushReply } from "./reply-to-lua.ts";

const MINUS = 45;

/** What the functions of `redis` work with. */
export interface RedisTools {
  readonly machine: LuaMachine;
  /** The script that runs; null while none does, as when a library is loaded. */
  readonly host: () => ScriptHost | null;
  /** Writes a line to the server's log if that level is logged. */
  readonly log: (level: number, text: string) => void;
  /** The request that is built of a script's arguments. */
  readonly request: Request;
}

type RedisFunction = (tools: RedisTools, state: State) => number;

function running(tools: RedisTools, state: State, name: string): ScriptHost {
  const host = tools.host();
  if (host !== null) return host;
  return raiseError(tools.machine, state, `${name} can only be called inside a script invocation`);
}

function genericCall(tools: RedisTools, state: State, raises: boolean): number {
  const { machine, request } = tools;
  const host = running(tools, state, "redis.call/pcall");
  const problem = takeArguments(tools, state);
  if (problem !== null) {
    pushError(machine, state, `ERR ${problem}`);
    return raises ? machine.c.lua_error(state) : 1;
  }
  const refusal = host.call(request);
  machine.c.lua_settop(state, 0);
  if (refusal !== null) {
    pushError(machine, state, refusal, true);
    return raises ? machine.c.lua_error(state) : 1;
  }
  const { bytes, length } = host.reply;
  pushReply(machine, state, bytes, length);
  return raises && bytes[0] === MINUS ? machine.c.lua_error(state) : 1;
}

/** Makes a request of the arguments on the stack, where they stay. Null, or what is wrong with them. */
function takeArguments({ machine, request }: RedisTools, state: State): string | null {
  const { c } = machine;
  const count = c.lua_gettop(state);
  if (count === 0) return "Please specify at least one argument for this redis lib call";
  request.argc = 0;
  request.keyHashed = false;
  for (let i = 1; i <= count; i++) {
    if (c.lua_type(state, i) === LUA_TYPE.number) {
      machine.pushText(state, formatArgument(c.lua_tonumber(state, i)));
      c.lua_replace(state, i);
    }
    const at = machine.stringAt(state, i);
    if (at === 0) return "Lua redis lib command arguments must be strings or integers";
    request.push(at, machine.length);
  }
  request.bytes = machine.bytes;
  return null;
}

function aclCheckCmd(tools: RedisTools, state: State): number {
  const { machine, request } = tools;
  const host = running(tools, state, "redis.acl_check_cmd");
  const problem = takeArguments(tools, state);
  if (problem !== null) return raiseError(machine, state, problem);
  const allowed = host.mayRun(request);
  if (allowed === null)
    raiseError(machine, state, "Invalid command passed to redis.acl_check_cmd()");
  machine.c.lua_pushboolean(state, allowed ? 1 : 0);
  return 1;
}

/** The one argument, which must be a string; null when it is not. */
function onlyString({ machine }: RedisTools, state: State): string | null {
  const { c } = machine;
  if (c.lua_gettop(state) === 1 && c.lua_type(state, 1) === LUA_TYPE.string) {
    return machine.text(state, 1);
  }
  pushError(machine, state, "ERR wrong number or type of arguments");
  return null;
}

function errorReply(tools: RedisTools, state: State): number {
  const text = onlyString(tools, state);
  if (text !== null) pushError(tools.machine, state, withCode(text.replace(/^-/, "")));
  return 1;
}

function statusReply(tools: RedisTools, state: State): number {
  const { c } = tools.machine;
  if (onlyString(tools, state) === null) return 1;
  c.lua_createtable(state, 0, 0);
  c.lua_pushvalue(state, 1);
  c.lua_setfield(state, -2, tools.machine.cString("ok"));
  return 1;
}

function sha1hex(tools: RedisTools, state: State): number {
  const { machine } = tools;
  if (machine.c.lua_gettop(state) !== 1) raiseError(machine, state, "wrong number of arguments");
  const at = machine.stringAt(state, 1);
  machine.pushText(state, sha1Hex(machine.bytes, at, machine.length));
  return 1;
}

function log(tools: RedisTools, state: State): number {
  const { machine } = tools;
  const { c } = machine;
  const count = c.lua_gettop(state);
  if (count < 2) raiseError(machine, state, "redis.log() requires two arguments or more.");
  if (c.lua_isnumber(state, 1) === 0) {
    raiseError(machine, state, "First argument must be a number (log level).");
  }
  const level = toIntDirectly(c.lua_tonumber(state, 1));
  if (level < 0 || level > 3) raiseError(machine, state, "Invalid debug level.");
  const words: string[] = [];
  for (let i = 2; i <= count; i++) {
    const word = machine.text(state, i);
    if (word !== null) words.push(word);
  }
  tools.log(level, words.join(" "));
  return 0;
}

function setResp(tools: RedisTools, state: State): number {
  const { machine } = tools;
  const host = running(tools, state, "redis.setresp");
  if (machine.c.lua_gettop(state) !== 1) {
    raiseError(machine, state, "redis.setresp() requires one argument.");
  }
  const protocol = toIntDirectly(machine.c.lua_tonumber(state, 1));
  if (protocol !== 2 && protocol !== 3) raiseError(machine, state, "RESP version must be 2 or 3.");
  host.protocol = protocol;
  return 0;
}

function setRepl(tools: RedisTools, state: State): number {
  const { machine } = tools;
  const host = running(tools, state, "redis.set_repl");
  if (machine.c.lua_gettop(state) !== 1) {
    raiseError(machine, state, "redis.set_repl() requires two arguments.");
  }
  const flags = toIntDirectly(machine.c.lua_tonumber(state, 1));
  if ((flags & ~REPLICATION.all) !== 0) {
    const names = "REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.";
    raiseError(machine, state, `Invalid replication flags. Use ${names}`);
  }
  host.replicateTo(flags);
  return 0;
}

/** An entry of the table: a function, or a constant. */
export type RedisEntry = RedisFunction | number | string;

const LOGGING: readonly (readonly [string, RedisEntry])[] = [
  ["log", log],
  ["LOG_DEBUG", 0],
  ["LOG_VERBOSE", 1],
  ["LOG_NOTICE", 2],
  ["LOG_WARNING", 3],
];

const VERSION: readonly (readonly [string, RedisEntry])[] = [
  ["REDIS_VERSION_NUM", 0x0007000f],
  ["REDIS_VERSION", "7.0.15"],
];

/** The entries that there are while a library is loaded, beside `register_function`. */
export const LOAD_TABLE: readonly (readonly [string, RedisEntry])[] = [...LOGGING, ...VERSION];

/** The entries that scripts and functions share, in the order in which Redis registers them. */
export const REDIS_TABLE: readonly (readonly [string, RedisEntry])[] = [
  ["call", (tools, state) => genericCall(tools, state, true)],
  ["pcall", (tools, state) => genericCall(tools, state, false)],
  ...LOGGING,
  ...VERSION,
  ["setresp", setResp],
  ["sha1hex", sha1hex],
  ["error_reply", errorReply],
  ["status_reply", statusReply],
  ["set_repl", setRepl],
  ["REPL_NONE", REPLICATION.none],
  ["REPL_AOF", REPLICATION.log],
  ["REPL_SLAVE", REPLICATION.replicas],
  ["REPL_REPLICA", REPLICATION.replicas],
  ["REPL_ALL", REPLICATION.all],
  ["acl_check_cmd", aclCheckCmd],
];

/** The entries that only scripts of EVAL have. The debugger is never there. */
export const EVAL_TABLE: readonly (readonly [string, RedisEntry])[] = [
  [
    "breakpoint",
    ({ machine }, state) => {
      machine.c.lua_pushboolean(state, 0);
      return 1;
    },
  ],
  ["debug", () => 0],
  [
    "replicate_commands",
    ({ machine }, state) => {
      machine.c.lua_pushboolean(state, 1);
      return 1;
    },
  ],
];
