/** NoDirtyRead: what a reply showed is still so after a crash, as far as the policy promises. */
import { checkSurvival, type DurabilityHistory } from "./durability.ts";
import type { Verdict } from "./history.ts";

/** Judges that no value that a client has seen is unseen. */
export function checkShown(history: DurabilityHistory): Verdict {
  return checkSurvival(
    history,
    "no shown value is unseen",
    ({ wrote }) => !wrote,
    ({ operation }, { kind }) => `what read ${operation} showed is unseen by a ${kind}`,
  );
}
