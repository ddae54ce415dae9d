/** What every command of Redis 7.0.15 means, as an executable specification. */

export type { Message } from "./command.ts";
export { commands } from "./commands.ts";
export { sameButForEncoding, sameConfig, sameEntry, sameSession } from "./equality.ts";
export { CommandError, type ErrorName, errorTexts } from "./errors.ts";
export { execute, type Step } from "./execute.ts";
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
export {
  Config,
  connect,
  disconnect,
  Entry,
  expireNow,
  forgetExpired,
  initial,
  Session,
  State,
  watchedName,
} from "./state.ts";
export { nodeBytes } from "./streams/nodes.ts";
export { type TypeName, typeNames, types, Value, type ValueOf } from "./types.ts";
