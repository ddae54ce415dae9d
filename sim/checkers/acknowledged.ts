/** AckedSurvives: a write whose reply left is there after a crash, as far as the policy promises. */
import { checkSurvival, type DurabilityHistory } from "./durability.ts";
import type { Verdict } from "./history.ts";

/** Judges that no acknowledged write is lost. */
export function checkAcknowledged(history: DurabilityHistory): Verdict {
  return checkSurvival(
    history,
    "no acknowledged write is lost",
    ({ wrote }) => wrote,
    ({ operation }, { kind }) => `acknowledged write ${operation} is lost by a ${kind}`,
  );
}
