/** The protocol of transactions at the bounds of `specs/transactions/MCTransactions.tla`. */
import assert from "node:assert/strict";
import type { Machine, TlaState } from "../machine.ts";
import * as actions from "./actions.ts";
import {
  type Command,
  initial,
  type SessionName,
  type SessionState,
  type State,
  type Unit,
} from "./state.ts";

/** How much of the protocol is explored. */
interface Bounds {
  /** What each session sends. */
  readonly menu: Readonly<Record<SessionName, readonly Command[]>>;
  readonly maxInFlight: number;
  readonly maxQueue: number;
  readonly maxUnits: number;
  readonly firstLog: readonly Unit[];
}

const KEYS = ["x"];
const GET = ["GET", "x"];
const FAIL = ["FAIL"];
const BAD = ["BAD"];
const TRANSACTION = [["MULTI"], ["EXEC"], ["DISCARD"]];
const WATCHES = [["WATCH", "x"], ["UNWATCH"]];

const BOUNDS: Readonly<Record<string, Bounds>> = {
  graph: {
    menu: {
      a: [GET, ["SETX", "x", "1"], ["DEL", "x"], FAIL, BAD, ...TRANSACTION, ...WATCHES],
      b: [GET, ["SET", "x", "2"], ["SWAP", "x", "2"], ["HALF", "x", "2"]],
    },
    maxInFlight: 1,
    maxQueue: 1,
    maxUnits: 2,
    firstLog: [[{ key: "x", val: "1", ttl: "ahead" }]],
  },
  pipeline: {
    menu: { a: [GET, ["SET", "x", "1"], FAIL, BAD, ...TRANSACTION] },
    maxInFlight: 2,
    maxQueue: 2,
    maxUnits: 2,
    firstLog: [],
  },
};

/**
 * The model at the bounds of a configuration of the manifest.
 *
 * @param name `graph` or `pipeline`
 */
export function machine(name: string): Machine<State> {
  const bounds = BOUNDS[name];
  assert.ok(bounds !== undefined, `no bounds are called ${name}`);
  const sessions = Object.keys(bounds.menu);
  const bySession =
    (step: (state: State, name: SessionName) => actions.Next) =>
    (state: State): State[] =>
      some(sessions.map((session) => within(bounds, state, step(state, session))));
  const byKey =
    (step: (state: State, key: string) => actions.Next) =>
    (state: State): State[] =>
      some(KEYS.map((key) => within(bounds, state, step(state, key))));
  const byPosition =
    (step: (state: State, position: number) => actions.Next) =>
    (state: State): State[] =>
      some([...state.log.keys(), state.log.length].map((position) => step(state, position)));
  const { Send, Run, RunExpired, Refuse, Misuse, Multi, Queue, Watch, Unwatch, Discard } = actions;
  const { ExecAbort, ExecNil, ExecStart, ExecNext, ExecFinish } = actions;
  const { Pass, ActiveExpire, Persist, Reply, Disconnect, Crash, Restart } = actions;
  const served = [Run, RunExpired, Refuse, Misuse, Multi, Queue, Watch, Unwatch, Discard];
  const executed = [ExecAbort, ExecNil, ExecStart, ExecNext, ExecFinish, Reply, Disconnect];
  return {
    initial: () => [initial(sessions, KEYS, bounds.firstLog)],
    actions: [
      { action: Send, successors: (state) => sends(bounds, state) },
      ...[...served, ...executed].map((action) => ({ action, successors: bySession(action) })),
      ...[Pass, ActiveExpire].map((action) => ({ action, successors: byKey(action) })),
      ...[Persist, Crash].map((action) => ({ action, successors: byPosition(action) })),
      { action: Restart, successors: (state) => some([Restart(state)]) },
    ],
    encode,
  };
}

function some(states: readonly actions.Next[]): State[] {
  return states.filter((state) => state !== null);
}

/** A step that would make the log longer than the bound is left out. */
function within({ maxUnits }: Bounds, before: State, after: actions.Next): actions.Next {
  const grows = after !== null && after.log.length > before.log.length;
  return grows && after.log.length > maxUnits ? null : after;
}

function sends(bounds: Bounds, state: State): State[] {
  const steps = Object.entries(bounds.menu).flatMap(([name, menu]) =>
    menu
      .filter((command) => maySend(bounds, state.sessions[name]!, command))
      .map((command) => actions.Send(state, name, command)),
  );
  return some(steps);
}

/** A session that might exceed the queue's bound may only end its transaction. */
function maySend(
  { maxInFlight, maxQueue }: Bounds,
  { wire, out, queue }: SessionState,
  [name]: Command,
): boolean {
  if (wire.length + out.length >= maxInFlight) return false;
  return name === "EXEC" || name === "DISCARD" || queue.length + wire.length < maxQueue;
}

/** The variables of the specification. */
export function encode({ up, sessions, db, log, durable, executing }: State): TlaState {
  const each = <K extends keyof SessionState>(part: K): Record<SessionName, SessionState[K]> =>
    Object.fromEntries(Object.entries(sessions).map(([name, session]) => [name, session[part]]));
  return {
    up,
    wire: each("wire"),
    multi: each("multi"),
    queue: each("queue"),
    spoiled: each("spoiled"),
    dirty: each("dirty"),
    watch: each("watch"),
    out: each("out") as unknown as TlaState,
    db: db as unknown as TlaState,
    log: log as unknown as readonly TlaState[],
    durable,
    busy: executing?.session ?? "nobody",
    results: executing?.results ?? [],
    effects: (executing?.effects ?? []) as unknown as readonly TlaState[],
  };
}
