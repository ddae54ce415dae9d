/** HyperLogLogs that see so much that they become dense. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Step, step } from "../step.ts";

/** Elements that one command adds. */
const BATCH = 500;

/** Many elements in a few batches, counted and merged after each. */
function crowd({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(actor, fc.nat({ max: 3 }), fc.integer({ min: 1, max: 4 }))
    .map(([a, first, batches]) => {
      const batch = (at: number) =>
        Array.from({ length: BATCH }, (_, i) => `element ${(first + at) * BATCH + i}`);
      return Array.from({ length: batches }, (_, at) => [
        step(a, call("PFADD", "a", ...batch(at))),
        step(a, call("PFCOUNT", "a")),
        step(a, call("PFCOUNT", "a", "b")),
        step(a, call("PFMERGE", "b", "a")),
        step(a, call("PFDEBUG", "ENCODING", "b")),
      ]).flat();
    });
}

/** What chance would not find for HyperLogLogs. */
export const scenarios: ReadonlyArray<Scenario> = [{ command: "PFADD", weight: 1, steps: crowd }];
