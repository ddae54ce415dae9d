/**
 * The abstraction function from the production log to the model's state (`model/log/state.ts`):
 * what a LogCore, the data that has executed, the replies that wait, and the bytes on the disk mean.
 *
 * Left out are `passed` and `now`, which the log keeps to itself: they show in what the gate does;
 * and closing lines that are not the file's last, with the fate of their own syncs.
 */
import type { LogCore } from "../../impl/log/log-core.ts";
import {
  isClosed,
  NO_LINE,
  type Reply,
  type State,
  TORN,
  type Unit,
} from "../../model/log/state.ts";

/** What is compared. */
export type LogAbstraction = Omit<State, "passed" | "now" | "syncing" | "holder"> & {
  readonly holder: string;
  readonly isSyncing: boolean;
};

/** The bytes of the increment. */
export interface FileView {
  readonly bytes: Uint8Array;
  /** So many of them last. */
  readonly lasting: number;
  readonly isHoled: boolean;
}

/** A server with its log, and what surrounds it. */
export interface LogView {
  readonly policy: State["policy"];
  readonly status: State["status"];
  readonly run: number;
  /** Null unless the log is open. */
  readonly core: LogCore | null;
  /** The units that have executed in the process, recovered ones included. */
  readonly data: readonly Unit[];
  readonly queue: Readonly<Record<string, readonly Reply[]>>;
  readonly answered: Readonly<Record<string, number>>;
  /** Null while there is none. */
  readonly file: FileView | null;
  /** Who has the lock on the directory. */
  readonly holder: string;
  readonly acked: readonly Unit[];
  readonly shown: readonly Unit[];
}

/** What the model must be in. */
export function abstractLog(view: LogView): LogAbstraction {
  const { policy, status, run, core, data, queue, answered, holder, acked, shown } = view;
  return {
    ...{ policy, status, run, queue, answered, holder, acked, shown },
    log: data,
    written: core?.written ?? 0,
    isSyncing: status === "up" && core !== null && core.isSyncing,
    synced: core?.synced ?? 0,
    gate: core?.gate ?? 0,
    full: core !== null && core.fullReason !== null,
    ...abstractFile(view.file),
  };
}

/** The same part of a model's state. */
export function comparable(state: State): LogAbstraction {
  const { passed, now, syncing, ...rest } = state;
  const endsClosed = isClosed(state);
  return {
    ...rest,
    isSyncing: syncing > 0,
    lost: state.lost && !endsClosed,
    closedAt: endsClosed ? state.closedAt : NO_LINE,
  };
}

function abstractFile(
  view: FileView | null,
): Pick<State, "file" | "platter" | "lost" | "closedAt"> {
  if (view === null) return { file: [], platter: 0, lost: false, closedAt: NO_LINE };
  const { units, isTorn, closedAt } = readIncrement(view.bytes);
  const platter = readIncrement(view.bytes.subarray(0, view.lasting)).units.length;
  const file = isTorn ? [...units, TORN] : units;
  const endsClosed = closedAt === file.length;
  return {
    file,
    platter,
    lost: view.isHoled && !endsClosed,
    closedAt: endsClosed ? closedAt : NO_LINE,
  };
}

/** What the bytes of an increment hold. */
export interface Increment {
  readonly units: readonly Unit[];
  /** Something incomplete follows. */
  readonly isTorn: boolean;
  /** How many units are in front of the last closing line; NO_LINE without one. */
  readonly closedAt: number;
}

const FRAME = /^#V1 lsn=(\d+) term=\d+ len=(\d+) crc32c=[0-9a-f]{8}\r\n/;
const CLOSED = /^#V1 closed lsn=\d+ term=\d+ crc32c=[0-9a-f]{8}\r\n/;

/**
 * Reads an increment whose units are named by `nameOf`. Bytes are missing at its end at most.
 *
 * @throws Error when a frame's number is not that of its first unit
 */
export function readIncrement(bytes: Uint8Array): Increment {
  let rest = Buffer.from(bytes).toString("latin1");
  const units: Unit[] = [];
  let closedAt = NO_LINE;
  while (rest !== "") {
    const line = CLOSED.exec(rest);
    const frame = FRAME.exec(rest);
    const length = line?.[0].length ?? (frame === null ? 0 : frame[0].length + Number(frame[2]));
    if (length === 0 || length > rest.length) return { units, isTorn: true, closedAt };
    if (frame !== null && Number(frame[1]) !== units.length + 1) {
      throw new Error(`a frame says lsn=${frame[1]} behind ${units.length} units`);
    }
    if (frame !== null) units.push(...unitsOf(rest.slice(frame[0].length, length)));
    if (line !== null) closedAt = units.length;
    rest = rest.slice(length);
  }
  return { units, isTorn: false, closedAt };
}

const NAME = /unit:(\d+):(\d+);/g;

/** The name of a unit, which its bytes hold exactly once. */
export function nameOf({ run, lsn }: Unit): string {
  return `unit:${run}:${lsn};`;
}

/** The units whose names a text holds, in order. */
export function unitsOf(text: string): readonly Unit[] {
  return [...text.matchAll(NAME)].map(([, run, lsn]) => ({ run: Number(run), lsn: Number(lsn) }));
}
