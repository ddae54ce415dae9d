import { readFileSync } from "node:fs";

/** How often the launchers are looked after. */
const LOOK_EVERY_MS = 500;
/** No chain of shells and package managers is longer. */
const MAX_LAUNCHERS = 16;

/** A process and the one that started it. */
interface Launched {
  readonly pid: number;
  readonly parent: number;
}

/**
 * Calls `onGone` once when a process of the package manager that this one was started by is gone.
 *
 * `npx pnpm start` is five processes, of which the first alone is the one that an operator knows. A
 * package manager does not hand its signals on, so that ending it would leave the server behind.
 * Whoever was started by one has its variables in the environment. Not started by one, or where the
 * system does not tell of its processes, nothing is watched.
 */
export function whenLauncherIsGone(onGone: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const chain = launched();
  if (chain.length === 0) return;
  const timer = setInterval(() => {
    if (chain.every(({ pid, parent }) => parentOf(pid) === parent)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** This process and its launchers, but for the first of them. */
function launched(): readonly Launched[] {
  const chain: Launched[] = [];
  for (let pid = process.pid; chain.length < MAX_LAUNCHERS && isOfPackageManager(pid); ) {
    const parent = parentOf(pid);
    if (parent === null) break;
    chain.push({ pid, parent });
    pid = parent;
  }
  return chain;
}

function isOfPackageManager(pid: number): boolean {
  return /(?:^|\0)npm_[a-z_]+=/.test(read(`/proc/${pid}/environ`) ?? "");
}

/** Null for a process that is gone. */
function parentOf(pid: number): number | null {
  // The name stands in brackets and may hold anything, brackets too.
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
  return fields === undefined ? null : Number(fields[1]);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null;
  }
}
