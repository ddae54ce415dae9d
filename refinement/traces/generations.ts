/** Which behaviours TLC generates, and what they must show together. */
import type { Edit } from "./behaviours.ts";

/** The behaviours of a specification. */
export interface Plan {
  /** Configurations of the manifest whose bounds the model knows. */
  readonly configurations: readonly string[];
  /** Behaviours of each. */
  readonly count: number;
  readonly depth: number;
  readonly edits: readonly Edit[];
  /** Actions that so few random behaviours may miss; recorded runs take them. */
  readonly rare: readonly string[];
}

/** TLC takes each action of the bounded module as often as the others: these only now and then. */
function rarely(action: string): string {
  return `(RandomElement(1..12) = 1 /\\ ${action})`;
}

/** By specification. */
export const PLANS: Readonly<Record<string, Plan>> = {
  log: {
    configurations: ["always", "everysec", "no"],
    count: 40,
    depth: 60,
    rare: [],
    edits: [
      { find: "EXTENDS Log\n", replace: "EXTENDS Log, TLC\n" },
      {
        find: "\\/ Kill \\/ Stop \\/ Close \\/ PowerLoss",
        replace: `\\/ ${rarely("Kill")} \\/ Stop \\/ ${rarely("Close")} \\/ ${rarely("PowerLoss")}`,
      },
    ],
  },
  transactions: {
    configurations: ["graph", "pipeline"],
    count: 60,
    depth: 80,
    rare: ["ExecNil", "ExecAbort", "ExecNext"],
    edits: [
      {
        find: "EXTENDS Integers, Sequences, Bounds",
        replace: "EXTENDS Integers, Sequences, Bounds, TLC",
      },
      { find: "TRUE /\\ Tx!Disconnect(s)", replace: rarely("Tx!Disconnect(s)") },
      { find: "TRUE /\\ Tx!Crash(keep)", replace: rarely("Tx!Crash(keep)") },
    ],
  },
  blocking: {
    configurations: ["graph"],
    count: 80,
    depth: 80,
    rare: [],
    edits: [
      {
        find: "EXTENDS Integers, Sequences, Bounds",
        replace: "EXTENDS Integers, Sequences, Bounds, TLC",
      },
      { find: "TRUE /\\ B!Disconnect(c)", replace: rarely("B!Disconnect(c)") },
      { find: "TRUE /\\ B!Crash(keep)", replace: rarely("B!Crash(keep)") },
    ],
  },
  tracking: {
    configurations: ["graph", "graph-others"],
    count: 60,
    depth: 80,
    // Which key is forgotten, and that one is, is the server's own choice.
    rare: ["Forget"],
    edits: [
      {
        find: "EXTENDS Integers, Sequences, Bounds",
        replace: "EXTENDS Integers, Sequences, Bounds, TLC",
      },
      { find: "TRUE /\\ T!Disconnect(c)", replace: rarely("T!Disconnect(c)") },
      { find: "TRUE /\\ T!Crash(keep)", replace: rarely("T!Crash(keep)") },
    ],
  },
};
