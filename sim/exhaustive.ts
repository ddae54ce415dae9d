/**
 * Crashes at every place: a small run is repeated with the process ended at the first place at
 * which it may end, at the second, and so on to the last, under every policy: by a kill, by a power
 * loss, and by a kill with a power loss some time after the restart.
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
  readonly crashPoints: readonly CrashPoint[];
}

const KEEPINGS: readonly Keeping[] = ["always", "everysec", "no"];
/** So many places after a kill the server has recovered and serves again. */
const PLACES_TO_SECOND_CRASH = 30;

/** Every crash of a small run. */
export function crashesOf(seed: number): readonly CrashRun[] {
  return KEEPINGS.flatMap((keeping) => {
    const whole: CrashRun = { seed, keeping, crashPoints: [] };
    const { places, violation } = tryCrash(whole);
    if (violation !== null) return [whole];
    return Array.from({ length: places }, (_, at) => crashesAt(at + 1)).flatMap((ways) =>
      ways.map((crashPoints) => ({ ...whole, crashPoints })),
    );
  });
}

function crashesAt(place: number): readonly (readonly CrashPoint[])[] {
  const kill: CrashPoint = { place, how: "kill" };
  const later: CrashPoint = { place: place + PLACES_TO_SECOND_CRASH, how: "power" };
  return [[kill], [{ place, how: "power" }], [kill, later]];
}

/** Runs one. */
export function tryCrash({ seed, keeping, crashPoints }: CrashRun, keeps = false): Outcome {
  return runOnce({ seed }, keeps, { keeping, crashPoints, profile: "transactions" });
}
