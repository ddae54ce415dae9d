/** Ways to tamper with a trace so that it is no run of the server any more. */
import type { Fields, RecordedTrace, TraceEvent } from "../trace.ts";

/** A trace that was tampered with. */
export interface Tampered {
  readonly trace: RecordedTrace;
  /** The number, from 1, of the first event that was tampered with: TLC rejects none before it. */
  readonly from: number;
}

/** What a tampering makes of the events, and the index of the first one that it touches. */
export interface Edit {
  readonly events: readonly TraceEvent[];
  readonly at: number;
}

/** One way to tamper. */
export interface Tampering {
  readonly name: string;
  /** Every place of a trace at which it can be done and is no run of the server afterwards. */
  edits(trace: RecordedTrace): Iterable<Edit>;
}

/** What was made of many traces. */
export interface TamperedSet {
  readonly kind: string;
  /** Empty when it cannot be applied to any of the traces. */
  readonly tampered: readonly Tampered[];
}

/**
 * Applies each kind to traces until there are enough of it.
 *
 * @param most how many tampered traces of a kind are made at most, at most one from each trace
 */
export function tamperWith(
  traces: readonly RecordedTrace[],
  kinds: readonly Tampering[],
  most: number,
): readonly TamperedSet[] {
  return kinds.map(({ name, edits }, index) => {
    const tampered: Tampered[] = [];
    // Each kind begins with other traces, so that all are used.
    for (let i = 0; i < traces.length && tampered.length < most; i++) {
      const trace = traces[(index * most + i) % traces.length]!;
      const edit = middleOf([...edits(trace)]);
      if (edit !== undefined) tampered.push(applied(trace, name, edit));
    }
    return { kind: name, tampered };
  });
}

function applied(trace: RecordedTrace, kind: string, { events, at }: Edit): Tampered {
  return { trace: { ...trace, name: `${trace.name}, ${kind}`, events }, from: at + 1 };
}

function middleOf<T>(items: readonly T[]): T | undefined {
  return items[items.length >> 1];
}

// ---- Edits

/** The indexes of the events of an action that satisfy a condition. */
export function* indexesOf(
  { events }: RecordedTrace,
  action: string,
  where: (event: TraceEvent, index: number) => boolean = () => true,
): Generator<number> {
  for (const [index, event] of events.entries()) {
    if (event.action === action && where(event, index)) yield index;
  }
}

/** One event less. */
export function dropped({ events }: RecordedTrace, at: number): Edit {
  return { events: events.toSpliced(at, 1), at };
}

/** Other events in the place of `count` ones. */
export function replaced(
  { events }: RecordedTrace,
  at: number,
  count: number,
  ...others: readonly TraceEvent[]
): Edit {
  return { events: events.toSpliced(at, count, ...others), at };
}

/** Another value in a field of an event. */
export function altered({ events }: RecordedTrace, at: number, fields: Fields): Edit {
  const event = events[at]!;
  return { events: events.with(at, { ...event, fields: { ...event.fields, ...fields } }), at };
}

/** The event at `from` happens right before the one at `to`, which comes earlier. */
export function advanced({ events }: RecordedTrace, from: number, to: number): Edit {
  return { events: events.toSpliced(from, 1).toSpliced(to, 0, events[from]!), at: to };
}
