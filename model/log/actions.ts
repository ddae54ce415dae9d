/**
 * The actions of `specs/log/Log.tla`, one function each under the same name: the state after the
 * action, or null when it is not enabled.
 */
import {
  dependency,
  endsTorn,
  isClosed,
  lineBehind,
  mayLose,
  moveGate,
  NO_LINE,
  noProcess,
  type Reply as OwedReply,
  readable,
  type State,
  TORN,
  type Unit,
  union,
  without,
} from "./state.ts";

// ---- Requests: they execute at once, and their replies wait

/** A request that writes: journals one unit. While the disk is full it is refused instead. */
export function Append(state: State, connection: string): State | null {
  if (state.full) return null;
  return execute(state, connection, "write", [nextUnit(state)]);
}

/** A request that reads. */
export function Read(state: State, connection: string): State | null {
  return execute(state, connection, "read", []);
}

/** A request that consults no data. */
export function Ask(state: State, connection: string): State | null {
  return execute(state, connection, "ask", []);
}

/** A unit that nobody waits for: a key expires. Also while the disk is full. */
export function Expire(state: State): State | null {
  if (state.status !== "up") return null;
  return { ...state, log: [...state.log, nextUnit(state)] };
}

/** The oldest reply that a connection is owed leaves. */
export function Reply(state: State, connection: string): State | null {
  const [reply, ...rest] = state.queue[connection]!;
  if (state.status !== "up" || reply === undefined || dependency(reply) > state.gate) return null;
  const { kind, saw } = reply;
  return {
    ...state,
    queue: { ...state.queue, [connection]: rest },
    answered: { ...state.answered, [connection]: state.answered[connection]! + 1 },
    acked: kind === "write" ? union(state.acked, [state.log[saw - 1]!]) : state.acked,
    shown: kind === "read" ? union(state.shown, state.log.slice(0, saw)) : state.shown,
  };
}

/** A connection goes, with the replies that it is owed; another may come in its place. */
export function Disconnect(state: State, connection: string): State {
  return {
    ...state,
    queue: { ...state.queue, [connection]: [] },
    answered: { ...state.answered, [connection]: 0 },
  };
}

function execute(
  state: State,
  connection: string,
  kind: OwedReply["kind"],
  units: readonly Unit[],
): State | null {
  if (state.status !== "up") return null;
  const log = [...state.log, ...units];
  const owed = state.queue[connection]!;
  const n = state.answered[connection]! + owed.length + 1;
  const reply = { n, kind, saw: kind === "ask" ? 0 : log.length };
  return { ...state, log, queue: { ...state.queue, [connection]: [...owed, reply] } };
}

function nextUnit({ run, log }: State): Unit {
  return { run, lsn: log.length + 1 };
}

// ---- Writing

/** All pending units go into the file as one frame. */
export function Write(state: State, holdAge: number): State | null {
  if (!mayWrite(state) || isBehindLostLine(state)) return null;
  const { file, log, written } = state;
  return moveGate(
    { ...state, file: [...file, ...log.slice(written)], written: log.length },
    holdAge,
  );
}

/** The disk takes nothing of the frame. */
export function WriteRefused(state: State): State | null {
  return mayWrite(state) ? { ...state, full: true } : null;
}

/** The disk takes some of the frame, or of the closing line. */
export function ShortWrite(state: State): State | null {
  const { status, synced, log } = state;
  const isClosing = status === "up" && synced === log.length && !endsTorn(state);
  if ((!mayWrite(state) && !isClosing) || isBehindLostLine(state)) return null;
  return { ...state, full: true, file: [...state.file, TORN] };
}

/** The partial frame is cut off, by the server that has written it or by a start that finds it. */
export function CutTail(state: State): State | null {
  const { status } = state;
  if ((status !== "up" && status !== "recovering") || !endsTorn(state)) return null;
  return { ...state, file: state.file.slice(0, -1) };
}

/** The closing line of an earlier run is cut off, to make room for more. */
export function Reopen(state: State): State | null {
  if (state.status !== "up" || !isClosed(state)) return null;
  return { ...state, closedAt: NO_LINE, lost: false };
}

/** There is space again, and nothing is left over from when there was none. */
export function Heal(state: State): State | null {
  const { status, full, written, log } = state;
  if (status !== "up" || !full || written < log.length || endsTorn(state)) return null;
  return { ...state, full: false };
}

/** The file ends with a closing line whose own sync may have failed. */
function isBehindLostLine(state: State): boolean {
  return isClosed(state) && state.lost;
}

function mayWrite(state: State): boolean {
  return state.status === "up" && state.written < state.log.length && !endsTorn(state);
}

// ---- Syncing

/** An fsync begins. It covers what is written now. */
export function FsyncBegin(state: State): State | null {
  const { status, syncing, synced, written } = state;
  if (status !== "up" || syncing > 0 || synced === written) return null;
  return { ...state, syncing: written };
}

/** It returns success. */
export function FsyncOk(state: State, holdAge: number): State | null {
  const { status, syncing, lost } = state;
  if (status !== "up" || syncing === 0) return null;
  const platter = lost ? state.platter : Math.max(state.platter, syncing);
  const closedAt = lineBehind(state, platter);
  return moveGate({ ...state, platter, closedAt, synced: syncing, syncing: 0 }, holdAge);
}

/** It fails, or that of a start, and the system may drop the pages that it could not write. */
export function FsyncFail(state: State, drops: boolean): State | null {
  const isOfStart = state.status === "recovering" && !endsTorn(state);
  if (!isOfStart && (state.status !== "up" || state.syncing === 0)) return null;
  return { ...state, status: "poisoned", syncing: 0, lost: state.lost || drops };
}

/** Time moves on. It counts with everysec only. */
export function Tick(state: State, to: number): State | null {
  const { status, policy, now } = state;
  return status === "up" && policy === "everysec" && to > now ? { ...state, now: to } : null;
}

// ---- Ends

/** The process is killed, if there is one. The page cache stays. */
export function Kill(state: State): State {
  return dead(state);
}

/** The process stops by itself: it is poisoned, or its recovery has failed. */
export function Stop(state: State): State | null {
  return state.status === "poisoned" || state.status === "recovering" ? dead(state) : null;
}

/**
 * A clean stop: everything is synced, and then the file's last line says so. That line is synced
 * as well, which nothing depends on: its sync may fail.
 */
export function Close(state: State): State | null {
  const { status, syncing, synced, log } = state;
  if (status !== "up" || syncing > 0 || synced < log.length || endsTorn(state)) return null;
  return { ...dead(state), closedAt: state.file.length, lost: true };
}

/** What a loss of power leaves of the log's file. */
export interface Remains {
  /** So many units. */
  readonly kept: number;
  /** Behind them there is a closing line. */
  readonly line: boolean;
  /** There is a part of what followed, or of what had followed and was cut off. */
  readonly torn: boolean;
}

/** The machine loses power, whatever the process was doing. A cut is not synced: it may be undone. */
export function PowerLoss(state: State, remains: Remains, holdAge: number): State | null {
  const { platter, closedAt, acked, shown } = state;
  const { kept, line, torn } = remains;
  if (kept < platter || kept > readable(state.file).length) return null;
  // The line may be one that had been cut off, if what it stood behind is all that is left.
  if (line && kept !== closedAt && kept !== platter) return null;
  const file = [...state.file.slice(0, kept), ...(torn ? [TORN] : [])];
  const gone = without(union(acked, shown), readable(file));
  const conceded = mayLose(state, gone, holdAge) ? gone : [];
  return {
    ...dead(state),
    holder: "nobody",
    file,
    platter: kept,
    lost: false,
    closedAt: line ? kept : NO_LINE,
    acked: without(acked, conceded),
    shown: without(shown, conceded),
  };
}

/** The process is gone; the kernel gives back the directory that it had. */
function dead(state: State): State {
  const holder = state.holder === "server" ? "nobody" : state.holder;
  return { ...state, ...noProcess(Object.keys(state.queue)), holder };
}

// ---- Recovery

/** A process starts, takes the directory and reads the file; refused while another one has it. */
export function RecoverBegin(state: State): State | null {
  if (state.status !== "down" || state.holder !== "nobody") return null;
  const status = isClosed(state) ? "proven" : "recovering";
  return { ...state, holder: "server", status, log: readable(state.file) };
}

/** What it has read has been written again, and synced. */
export function RecoverRewrite(state: State): State | null {
  if (state.status !== "recovering" || endsTorn(state)) return null;
  const platter = state.log.length;
  const closedAt = lineBehind(state, platter);
  return { ...state, status: "proven", platter, lost: false, closedAt };
}

/** It opens the gate for what it has recovered, and takes requests. */
export function Serve(state: State): State | null {
  if (state.status !== "proven") return null;
  const end = state.log.length;
  return {
    ...state,
    status: "up",
    run: state.run + 1,
    written: end,
    synced: end,
    gate: end,
    passed: state.log.map(() => 0),
  };
}

// ---- Another server on the same directory

/** It takes the directory, if nobody has it. */
export function OtherTakes(state: State): State | null {
  return state.holder === "nobody" ? { ...state, holder: "other" } : null;
}

/** It ends, in whatever way. */
export function OtherLeaves(state: State): State | null {
  return state.holder === "other" ? { ...state, holder: "nobody" } : null;
}
