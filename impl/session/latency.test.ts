import fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyMonitor } from "./latency.ts";

test("keeps the worst of each of the last 160 seconds that had one, and the worst ever", () => {
  const spike = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat(500));
  fc.assert(
    fc.property(fc.array(spike, { minLength: 1, maxLength: 400, size: "max" }), (spikes) => {
      const monitor = new LatencyMonitor();
      const worst = new Map<number, number>();
      let now = 1_700_000_000;
      for (const [step, latencyMs] of spikes) {
        now += step;
        monitor.add("command", now, latencyMs);
        worst.set(now, Math.max(latencyMs, worst.get(now) ?? 0));
        monitor.verifyInvariants();
      }
      const { samples, maxMs } = monitor.events.get("command")!;
      expect(samples.map((one) => [one.atSeconds, one.latencyMs])).toEqual([...worst].slice(-160));
      expect(maxMs).toBe(Math.max(...worst.values()));
    }),
    { numRuns: 30 },
  );
});

test("forgets the named events, or all", () => {
  const monitor = new LatencyMonitor();
  for (const event of ["command", "fast-command", "fork"]) monitor.add(event, 1, 5);
  expect(monitor.reset(["fork", "nothing"])).toBe(1);
  expect(monitor.reset([])).toBe(2);
  expect(monitor.events.size).toBe(0);
});
