/** Has TLC judge recorded runs: is each of them a behaviour of its specification? */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesOf } from "../../specs/files.ts";
import { describeVerdict } from "../../specs/judge.ts";
import { runTlc } from "../../specs/tlc.ts";
import type { TlcReport } from "../../specs/tlc-output.ts";
import { type RecordedTrace, traceModule } from "./trace.ts";

/** What TLC says about one trace. */
export type TraceVerdict =
  | { readonly kind: "accepted" }
  /** `event` is the number, from 1, of the first event that no action of the specification takes. */
  | { readonly kind: "rejected"; readonly event: number };

/** Where the traces of a specification are judged: its folder, and the module that replays them. */
export interface TraceJudge {
  readonly folder: string;
  readonly module: string;
}

/** The judge of a specification's traces: its module is called `Trace` and the specification. */
export function traceJudge(spec: { readonly folder: string; readonly module: string }): TraceJudge {
  return { folder: spec.folder, module: `Trace${spec.module}` };
}

/** A run of TLC that says nothing about the traces. */
export class TracesUnjudged extends Error {
  override readonly name = "TracesUnjudged";
}

/** What TLC has said about many traces. */
export interface TraceReport {
  /** In the order of the traces. */
  readonly verdicts: readonly TraceVerdict[];
  readonly distinct: number;
  readonly seconds: number;
}

/**
 * Judges many traces in one run of TLC. Its initial states choose the trace, and each state that it
 * finds reports how far its trace has come; nothing is a deadlock. A trace is accepted when its
 * explicit end was taken.
 *
 * @throws TracesUnjudged when an invariant is violated on the way, when an event has two successor
 *   states (then a choice is not in the trace), or when TLC fails
 */
export async function judgeTraces(
  { folder, module }: TraceJudge,
  traces: readonly RecordedTrace[],
): Promise<TraceReport> {
  assert(traces.length > 0, "there are traces to judge");
  const files = new Map(filesOf(folder)).set("TraceData.tla", traceModule(traces));
  const config = readFileSync(join(folder, `${module}.cfg`), "utf8");
  const report = await runTlc({ files, module, config, deadlock: false });
  if (report.verdict.kind !== "holds") throw new TracesUnjudged(complaint(report, traces));
  const verdicts = readReports(report.printed, traces);
  return { verdicts, distinct: report.distinct, seconds: report.seconds };
}

/** TLC's complaints have stacks of Java under them, in characters. */
const MOST_COMPLAINT = 1000;

/** What is wrong with the run, with the trace and the event at which it went wrong. */
function complaint({ verdict, behaviour }: TlcReport, traces: readonly RecordedTrace[]): string {
  const state = behaviour?.steps.at(-1)?.state;
  const [trace, at] = [Number(state?.["trace"]), Number(state?.["at"])];
  const name = traces[trace - 1]?.name;
  const what = describeVerdict(verdict).slice(0, MOST_COMPLAINT);
  return `${what}${name === undefined ? "" : ` in ${name} before event ${at}`}`;
}

const REPORT = /^<<"@replay", (\d+), (\d+)>>$/;

/** Reads how far each trace came. */
export function readReports(
  printed: readonly string[],
  traces: readonly RecordedTrace[],
): TraceVerdict[] {
  const reached = traces.map(() => 0);
  for (const line of printed) {
    const match = REPORT.exec(line);
    if (match === null) throw new TracesUnjudged(`TLC printed: ${line}`);
    const [trace, at] = [Number(match[1]), Number(match[2])];
    // The states of a trace come one after the other: a second one at the same place is a choice.
    if (at !== reached[trace - 1]! + 1) {
      const { name, events } = traces[trace - 1]!;
      const event = events[at - 2];
      throw new TracesUnjudged(`${name}: event ${at - 1}, ${event?.action}, has two successors`);
    }
    reached[trace - 1] = at;
  }
  return traces.map(({ name, events }, index) => {
    const event = reached[index]!;
    if (event === 0) throw new TracesUnjudged(`${name}: there is no initial state for it`);
    return event === events.length + 1 ? { kind: "accepted" } : { kind: "rejected", event };
  });
}
