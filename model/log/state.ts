/**
 * The state of the durable log with its gate: the variables of `specs/log/Log.tla`, under the same
 * names, and the operators that its actions share.
 */
import { Schema } from "effect";

/** A unit of the log: the run that executed it, and its number (LSN). */
export const Unit = Schema.Struct({ run: Schema.Int, lsn: Schema.Int });
/** A unit of the log: the run that executed it, and its number (LSN). */
export interface Unit extends Schema.Schema.Type<typeof Unit> {}

/** A reply that a connection is owed. */
export const Reply = Schema.Struct({
  /** Its place among the replies of its connection, from 1. */
  n: Schema.Int,
  /** What its request did: journaled a unit, consulted the data, or neither. */
  kind: Schema.Literals(["write", "read", "ask"]),
  /** The log's end when the request had run; 0 when it consulted no data. */
  saw: Schema.Int,
});
/** A reply that a connection is owed. */
export interface Reply extends Schema.Schema.Type<typeof Reply> {}

/** When the gate opens: `appendfsync`. */
export const Policy = Schema.Literals(["always", "everysec", "no"]);
/** When the gate opens: `appendfsync`. */
export type Policy = typeof Policy.Type;

/** The variables of the specification. */
export const State = Schema.Struct({
  policy: Policy,
  /** `recovering`: it has read a file whose tail is not proven; `proven`: what it has read lasts. */
  status: Schema.Literals(["down", "recovering", "proven", "up", "poisoned"]),
  /** How many runs have served so far. */
  run: Schema.Int,
  /** The units that have executed: the data. */
  log: Schema.Array(Unit),
  /** Believed: so many units are in the file. */
  written: Schema.Int,
  /** So many does the fsync under way cover; 0 when there is none. */
  syncing: Schema.Int,
  /** Believed: so many last. */
  synced: Schema.Int,
  /** Replies that depend on no more than so many may leave. */
  gate: Schema.Int,
  /** When the gate passed each unit; 0 once it is synced. */
  passed: Schema.Array(Schema.Int),
  now: Schema.Int,
  /** The disk has refused a write. */
  full: Schema.Boolean,
  /** The replies that each connection is owed, oldest first. */
  queue: Schema.Record(Schema.String, Schema.Array(Reply)),
  /** How many replies have left to each connection. */
  answered: Schema.Record(Schema.String, Schema.Int),
  /** What every process reads, with TORN where a frame is partial. */
  file: Schema.Array(Unit),
  /** So many elements of the file last. */
  platter: Schema.Int,
  /** Pages were dropped by a failed fsync: no fsync of this file helps. */
  lost: Schema.Boolean,
  /**
   * A line behind so many elements of the file says that it was closed there; NO_LINE when there is
   * none that could ever again be the last.
   */
  closedAt: Schema.Int,
  /** Who has the directory: this server, or another one that was told to use it. */
  holder: Schema.Literals(["nobody", "server", "other"]),
  /** The units whose writes were acknowledged. */
  acked: Schema.Array(Unit),
  /** The units whose effects a reply of a read has shown. */
  shown: Schema.Array(Unit),
});
/** The variables of the specification. */
export interface State extends Schema.Schema.Type<typeof State> {}

/** A partial frame in the file. */
export const TORN: Unit = { run: 0, lsn: 0 };

/** There is no closing line. */
export const NO_LINE = -1;

/** An empty directory, and no process. */
export function initial(policy: Policy, connections: readonly string[]): State {
  return {
    policy,
    run: 0,
    passed: [],
    file: [],
    platter: 0,
    lost: false,
    closedAt: NO_LINE,
    holder: "nobody",
    acked: [],
    shown: [],
    ...noProcess(connections),
  };
}

/** What is left of a process that is gone: nothing. */
export function noProcess(connections: readonly string[]) {
  return {
    status: "down",
    log: [],
    written: 0,
    syncing: 0,
    synced: 0,
    gate: 0,
    now: 0,
    full: false,
    queue: Object.fromEntries(connections.map((connection) => [connection, []])),
    answered: Object.fromEntries(connections.map((connection) => [connection, 0])),
  } as const satisfies Partial<State>;
}

/** Whether two units are the same. */
export function isSame(one: Unit, other: Unit): boolean {
  return one.run === other.run && one.lsn === other.lsn;
}

/** The units of `more` added to a set of units. */
export function union(units: readonly Unit[], more: readonly Unit[]): readonly Unit[] {
  return [...units, ...without(more, units)];
}

/** A set of units less those of another. */
export function without(units: readonly Unit[], less: readonly Unit[]): readonly Unit[] {
  return units.filter((unit) => !less.some((other) => isSame(unit, other)));
}

/** What a start reads from a file: all before the first partial frame. */
export function readable(file: readonly Unit[]): readonly Unit[] {
  const end = file.findIndex((unit) => isSame(unit, TORN));
  return end < 0 ? file : file.slice(0, end);
}

/** Whether the file was closed cleanly, and nothing has been written since. */
export function isClosed({ closedAt, file }: State): boolean {
  return closedAt === file.length;
}

/** Where the closing line is, now that the file's first `lasting` elements last. */
export function lineBehind({ closedAt }: State, lasting: number): number {
  return closedAt < lasting ? NO_LINE : closedAt;
}

/** Whether the file ends with a partial frame. */
export function endsTorn({ file }: State): boolean {
  return file.length > 0 && isSame(file.at(-1)!, TORN);
}

/** How much of the log a reply depends on: one number, not one for each key. */
export function dependency(reply: Reply): number {
  return reply.kind === "ask" ? 0 : reply.saw;
}

/** Moves the gate as far as the policy allows, and notes when it passed each unit. */
export function moveGate(state: State, holdAge: number): State {
  const gate = gateFor(state, holdAge);
  const passed = Array.from({ length: gate }, (_, index) => {
    if (index < state.synced) return 0;
    return index < state.gate ? state.passed[index]! : state.now;
  });
  return { ...state, gate, passed };
}

function gateFor(state: State, holdAge: number): number {
  if (state.policy === "always") return state.synced;
  return isHeldBack(state, holdAge) ? state.gate : state.written;
}

/** everysec: the oldest unit that the gate has passed and that is not synced is too old. */
export function isHeldBack({ policy, gate, synced, now, passed }: State, holdAge: number): boolean {
  return policy === "everysec" && gate > synced && now - passed[synced]! >= holdAge;
}

/** The policy table: whether a loss of power may take these units from clients that know them. */
export function mayLose(
  { policy, passed }: State,
  units: readonly Unit[],
  holdAge: number,
): boolean {
  if (policy === "always") return units.length === 0;
  if (policy === "no" || units.length === 0) return true;
  const times = units.map(({ lsn }) => passed[lsn - 1] ?? 0);
  return Math.max(...times) < Math.min(...times) + holdAge;
}
