import type { Instance } from "../../session/instance.ts";
import type { LatencyEvent } from "../../session/latency.ts";

/** LATENCY DOCTOR: what the monitor has seen, and what may help. */
export function latencyReport(instance: Instance): string {
  const { latency, settings } = instance;
  if (latency.events.size === 0 && settings.latencyThresholdMs === 0) {
    return (
      "The latency monitor is off, so there is nothing to report. Turn it on with " +
      '"CONFIG SET latency-monitor-threshold <milliseconds>".\n'
    );
  }
  if (latency.events.size === 0) {
    return "No command has been slower than the latency monitor's threshold so far.\n";
  }
  const nowSeconds = Math.floor(instance.time.nowMs / 1000);
  const lines = ["Latency spikes have been observed:\n"];
  let number = 1;
  for (const [name, event] of latency.events) {
    lines.push(`${number++}. ${name}: ${summarise(event, nowSeconds)}`);
  }
  const advice = adviceFor(instance);
  if (advice.length > 0) lines.push("\nWhat may help:\n", ...advice.map((text) => `- ${text}`));
  return `${lines.join("\n")}\n`;
}

function summarise(event: LatencyEvent, nowSeconds: number): string {
  const values = event.samples.map((sample) => sample.latencyMs);
  const count = values.length;
  const mean = Math.trunc(sum(values) / count);
  const deviation = Math.trunc(sum(values.map((value) => Math.abs(mean - value))) / count);
  const span = Math.max(1, nowSeconds - event.samples[0]!.atSeconds);
  return (
    `${count} latency spikes (average ${mean}ms, mean deviation ${deviation}ms, ` +
    `period ${(span / count).toFixed(2)} sec). Worst all time event ${event.maxMs}ms.`
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function adviceFor({ latency, settings }: Instance): readonly string[] {
  const advice: string[] = [];
  if (latency.events.has("command")) {
    const threshold = settings.latencyThresholdMs * 1000;
    if (settings.slowlogThresholdUs < 0 || settings.slowlogThresholdUs > threshold) {
      advice.push(`Let the slow log see these commands: slowlog-log-slower-than ${threshold}.`);
    }
    advice.push("Look at SLOWLOG GET: which commands are slow, and on how much data?");
  }
  if (latency.events.has("fast-command")) {
    advice.push("Short commands were slow: is the machine overloaded, or the process starved?");
  }
  if (latency.events.has("expire-cycle")) {
    advice.push("Many keys expire at once: spread their expiry, or raise hz.");
  }
  return advice;
}
