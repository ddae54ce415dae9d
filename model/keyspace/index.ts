/** What every command of Redis 7.0.15 means, as an executable specification. */

export { broadcast, tellCaches, tellServed } from "./caching.ts";
export type { Given, Message } from "./command.ts";
export { commands } from "./commands.ts";
export {
  sameButForEncoding,
  sameConfig,
  sameEntry,
  sameLibraries,
  sameRefusals,
  sameSession,
  sameUsers,
  sameWaiting,
} from "./equality.ts";
export { CommandError, type ErrorName, errorTexts } from "./errors.ts";
export { execute, type Inputs, run, type Step, serve, settle } from "./execute.ts";
export {
  candidates,
  ENOUGH_ROOM,
  leastRoom,
  makeRoom,
  type Room,
  type Victim,
} from "./memory.ts";
export {
  admits,
  admitsAll,
  type Bytes,
  countOf,
  decode,
  encode,
  isBeyondRedis,
  isDeterministic,
  isPush,
  type Protocol,
  type Reply,
} from "./reply.ts";
export { listOf } from "./scripting/functions.ts";
export {
  Caching,
  Config,
  connect,
  disconnect,
  Entry,
  expireNow,
  forgetExpired,
  initial,
  mustAuthenticate,
  Session,
  State,
  Waiter,
  watchedName,
} from "./state.ts";
export { nodeBytes } from "./streams/nodes.ts";
export { toldOf } from "./streams/value.ts";
export { type TypeName, typeNames, types, Value, type ValueOf } from "./types.ts";
export {
  endOverdue,
  endsByTime,
  endWait,
  isWaiting,
  mayEndByTime,
  type Served,
} from "./waiting.ts";
