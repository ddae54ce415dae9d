/** Texts that have much in common. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Step, step } from "../step.ts";
import { similarText } from "../values.ts";

/** LCS of two texts that have much in common. */
function commonTexts({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const options = fc.constantFrom([], ["IDX"], ["LEN"], ["IDX", "WITHMATCHLEN"]);
  return fc
    .tuple(actor, similarText, similarText, options)
    .map(([a, one, other, chosen]) => [
      step(a, call("MSET", "a", one, "b", other)),
      step(a, { ...call("LCS", "a", "b", ...chosen), options: chosen }),
    ]);
}

/** What chance would not find for strings. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "LCS", weight: 1, steps: commonTexts },
];
