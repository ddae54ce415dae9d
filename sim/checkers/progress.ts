/** Progress: once faults have stopped, each request is answered within a bound. */
import { broken, HOLDS, type Verdict } from "./history.ts";

/** A request's life. */
export interface TimedRequest {
  readonly id: number;
  readonly sentAtMs: number;
  readonly answeredAtMs: number | null;
  /** When its connection ended, where it did. */
  readonly abandonedAtMs: number | null;
}

/** The requests of a run. */
export interface ProgressHistory {
  readonly requests: readonly TimedRequest[];
  readonly faultsEndedAtMs: number;
  readonly endedAtMs: number;
  readonly boundMs: number;
}

/**
 * Judges that each request whose connection outlived the faults is answered within `boundMs` of
 * being sent or of the end of the faults, whichever came later. Where the run ended before that
 * nothing is known.
 */
export function checkProgress(history: ProgressHistory): Verdict {
  const { requests, faultsEndedAtMs, endedAtMs, boundMs } = history;
  for (const { id, sentAtMs, answeredAtMs, abandonedAtMs } of requests) {
    const dueMs = Math.max(sentAtMs, faultsEndedAtMs) + boundMs;
    if (dueMs > endedAtMs || (answeredAtMs ?? Number.POSITIVE_INFINITY) <= dueMs) continue;
    if (answeredAtMs === null && abandonedAtMs !== null && abandonedAtMs <= faultsEndedAtMs) {
      continue;
    }
    const late = answeredAtMs === null ? "never" : `only at ${answeredAtMs} ms`;
    const what = `request ${id}, sent at ${sentAtMs} ms, was due at ${dueMs} ms and is answered ${late}`;
    return broken("progress", what, [id]);
  }
  return HOLDS;
}
