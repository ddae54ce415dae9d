/** What driving transactions and waits through the server has in common. */
import type { BehaviourStep } from "./behaviours.ts";

/** What came of a behaviour. */
export interface Driven {
  /** Answers that were compared with the behaviour's. */
  readonly answers: number;
  /** What differs; null when nothing does. */
  readonly difference: string | null;
}

/** What has been written lasts, and what waits for it leaves. */
export const DURABLE = [{ _tag: "Flush" }, { _tag: "EndSync" }, { _tag: "Flush" }] as const;

/** An EXEC of the server ends before anything else: the behaviour counts up to one that does not. */
export function wholeExecs<State>(
  steps: readonly BehaviourStep<State>[],
): readonly BehaviourStep<State>[] {
  let start = -1;
  for (const [index, { action }] of steps.entries()) {
    if (action === "ExecStart") start = index;
    else if (action === "ExecFinish") start = -1;
    else if (action === "Crash" && start >= 0) break;
  }
  return start >= 0 ? steps.slice(0, start) : steps;
}

/**
 * Compares answers as far as the first crash that has kept other data.
 *
 * @param expected answers and crashes of the behaviour; a crash begins with its name
 */
export function compareAnswers(expected: readonly string[], actual: readonly string[]): Driven {
  for (const [index, wanted] of expected.entries()) {
    const got = actual[index];
    if (got === wanted) continue;
    // Other data from here on.
    if (wanted.startsWith("Crash") && got?.startsWith("Crash")) {
      return { answers: index, difference: null };
    }
    return { answers: index, difference: `answer ${index + 1}: ${wanted}, not ${got}` };
  }
  return { answers: expected.length, difference: null };
}
