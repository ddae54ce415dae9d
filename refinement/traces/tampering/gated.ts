/** Tampering with what transactions and waits have in common: replies, the gate, crashes, the end. */
import { numberOf } from "../recorded.ts";
import type { Field, RecordedTrace } from "../trace.ts";
import {
  advanced,
  altered,
  dropped,
  type Edit,
  indexesOf,
  replaced,
  type Tampering,
} from "./tampering.ts";

/** What is read of a state of the model. */
export interface GatedState {
  readonly log: readonly unknown[];
  readonly durable: number;
}

/** A reply that has not left. */
export interface Held {
  readonly val: Field;
  readonly dep: number;
}

/** How traces of a specification are followed by its model. */
export interface Following<State extends GatedState> {
  readonly statesOf: (trace: RecordedTrace) => readonly State[];
  /** What a client has not been sent, the oldest first. */
  readonly heldBy: (state: State, client: string) => readonly Held[];
}

/** Whether two fields are equal. */
export function same(one: Field | undefined, other: Field | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The next event of the same session of this action; -1 when it goes before, or the server does. */
export function nextOf({ events }: RecordedTrace, at: number, action: string): number {
  const { session } = events[at]!.fields;
  for (let index = at + 1; index < events.length; index++) {
    const event = events[index]!;
    if (event.action === "Crash") return -1;
    if (event.fields["session"] !== session) continue;
    if (event.action === action) return index;
    if (event.action === "Disconnect") return -1;
  }
  return -1;
}

/** Replies of some kind that leave before the gate opens for them. */
export function* beforeGate<State extends GatedState>(
  { statesOf, heldBy }: Following<State>,
  trace: RecordedTrace,
  isKind: (reply: Field | undefined) => boolean,
): Generator<Edit> {
  const { events } = trace;
  const states = statesOf(trace);
  for (const index of indexesOf(trace, "Persist")) {
    const state = states[index]!;
    // The first reply of each session among those that leave when the gate has opened.
    const seen = new Set<string>();
    for (let at = index + 1; events[at]?.action === "Reply"; at++) {
      const { session, reply } = events[at]!.fields;
      const isFirst = !seen.has(String(session));
      seen.add(String(session));
      if (!isFirst || !isKind(reply)) continue;
      const waits = heldBy(state, String(session))[0]!.dep > state.durable;
      if (waits) yield advanced(trace, at, index);
    }
  }
}

/** The ways in which replies are tampered with. */
export function replyTampering<State extends GatedState>({
  statesOf,
  heldBy,
}: Following<State>): readonly Tampering[] {
  return [
    {
      name: "reply dropped",
      *edits(trace) {
        for (const index of indexesOf(trace, "Reply")) {
          const next = trace.events[nextOf(trace, index, "Reply")];
          const { reply } = trace.events[index]!.fields;
          if (next !== undefined && !same(next.fields["reply"], reply)) yield dropped(trace, index);
        }
      },
    },
    {
      name: "reply twice",
      *edits(trace) {
        const states = statesOf(trace);
        for (const index of indexesOf(trace, "Reply")) {
          const { session, reply } = trace.events[index]!.fields;
          const next = heldBy(states[index]!, String(session))[1];
          if (next !== undefined && same(next.val, reply)) continue;
          yield { ...replaced(trace, index, 0, trace.events[index]!), at: index + 1 };
        }
      },
    },
  ];
}

/** The ways in which the gate, crashes and the end of a trace are tampered with. */
export function crashTampering<State extends GatedState>({
  statesOf,
}: Following<State>): readonly Tampering[] {
  return [
    {
      name: "gate opened further than the log",
      *edits(trace) {
        const states = statesOf(trace);
        for (const index of indexesOf(trace, "Persist")) {
          yield altered(trace, index, { upTo: states[index]!.log.length + 1 });
        }
      },
    },
    {
      name: "crash takes what was durable",
      *edits(trace) {
        const states = statesOf(trace);
        for (const index of indexesOf(trace, "Crash")) {
          const { durable } = states[index]!;
          if (durable > 0) yield altered(trace, index, { keep: durable - 1 });
        }
      },
    },
    {
      name: "crash keeps more than there was",
      *edits(trace) {
        const states = statesOf(trace);
        for (const index of indexesOf(trace, "Crash")) {
          const keep = numberOf(trace.events[index]!.fields, "keep");
          if (keep === states[index]!.log.length) yield altered(trace, index, { keep: keep + 1 });
        }
      },
    },
    {
      name: "cut off at the end",
      *edits(trace) {
        // What is the last event now is not the end.
        const { length } = trace.events;
        if (length > 1) yield { ...dropped(trace, length - 1), at: length - 2 };
      },
    },
  ];
}
