/** From the steps that a run has told its trace port to a trace that TLC can judge. */
import { END, type Fields, type RecordedTrace, type TraceEvent } from "./trace.ts";

/** A step as the trace port takes it. */
export interface RawStep {
  readonly spec: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Reads the lines of JSON that a server with `VERIDIS_TRACE` writes.
 *
 * @throws SyntaxError when a line is not whole: a killed process leaves whole lines
 */
export function readSteps(text: string): RawStep[] {
  const lines = text.split("\n");
  const rest = lines.pop();
  if (rest !== "") throw new SyntaxError(`the last step is cut off: ${rest}`);
  return lines.map((line) => JSON.parse(line) as RawStep);
}

/**
 * A run of the log as a trace. Its first step is the start in an empty directory.
 *
 * @param name where it comes from
 * @param policy the run's `appendfsync`
 * @param steps of any specification; those of others are left out
 */
export function logTrace(name: string, policy: string, steps: readonly RawStep[]): RecordedTrace {
  const events = relativeTime(steps.filter(({ spec }) => spec === "log").map(eventOf));
  return { spec: "log", name, begin: { policy }, events: [...events, END] };
}

/** The steps of one specification, as events. */
function eventOf({ action, fields }: RawStep): TraceEvent {
  return { action, fields };
}

/**
 * The clock of a machine that has run for a month does not fit into TLC's integers, and only
 * differences matter: the time of each process begins at 1 ms with its first Tick.
 */
function relativeTime(events: readonly TraceEvent[]): TraceEvent[] {
  let originMs: number | null = null;
  return events.map((event) => {
    if (event.action === "Serve") originMs = null;
    if (event.action !== "Tick") return event;
    const nowMs = numberOf(event.fields, "nowMs");
    originMs ??= nowMs - 1;
    return { ...event, fields: { ...event.fields, nowMs: nowMs - originMs } };
  });
}

/** A field that holds a number. */
export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number") throw new TypeError(`${name} is ${value}, not a number`);
  return value;
}
