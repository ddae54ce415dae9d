/**
 * Crashes at every place: a small run is repeated with the process ended at the first place at
 * which it may end, at the second, and so on to the last, by a kill and by a power loss, under
 * every policy.
 *
 * Places are every entry into the server and every call that it makes of its disk, in recovery too,
 * so that a crash falls between any two effects that the world can see.
 */
import type { CrashPoint } from "./machine.ts";
import type { Keeping, Outcome } from "./simulation.ts";
import { runOnce } from "./trial.ts";

/** One such run. */
export interface CrashRun {
  readonly seed: number;
  readonly keeping: Keeping;
  readonly crashPoint: CrashPoint;
}

const KEEPINGS: readonly Keeping[] = ["always", "everysec", "no"];
/** A place that no run reaches: the run goes to its end. */
const NOWHERE: CrashPoint = { place: 0, how: "kill" };

/** Every crash of a small run. */
export function crashesOf(seed: number): readonly CrashRun[] {
  return KEEPINGS.flatMap((keeping) => {
    const whole: CrashRun = { seed, keeping, crashPoint: NOWHERE };
    const { places, violation } = tryCrash(whole);
    if (violation !== null) return [whole];
    return Array.from({ length: places }, (_, at) =>
      (["kill", "power"] as const).map((how) => ({ ...whole, crashPoint: { place: at + 1, how } })),
    ).flat();
  });
}

/** Runs one. */
export function tryCrash({ seed, keeping, crashPoint }: CrashRun, keeps = false): Outcome {
  return runOnce({ seed }, keeps, { keeping, crashPoint, profile: "transactions" });
}
