/** The states of the model of transactions that a trace goes through. */
import * as transactions from "../../model/transactions/actions.ts";
import { initial, type State } from "../../model/transactions/state.ts";
import { type Step, statesThrough, words } from "./model-states.ts";
import { numberOf } from "./recorded.ts";
import type { RecordedTrace } from "./trace.ts";

const { Send, ExecStart, Pass, ActiveExpire, Persist, Crash, Restart } = transactions;

function ofSession(step: (state: State, name: string) => State | null): Step<State> {
  return (state, { session }) => step(state, String(session));
}

/** Each event as an action of the model, with the choices that it says. */
const STEPS: Readonly<Record<string, Step<State>>> = {
  Send: (state, { session, command }) => Send(state, String(session), words(command)),
  Run: ofSession(transactions.Run),
  RunExpired: ofSession(transactions.RunExpired),
  Refuse: ofSession(transactions.Refuse),
  Misuse: ofSession(transactions.Misuse),
  Multi: ofSession(transactions.Multi),
  Queue: ofSession(transactions.Queue),
  Watch: ofSession(transactions.Watch),
  Unwatch: ofSession(transactions.Unwatch),
  Discard: ofSession(transactions.Discard),
  ExecAbort: ofSession(transactions.ExecAbort),
  ExecNil: ofSession(transactions.ExecNil),
  ExecStart: ofSession(ExecStart),
  ExecNext: ofSession(transactions.ExecNext),
  ExecFinish: ofSession(transactions.ExecFinish),
  Pass: (state, { key }) => Pass(state, String(key)),
  ActiveExpire: (state, { key }) => ActiveExpire(state, String(key)),
  Persist: (state, fields) => Persist(state, numberOf(fields, "upTo")),
  Reply: ofSession(transactions.Reply),
  Disconnect: ofSession(transactions.Disconnect),
  Crash: (state, fields) => Crash(state, numberOf(fields, "keep")),
  Restart: (state) => Restart(state),
};

/**
 * The state of the model before each event of a trace that the specification accepts.
 *
 * @throws Error when the model does not take an event
 */
export function transactionStatesOf(trace: RecordedTrace): readonly State[] {
  const sessions = new Set<string>();
  const keys = new Set<string>();
  for (const { fields } of trace.events) {
    if (fields["session"] !== undefined) sessions.add(String(fields["session"]));
    if (fields["key"] !== undefined) keys.add(String(fields["key"]));
    if (fields["command"] !== undefined) keys.add(words(fields["command"])[1] ?? "k1");
  }
  return statesThrough(trace, initial([...sessions], [...keys], []), STEPS);
}
