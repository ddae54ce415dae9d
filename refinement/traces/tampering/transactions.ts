/** Tampering with runs of transactions. */

import type { State } from "../../../model/transactions/state.ts";
import type { Field, RecordedTrace, TraceEvent } from "../trace.ts";
import { transactionStatesOf } from "../transactions-states.ts";
import {
  beforeGate,
  crashTampering,
  type Following,
  nextOf,
  replyTampering,
  same,
} from "./gated.ts";
import { altered, dropped, indexesOf, replaced, type Tampering } from "./tampering.ts";

const FOLLOWING: Following<State> = {
  statesOf: transactionStatesOf,
  heldBy: ({ sessions }, session) => sessions[session]!.out,
};

/** A reply of GET that shows a value. */
function isValue(reply: Field | undefined): boolean {
  return Array.isArray(reply) && reply.length === 1 && /^v\d+$/.test(String(reply[0]));
}

/** Every way to tamper with transactions. */
export const transactionsTampering: readonly Tampering[] = [
  ...replyTampering(FOLLOWING),
  {
    name: "write acknowledged before the gate",
    edits: (trace) => beforeGate(FOLLOWING, trace, (reply) => same(reply, ["OK"])),
  },
  { name: "dirty read shown", edits: (trace) => beforeGate(FOLLOWING, trace, isValue) },
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
  ...crashTampering(FOLLOWING),
];

/** Whether nothing happens in between that needs the first step, but the passing of others. */
function isUntouched({ events }: RecordedTrace, from: number, to: number, session: Field): boolean {
  const writer = events[from]!.fields["session"];
  return events.slice(from + 1, to).every(({ action, fields }) => {
    if (fields["session"] === writer) return false;
    return action === "Send" || (action === "Reply" && fields["session"] === session);
  });
}
