/** The protocol of client-side caching at the bounds of `specs/tracking/MCTracking.tla`. */
import assert from "node:assert/strict";
import type { Machine, TlaState, TlaValue } from "../machine.ts";
import * as actions from "./actions.ts";
import { type ClientName, type ClientState, type Command, initial, type State } from "./state.ts";

/** How much of the protocol is explored. */
interface Bounds {
  readonly keys: readonly string[];
  /** What each client sends. */
  readonly menu: Readonly<Record<ClientName, readonly Command[]>>;
  readonly maxInFlight: number;
  readonly maxOut: number;
  readonly maxUnits: number;
}

const BOUNDS: Readonly<Record<string, Bounds>> = {
  graph: {
    keys: ["x"],
    menu: {
      a: [
        ["TRACK", "on", "a"],
        ["TRACK", "optin", "a"],
        ["TRACK", "bcast", "a"],
        ["GET", "x"],
        ["CACHING", "yes"],
      ],
      b: [
        ["INCR", "x"],
        ["FLUSH", "all"],
        ["EXEC", "GET", "x", "INCR", "x"],
      ],
    },
    maxInFlight: 1,
    maxOut: 2,
    maxUnits: 2,
  },
  "graph-others": {
    keys: ["x"],
    menu: {
      a: [
        ["TRACK", "on", "b"],
        ["TRACK", "noloop", "a"],
        ["TRACK", "bcast-noloop", "a"],
        ["GET", "x"],
        ["INCR", "x"],
      ],
      b: [["EXEC", "INCR", "x", "GET", "x"]],
    },
    maxInFlight: 1,
    maxOut: 2,
    maxUnits: 2,
  },
};

/**
 * The model at the bounds of a configuration of the manifest.
 *
 * @param name `graph` or `graph-others`
 */
export function machine(name: string): Machine<State> {
  const bounds = BOUNDS[name];
  assert.ok(bounds !== undefined, `no bounds are called ${name}`);
  const clients = Object.keys(bounds.menu);
  const byClient =
    (step: (state: State, name: ClientName) => actions.Next, may: May = always) =>
    (state: State): State[] =>
      some(clients.map((client) => step(state, client))).filter((after) =>
        may(bounds, state, after),
      );
  const byKey =
    (step: (state: State, key: string) => actions.Next, may: May) =>
    (state: State): State[] =>
      some(bounds.keys.map((key) => step(state, key))).filter((after) => may(bounds, state, after));
  const byPosition =
    (step: (state: State, position: number) => actions.Next) =>
    (state: State): State[] =>
      some([...state.log.keys(), state.log.length].map((position) => step(state, position)));
  const { Send, Run, RunExpired, Track, Say, ExecStart, ExecNext, ExecFinish } = actions;
  const { Expire, Forget, Turn, Persist, Reply, Disconnect, Crash, Restart } = actions;
  const unbounded = [Track, Say, ExecNext, ExecFinish, Reply, Disconnect];
  return {
    initial: () => [initial(clients, bounds.keys)],
    actions: [
      { action: Send, successors: (state) => sends(bounds, state) },
      ...[Run, RunExpired].map((action) => ({ action, successors: byClient(action, fits) })),
      { action: ExecStart, successors: byClient(ExecStart, hasRoom) },
      ...unbounded.map((action) => ({ action, successors: byClient(action) })),
      { action: Expire, successors: byKey(Expire, fits) },
      { action: Forget, successors: byKey(Forget, mayForget) },
      ...[Turn, Restart].map((action) => ({
        action,
        successors: (state: State) => some([action(state)]),
      })),
      ...[Persist, Crash].map((action) => ({ action, successors: byPosition(action) })),
    ],
    encode,
  };
}

function some(states: readonly actions.Next[]): State[] {
  return states.filter((state) => state !== null);
}

type May = (bounds: Bounds, before: State, after: State) => boolean;

function always(): boolean {
  return true;
}

function fits({ maxUnits }: Bounds, _: State, { log }: State): boolean {
  return log.length <= maxUnits;
}

function hasRoom({ maxUnits }: Bounds, { log }: State): boolean {
  return log.length < maxUnits;
}

function mayForget({ maxOut }: Bounds, { clients }: State): boolean {
  return Object.values(clients).every(({ out }) => out.length < maxOut);
}

function sends({ menu, maxInFlight }: Bounds, state: State): State[] {
  const steps = Object.entries(menu).flatMap(([name, commands]) => {
    const { wire, out } = state.clients[name]!;
    const replies = out.filter(({ val }) => val[0] === "reply").length;
    if (wire.length + replies >= maxInFlight) return [];
    return commands.map((command) => actions.Send(state, name, command));
  });
  return some(steps);
}

/** The variables of the specification. */
export function encode(state: State): TlaState {
  const { up, clients, table, noted, db, log, durable, executing } = state;
  const each = <K extends keyof ClientState>(part: K): Record<ClientName, ClientState[K]> =>
    Object.fromEntries(Object.entries(clients).map(([name, client]) => [name, client[part]]));
  const readers = Object.entries(table).map(([key, names]) => {
    return [key, new Set<TlaValue>(names)] as const;
  });
  return {
    up,
    wire: each("wire"),
    how: each("how"),
    to: each("to"),
    said: each("said"),
    table: Object.fromEntries(readers),
    noted,
    out: each("out") as unknown as TlaState,
    db,
    log,
    durable,
    busy: executing?.client ?? "nobody",
    todo: executing?.todo ?? [],
    results: executing?.results ?? [],
    effects: executing?.effects ?? [],
    own: executing?.own ?? [],
    behind: (executing?.behind ?? []) as unknown as TlaValue,
  };
}
