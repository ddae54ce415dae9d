/** A failing run as a space-time diagram: one self-contained HTML page. */

import { againCommand, type Failing } from "./again.ts";
import type { Outcome } from "./simulation.ts";
import type { Entry, EventKind, Lane, Message } from "./transcript.ts";

/** What the page says beside the diagram. */
export interface ReportFacts {
  /** Where the run comes from, as in `seed 17, shrunk`. */
  readonly title: string;
  readonly failing: Failing;
}

const ROW_PX = 20;
const LANE_PX = 230;
const TIME_PX = 110;
const TOP_PX = 46;
/** The end of a run is what matters: so many rows are drawn at most. */
const MOST_ROWS = 1500;
const LABEL_LENGTH = 34;

const COLOURS: Readonly<Record<EventKind, string>> = {
  request: "#2563eb",
  reply: "#059669",
  disk: "#6b7280",
  sync: "#7c3aed",
  process: "#0f766e",
  fault: "#dc2626",
  check: "#b91c1c",
  client: "#475569",
};

/** Renders the page. The outcome is that of a run whose transcript kept its events. */
export function renderReport(outcome: Outcome, facts: ReportFacts): string {
  const { entries, messages } = outcome.transcript;
  const lanes = lanesOf(entries, messages);
  const rows = new Rows(entries, messages);
  const width = TIME_PX + lanes.length * LANE_PX + 40;
  const height = TOP_PX + rows.count * ROW_PX + 30;
  const x = (lane: Lane): number => TIME_PX + lanes.indexOf(lane) * LANE_PX + 20;
  const y = (row: number): number => TOP_PX + row * ROW_PX;
  const parts = [
    ...lanes.map(
      (lane) =>
        `<text class="lane" x="${x(lane)}" y="20">${escaped(lane)}</text>` +
        `<line class="life" x1="${x(lane)}" y1="30" x2="${x(lane)}" y2="${height}"/>`,
    ),
    ...rows.times.map((time, row) => `<text class="time" x="8" y="${y(row) + 4}">${time}</text>`),
    ...rows.messages.map(({ message, sentRow, arrivedRow }) =>
      drawMessage(message, x(message.from), y(sentRow), x(message.to), y(arrivedRow)),
    ),
    ...rows.entries.map(({ entry, row }) => drawEntry(entry, x(entry.lane), y(row))),
  ];
  return page(outcome, facts, `<svg width="${width}" height="${height}">${parts.join("\n")}</svg>`);
}

/** Gives each event of the run a row of its own, so that nothing is drawn over anything. */
class Rows {
  readonly times: string[] = [];
  readonly entries: { readonly entry: Entry; readonly row: number }[] = [];
  readonly messages: {
    readonly message: Message;
    readonly sentRow: number;
    readonly arrivedRow: number;
  }[] = [];

  constructor(entries: readonly Entry[], messages: readonly Message[]) {
    const moments = [
      ...entries.map((entry) => ({ atUs: entry.atUs, entry, message: null, isEnd: false })),
      ...messages.flatMap((message) => [
        { atUs: message.sentUs, entry: null, message, isEnd: false },
        { atUs: message.arrivedUs, entry: null, message, isEnd: true },
      ]),
    ]
      .map((moment, order) => ({ ...moment, order }))
      .sort((a, b) => a.atUs - b.atUs || a.order - b.order)
      .slice(-MOST_ROWS);
    const sentRows = new Map<Message, number>();
    for (const [row, { atUs, entry, message, isEnd }] of moments.entries()) {
      this.times.push(`${(atUs / 1000).toFixed(3)} ms`);
      if (entry !== null) this.entries.push({ entry, row });
      else if (!isEnd) sentRows.set(message, row);
      else this.messages.push({ message, sentRow: sentRows.get(message) ?? 0, arrivedRow: row });
    }
  }

  get count(): number {
    return this.times.length;
  }
}

function lanesOf(entries: readonly Entry[], messages: readonly Message[]): readonly Lane[] {
  const all = new Set([
    ...entries.map(({ lane }) => lane),
    ...messages.flatMap(({ from, to }) => [from, to]),
  ]);
  const rank = (lane: Lane): string => {
    if (lane.startsWith("client")) return `0${lane.padStart(20)}`;
    return { server: "1", disk: "2" }[lane] ?? `3${lane}`;
  };
  return [...all].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function drawMessage(message: Message, x1: number, y1: number, x2: number, y2: number): string {
  const colour =
    message.from === "disk" ? COLOURS.sync : COLOURS[message.to === "server" ? "request" : "reply"];
  const side = x2 > x1 ? -1 : 1;
  const labelX = x2 + side * 10;
  const anchor = side < 0 ? "end" : "start";
  return (
    `<g><title>${escaped(message.text)}</title>` +
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" marker-end="url(#head)"/>` +
    `<text class="label" x="${labelX}" y="${y2 - 3}" text-anchor="${anchor}" fill="${colour}">` +
    `${escaped(shortened(message.text))}</text></g>`
  );
}

function drawEntry(entry: Entry, x: number, y: number): string {
  const colour = COLOURS[entry.kind];
  const isBad = entry.kind === "fault" || entry.kind === "check";
  const mark = isBad
    ? `<rect x="${x - 6}" y="${y - 6}" width="12" height="12" fill="${colour}"/>`
    : `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`;
  return (
    `<g><title>${escaped(entry.text)}</title>${mark}` +
    `<text class="label${isBad ? " bad" : ""}" x="${x + 10}" y="${y + 4}" fill="${colour}">` +
    `${escaped(shortened(entry.text))}</text></g>`
  );
}

function page(outcome: Outcome, facts: ReportFacts, diagram: string): string {
  const { violation } = outcome;
  const verdict =
    violation === null
      ? "<p>No guarantee is broken in this run.</p>"
      : `<p class="verdict">${escaped(violation.check)}: ${escaped(violation.what)}</p>` +
        `<pre>${escaped(violation.lines.join("\n"))}</pre>`;
  const faults = outcome.faults.entries().map(([name, times]) => `${name} ${times}`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(facts.title)}</title><style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 24px; color: #0f172a; background: #fff; }
pre { background: #f1f5f9; padding: 12px; overflow: auto; max-height: 320px; }
.verdict { color: #b91c1c; font-weight: 600; }
svg { font: 11px ui-monospace, monospace; }
.lane { font-size: 13px; font-weight: 600; text-anchor: middle; }
.life { stroke: #cbd5e1; stroke-dasharray: 3 4; }
.time { fill: #94a3b8; }
.label { paint-order: stroke; stroke: #fff; stroke-width: 3px; }
.bad { font-weight: 600; }
</style></head><body>
<h1>${escaped(facts.title)}</h1>
${verdict}
<p>${outcome.transcript.hashes.length} steps, ${(outcome.virtualUs / 1e6).toFixed(3)} s of virtual time,
${outcome.choices.length} choices. Faults: ${escaped(faults.join(", ") || "none")}.</p>
<p>Again: <code>${escaped(againCommand(facts.failing))}</code></p>
<p>Time runs down; every event has a row of its own, so distances say nothing. Point at a label
for its whole text. Red squares are faults and the check that failed.</p>
<svg width="0" height="0"><defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5"
markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="#64748b"/></marker></defs></svg>
${diagram}
</body></html>
`;
}

function shortened(text: string): string {
  const readable = text.replaceAll("\\r\\n", " ");
  return readable.length > LABEL_LENGTH ? `${readable.slice(0, LABEL_LENGTH - 1)}…` : readable;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ESCAPES[mark]!);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};
