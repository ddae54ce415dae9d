/** Which commands the limit on memory refuses where there is no room. */
import type { Call } from "./command.ts";
import { sessionOf } from "./state.ts";

/** The commands that may take more memory: without room they are refused. */
export const TAKES_MEMORY: ReadonlySet<string> = new Set([
  ...["append", "bitfield", "bitop", "blmove", "brpoplpush", "copy", "decr", "decrby", "geoadd"],
  ...["function|load", "function|restore"],
  ...["georadius", "georadiusbymember", "geosearchstore", "getset", "hincrby", "hincrbyfloat"],
  ...["hmset", "hset", "hsetnx", "incr", "incrby", "incrbyfloat", "linsert", "lmove", "lpush"],
  ...["lpushx", "lset", "mset", "msetnx", "pfadd", "pfdebug", "pfmerge", "psetex", "restore"],
  ...["rpoplpush", "rpush", "rpushx", "sadd", "sdiffstore", "set", "setbit", "setex", "setnx"],
  ...["setrange", "sinterstore", "sort", "sunionstore", "xadd", "xgroup|create"],
  ...["xgroup|createconsumer", "xsetid", "zadd", "zdiffstore", "zincrby", "zinterstore"],
  ...["zrangestore", "zunionstore"],
]);

/** Commands that end a transaction, or run it. */
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(["exec", "discard", "reset", "quit"]);

/** Whether the command itself may take memory. */
export const takesMemory = (call: Call): boolean => {
  if (TAKES_MEMORY.has(call.command)) return true;
  const found = call.find(call.args);
  return found._tag === "Found" && found.command.takesMemory?.(call) === true;
};

/** Whether a command is refused where there is no room: it, or one that it runs, may take memory. */
export const needsRoom = (call: Call): boolean => {
  if (takesMemory(call)) return true;
  const session = sessionOf(call.state, call.sessionId);
  if (session.queue === null) return false;
  // What is queued takes memory itself.
  return !ENDS_TRANSACTION.has(call.command) || (call.command === "exec" && session.needsRoom);
};
