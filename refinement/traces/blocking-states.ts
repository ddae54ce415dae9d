/** The states of the model of waiting for keys that a trace goes through. */
import * as blocking from "../../model/blocking/actions.ts";
import { initial, type State } from "../../model/blocking/state.ts";
import { type Step, statesThrough, words } from "./model-states.ts";
import { numberOf } from "./recorded.ts";
import type { RecordedTrace } from "./trace.ts";

const KEYS = Array.from({ length: 8 }, (_, i) => `k${i + 1}`);

function ofSession(step: (state: State, name: string) => State | null): Step<State> {
  return (state, { session }) => step(state, String(session));
}

/** Each event as an action of the model, with the choices that it says. */
const STEPS: Readonly<Record<string, Step<State>>> = {
  Send: (state, { session, command }) => blocking.Send(state, String(session), words(command)),
  Run: ofSession(blocking.Run),
  Wait: ofSession(blocking.Wait),
  Serve: ofSession(blocking.Serve),
  Timeout: ofSession(blocking.Timeout),
  Unblock: ofSession(blocking.Unblock),
  Multi: ofSession(blocking.Multi),
  Queue: ofSession(blocking.Queue),
  ExecStart: ofSession(blocking.ExecStart),
  ExecNext: ofSession(blocking.ExecNext),
  ExecFinish: ofSession(blocking.ExecFinish),
  Persist: (state, fields) => blocking.Persist(state, numberOf(fields, "upTo")),
  Reply: ofSession(blocking.Reply),
  Disconnect: ofSession(blocking.Disconnect),
  Crash: (state, fields) => blocking.Crash(state, numberOf(fields, "keep")),
  Restart: (state) => blocking.Restart(state),
};

/**
 * The state of the model before each event of a trace that the specification accepts.
 *
 * @throws Error when the model does not take an event
 */
export function blockingStatesOf(trace: RecordedTrace): readonly State[] {
  const sessions = new Set<string>();
  for (const { fields } of trace.events) {
    if (fields["session"] !== undefined) sessions.add(String(fields["session"]));
  }
  return statesThrough(trace, initial([...sessions], KEYS), STEPS);
}
