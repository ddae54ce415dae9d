/** The model as the oracle sees it: one plain function per event. */

import type { Reply } from "../../model/keyspace/index.ts";
import { execute, type State } from "../../model/keyspace/index.ts";

export type { Session } from "../../model/keyspace/index.ts";
export {
  admits,
  connect,
  decode,
  disconnect,
  encode,
  initial,
  isDeterministic,
} from "../../model/keyspace/index.ts";
export type { Reply, State };

/** What one command does to the model. */
export interface Step {
  readonly state: State;
  readonly replies: ReadonlyArray<Reply>;
  readonly closes: boolean;
}

/** Runs one command of a session at a given time. */
export function step(
  state: State,
  sessionId: number,
  args: ReadonlyArray<string>,
  nowMs: number,
): Step {
  return execute(state, sessionId, args, BigInt(nowMs));
}

/** The protocol that a session speaks now; 2 when the session is not connected. */
export function protocolOf(state: State, sessionId: number): 2 | 3 {
  return state.sessions.get(sessionId)?.protocol ?? 2;
}
