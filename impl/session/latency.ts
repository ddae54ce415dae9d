import { assert, CHECKED } from "../assert.ts";

/** A latency spike: the worst of one second. */
export interface LatencySample {
  readonly atSeconds: number;
  latencyMs: number;
}

/** The latency history of one event. */
export interface LatencyEvent {
  /** Samples, oldest first; at most 160. */
  readonly samples: LatencySample[];
  /** The worst ever, in milliseconds. */
  maxMs: number;
}

const HISTORY_LENGTH = 160;

/** The latency monitor: the worst latency per event and second, for 160 seconds that had one. */
export class LatencyMonitor {
  /** By event name (`command`, `fast-command` …). */
  readonly events = new Map<string, LatencyEvent>();

  /** Records that `event` took `latencyMs` at `atSeconds`. */
  add(event: string, atSeconds: number, latencyMs: number): void {
    if (CHECKED) {
      assert(Number.isSafeInteger(atSeconds), "a sample has a second");
      assert(Number.isSafeInteger(latencyMs) && latencyMs >= 0, "a latency is whole");
    }
    let history = this.events.get(event);
    if (history === undefined) {
      history = { samples: [], maxMs: 0 };
      this.events.set(event, history);
    }
    if (latencyMs > history.maxMs) history.maxMs = latencyMs;
    const last = history.samples.at(-1);
    if (last !== undefined && last.atSeconds === atSeconds) {
      if (latencyMs > last.latencyMs) last.latencyMs = latencyMs;
      return;
    }
    history.samples.push({ atSeconds, latencyMs });
    if (history.samples.length > HISTORY_LENGTH) history.samples.shift();
  }

  /** Forgets the named events, or all; returns how many there were. */
  reset(names: readonly string[]): number {
    if (names.length === 0) {
      const count = this.events.size;
      this.events.clear();
      return count;
    }
    return names.filter((name) => this.events.delete(name)).length;
  }

  /** Asserts that every event has samples, not too many, one for each second, and its worst. */
  verifyInvariants(): void {
    for (const { samples, maxMs } of this.events.values()) {
      assert(samples.length > 0 && samples.length <= HISTORY_LENGTH, "an event has samples");
      samples.forEach(({ atSeconds, latencyMs }, i) => {
        assert(samples[i - 1]?.atSeconds !== atSeconds, "a second has one sample");
        assert(latencyMs <= maxMs, "no sample is worse than the worst");
      });
    }
  }
}
