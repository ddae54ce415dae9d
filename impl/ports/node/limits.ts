/** What the system allows this process. */
import { readFileSync } from "node:fs";

/** How many files it may have open; Infinity where the system does not say. */
export function openFilesLimit(): number {
  return softLimit("Max open files");
}

/** How long a file may become that it writes, in bytes; Infinity where the system does not say. */
export function fileSizeLimit(): number {
  return softLimit("Max file size");
}

function softLimit(name: string): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = new RegExp(`^${name}\\s+(\\d+)`, "m").exec(limits);
    return soft === null ? Number.POSITIVE_INFINITY : Number(soft[1]);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
