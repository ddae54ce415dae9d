import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { performance } from "node:perf_hooks";
import type { Disk, DiskError, DiskFile } from "../disk.ts";
import { describeSystemError, fromSystem, toSystem } from "./conf-files.ts";
import { lockDirectory, namesFile } from "./directory-lock.ts";
import { fileSizeLimit } from "./limits.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = constants;
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/**
 * Syncs that take up to this long are done in place by those who may block: handing one to another
 * thread and back costs some tens of microseconds, and the requests that arrive meanwhile are served
 * in smaller groups. Far above what a fast disk takes, since a sync in another thread seems longer
 * than it is: the loop notices its end only after what it is doing.
 */
const IN_PLACE_MS = 4;
/** The weight of the last sync in what a file's syncs are expected to take. */
const LAST_SYNC_WEIGHT = 1 / 8;

/** The files of this machine. Paths have one character per byte of their UTF-8. */
export const systemDisk: Disk = {
  list: (directory) => {
    try {
      return readdirSync(toSystem(directory)).map(fromSystem);
    } catch (error) {
      return codeOf(error) === "ENOENT" ? null : diskError(error);
    }
  },
  makeDirectory: (path) => {
    const error = attempt(() => mkdirSync(toSystem(path), { mode: DIRECTORY_MODE }));
    return error?.code === "EEXIST" ? null : error;
  },
  lock: (path) => {
    try {
      return lockDirectory(toSystem(path));
    } catch (error) {
      return diskError(error);
    }
  },
  open: (path, how) => {
    try {
      const flags = how === "new" ? O_RDWR | O_APPEND | O_CREAT | O_EXCL : O_RDWR | O_APPEND;
      return new SystemFile(toSystem(path), openSync(toSystem(path), flags, FILE_MODE));
    } catch (error) {
      return diskError(error);
    }
  },
  rename: (from, to) => attempt(() => renameSync(toSystem(from), toSystem(to))),
  remove: (path) => attempt(() => unlinkSync(toSystem(path))),
  freeBytes: (path) => {
    try {
      const { bavail, bsize } = statfsSync(toSystem(path));
      return bavail * bsize;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  },
  maxFileBytes: fileSizeLimit(),
  syncDirectory: (path) =>
    attempt(() => {
      const directory = openSync(toSystem(path), "r");
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
    }),
};

/** A file by its descriptor. */
class SystemFile implements DiskFile {
  readonly #path: string;
  readonly #fd: number;
  /** One that does not append, for `rewrite`; -1 until it is needed. */
  #plainFd = -1;
  readonly #inode: bigint;
  readonly #device: bigint;
  #sizeBytes: number;
  #syncs = 0;
  /** What a sync is expected to take; infinite before the first one. */
  #expectedSyncMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
    const { dev, ino, size } = fstatSync(fd, { bigint: true });
    this.#device = dev;
    this.#inode = ino;
    this.#sizeBytes = Number(size);
  }

  isAt(path: string): boolean {
    return namesFile(toSystem(path), this.#device, this.#inode);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(offset: number, into: Uint8Array): number | DiskError {
    try {
      return readSync(this.#fd, into, 0, into.length, offset);
    } catch (error) {
      return diskError(error);
    }
  }

  append(bytes: Uint8Array, start: number, length: number): number | DiskError {
    let taken = 0;
    try {
      // The system may take less than all without a reason; only then is it asked again.
      while (taken < length) taken += writeSync(this.#fd, bytes, start + taken, length - taken);
    } catch (error) {
      if (taken === 0) return diskError(error);
    }
    this.#sizeBytes += taken;
    return taken;
  }

  rewrite(offset: number, bytes: Uint8Array, start: number, length: number): DiskError | null {
    assert.ok(offset + length <= this.#sizeBytes, "only what is there is written again");
    return attempt(() => {
      if (this.#plainFd < 0) this.#plainFd = openSync(this.#path, O_WRONLY);
      let done = 0;
      while (done < length) {
        done += writeSync(this.#plainFd, bytes, start + done, length - done, offset + done);
      }
    });
  }

  truncate(sizeBytes: number): DiskError | null {
    const error = attempt(() => ftruncateSync(this.#fd, sizeBytes));
    if (error === null) this.#sizeBytes = sizeBytes;
    return error;
  }

  sync(done: (error: DiskError | null) => void, mayBlock: boolean): void {
    const beganMs = performance.now();
    if (mayBlock && this.#expectedSyncMs <= IN_PLACE_MS) {
      const error = this.syncNow();
      this.#syncTook(performance.now() - beganMs);
      done(error);
      return;
    }
    this.#syncs++;
    fdatasync(this.#fd, (error) => {
      this.#syncs--;
      this.#syncTook(performance.now() - beganMs);
      this.#closeWhenUnused();
      done(error === null ? null : diskError(error));
    });
  }

  /** One that took very long puts many of the next ones off to other threads. */
  #syncTook(durationMs: number): void {
    const before = this.#expectedSyncMs;
    if (before === Number.POSITIVE_INFINITY) this.#expectedSyncMs = durationMs;
    else this.#expectedSyncMs = before + (durationMs - before) * LAST_SYNC_WEIGHT;
  }

  syncNow(): DiskError | null {
    return attempt(() => fdatasyncSync(this.#fd));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeWhenUnused();
  }

  /** A descriptor that is closed during a sync might already be another file's. */
  #closeWhenUnused(): void {
    if (!this.#isClosed || this.#syncs > 0) return;
    closeSync(this.#fd);
    if (this.#plainFd >= 0) closeSync(this.#plainFd);
  }
}

function attempt(change: () => void): DiskError | null {
  try {
    change();
    return null;
  } catch (error) {
    return diskError(error);
  }
}

function diskError(error: unknown): DiskError {
  return { code: codeOf(error), message: describeSystemError(error) };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "EIO";
}
