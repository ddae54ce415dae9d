import { performance } from "node:perf_hooks";
import type { Clock } from "../clock.ts";

/** The machine's clocks. */
export const systemClock: Clock = {
  wallMs: Date.now,
  wallUs: () => Math.round((performance.timeOrigin + performance.now() + driftMs()) * 1000),
  monotonicUs: () => performance.now() * 1000,
};

/** How far the wall clock has been set since the process started: re-read at most once a second. */
function driftMs(): number {
  const nowMs = performance.now();
  if (nowMs - checkedMs >= RECHECK_MS) {
    checkedMs = nowMs;
    drift = Date.now() - (performance.timeOrigin + nowMs);
    if (Math.abs(drift) < NOISE_MS) drift = 0;
  }
  return drift;
}

const RECHECK_MS = 1000;
/** `Date.now` has a resolution of one millisecond: a smaller difference says nothing. */
const NOISE_MS = 2;
let checkedMs = Number.NEGATIVE_INFINITY;
let drift = 0;
