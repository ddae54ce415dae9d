import type { LatencyEvent, LatencySample } from "../../session/latency.ts";

const COLUMNS = 80;
const ROWS = 4;
/** A cell that is a third, two thirds or wholly full; what lies below a full one is `|`. */
const LEVELS = "_o#";
const STEPS = ROWS * LEVELS.length;

/**
 * An event's history drawn with characters, oldest sample left, each labelled downwards with its
 * age.
 */
export function latencyGraph(name: string, event: LatencyEvent, nowSeconds: number): string {
  const values = event.samples.map((sample) => sample.latencyMs);
  const high = Math.max(...values);
  const low = Math.min(...values);
  const heading = `${name} - high ${high} ms, low ${low} ms (all time high ${event.maxMs} ms)\n`;
  const blocks: string[] = [];
  for (let from = 0; from < event.samples.length; from += COLUMNS) {
    blocks.push(drawBlock(event.samples.slice(from, from + COLUMNS), low, high, nowSeconds));
  }
  return `${heading}${"-".repeat(COLUMNS)}\n${blocks.join("\n")}`;
}

function drawBlock(
  samples: readonly LatencySample[],
  low: number,
  high: number,
  nowSeconds: number,
): string {
  const span = high === low ? 1 : high - low;
  const heights = samples.map(({ latencyMs }) =>
    Math.min(STEPS - 1, Math.trunc(((latencyMs - low) * STEPS) / span)),
  );
  const labels = samples.map(({ atSeconds }) => ageLabel(nowSeconds - atSeconds));
  const lines: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    lines.push(heights.map((height) => cell(height, row)).join(""));
  }
  lines.push(" ".repeat(samples.length));
  const depth = Math.max(...labels.map((label) => label.length));
  for (let i = 0; i < depth; i++) lines.push(labels.map((label) => label[i] ?? " ").join(""));
  return lines.map((line) => `${line}\n`).join("");
}

function cell(height: number, row: number): string {
  const level = height - (ROWS - 1 - row) * LEVELS.length;
  if (level < 0) return " ";
  return LEVELS[level] ?? "|";
}

function ageLabel(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.trunc(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.trunc(seconds / 3600)}h`;
  return `${Math.trunc(seconds / 86_400)}d`;
}
