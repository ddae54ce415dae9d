/** The protocol of waiting for keys at the bounds of `specs/blocking/MCBlocking.tla`. */
import assert from "node:assert/strict";
import type { Machine, TlaState } from "../machine.ts";
import * as actions from "./actions.ts";
import { type ClientName, type ClientState, type Command, initial, type State } from "./state.ts";

/** How much of the protocol is explored. */
interface Bounds {
  readonly keys: readonly string[];
  /** What each client sends. */
  readonly menu: Readonly<Record<ClientName, readonly Command[]>>;
  readonly maxInFlight: number;
  readonly minQueue: number;
  readonly maxQueue: number;
  readonly maxUnits: number;
}

const BOUNDS: Readonly<Record<string, Bounds>> = {
  graph: {
    keys: ["x", "y"],
    menu: {
      a: [
        ["BLPOP", "limited", "x", "y"],
        ["BLMOVE", "forever", "x", "y"],
      ],
      b: [["BLPOP", "forever", "y", "x"]],
      c: [
        ["RPUSH", "x", "1"],
        ["RENAME", "x", "y"],
        ["DEL", "x"],
        ["UNBLOCK", "a"],
        ["MULTI"],
        ["EXEC"],
      ],
    },
    maxInFlight: 1,
    minQueue: 0,
    maxQueue: 1,
    maxUnits: 3,
  },
};

/**
 * The model at the bounds of a configuration of the manifest.
 *
 * @param name `graph`
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
  const byPosition =
    (step: (state: State, position: number) => actions.Next) =>
    (state: State): State[] =>
      some([...state.log.keys(), state.log.length].map((position) => step(state, position)));
  const { Send, Run, Wait, Serve, Timeout, Unblock, Multi, Queue } = actions;
  const { ExecStart, ExecNext, ExecFinish, Persist, Reply, Disconnect, Crash, Restart } = actions;
  const unbounded = [
    Serve,
    Timeout,
    Unblock,
    Multi,
    Queue,
    ExecNext,
    ExecFinish,
    Reply,
    Disconnect,
  ];
  return {
    initial: () => [initial(clients, bounds.keys)],
    actions: [
      { action: Send, successors: (state) => sends(bounds, state) },
      ...[Run, Wait].map((action) => ({ action, successors: byClient(action, leavesRoom) })),
      { action: ExecStart, successors: byClient(ExecStart, hasRoom) },
      ...unbounded.map((action) => ({ action, successors: byClient(action) })),
      ...[Persist, Crash].map((action) => ({ action, successors: byPosition(action) })),
      { action: Restart, successors: (state) => some([Restart(state)]) },
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

/** Each of those who wait may yet write a unit. */
function leavesRoom({ maxUnits }: Bounds, _: State, { log, line }: State): boolean {
  return log.length + line.length <= maxUnits;
}

function hasRoom({ maxUnits }: Bounds, { log, line }: State): boolean {
  return log.length + line.length < maxUnits;
}

function sends(bounds: Bounds, state: State): State[] {
  const steps = Object.entries(bounds.menu).flatMap(([name, menu]) =>
    menu
      .filter((command) => maySend(bounds, state, name, command))
      .map((command) => actions.Send(state, name, command)),
  );
  return some(steps);
}

/** A client that might exceed the queue's bound may only end its transaction. */
function maySend(
  { maxInFlight, minQueue, maxQueue }: Bounds,
  { clients, line }: State,
  name: ClientName,
  command: Command,
): boolean {
  const { wire, out, queue } = clients[name]!;
  const waiting = line.some(({ who }) => who === name) ? 1 : 0;
  if (wire.length + out.length + waiting >= maxInFlight) return false;
  const queued = queue.length + wire.length;
  return command[0] === "EXEC" ? queued >= minQueue : queued < maxQueue;
}

/** The variables of the specification. */
export function encode(state: State): TlaState {
  const { up, clients, line, ready, db, log, durable, executing } = state;
  const each = <K extends keyof ClientState>(part: K): Record<ClientName, ClientState[K]> =>
    Object.fromEntries(Object.entries(clients).map(([name, client]) => [name, client[part]]));
  return {
    up,
    wire: each("wire"),
    multi: each("multi"),
    queue: each("queue"),
    line: line as unknown as readonly TlaState[],
    ready,
    out: each("out") as unknown as TlaState,
    db,
    log,
    durable,
    busy: executing?.client ?? "nobody",
    results: executing?.results ?? [],
    effects: executing?.effects ?? [],
  };
}
