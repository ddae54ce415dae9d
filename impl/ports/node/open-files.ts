import { readFileSync } from "node:fs";

/** How many files this process may have open; Infinity where the system does not say. */
export function openFilesLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\d+)/m.exec(limits);
    return soft === null ? Number.POSITIVE_INFINITY : Number(soft[1]);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
