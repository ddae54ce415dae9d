/** The disk port: files as the log sees them. */

/** Why the system refused: the code as in `ENOSPC`, and its words as in `No space left on device`. */
export interface DiskError {
  readonly code: string;
  readonly message: string;
}

/** The disk is full, in the system's words. */
export const NO_SPACE: DiskError = { code: "ENOSPC", message: "No space left on device" };

/** Another server has the directory; the message says which. */
export const LOCKED = "ELOCKED";

/** A directory that is this server's alone. */
export interface DirectoryLock {
  /** False once the file that stands for it has been removed or replaced: another may take it now. */
  isInPlace(): boolean;
  /** Gives it back. */
  release(): void;
}

/** An open file. Only its owner appends to it. */
export interface DiskFile {
  /** Length of the file, in bytes. */
  readonly sizeBytes: number;
  /** False once `path` names another file, or none. */
  isAt(path: string): boolean;
  /**
   * Reads into `into` from `offset` on.
   *
   * @returns how many bytes were read; 0 at the end of the file
   */
  read(offset: number, into: Uint8Array): number | DiskError;
  /**
   * Appends `[start, start + length)` of `bytes`: they are in the file for every process to see,
   * and lost with the machine's power until a sync that began later has succeeded.
   *
   * @returns how many bytes were appended; fewer than `length` when the disk took no more
   */
  append(bytes: Uint8Array, start: number, length: number): number | DiskError;
  /**
   * Writes `[start, start + length)` of `bytes` again to where the file has them already, at
   * `offset`. Nobody sees a difference; but the next sync makes them last, even those that an
   * earlier one has lost while the system took them for clean.
   */
  rewrite(offset: number, bytes: Uint8Array, start: number, length: number): DiskError | null;
  /** Cuts the file to a length. */
  truncate(sizeBytes: number): DiskError | null;
  /**
   * Begins to make last what the file holds now, and says when that is done. Bytes appended
   * meanwhile may or may not be included. One at a time.
   *
   * After an error nobody knows which of the bytes last, and no later sync will tell: the system
   * may have marked lost pages clean.
   *
   * @param mayBlock the caller would only wait meanwhile: a disk whose syncs are short may take its
   *   time now, and call `done` before this returns
   */
  sync(done: (error: DiskError | null) => void, mayBlock: boolean): void;
  /** The same, and waits for it. */
  syncNow(): DiskError | null;
  /** Closes the file; a sync under way still reports. */
  close(): void;
}

/** A file system. Paths are as the system understands them. */
export interface Disk {
  /** Names in a directory, in no particular order; null when there is no such directory. */
  list(directory: string): readonly string[] | null | DiskError;
  /** Makes a directory unless it exists. Its parent exists. */
  makeDirectory(path: string): DiskError | null;
  /**
   * Takes a directory for this server alone, by a lock on a file in it, which is made if it is not
   * there. The system gives it back when the process ends, in whatever way. One process may have
   * several servers: they exclude each other, too.
   *
   * @param path of that file
   * @returns the lock; an error with the code LOCKED says who has the directory
   */
  lock(path: string): DirectoryLock | DiskError;
  /** Opens a file for reading and appending: one that exists, or one that must not exist yet. */
  open(path: string, how: "existing" | "new"): DiskFile | DiskError;
  /** Replaces `to` by `from` in one step. */
  rename(from: string, to: string): DiskError | null;
  remove(path: string): DiskError | null;
  /** Bytes that there is room for where a file is; infinite when nobody can tell. */
  freeBytes(path: string): number;
  /** No file of this process may become longer, in bytes; infinite without such a limit. */
  readonly maxFileBytes: number;
  /** Makes last which files the directory holds, and under which names. */
  syncDirectory(path: string): DiskError | null;
}

/** A file must not become longer, in the system's words. */
export const TOO_LARGE: DiskError = { code: "EFBIG", message: "File too large" };

/** Whether a call of this port was refused. */
export function isDiskError(result: unknown): result is DiskError {
  return typeof result === "object" && result !== null && "code" in result && "message" in result;
}
