/** From the steps that a run has told its trace port to a trace that TLC can judge. */
import { blockingTrace } from "./blocking.ts";
import { Places } from "./places.ts";
import { END, type Fields, type RecordedTrace, type TraceEvent } from "./trace.ts";
import { trackingTrace } from "./tracking.ts";
import { transactionsTrace } from "./transactions.ts";

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
  const own = steps.filter(({ spec }) => spec === "log").map(eventOf);
  const events = relativeTime(placed(own));
  return { spec: "log", name, begin: { policy }, events: [...events, END] };
}

/** The steps of one specification, as events. */
function eventOf({ action, fields }: RawStep): TraceEvent {
  return { action, fields };
}

/** What ends the memory of a server. */
const DEATHS = new Set(["Kill", "PowerLoss", "Stop", "Close"]);
/** The disk took less than the whole frame. */
const REFUSALS = new Set(["WriteRefused", "ShortWrite"]);
/** How the reply to a command begins that the log refuses. */
const REFUSED = "-MISCONF";

/**
 * A run of transactions as a trace.
 *
 * @param steps of all specifications; the commands are those that the specification knows
 */
export function transactionsRun(name: string, steps: readonly RawStep[]): RecordedTrace {
  return transactionsTrace(name, withCrashes("transactions", steps));
}

/**
 * A run of waiting for keys as a trace. The specification knows no command that is refused for want
 * of space, which a server can lack from its start on: the steps end before that.
 *
 * @param steps of all specifications; the commands are those that the specification knows
 */
export function blockingRun(name: string, steps: readonly RawStep[]): RecordedTrace {
  return blockingTrace(name, untilRefused(withCrashes("blocking", steps)));
}

/**
 * A run of client-side caching as a trace, as far as to a command that is refused for want of space.
 *
 * @param steps of all specifications; the commands are those that the specification knows
 */
export function trackingRun(name: string, steps: readonly RawStep[]): RecordedTrace {
  return trackingTrace(name, untilRefused(withCrashes("tracking", steps)));
}

function untilRefused(steps: readonly RawStep[]): readonly RawStep[] {
  const refused = steps.findIndex(({ fields }) => String(fields["reply"]).startsWith(REFUSED));
  return refused < 0 ? steps : steps.slice(0, refused);
}

/**
 * The steps of one specification. That the server goes and comes again is told by the steps of the
 * log: what it finds again is what a crash has kept.
 *
 * The specifications of what clients see know no full disk, and no policy under which a
 * loss of power takes what the gate had passed: the steps end before that.
 */
function withCrashes(own: string, steps: readonly RawStep[]): readonly RawStep[] {
  const events: RawStep[] = [];
  let isUp = true;
  let gate = 0;
  for (const step of steps) {
    const { spec, action, fields } = step;
    if (spec === own) {
      events.push(step);
      if (action === "Persist") gate = numberOf(fields, "upTo");
      continue;
    }
    if (REFUSALS.has(action)) break;
    if (DEATHS.has(action)) isUp = false;
    if (isUp) continue;
    if (action === "RecoverBegin") {
      const keep = numberOf(fields, "end");
      if (keep < gate) break;
      // A recovery that was interrupted too: the last one counts.
      if (events.at(-1)?.action === "Crash") events.pop();
      events.push({ spec: own, action: "Crash", fields: { keep } });
    } else if (action === "Serve") {
      gate = numberOf(fields, "end");
      events.push({ spec: own, action: "Restart", fields: {} });
      isUp = true;
    }
  }
  return events;
}

/** As many connections at a time as `TraceLog.tla` knows. */
const PLACES = 12;

/** Connections by their places. */
function placed(events: readonly TraceEvent[]): TraceEvent[] {
  const places = new Places("c", PLACES);
  return events.map((event) => {
    const { action, fields } = event;
    if (DEATHS.has(action)) places.freeAll();
    const { conn } = fields;
    if (conn === undefined) return event;
    const place = places.of(String(conn));
    if (action === "Disconnect") places.free(String(conn));
    return { action, fields: { ...fields, conn: place } };
  });
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
