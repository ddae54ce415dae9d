/** Makes a failing sequence smaller by leaving steps out. */

import type { Sequence, Step } from "../generators/step.ts";

/**
 * The sequence without every step that its failure does not need.
 *
 * @param fails runs a sequence and says whether it still fails; it may start to say no when time
 *   is up
 */
export async function withoutNeedlessSteps(
  sequence: Sequence,
  fails: (smaller: Sequence) => Promise<boolean>,
): Promise<Sequence> {
  let best = sequence;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    let at = 0;
    while (at < best.steps.length) {
      const steps: ReadonlyArray<Step> = best.steps.toSpliced(at, size);
      const smaller = { ...best, steps };
      if (steps.length > 0 && (await fails(smaller))) best = smaller;
      else at += size;
    }
  }
  return withoutIdleConnections(best, fails);
}

/** Drops connections at the end that no step uses, if the failure does not need them. */
async function withoutIdleConnections(
  sequence: Sequence,
  fails: (smaller: Sequence) => Promise<boolean>,
): Promise<Sequence> {
  let best = sequence;
  while (best.protocols.length > 1) {
    const last = best.protocols.length - 1;
    if (best.steps.some((step) => step._tag !== "Wait" && step.connection === last)) break;
    const smaller = { ...best, protocols: best.protocols.slice(0, last) };
    if (!(await fails(smaller))) break;
    best = smaller;
  }
  return best;
}
