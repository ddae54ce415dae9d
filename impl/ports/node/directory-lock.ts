/** Locks on directories that the kernel gives back ([ADR 20](../../../docs/adr/0020-directory-lock.md)). */
import { accessSync, constants, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { type DirectoryLock, LOCKED } from "../disk.ts";

type Sqlite = typeof import("node:sqlite");

/** SQLite's result codes, of whose extended forms these are the lowest bytes. */
const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;

/** What a lock file's name ends with, and the name of the file that says who has it. */
const HOLDER = ".holder";

/**
 * Takes a lock on `path`, which is made if it is not there and stays empty.
 *
 * Node has no locks of its own but those of the SQLite that is a part of it: an exclusive
 * transaction on an empty database is an fcntl lock on its file, which the kernel takes back with
 * the process, and which excludes other servers of the same process as well. Nothing of this
 * process may open and close the file beside it: POSIX would drop the lock.
 *
 * @throws Error whose `code` is LOCKED when somebody else has it
 */
export function lockDirectory(path: string): DirectoryLock {
  const database = take(path);
  const { dev, ino } = statSync(path, { bigint: true });
  // For people only: without space it is missing, and an old one must not mislead.
  rmSync(path + HOLDER, { force: true });
  try {
    writeFileSync(path + HOLDER, `process ${process.pid} on ${hostname()}`);
  } catch {
    rmSync(path + HOLDER, { force: true });
  }
  return {
    isInPlace: () => namesFile(path, dev, ino),
    release: () => {
      if (!database.isOpen) return;
      rmSync(path + HOLDER, { force: true });
      database.close();
    },
  };
}

/** Whether a path names this very file. */
export function namesFile(path: string, device: bigint, inode: bigint): boolean {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found !== undefined && found.dev === device && found.ino === inode;
  } catch {
    // Nobody can tell.
    return true;
  }
}

function take(path: string) {
  // It is loaded by those only that have a directory.
  const sqlite = process.getBuiltinModule?.("node:sqlite") as Sqlite | undefined;
  if (sqlite === undefined) {
    throw new Error(`appendonly yes needs Node 22.13 or later; this is ${process.version}`);
  }
  let database: InstanceType<Sqlite["DatabaseSync"]> | null = null;
  try {
    database = new sqlite.DatabaseSync(path, { timeout: 0 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    if (database?.isOpen) database.close();
    throw reasonOf(error, path);
  }
}

/** The system's reason, which SQLite keeps to itself. */
function reasonOf(error: unknown, path: string): unknown {
  const result = ((error as { readonly errcode?: number }).errcode ?? 0) & 0xff;
  if (result === SQLITE_BUSY) {
    return Object.assign(new Error(holderOf(path)), { code: LOCKED });
  }
  try {
    accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
      accessSync(path, constants.R_OK | constants.W_OK);
    }
  } catch (refusal) {
    return refusal;
  }
  if (result !== SQLITE_IOERR) return error;
  return new Error(`its file system has no locks (${(error as Error).message})`);
}

function holderOf(path: string): string {
  try {
    return readFileSync(path + HOLDER, "utf8");
  } catch {
    return "another server";
  }
}
