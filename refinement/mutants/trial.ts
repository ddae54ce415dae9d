/** Plants mutants and holds the checks against them. */
import { type Ending, execute } from "./execute.ts";
import type { Check, Mutant } from "./mutant.ts";
import { type Forest, StaleMutant } from "./tree.ts";

/** What became of one mutant. */
export type Verdict =
  | { readonly _tag: "Caught"; readonly by: Check; readonly what: string; readonly after: string }
  /** Every check passed: none of them would notice this bug. */
  | { readonly _tag: "Survived" }
  /** The mutant does not fit the sources any more. */
  | { readonly _tag: "Stale"; readonly why: string }
  /** A check failed, but not by finding a bug. */
  | { readonly _tag: "Broken"; readonly by: Check; readonly why: string };

/** The outcome of one trial. */
export interface Trial {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly seconds: number;
}

/** Plants the mutant and runs its checks until one of them notices. */
export async function tryMutant(forest: Forest, mutant: Mutant): Promise<Trial> {
  const startedMs = performance.now();
  const verdict = await verdictOn(forest, mutant);
  return { mutant, verdict, seconds: (performance.now() - startedMs) / 1000 };
}

async function verdictOn(forest: Forest, mutant: Mutant): Promise<Verdict> {
  for (const check of mutant.checks) {
    const ending = await runIn(forest, mutant, check);
    if (ending._tag === "Stale") return ending;
    if (ending._tag === "Caught") return { ...ending, by: check };
    if (ending._tag === "Broken") return { ...ending, by: check };
    if (ending._tag === "Hung") return hungVerdict(mutant, check);
  }
  return { _tag: "Survived" };
}

function hungVerdict(mutant: Mutant, check: Check): Verdict {
  const seconds = check.limitMs / 1000;
  if (mutant.hangs === true) {
    return { _tag: "Caught", by: check, what: "it runs for ever", after: `${seconds} s` };
  }
  return { _tag: "Broken", by: check, why: `it did not end within ${seconds} s` };
}

/** Each run has a copy that is as new: nothing that one leaves behind can help another. */
async function runIn(
  forest: Forest,
  mutant: Mutant | null,
  check: Check,
): Promise<Ending | Extract<Verdict, { _tag: "Stale" }>> {
  try {
    const tree = forest.plant(mutant);
    try {
      return await execute(check, tree);
    } finally {
      tree.leave();
    }
  } catch (error) {
    if (error instanceof StaleMutant) return { _tag: "Stale", why: error.message };
    throw error;
  }
}

/**
 * Runs a check without a mutant.
 *
 * @returns null when it passes, as it must; else why it says nothing about mutants
 */
export async function tryWithout(forest: Forest, check: Check): Promise<string | null> {
  const ending = await runIn(forest, null, check);
  switch (ending._tag) {
    case "Passed":
      return null;
    case "Caught":
      return `it finds a bug without a mutant: ${ending.what}, after ${ending.after}`;
    case "Hung":
      return `it did not end within ${ending.limitMs / 1000} s`;
    default:
      return ending.why;
  }
}
