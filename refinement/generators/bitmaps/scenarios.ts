/** Long runs of equal bits, in which something is to be found. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Step, step } from "../step.ts";

const position = fc.integer({ min: -90, max: 90 }).map(String);

/** One bit that differs in a string that is otherwise all ones or all zeros. */
function needle({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      actor,
      fc.constantFrom("0", "1"),
      fc.integer({ min: 1, max: 90 }),
      fc.nat({ max: 719 }),
      fc.tuple(position, position),
      fc.constantFrom([], ["BIT"], ["BYTE"]),
    )
    .map(([a, bit, lengthBytes, at, [start, end], unit]) => {
      const filler = (bit === "1" ? "\x00" : "\xff").repeat(lengthBytes);
      return [
        step(a, call("SET", "a", filler)),
        step(a, call("SETBIT", "a", String(at % (lengthBytes * 8)), bit)),
        step(a, call("BITPOS", "a", bit)),
        step(a, call("BITPOS", "a", bit, start)),
        step(a, { ...call("BITPOS", "a", bit, start, end, ...unit), options: unit }),
        step(a, { ...call("BITCOUNT", "a", start, end, ...unit), options: unit }),
        step(a, call("BITCOUNT", "a")),
      ];
    });
}

/** What chance would not find for bitmaps. */
export const scenarios: ReadonlyArray<Scenario> = [{ command: "BITPOS", weight: 2, steps: needle }];
