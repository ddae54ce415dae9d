/** How a check says that a server's step, or state, is not its model's. */
import type { Divergence } from "./stimuli.ts";

/** Server and model have parted. */
export class Diverged extends Error {
  readonly divergence: Omit<Divergence, "at">;
  constructor(where: string, expected: unknown, actual: unknown) {
    super(where);
    const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)];
    this.divergence = { where, expected: left, actual: right };
  }
}

/** Takes one stimulus after the other. Null, or where server and model part or the server breaks. */
export function follow<Stimulus>(
  stimuli: readonly Stimulus[],
  take: (stimulus: Stimulus) => void,
): Divergence | null {
  for (const [at, stimulus] of stimuli.entries()) {
    try {
      take(stimulus);
    } catch (error) {
      if (error instanceof Diverged) return { at, ...error.divergence };
      const { stack, message } = error as Error;
      return { at, where: "invariant: exception", expected: "none", actual: stack ?? message };
    }
  }
  return null;
}

/** Throws `Diverged` when two values differ, whatever the order of the fields of objects. */
export function requireEqual(where: string, expected: unknown, actual: unknown): void {
  if (canonical(expected) !== canonical(actual)) throw new Diverged(where, expected, actual);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
