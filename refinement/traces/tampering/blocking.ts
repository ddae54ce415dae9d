/** Tampering with runs of waiting for keys. */
import { sourcesOf } from "../../../model/blocking/commands.ts";
import type { State, Waiter } from "../../../model/blocking/state.ts";
import { blockingStatesOf } from "../blocking-states.ts";
import type { Field, RecordedTrace, TraceEvent } from "../trace.ts";
import { beforeGate, crashTampering, type Following, replyTampering, same } from "./gated.ts";
import { advanced, altered, dropped, indexesOf, replaced, type Tampering } from "./tampering.ts";

const FOLLOWING: Following<State> = {
  statesOf: blockingStatesOf,
  heldBy: ({ clients }, client) => clients[client]!.out,
};

const NIL: Field = [["nil"]];

/** Those who wait for a key, in their order. */
function waitersFor({ line }: State, key: string): readonly Waiter[] {
  return line.filter(({ command }) => sourcesOf(command).includes(key));
}

/** What one who waits would be given from a key that is there. */
function givenTo({ command }: Waiter, key: string, { db }: State): Field {
  const element = db[key]![0]!;
  return command[0] === "BLPOP" ? [[key, element]] : [[element]];
}

function event(action: string, session: Field, reply?: Field): TraceEvent {
  return { action, fields: reply === undefined ? { session } : { session, reply } };
}

/** The first event behind an index that is no Send; what is sent meanwhile needs nothing. */
function nextStep({ events }: RecordedTrace, index: number): TraceEvent {
  return events.slice(index + 1).find(({ action }) => action !== "Send")!;
}

/** Nothing may follow while somebody is to be served, but the server's end. */
const ENDS: ReadonlySet<string> = new Set(["Crash", "End"]);

/** Hands out an element of a list. */
function handsOut(reply: Field | undefined): boolean {
  return Array.isArray(reply) && /\bv\d+\b/.test(JSON.stringify(reply));
}

/** Every way to tamper with waiting for keys. */
export const blockingTampering: readonly Tampering[] = [
  ...replyTampering(FOLLOWING),
  {
    name: "element shown before its removal lasts",
    edits: (trace) => beforeGate(FOLLOWING, trace, handsOut),
  },
  {
    name: "last come, first served",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Serve")) {
        const state = states[index]!;
        const key = state.ready[0]!;
        const last = waitersFor(state, key).at(-1)!;
        if (last.who === trace.events[index]!.fields["session"]) continue;
        yield altered(trace, index, { session: last.who, reply: givenTo(last, key, state) });
      }
    },
  },
  {
    name: "served from the key that came later",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Serve")) {
        const state = states[index]!;
        const key = state.ready.at(-1)!;
        const [first] = state.db[key]!.length === 0 ? [] : waitersFor(state, key);
        const { session, reply } = trace.events[index]!.fields;
        if (first === undefined) continue;
        const given = givenTo(first, key, state);
        if (first.who === session && same(given, reply)) continue;
        yield altered(trace, index, { session: first.who, reply: given });
      }
    },
  },
  {
    name: "element handed out twice",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Serve")) {
        const { line } = states[index + 1]!;
        const { reply } = trace.events[index]!.fields;
        const next = line.find(({ command }) => command[0] === "BLPOP");
        if (next === undefined || states[index + 1]!.ready.length > 0) continue;
        yield { ...replaced(trace, index + 1, 0, event("Serve", next.who, reply)), at: index + 1 };
      }
    },
  },
  {
    name: "another element handed out",
    *edits(trace) {
      for (const index of indexesOf(trace, "Serve")) {
        const { reply } = trace.events[index]!.fields;
        const [words] = reply as readonly (readonly string[])[];
        yield altered(trace, index, { reply: [[...words!.slice(0, -1), "v0"]] });
      }
    },
  },
  {
    name: "lost wake-up",
    *edits(trace) {
      for (const index of indexesOf(trace, "Serve")) {
        if (!ENDS.has(nextStep(trace, index).action)) yield dropped(trace, index);
      }
    },
  },
  {
    name: "served although nothing has come",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Persist")) {
        const waiter = states[index]!.line.find(({ command }) => command[0] === "BLPOP");
        if (waiter === undefined) continue;
        const [key] = sourcesOf(waiter.command);
        yield replaced(trace, index, 0, event("Serve", waiter.who, [[key!, "v0"]]));
      }
    },
  },
  {
    name: "wait without a limit that ends by itself",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Persist")) {
        const waiter = states[index]!.line.find(({ command }) => command[1] === "forever");
        if (waiter !== undefined) {
          yield replaced(trace, index, 0, event("Timeout", waiter.who, NIL));
        }
      }
    },
  },
  {
    name: "served after its time was up",
    *edits(trace) {
      for (const index of indexesOf(trace, "Timeout")) {
        const { session } = trace.events[index]!.fields;
        yield { ...replaced(trace, index + 1, 0, event("Serve", session!, NIL)), at: index + 1 };
      }
    },
  },
  {
    name: "time that is up twice",
    *edits(trace) {
      for (const index of indexesOf(trace, "Timeout")) {
        yield { ...replaced(trace, index + 1, 0, trace.events[index]!), at: index + 1 };
      }
    },
  },
  {
    name: "waits although there is something",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Run")) {
        const { session, reply } = trace.events[index]!.fields;
        const [command] = states[index]!.clients[String(session)]!.wire;
        const isTaken = command![0]!.startsWith("BL") && handsOut(reply);
        if (isTaken) yield replaced(trace, index, 1, event("Wait", session!));
      }
    },
  },
  {
    name: "gives up although it should wait",
    *edits(trace) {
      for (const index of indexesOf(trace, "Wait")) {
        const { session } = trace.events[index]!.fields;
        yield replaced(trace, index, 1, event("Run", session!, NIL));
      }
    },
  },
  {
    name: "waits inside MULTI",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Queue")) {
        const { session } = trace.events[index]!.fields;
        const [command] = states[index]!.clients[String(session)]!.wire;
        if (command![0]!.startsWith("BL")) yield replaced(trace, index, 1, event("Wait", session!));
      }
    },
  },
  {
    name: "served before the transaction has ended",
    *edits(trace) {
      for (const index of indexesOf(trace, "Serve")) {
        if (trace.events[index - 1]?.action === "ExecFinish")
          yield advanced(trace, index, index - 1);
      }
    },
  },
  {
    name: "wait that is ended by another client, who is told that it was not",
    *edits(trace) {
      const states = blockingStatesOf(trace);
      for (const index of indexesOf(trace, "Unblock")) {
        const { session, reply } = trace.events[index]!.fields;
        const other = states[index]!.clients[String(session)]!.wire[0]![1]!;
        if (!same(reply, [["1"]])) continue;
        const ended = states[index + 1]!.clients[other]!.out.length;
        if (ended > 0) yield altered(trace, index, { reply: [["0"]] });
      }
    },
  },
  {
    name: "another client goes first",
    *edits(trace) {
      // What somebody has brought is served to who waits before the next command.
      for (const index of indexesOf(trace, "Run")) {
        if (trace.events[index - 1]?.action !== "Send") continue;
        const serve = trace.events[index - 2];
        const isOwn = serve?.fields["session"] === trace.events[index]!.fields["session"];
        if (serve?.action !== "Serve" || isOwn) continue;
        const [, sent, run] = trace.events.slice(index - 2, index + 1);
        yield replaced(trace, index - 2, 3, sent!, run!, serve);
      }
    },
  },
  ...crashTampering(FOLLOWING),
];
