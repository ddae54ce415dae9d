/** Tampering with runs of the log. */
import { HOLD_BACK_MS } from "../../../impl/log/log-core.ts";
import { dependency, isClosed, type State } from "../../../model/log/state.ts";
import { statesOf } from "../log-states.ts";
import { numberOf } from "../recorded.ts";
import type { RecordedTrace, TraceEvent } from "../trace.ts";
import {
  advanced,
  altered,
  dropped,
  type Edit,
  indexesOf,
  replaced,
  type Tampering,
} from "./tampering.ts";

/** Events after which connections are no more. */
const ENDS = new Set(["Kill", "PowerLoss", "Stop", "Close"]);

/** A reply of the same connection that leaves later; -1 when none does. */
function nextReply({ events }: RecordedTrace, at: number): number {
  const { conn } = events[at]!.fields;
  for (let index = at + 1; index < events.length; index++) {
    const { action, fields } = events[index]!;
    if (ENDS.has(action)) return -1;
    if (fields["conn"] !== conn) continue;
    if (action === "Disconnect") return -1;
    if (action === "Reply") return index;
  }
  return -1;
}

/** Replies that leave right before the event that opens the gate for one of this kind. */
function* beforeGate(trace: RecordedTrace, kind: "write" | "read"): Generator<Edit> {
  const states = statesOf(trace);
  for (const index of indexesOf(trace, "Reply")) {
    const { conn, count } = trace.events[index]!.fields;
    const opener = lastOpener(trace, index);
    if (opener < 0) continue;
    const before = states[opener]!;
    const leaves = before.queue[String(conn)]!.slice(0, Number(count));
    const waits = leaves.some((reply) => reply.kind === kind && dependency(reply) > before.gate);
    if (waits && leaves.length === count) yield advanced(trace, index, opener);
  }
}

/** The last event before `index` that moves the gate, with nothing of the connection in between. */
function lastOpener({ events }: RecordedTrace, index: number): number {
  const { conn } = events[index]!.fields;
  for (let at = index - 1; at >= 0; at--) {
    const { action, fields } = events[at]!;
    if (action === "FsyncOk" || action === "Write") return at;
    if (fields["conn"] === conn || ENDS.has(action)) return -1;
  }
  return -1;
}

/** A write that the gate lets pass, after which its reply leaves before anything is synced. */
function* passedAtOnce(trace: RecordedTrace, states: readonly State[]): Generator<number> {
  for (const index of indexesOf(trace, "Write")) {
    const [before, after] = [states[index]!, states[index + 1]!];
    if (before.policy !== "everysec" || before.gate === before.synced) continue;
    const reply = nextOf(trace, index, ["Reply", "FsyncOk", "Tick", ...ENDS]);
    if (trace.events[reply]?.action !== "Reply") continue;
    const { conn, count } = trace.events[reply]!.fields;
    const leaves = states[reply]!.queue[String(conn)]!.slice(0, Number(count));
    const isPassed = leaves.some((one) => dependency(one) > before.gate);
    if (after.gate > before.gate && isPassed) yield index;
  }
}

function nextOf({ events }: RecordedTrace, at: number, actions: readonly string[]): number {
  return events.findIndex(({ action }, index) => index > at && actions.includes(action));
}

function isUnit(event: TraceEvent | undefined): boolean {
  return event?.action === "Append" || event?.action === "Expire";
}

/** Every way to tamper with the log. */
export const logTampering: readonly Tampering[] = [
  {
    name: "reply dropped",
    *edits(trace) {
      const at = indexesOf(trace, "Reply", (_, index) => nextReply(trace, index) >= 0);
      for (const index of at) yield dropped(trace, index);
    },
  },
  {
    name: "reply twice",
    *edits(trace) {
      for (const index of indexesOf(trace, "Reply")) {
        yield { ...replaced(trace, index, 0, trace.events[index]!), at: index + 1 };
      }
    },
  },
  {
    name: "reply to another connection",
    *edits(trace) {
      const states = statesOf(trace);
      for (const index of indexesOf(trace, "Reply")) {
        const { conn, first } = trace.events[index]!.fields;
        const { queue } = states[index]!;
        const others = Object.keys(queue).filter((other) => other !== conn);
        const other = others.find((name) => queue[name]![0]?.n !== first);
        if (other !== undefined) yield altered(trace, index, { conn: other });
      }
    },
  },
  { name: "write acknowledged before the gate", edits: (trace) => beforeGate(trace, "write") },
  { name: "dirty read shown", edits: (trace) => beforeGate(trace, "read") },
  {
    name: "lost unit",
    *edits(trace) {
      const at = indexesOf(trace, "Append", (_, index) => {
        const next = nextOf(trace, index, ["Append", "Expire", "Write", ...ENDS]);
        return !ENDS.has(trace.events[next]?.action ?? "Kill");
      });
      for (const index of at) yield dropped(trace, index);
    },
  },
  {
    name: "lost update at recovery",
    *edits(trace) {
      for (const index of indexesOf(trace, "RecoverBegin", ({ fields }) => fields["end"] !== 0)) {
        yield altered(trace, index, { end: numberOf(trace.events[index]!.fields, "end") - 1 });
      }
    },
  },
  {
    name: "reordered commit",
    *edits(trace) {
      const { events } = trace;
      for (const index of indexesOf(trace, "Append")) {
        const next = nextOf(trace, index, ["Append", "Expire", "Write", ...ENDS]);
        if (!isUnit(events[next])) continue;
        yield replaced(trace, index, next + 1 - index, ...events.slice(index, next + 1).reverse());
      }
    },
  },
  {
    name: "wrong LSN",
    *edits(trace) {
      for (const index of indexesOf(trace, "Append")) {
        yield altered(trace, index, { lsn: numberOf(trace.events[index]!.fields, "lsn") + 1 });
      }
    },
  },
  {
    name: "read without its dependency",
    *edits(trace) {
      for (const index of indexesOf(trace, "Read", ({ fields }) => fields["dep"] !== 0)) {
        yield altered(trace, index, { dep: numberOf(trace.events[index]!.fields, "dep") - 1 });
      }
    },
  },
  {
    name: "sync of what is not written",
    *edits(trace) {
      for (const index of indexesOf(trace, "FsyncBegin")) {
        yield altered(trace, index, { to: numberOf(trace.events[index]!.fields, "to") + 1 });
      }
    },
  },
  {
    name: "gate opened too far at the start",
    *edits(trace) {
      for (const index of indexesOf(trace, "Serve")) {
        yield altered(trace, index, { end: numberOf(trace.events[index]!.fields, "end") + 1 });
      }
    },
  },
  {
    name: "sync that was not waited for",
    *edits(trace) {
      for (const index of indexesOf(trace, "FsyncBegin")) {
        const end = nextOf(trace, index, ["FsyncOk", ...ENDS]);
        if (trace.events[end]?.action === "FsyncOk") yield dropped(trace, index);
      }
    },
  },
  {
    name: "recovery without rewrite",
    *edits(trace) {
      for (const index of indexesOf(trace, "RecoverRewrite")) {
        if (trace.events[index + 1]?.action === "Serve") yield dropped(trace, index);
      }
    },
  },
  {
    name: "copy of a closed file",
    *edits(trace) {
      const states = statesOf(trace);
      const isClosedThere = (_: TraceEvent, at: number): boolean => isClosed(states[at]!);
      for (const index of indexesOf(trace, "RecoverBegin", isClosedThere)) {
        yield replaced(trace, index + 1, 0, { action: "RecoverRewrite", fields: {} });
      }
    },
  },
  {
    name: "write behind the closing line",
    *edits(trace) {
      const states = statesOf(trace);
      for (const index of indexesOf(trace, "Reopen", (_, at) => states[at]!.lost)) {
        const next = nextOf(trace, index, ["Write", ...ENDS]);
        if (trace.events[next]?.action === "Write") yield dropped(trace, index);
      }
    },
  },
  {
    name: "not held back after two seconds",
    *edits(trace) {
      const states = statesOf(trace);
      for (const index of passedAtOnce(trace, states)) {
        const nowMs = states[index]!.now + HOLD_BACK_MS;
        yield replaced(trace, index, 0, { action: "Tick", fields: { nowMs } });
      }
    },
  },
  {
    name: "two processes at once",
    *edits(trace) {
      const states = statesOf(trace);
      // A process that has been killed can lose its power as well: then it is followed all the same.
      const isFollowed = (index: number): boolean => {
        const next = nextOf(trace, index, ["RecoverBegin", ...ENDS]);
        return trace.events[next]?.action === "RecoverBegin";
      };
      for (const index of indexesOf(trace, "Kill", (_, at) => states[at]!.status === "up")) {
        if (isFollowed(index)) yield dropped(trace, index);
      }
    },
  },
  {
    name: "clean stop with units that are not synced",
    *edits(trace) {
      const { events } = trace;
      for (const index of indexesOf(trace, "FsyncOk")) {
        const isLast = nextOf(trace, index, ["Close", "FsyncBegin", ...ENDS]);
        if (events[isLast]?.action === "Close") yield dropped(trace, index);
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
  {
    name: "cut off in the middle",
    *edits({ events }) {
      const at = events.length >> 1;
      if (at > 0) yield { events: events.slice(0, at), at: at - 1 };
    },
  },
];

/** Ways that need faults which only the simulator has. */
export const faultTampering: readonly Tampering[] = [
  {
    name: "failed sync passed over",
    *edits(trace) {
      for (const index of indexesOf(trace, "FsyncFail")) {
        yield replaced(trace, index, 1, { action: "FsyncOk", fields: {} });
      }
    },
  },
  {
    name: "partial frame not cut off",
    *edits(trace) {
      for (const index of indexesOf(trace, "CutTail")) {
        const next = nextOf(trace, index, ["Write", "WriteRefused", "ShortWrite", "Heal", ...ENDS]);
        if (!ENDS.has(trace.events[next]?.action ?? "Kill")) yield dropped(trace, index);
      }
    },
  },
  {
    name: "power loss takes what was synced",
    *edits(trace) {
      const states = statesOf(trace);
      for (const index of indexesOf(trace, "PowerLoss")) {
        const { platter } = states[index]!;
        if (platter === 0) continue;
        yield altered(trace, index, { kept: platter - 1, closed: false, torn: false });
      }
    },
  },
  {
    name: "write accepted while the disk is full",
    *edits(trace) {
      const states = statesOf(trace);
      for (const index of indexesOf(trace, "Ask", (_, at) => states[at]!.full)) {
        const { conn } = trace.events[index]!.fields;
        const lsn = states[index]!.log.length + 1;
        yield replaced(trace, index, 1, { action: "Append", fields: { conn: conn!, lsn } });
      }
    },
  },
];
