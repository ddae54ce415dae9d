import {
  closeSync,
  fchmodSync,
  fsyncSync,
  globSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { ConfFiles } from "../../config/conf-file.ts";

/** A text with one character per byte, such as a path, as the system's APIs take it. */
export function toSystem(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

/** A text of the system's with one character per byte of its UTF-8. */
export function fromSystem(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Configuration files on this machine's disk; texts and paths have one character per byte. */
export const confFiles: ConfFiles = {
  readFile: (path) => {
    try {
      return { text: readFileSync(toSystem(path), "latin1") };
    } catch (error) {
      return { error: describeSystemError(error) };
    }
  },
  glob: (pattern) => globSync(toSystem(pattern)).sort().map(fromSystem),
};

/** The system's reason in its usual words, as in `No such file or directory`. */
export function describeSystemError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "No such file or directory";
  if (code === "EACCES") return "Permission denied";
  if (code === "EISDIR") return "Is a directory";
  if (code === "ENOTDIR") return "Not a directory";
  if (code === "EROFS") return "Read-only file system";
  if (code === "ENOSPC") return "No space left on device";
  if (code === "EFBIG") return "File too large";
  return message;
}

/**
 * Replaces a file by what `change` makes of its text, one character per byte: in one step, so that
 * a crash leaves the old file or the new one. A file that does not exist is empty.
 *
 * @returns null, or the system's reason
 */
export function rewriteFile(path: string, change: (text: string) => string): string | null {
  const target = toSystem(path);
  const draft = `${target}.${process.pid}.tmp`;
  try {
    const text = change(readIfPresent(target));
    const file = openSync(draft, "wx");
    try {
      writeFileSync(file, text, "latin1");
      fchmodSync(file, 0o644 & ~process.umask());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, target);
    syncDirectory(dirname(target));
    return null;
  } catch (error) {
    rmSync(draft, { force: true });
    return describeSystemError(error);
  }
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Makes a rename last. */
function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
