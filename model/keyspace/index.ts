/** What every command of Redis 7.0.15 means, as an executable specification. */

export { commands } from "./commands.ts";
export { CommandError, type ErrorName, errorTexts } from "./errors.ts";
export { execute, expireNow, type Step } from "./execute.ts";
export {
  admits,
  admitsAll,
  type Bytes,
  decode,
  encode,
  isDeterministic,
  type Protocol,
  type Reply,
} from "./reply.ts";
export { Clock, Random } from "./services.ts";
export {
  Config,
  connect,
  disconnect,
  Entry,
  forgetExpired,
  initial,
  Session,
  type State,
  WatchedKey,
} from "./state.ts";
