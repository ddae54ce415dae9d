/** Tampering with runs of transactions. */

import { numberOf } from "../recorded.ts";
import type { Field, RecordedTrace, TraceEvent } from "../trace.ts";
import { transactionStatesOf } from "../transactions-states.ts";
import {
  advanced,
  altered,
  dropped,
  type Edit,
  indexesOf,
  replaced,
  type Tampering,
} from "./tampering.ts";

function same(one: Field | undefined, other: Field | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The next event of the same session of this action; -1 when it goes before, or the server does. */
function nextOf({ events }: RecordedTrace, at: number, action: string): number {
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

/** Replies that leave before the gate opens for them. */
function* beforeGate(
  trace: RecordedTrace,
  isKind: (reply: Field | undefined) => boolean,
): Generator<Edit> {
  const states = transactionStatesOf(trace);
  for (const index of indexesOf(trace, "Persist")) {
    const reply = trace.events[index + 1];
    if (reply?.action !== "Reply" || !isKind(reply.fields["reply"])) continue;
    const { durable, sessions } = states[index]!;
    const waits = sessions[String(reply.fields["session"])]!.out[0]!.dep > durable;
    if (waits) yield advanced(trace, index + 1, index);
  }
}

/** A reply of GET that shows a value. */
function isValue(reply: Field | undefined): boolean {
  return Array.isArray(reply) && reply.length === 1 && /^v\d+$/.test(String(reply[0]));
}

/** Every way to tamper with transactions. */
export const transactionsTampering: readonly Tampering[] = [
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
      const states = transactionStatesOf(trace);
      for (const index of indexesOf(trace, "Reply")) {
        const { session, reply } = trace.events[index]!.fields;
        const next = states[index]!.sessions[String(session)]!.out[1];
        if (next !== undefined && same(next.val, reply)) continue;
        yield { ...replaced(trace, index, 0, trace.events[index]!), at: index + 1 };
      }
    },
  },
  {
    name: "write acknowledged before the gate",
    edits: (trace) => beforeGate(trace, (reply) => same(reply, ["OK"])),
  },
  { name: "dirty read shown", edits: (trace) => beforeGate(trace, isValue) },
  {
    name: "lost update",
    *edits(trace) {
      // The write is forgotten, and what a later GET shows with it: it shows what was there before.
      for (const index of indexesOf(trace, "Run", ({ fields }) => isValue(fields["reply"]))) {
        yield altered(trace, index, { reply: ["nil"] });
      }
    },
  },
  {
    name: "wrong EXEC verdict: run although a key has changed",
    *edits(trace) {
      for (const index of indexesOf(trace, "ExecNil")) {
        const { session } = trace.events[index]!.fields;
        const finished = { session: session!, reply: ["array"] };
        yield replaced(
          trace,
          index,
          1,
          { action: "ExecStart", fields: { session: session! } },
          { action: "ExecFinish", fields: finished },
        );
      }
    },
  },
  {
    name: "wrong EXEC verdict: not run although nothing has changed",
    *edits(trace) {
      for (const index of indexesOf(trace, "ExecStart")) {
        const { session } = trace.events[index]!.fields;
        const end = nextOf(trace, index, "ExecFinish");
        if (end < 0) continue;
        const refused = { session: session!, reply: ["nilarray"] };
        yield replaced(trace, index, end + 1 - index, { action: "ExecNil", fields: refused });
      }
    },
  },
  {
    name: "EXEC of a spoiled transaction runs",
    *edits(trace) {
      for (const index of indexesOf(trace, "ExecAbort")) {
        const { session } = trace.events[index]!.fields;
        yield replaced(trace, index, 1, { action: "ExecStart", fields: { session: session! } });
      }
    },
  },
  {
    name: "a command of a transaction left out",
    *edits(trace) {
      for (const index of indexesOf(trace, "ExecNext")) yield dropped(trace, index);
    },
  },
  {
    name: "another session runs within EXEC",
    *edits(trace) {
      const { events } = trace;
      for (const index of indexesOf(trace, "ExecFinish")) {
        const { session } = events[index]!.fields;
        const run = events.findIndex(({ action, fields }, at) => {
          return at > index && action === "Run" && fields["session"] !== session;
        });
        if (run < 0 || events[run - 1]!.action !== "Send") continue;
        const pair = events.slice(run - 1, run + 1);
        yield { events: events.toSpliced(run - 1, 2).toSpliced(index, 0, ...pair), at: index };
      }
    },
  },
  {
    name: "reordered commit",
    *edits(trace) {
      const { events } = trace;
      const isGet = (event: TraceEvent): boolean => isValue(event.fields["reply"]);
      const states = transactionStatesOf(trace);
      for (const index of indexesOf(trace, "Run", isGet)) {
        const { session, reply } = events[index]!.fields;
        const read = states[index]!.sessions[String(session)]!.wire[0]!;
        // The write that it shows, by another session: it runs after the read now.
        const write = states.findLastIndex(({ sessions }, at) => {
          const event = events[at]!;
          const writer = String(event.fields["session"]);
          if (at >= index || event.action !== "Run" || writer === session) return false;
          const [, key, value] = sessions[writer]!.wire[0]!;
          return key === read[1] && same([value ?? ""], reply);
        });
        if (write < 0 || !isUntouched(trace, write, index, session!)) continue;
        yield {
          events: events.toSpliced(index + 1, 0, events[write]!).toSpliced(write, 1),
          at: write,
        };
      }
    },
  },
  {
    name: "key that has expired still shown",
    *edits(trace) {
      for (const index of indexesOf(trace, "RunExpired")) {
        yield replaced(trace, index, 1, { ...trace.events[index]!, action: "Run" });
      }
    },
  },
  {
    name: "expiry of a key whose time has not come",
    *edits(trace) {
      for (const index of indexesOf(trace, "Pass")) {
        const { key } = trace.events[index]!.fields;
        yield replaced(trace, index, 1, { action: "ActiveExpire", fields: { key: key! } });
      }
    },
  },
  {
    name: "gate opened further than the log",
    *edits(trace) {
      const states = transactionStatesOf(trace);
      for (const index of indexesOf(trace, "Persist")) {
        yield altered(trace, index, { upTo: states[index]!.log.length + 1 });
      }
    },
  },
  {
    name: "crash takes what was durable",
    *edits(trace) {
      const states = transactionStatesOf(trace);
      for (const index of indexesOf(trace, "Crash")) {
        const { durable } = states[index]!;
        if (durable > 0) yield altered(trace, index, { keep: durable - 1 });
      }
    },
  },
  {
    name: "crash keeps more than there was",
    *edits(trace) {
      const states = transactionStatesOf(trace);
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

/** Whether nothing happens in between that needs the first step, but the passing of others. */
function isUntouched({ events }: RecordedTrace, from: number, to: number, session: Field): boolean {
  const writer = events[from]!.fields["session"];
  return events.slice(from + 1, to).every(({ action, fields }) => {
    if (fields["session"] === writer) return false;
    return action === "Send" || (action === "Reply" && fields["session"] === session);
  });
}
