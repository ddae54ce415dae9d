/** The command that shows a failing run again. */
import type { CrashRun } from "./exhaustive.ts";

/** Where a run comes from that has failed. */
export type Failing =
  | { readonly kind: "seed"; readonly seed: number; readonly profile?: string | undefined }
  /** A list of choices that was kept. */
  | { readonly kind: "kept"; readonly file: string }
  | { readonly kind: "crash"; readonly run: CrashRun };

/** The command, as a reader would type it in the repository. */
export function againCommand(failing: Failing): string {
  switch (failing.kind) {
    case "seed":
      return `pnpm sim --seeds 1 --seed ${failing.seed}${profileOf(failing)}`;
    case "kept":
      return `pnpm sim --kept ${failing.file}`;
    case "crash":
      return `pnpm sim --crash ${nameOfCrash(failing.run)}`;
  }
}

function profileOf({ profile }: { readonly profile?: string | undefined }): string {
  return profile === undefined ? "" : ` --profile ${profile}`;
}

/** The name of a crash, which no other one has: `crash-1-always-nothing-kill-12`. */
export function nameOfCrash({ seed, keeping, powerLoss, crashPoints }: CrashRun): string {
  const places = crashPoints.map(({ how, place }) => `${how}-${place}`);
  return ["crash", seed, keeping, powerLoss.replaceAll(" ", "-"), ...places].join("-");
}
