/**
 * Which faults a run has: each seed draws its own mixture (swarm testing), so that most runs have
 * a few kinds in plenty, and none has a little of everything.
 *
 * Source: Groce et al., "Swarm Testing", ISSTA 2012.
 */
import type { Choices } from "./choices.ts";
import { type DiskFaults, GOOD_DISK } from "./disk.ts";
import { GOOD_NETWORK, type NetworkFaults } from "./network.ts";

/** What is done to the server's machine from time to time. */
export type Blow =
  | "kill"
  | "power loss"
  | "clean stop"
  | "pause"
  | "disconnect"
  | "disk full"
  | "second server"
  | "bit rot";

/** A run's mixture. */
export interface Mixture {
  readonly network: NetworkFaults;
  readonly disk: DiskFaults;
  /** The blows that may fall, by weight. */
  readonly blows: readonly (readonly [weight: number, blow: Blow])[];
  /** How long it is at most until the next blow, in microseconds; 0 for no blows at all. */
  readonly blowEveryUs: number;
  /** How likely the process dies at a call of the disk. */
  readonly deathAtCallRate: number;
  /** How likely that death is a power loss. */
  readonly powerRate: number;
  /** How likely a client closes its connection after sending. */
  readonly leaveRate: number;
}

/** A run without faults. */
export const NO_FAULTS: Mixture = {
  network: GOOD_NETWORK,
  disk: GOOD_DISK,
  blows: [],
  blowEveryUs: 0,
  deathAtCallRate: 0,
  powerRate: 0,
  leaveRate: 0,
};

/** Every kind of fault that a default run must have had, by the name under which it is counted. */
export const NETWORK_FAULTS = [
  "network delay",
  "bytes in pieces",
  "slow reader",
  "end of a client's stream",
  "disconnect before reply",
] as const;

/** Faults of the process. */
export const PROCESS_FAULTS = ["kill", "power loss", "clean stop", "pause"] as const;

/** Faults of the disk, which only a server with a log notices. */
export const DISK_FAULTS = [
  "write error",
  "short write",
  "disk full",
  "fsync error",
  "fsync hangs",
  "fsync slow",
  "fsync in place",
  "torn write",
  "second server",
  "second server first",
  "bit rot",
] as const;

/** Draws a mixture. The plainest run has no faults. */
export function drawMixture(choices: Choices, hasLog: boolean): Mixture {
  const some = <T>(value: T, none: T): T => (choices.chance(0.35) ? value : none);
  const network: NetworkFaults = {
    delayUs: choices.of([50, 1_000, 20_000, 300_000]),
    splitRate: some(0.3, 0),
    slowReaderRate: some(0.5, 0),
  };
  const disk: DiskFaults = hasLog
    ? {
        appendErrorRate: some(0.02, 0),
        shortWriteRate: some(0.05, 0),
        syncErrorRate: some(0.05, 0),
        syncHangRate: some(0.03, 0),
        syncUs: choices.of([200, 5_000, 100_000, 1_500_000]),
        writeBackRate: some(0.3, 0),
        powerLoss: choices.chance(0.25) ? "any sectors" : "in order",
      }
    : GOOD_DISK;
  const blows: readonly (readonly [number, Blow])[] = [
    [some(4, 0), "kill"],
    [some(4, 0), "power loss"],
    [some(2, 0), "clean stop"],
    [some(2, 0), "pause"],
    [some(3, 0), "disconnect"],
    [hasLog ? some(3, 0) : 0, "disk full"],
    [hasLog && choices.chance(0.1) ? 2 : 0, "bit rot"],
    // By a number that is drawn anyway: stored lists of choices keep their places.
    [hasLog && disk.syncUs === 5_000 ? 3 : 0, "second server"],
  ];
  const falling = blows.filter(([weight]) => weight > 0);
  return {
    network,
    disk,
    blows: falling,
    blowEveryUs: falling.length === 0 ? 0 : choices.of([1_000_000, 100_000, 10_000, 4_000_000]),
    deathAtCallRate: hasLog ? some(0.01, 0) : 0,
    powerRate: choices.of([0.5, 0, 1]),
    leaveRate: some(0.05, 0),
  };
}
