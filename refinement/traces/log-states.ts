/** The states of the model of the log that a trace goes through. */

import { Schema } from "effect";
import { HOLD_BACK_MS } from "../../impl/log/log-core.ts";
import * as log from "../../model/log/actions.ts";
import { initial, Policy, type State } from "../../model/log/state.ts";
import { numberOf } from "./recorded.ts";
import type { Fields, RecordedTrace, TraceEvent } from "./trace.ts";

type Step = (state: State, fields: Fields) => State | null;

/** Each event as an action of the model, with the choices that it says. */
const STEPS: Readonly<Record<string, Step>> = {
  Append: (state, { conn }) => log.Append(state, String(conn)),
  Expire: (state) => log.Expire(state),
  Read: (state, { conn }) => log.Read(state, String(conn)),
  Ask: (state, { conn }) => log.Ask(state, String(conn)),
  Reply: (state, fields) => replies(state, String(fields["conn"]), numberOf(fields, "count")),
  Disconnect: (state, { conn }) => log.Disconnect(state, String(conn)),
  Write: (state) => log.Write(state, HOLD_BACK_MS),
  WriteRefused: (state) => log.WriteRefused(state),
  ShortWrite: (state) => log.ShortWrite(state),
  CutTail: (state) => log.CutTail(state),
  Reopen: (state) => log.Reopen(state),
  Heal: (state) => log.Heal(state),
  FsyncBegin: (state) => log.FsyncBegin(state),
  FsyncOk: (state) => log.FsyncOk(state, HOLD_BACK_MS),
  FsyncFail: (state, { lost }) => log.FsyncFail(state, lost === true),
  Tick: (state, fields) => log.Tick(state, numberOf(fields, "nowMs")),
  Close: (state) => log.Close(state),
  Stop: (state) => log.Stop(state),
  Kill: (state) => log.Kill(state),
  PowerLoss: (state, fields) => {
    const { closed, torn } = fields;
    const remains = { kept: numberOf(fields, "kept"), line: closed === true, torn: torn === true };
    return log.PowerLoss(state, remains, HOLD_BACK_MS);
  },
  RecoverBegin: (state) => log.RecoverBegin(state),
  RecoverRewrite: (state) => log.RecoverRewrite(state),
  Serve: (state) => log.Serve(state),
  OtherTakes: (state) => log.OtherTakes(state),
  OtherLeaves: (state) => log.OtherLeaves(state),
};

function replies(state: State, connection: string, count: number): State | null {
  let after: State | null = state;
  for (let left = count; left > 0 && after !== null; left--) after = log.Reply(after, connection);
  return after;
}

/**
 * The state of the model before each event of a trace that the specification accepts.
 *
 * @throws Error when the model does not take an event
 */
export function statesOf({ name, begin, events }: RecordedTrace): readonly State[] {
  const connections = new Set<string>();
  for (const { fields } of events) if ("conn" in fields) connections.add(String(fields["conn"]));
  let state = initial(Schema.decodeUnknownSync(Policy)(begin["policy"]), [...connections]);
  return events.map((event, index) => {
    const before = state;
    if (event.action !== "End") state = next(state, event, `${name}, event ${index + 1}`);
    return before;
  });
}

function next(state: State, { action, fields }: TraceEvent, where: string): State {
  const after = STEPS[action]?.(state, fields) ?? null;
  if (after === null) throw new Error(`${where}: the model takes no ${action}`);
  return after;
}
