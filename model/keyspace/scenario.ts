/** A conversation with the model, for tests that tell a story. */
import { Schema } from "effect";
import { execute, type Step } from "./execute.ts";
import { type Bytes, encode } from "./reply.ts";
import { type Config, connect, initial, State, sessionOf } from "./state.ts";

/** A conversation: sessions send commands while the test moves the clock. */
export interface Scenario {
  state: State;
  nowMs: number;
  /**
   * Sends a command that has exactly these words and gives back what happened. Throws where it
   * leads to a state that the Schema does not allow.
   */
  readonly step: (sessionId: number, ...args: ReadonlyArray<Bytes>) => Step;
  /** Sends a command, its words separated by single spaces, and gives back the bytes read. */
  readonly say: (sessionId: number, line: string) => Bytes;
}

/** A conversation with sessions 1, 2 and 3 at one million milliseconds after the epoch. */
export const scenario = (options: Partial<Config> = {}): Scenario => {
  const step: Scenario["step"] = (sessionId, ...args) => {
    const result = execute(self.state, sessionId, args, BigInt(self.nowMs));
    Schema.asserts(State, result.state);
    self.state = result.state;
    return result;
  };
  const say: Scenario["say"] = (sessionId, line) => {
    const { replies, closes, state } = step(sessionId, ...line.split(" "));
    const protocol = closes ? 2 : sessionOf(state, sessionId).protocol;
    return replies.map((reply) => encode(reply, protocol)).join("");
  };
  const state = [1, 2, 3].reduce(connect, initial(options));
  const self: Scenario = { state, nowMs: 1_000_000, step, say };
  return self;
};
