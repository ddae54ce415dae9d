/**
 * Crashes at every place: a small run is repeated with the process ended at the first place at
 * which it may end, at the second, and so on to the last, under every policy: by a kill, by a power
 * loss that leaves some of what was not synced or nothing of it, and by a kill with such a power
 * loss some time after the restart.
 *
 * Places are every entry into the server and every call that it makes of its disk, in recovery too,
 * so that a crash falls between any two effects that the world can see.
 */
import type { PowerLoss } from "./inode.ts";
import type { CrashPoint } from "./machine.ts";
import type { Keeping, Outcome } from "./simulation.ts";
import { runOnce } from "./trial.ts";

/** One such run. */
export interface CrashRun {
  readonly seed: number;
  readonly keeping: Keeping;
  readonly crashPoints: readonly CrashPoint[];
  readonly powerLoss: PowerLoss;
}

const KEEPINGS: readonly Keeping[] = ["always", "everysec", "no"];
/** So many places after a kill the server has recovered and serves again. */
const PLACES_TO_SECOND_CRASH = 30;

/** Every crash of a small run. */
export function crashesOf(seed: number): readonly CrashRun[] {
  return KEEPINGS.flatMap((keeping) => {
    const whole: CrashRun = { seed, keeping, crashPoints: [], powerLoss: "nothing" };
    const { places, violation } = tryCrash(whole);
    if (violation !== null) return [whole];
    return Array.from({ length: places }, (_, at) => crashesAt(at + 1)).flatMap((ways) =>
      ways.map((way) => ({ ...whole, ...way })),
    );
  });
}

function crashesAt(place: number): readonly Pick<CrashRun, "crashPoints" | "powerLoss">[] {
  const kill: CrashPoint = { place, how: "kill" };
  const power: CrashPoint = { place, how: "power" };
  const later: CrashPoint = { place: place + PLACES_TO_SECOND_CRASH, how: "power" };
  return [
    { crashPoints: [kill], powerLoss: "nothing" },
    { crashPoints: [power], powerLoss: "in order" },
    { crashPoints: [power], powerLoss: "nothing" },
    { crashPoints: [kill, later], powerLoss: "nothing" },
  ];
}

/** Runs one. */
export function tryCrash({ seed, ...settled }: CrashRun, keeps = false): Outcome {
  return runOnce({ seed }, keeps, { ...settled, profile: "transactions" });
}
