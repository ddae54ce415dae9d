/** The states of the model of client-side caching that a trace goes through. */
import * as tracking from "../../model/tracking/actions.ts";
import { initial, type State } from "../../model/tracking/state.ts";
import { type Step, statesThrough, words } from "./model-states.ts";
import { numberOf } from "./recorded.ts";
import type { RecordedTrace } from "./trace.ts";

const KEYS = Array.from({ length: 8 }, (_, i) => `k${i + 1}`);

function ofSession(step: (state: State, name: string) => State | null): Step<State> {
  return (state, { session }) => step(state, String(session));
}

/** Each event as an action of the model, with the choices that it says. */
const STEPS: Readonly<Record<string, Step<State>>> = {
  Send: (state, { session, command }) => tracking.Send(state, String(session), words(command)),
  Run: ofSession(tracking.Run),
  RunExpired: ofSession(tracking.RunExpired),
  Track: ofSession(tracking.Track),
  Say: ofSession(tracking.Say),
  ExecStart: ofSession(tracking.ExecStart),
  ExecNext: ofSession(tracking.ExecNext),
  ExecFinish: ofSession(tracking.ExecFinish),
  Expire: (state, { key }) => tracking.Expire(state, String(key)),
  // The table may hold a key that only clients have read who are gone by now.
  Forget: (state, { key }) =>
    state.table[String(key)]!.length === 0 ? state : tracking.Forget(state, String(key)),
  Turn: (state) => tracking.Turn(state),
  Persist: (state, fields) => tracking.Persist(state, numberOf(fields, "upTo")),
  Reply: ofSession(tracking.Reply),
  Disconnect: ofSession(tracking.Disconnect),
  Crash: (state, fields) => tracking.Crash(state, numberOf(fields, "keep")),
  Restart: (state) => tracking.Restart(state),
};

/**
 * The state of the model before each event of a trace that the specification accepts.
 *
 * @throws Error when the model does not take an event
 */
export function trackingStatesOf(trace: RecordedTrace): readonly State[] {
  const sessions = new Set<string>();
  for (const { fields } of trace.events) {
    if (fields["session"] !== undefined) sessions.add(String(fields["session"]));
  }
  return statesThrough(trace, initial([...sessions].sort(), KEYS), STEPS);
}
