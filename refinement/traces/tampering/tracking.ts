/** Tampering with runs of client-side caching. */
import type { State } from "../../../model/tracking/state.ts";
import type { Field, RecordedTrace } from "../trace.ts";
import { trackingStatesOf } from "../tracking-states.ts";
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
  statesOf: trackingStatesOf,
  heldBy: ({ clients }, client) => clients[client]!.out,
};

function isInvalidation(reply: Field | undefined): boolean {
  return Array.isArray(reply) && reply[0] === "invalid";
}

/** Every way to tamper with client-side caching. */
export const trackingTampering: readonly Tampering[] = [
  ...replyTampering(FOLLOWING),
  {
    name: "invalidation before its change lasts",
    edits: (trace) => beforeGate(FOLLOWING, trace, isInvalidation),
  },
  {
    name: "invalidation lost",
    *edits(trace) {
      for (const index of indexesOf(trace, "Reply")) {
        const { reply } = trace.events[index]!.fields;
        const next = trace.events[nextOf(trace, index, "Reply")];
        const isMissed = next !== undefined && !same(next.fields["reply"], reply);
        if (isInvalidation(reply) && isMissed) yield dropped(trace, index);
      }
    },
  },
  {
    name: "invalidation of another key",
    *edits(trace) {
      for (const index of indexesOf(trace, "Reply")) {
        const { reply } = trace.events[index]!.fields;
        if (isInvalidation(reply)) yield altered(trace, index, { reply: ["invalid", "k8"] });
      }
    },
  },
  {
    name: "invalidation in front of the reply that it is about",
    *edits(trace) {
      for (const index of indexesOf(trace, "Reply")) {
        const [first, second] = trace.events.slice(index, index + 2);
        const isBehind =
          second?.action === "Reply" &&
          same(first!.fields["session"], second.fields["session"]) &&
          !isInvalidation(first!.fields["reply"]) &&
          isInvalidation(second.fields["reply"]);
        if (isBehind) yield replaced(trace, index, 2, second, first!);
      }
    },
  },
  {
    name: "invalidation that nobody is due",
    *edits(trace) {
      const states = trackingStatesOf(trace);
      for (const index of indexesOf(trace, "Persist")) {
        const idle = Object.entries(states[index]!.clients).find(([, { out }]) => out.length === 0);
        if (idle === undefined) continue;
        const fields = { session: idle[0], reply: ["invalid", "k1"] };
        yield replaced(trace, index, 0, { action: "Reply", fields });
      }
    },
  },
  {
    name: "turn that ends without a word",
    *edits(trace) {
      for (const index of indexesOf(trace, "Turn")) {
        const next = trace.events[index + 1]?.action;
        if (next === "Persist" || next === "Reply") yield dropped(trace, index);
      }
    },
  },
  {
    name: "room made without a word",
    *edits(trace) {
      const states = trackingStatesOf(trace);
      for (const index of indexesOf(trace, "Forget")) {
        const { key } = trace.events[index]!.fields;
        const reader = states[index]!.table[String(key)]!.find((each) => {
          return states[index]!.clients[each]!.to === each;
        });
        if (reader === undefined) continue;
        // What it is told leaves behind what it was owed before.
        const owed = states[index]!.clients[reader]!.out.length;
        const told = trace.events[repliesTo(trace, index, reader)[owed] ?? -1];
        if (isInvalidation(told?.fields["reply"])) yield dropped(trace, index);
      }
    },
  },
  {
    name: "expired key that was not there",
    *edits(trace) {
      const states = trackingStatesOf(trace);
      for (const index of indexesOf(trace, "Persist")) {
        const gone = Object.entries(states[index]!.db).find(([, counter]) => counter === 0);
        if (gone === undefined) continue;
        yield replaced(trace, index, 0, { action: "Expire", fields: { key: gone[0] } });
      }
    },
  },
  {
    name: "own change that is told in spite of NOLOOP",
    *edits(trace) {
      const states = trackingStatesOf(trace);
      for (const index of indexesOf(trace, "Reply")) {
        const { session, reply } = trace.events[index]!.fields;
        const { how, out } = states[index]!.clients[String(session)]!;
        if (how !== "noloop" || isInvalidation(reply) || out.length > 1) continue;
        const fields = { session: session!, reply: ["invalid", "k1"] };
        yield { ...replaced(trace, index + 1, 0, { action: "Reply", fields }), at: index + 1 };
      }
    },
  },
  {
    name: "refused change of mode that is accepted",
    *edits(trace) {
      for (const index of indexesOf(trace, "Track")) {
        const { reply } = trace.events[index]!.fields;
        if (same(reply, ["reply", "ERR"])) yield altered(trace, index, { reply: ["reply", "OK"] });
      }
    },
  },
  ...crashTampering(FOLLOWING),
];

/** The events behind an index by which something leaves to a client, as far as the server's end. */
function repliesTo(trace: RecordedTrace, index: number, client: string): readonly number[] {
  const ends = trace.events.findIndex((event, at) => at > index && event.action === "Crash");
  const last = ends < 0 ? trace.events.length : ends;
  return [
    ...indexesOf(
      trace,
      "Reply",
      (event, at) => at > index && at < last && event.fields["session"] === client,
    ),
  ];
}
