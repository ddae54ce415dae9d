/** What can be wrong with the files of a log: values to decide by, and the sentences to print. */
import type { DiskError } from "../ports/disk.ts";

/** Where in a log something was found. */
export interface LogPosition {
  /** Name of the file in the log's directory. */
  readonly file: string;
  /** Offset in the file, in bytes. */
  readonly offset: number;
  /** The number of the unit that is due there. */
  readonly lsn: number;
}

/** Why nothing can be read at a place. */
export type Flaw =
  /** Neither a frame nor a command begins there. */
  | { readonly kind: "nothing-begins" }
  | { readonly kind: "endless-line" }
  | { readonly kind: "unreadable-line" }
  | { readonly kind: "cut-frame" }
  | { readonly kind: "wrong-checksum" }
  | { readonly kind: "cut-command" }
  /** The parser's error. */
  | { readonly kind: "malformed-command"; readonly error: string }
  /** A transaction outside a frame has no EXEC; `isLast` when the file ends there. */
  | { readonly kind: "open-transaction"; readonly isLast: boolean };

/** A place at which a file cannot be read on, and why. */
export interface Finding {
  readonly at: LogPosition;
  readonly flaw: Flaw;
}

/** Why the files of a log cannot be used, or no longer be trusted. */
export type LogFailure =
  /** The disk refused what was attempted; another attempt may succeed. */
  | { readonly kind: "disk"; readonly attempt: string; readonly error: DiskError }
  /** A sync failed: nobody knows what lasts. */
  | { readonly kind: "poisoned"; readonly reason: string }
  /** Another server has the directory. */
  | { readonly kind: "locked"; readonly directory: string; readonly holder: string }
  /** A file of a log in use was moved away or removed. */
  | { readonly kind: "displaced"; readonly path: string }
  /** A file is shorter than it was a moment ago. */
  | { readonly kind: "shrunk" }
  /** What had once been whole is broken, since something intact follows. */
  | { readonly kind: "damaged"; readonly found: Finding }
  /** The end of a file is neither whole nor what a crash leaves. */
  | { readonly kind: "bad-format"; readonly found: Finding }
  /** The end of a file is torn, and another file follows. */
  | { readonly kind: "torn-inside"; readonly found: Finding }
  /** The end of the last file is torn, and `aof-load-truncated` forbids to cut it off. */
  | { readonly kind: "torn-end"; readonly found: Finding; readonly cutBytes: number }
  /** A frame's number is not the one that is due. */
  | { readonly kind: "wrong-lsn"; readonly at: LogPosition; readonly lsn: number }
  /** A closing line names another last unit than the file has. */
  | { readonly kind: "wrong-close"; readonly at: LogPosition; readonly lsn: number }
  /** A frame is intact and holds something else than commands. */
  | { readonly kind: "malformed-frame"; readonly at: LogPosition }
  | { readonly kind: "exec-without-multi"; readonly at: LogPosition }
  /** A command was refused, with `error`. */
  | {
      readonly kind: "failing-command";
      readonly at: LogPosition;
      readonly command: string;
      readonly error: string;
    }
  /** The base is a snapshot. */
  | { readonly kind: "snapshot"; readonly path: string }
  /** A snapshot holds something at `offset` that cannot be read. */
  | {
      readonly kind: "unreadable-snapshot";
      readonly path: string;
      readonly offset: number;
      readonly reason: string;
    }
  /** A snapshot that a start with `appendonly yes` would pass over. */
  | { readonly kind: "passed-over"; readonly path: string }
  | { readonly kind: "manifest"; readonly path: string; readonly reason: string }
  /** A file that no manifest explains. */
  | {
      readonly kind: "orphan";
      readonly directory: string;
      readonly file: string;
      readonly manifest: string;
    };

/** Thrown where the files of a log cannot be used. */
export class Refusal extends Error {
  readonly failure: LogFailure;

  constructor(failure: LogFailure) {
    super(describeLogFailure(failure));
    this.failure = failure;
  }
}

/** True when a crash in the middle of a write explains the flaw: what is there is a beginning. */
export function isBeginning(flaw: Flaw): boolean {
  switch (flaw.kind) {
    case "endless-line":
    case "cut-frame":
    case "cut-command":
    case "open-transaction":
      return true;
    case "nothing-begins":
    case "unreadable-line":
    case "wrong-checksum":
    case "malformed-command":
      return false;
  }
}

/** True when the files are as they should be, and another attempt may succeed. */
export function isOfTheMoment(failure: LogFailure): boolean {
  return failure.kind === "disk" || failure.kind === "poisoned" || failure.kind === "locked";
}

/** Says to an operator what was found, and where. */
export function describeFinding({ at, flaw }: Finding): string {
  return `${describeFlaw(flaw)} (${whereOf(at)})`;
}

/** Says to an operator what is wrong. */
export function describeLogFailure(failure: LogFailure): string {
  switch (failure.kind) {
    case "disk":
      return `Cannot ${failure.attempt}: ${failure.error.message}`;
    case "poisoned":
      return `The append-only file could not be synced: ${failure.reason}`;
    case "locked":
      return (
        `The directory ${failure.directory} is in use by ${failure.holder}. Stop that server, or ` +
        "give this one a directory of its own with dir or appenddirname"
      );
    case "displaced":
      return (
        `${failure.path} has been moved away or removed while the server was using it. Nothing is ` +
        "acknowledged any more; put it back before the next start"
      );
    case "shrunk":
      return "The append-only file has become shorter";
    case "damaged":
      return (
        `${fileOf(failure.found.at)} is damaged at ${whereOf(failure.found.at)}: ` +
        `${describeFlaw(failure.found.flaw)}, and what follows is intact`
      );
    case "bad-format":
      return (
        `${fileOf(failure.found.at)} has a bad format at ${whereOf(failure.found.at)}: ` +
        `${describeFlaw(failure.found.flaw)}. Make a backup of the file, then use ` +
        "redis-check-aof --fix"
      );
    case "torn-inside":
      return `${fileOf(failure.found.at)} is torn: ${describeFinding(failure.found)}`;
    case "torn-end":
      return (
        `Unexpected end of the append-only file ${failure.found.at.file}: ` +
        `${describeFinding(failure.found)}. With aof-load-truncated yes the last ` +
        `${failure.cutBytes} bytes are cut off`
      );
    case "wrong-lsn":
      return (
        `${fileOf(failure.at)} is damaged at offset ${failure.at.offset}: the frame has LSN ` +
        `${failure.lsn} where LSN ${failure.at.lsn} is due`
      );
    case "wrong-close":
      return (
        `${fileOf(failure.at)} is damaged at offset ${failure.at.offset}: it was closed at LSN ` +
        `${failure.lsn}, but ends at LSN ${failure.at.lsn - 1}`
      );
    case "malformed-frame":
      return (
        `${fileOf(failure.at)} has a frame at ${whereOf(failure.at)}, whose checksum is right ` +
        "and whose commands are malformed"
      );
    case "exec-without-multi":
      return `${fileOf(failure.at)} has an EXEC without MULTI at ${failure.at.offset}`;
    case "failing-command":
      return (
        `${fileOf(failure.at)} has a command at offset ${failure.at.offset} that fails: ` +
        `${failure.command}: ${failure.error}`
      );
    case "snapshot":
      return (
        `The base file ${failure.path} is an RDB snapshot, which cannot be loaded. ` +
        "Let Redis rewrite it with aof-use-rdb-preamble no"
      );
    case "passed-over":
      return (
        `There is a snapshot ${failure.path} and no append-only file, and with appendonly yes it ` +
        "would be passed over. Start with appendonly no, which loads it, and then CONFIG SET " +
        "appendonly yes; or move it away"
      );
    case "unreadable-snapshot":
      return (
        `The snapshot ${failure.path} cannot be loaded: at offset ${failure.offset}, ` +
        `${failure.reason}. redis-check-rdb looks into it; move it away to start without it`
      );
    case "manifest":
      return `The manifest ${failure.path} cannot be read: ${failure.reason}`;
    case "orphan":
      return `${failure.directory} holds ${failure.file}, but no manifest ${failure.manifest}`;
  }
}

function describeFlaw(flaw: Flaw): string {
  switch (flaw.kind) {
    case "nothing-begins":
      return "neither a frame nor a command begins here";
    case "endless-line":
      return "the line has no end";
    case "unreadable-line":
      return "the line is unreadable";
    case "cut-frame":
      return "the file ends within the frame";
    case "wrong-checksum":
      return "the frame's checksum is wrong";
    case "cut-command":
      return "the file ends within a command";
    case "malformed-command":
      return flaw.error;
    case "open-transaction":
      return `${flaw.isLast ? "its last" : "a"} transaction has no EXEC`;
  }
}

function fileOf(at: LogPosition): string {
  return `The append-only file ${at.file}`;
}

function whereOf(at: LogPosition): string {
  return `offset ${at.offset}, LSN ${at.lsn}`;
}
