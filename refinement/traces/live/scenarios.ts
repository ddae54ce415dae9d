/** What is done to a live server while it is traced. */
import { Choices } from "../../../sim/choices.ts";
import type { RawStep } from "../recorded.ts";
import { type Load, runLoad } from "./clients.ts";
import { TracedServer } from "./traced-server.ts";

/** A scenario: what its server goes through, start by start. */
export interface Scenario {
  readonly name: string;
  readonly policy: "always" | "everysec" | "no";
  /** The specification whose commands it keeps to; null for one that only the log is judged of. */
  readonly keepsTo: "transactions" | "blocking" | "tracking" | null;
  readonly lives: readonly Life[];
}

/** One start of the server, its load, and its end. */
interface Life {
  readonly load: Load;
  /** A clean stop, a kill afterwards, or a kill in the middle of the load. */
  readonly end: "stop" | "kill" | "kill under load";
}

/** A run of a scenario. */
export interface LiveRun {
  readonly scenario: Scenario;
  readonly steps: readonly RawStep[];
  readonly replies: number;
}

/** When a server is killed under load: not before, and at most so much later, in milliseconds. */
const KILL_AFTER_MS = { least: 5, spread: 60 } as const;

const POLICIES = ["always", "everysec", "no"] as const;

/** Every scenario, under every policy. */
export function scenarios(): readonly Scenario[] {
  return POLICIES.flatMap((policy): Scenario[] => [
    {
      name: `transactions, stop, kill -9 under load (${policy})`,
      policy,
      keepsTo: "transactions",
      lives: [
        { load: load("specified"), end: "stop" },
        { load: load("specified", { batches: 60 }), end: "kill under load" },
        { load: load("specified", { batches: 3 }), end: "stop" },
      ],
    },
    {
      name: `transactions, disconnects (${policy})`,
      policy,
      keepsTo: "transactions",
      lives: [{ load: load("specified", { leaveRate: 0.3 }), end: "stop" }],
    },
    {
      name: `waits, stop, kill -9 under load (${policy})`,
      policy,
      keepsTo: "blocking",
      lives: [
        { load: load("waiting", { depth: 3 }), end: "stop" },
        { load: load("waiting", { batches: 60 }), end: "kill under load" },
        { load: load("waiting", { batches: 3, depth: 1 }), end: "stop" },
      ],
    },
    {
      name: `waits, disconnects (${policy})`,
      policy,
      keepsTo: "blocking",
      lives: [
        { load: load("waiting", { depth: 1, leaveRate: 0.2, batches: 3 }), end: "kill under load" },
        { load: load("waiting", { depth: 2, leaveRate: 0.2, batches: 3 }), end: "stop" },
      ],
    },
    {
      name: `caches, stop, kill -9 under load (${policy})`,
      policy,
      keepsTo: "tracking",
      lives: [
        { load: load("caching"), end: "stop" },
        { load: load("caching", { batches: 60 }), end: "kill under load" },
        { load: load("caching", { batches: 3, leaveRate: 0.3 }), end: "stop" },
      ],
    },
    {
      name: `caches, few commands (${policy})`,
      policy,
      keepsTo: "tracking",
      // Short enough to be tampered with.
      lives: [
        { load: load("caching", { connections: 3, batches: 4, depth: 3 }), end: "stop" },
        { load: load("caching", { connections: 3, batches: 2, depth: 2 }), end: "stop" },
      ],
    },
    {
      name: `any command, pipelines, disconnects (${policy})`,
      policy,
      keepsTo: null,
      lives: [
        { load: load("mixed", { depth: 16, leaveRate: 0.2 }), end: "kill" },
        { load: load("mixed", { batches: 100 }), end: "kill under load" },
        { load: load("mixed", { batches: 3 }), end: "stop" },
      ],
    },
    {
      name: `keys that expire (${policy})`,
      policy,
      keepsTo: null,
      lives: [{ load: load("mortal", { batches: 12, thinkMs: 250 }), end: "stop" }],
    },
  ]);
}

function load(habit: Load["habit"], others: Partial<Load> = {}): Load {
  return { habit, connections: 4, batches: 10, depth: 6, leaveRate: 0.05, thinkMs: 0, ...others };
}

/** Puts a server through a scenario. */
export async function runScenario(scenario: Scenario, seed: number): Promise<LiveRun> {
  const server = new TracedServer(scenario.policy);
  const choices = Choices.seeded(seed);
  let replies = 0;
  try {
    for (const { load, end } of scenario.lives) {
      await server.start();
      const loaded = runLoad(server.port, load, choices);
      if (end === "kill under load") {
        const afterMs = KILL_AFTER_MS.least + choices.below(KILL_AFTER_MS.spread);
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        await server.kill();
      }
      replies += await loaded;
      if (end === "kill") await server.kill();
      if (end === "stop") await server.stop();
    }
    return { scenario, steps: server.steps(), replies };
  } finally {
    server.dispose();
  }
}
