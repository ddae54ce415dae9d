/**
 * Crashes at every place: a small run is repeated with the process ended at the first place at
 * which it may end, at the second, and so on to the last, by a kill and by a power loss.
 *
 * Places are every entry into the server and every call that it makes of its disk, so that a crash
 * falls between any two effects that the world can see.
 */

import type { Outcome } from "./simulation.ts";
import { runOnce, type Source } from "./trial.ts";

/** One such run. */
export interface CrashRun {
  readonly source: Source;
  readonly place: number;
  readonly how: "kill" | "power";
}

/** A place that no run reaches: the run goes to its end. */
const NOWHERE = 0;

/** Every crash of a small run. */
export function crashesOf(seed: number): readonly CrashRun[] {
  const source = { seed };
  const { places, violation } = runOnce(source, false, { place: NOWHERE, how: "kill" });
  if (violation !== null) return [{ source, place: NOWHERE, how: "kill" }];
  return Array.from({ length: places }, (_, at) =>
    (["kill", "power"] as const).map((how) => ({ source, place: at + 1, how })),
  ).flat();
}

/** Runs one. */
export function tryCrash({ source, place, how }: CrashRun, keeps = false): Outcome {
  return runOnce(source, keeps, { place, how });
}
