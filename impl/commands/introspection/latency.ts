import { assert, CHECKED } from "../../assert.ts";
import type { ReplyWriter } from "../../resp/reply.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { CommandRecord } from "../../session/command-table.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { latencyReport } from "./latency-doctor.ts";
import { latencyGraph } from "./latency-graph.ts";

const COMMON = {
  flags: ["admin", "noscript", "loading", "stale"],
  acl: [],
  tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
  group: "server",
  since: "2.8.13",
  complexity: "O(1)",
  consultsNoData: true,
} as const;

const EVENT = [{ name: "event", type: "string" }] as const;

const LATENCY_DOCTOR: Command = {
  ...COMMON,
  name: "doctor",
  arity: 2,
  summary: "Reports what has been slow, and what may help",
  handler: latencyDoctor,
};

function latencyDoctor(call: Call): void {
  call.reply.verbatim("txt", latencyReport(call.instance));
}

const LATENCY_GRAPH: Command = {
  ...COMMON,
  name: "graph",
  arity: 3,
  summary: "Draws the latency of an event",
  arguments: EVENT,
  handler: latencyGraphOf,
};

function latencyGraphOf(call: Call): void {
  const { instance, request, reply } = call;
  const name = request.cText(2);
  const event = instance.latency.events.get(name);
  if (event === undefined) {
    reply.error(`ERR No samples available for event '${name}'`);
    return;
  }
  reply.verbatim("txt", latencyGraph(name, event, Math.floor(call.nowMs / 1000)));
}

/** LATENCY HISTORY event: the samples, oldest first. */
const LATENCY_HISTORY: Command = {
  ...COMMON,
  name: "history",
  arity: 3,
  summary: "Shows the latency samples of an event",
  arguments: EVENT,
  handler: latencyHistory,
};

function latencyHistory(call: Call): void {
  const { instance, request, reply } = call;
  const samples = instance.latency.events.get(request.text(2))?.samples ?? [];
  reply.array(samples.length);
  for (const sample of samples) {
    reply.array(2);
    reply.integer(sample.atSeconds);
    reply.integer(sample.latencyMs);
  }
}

const LATENCY_LATEST: Command = {
  ...COMMON,
  name: "latest",
  arity: 2,
  summary: "Shows the latest latency sample of every event",
  handler: latencyLatest,
};

function latencyLatest(call: Call): void {
  const { events } = call.instance.latency;
  const { reply } = call;
  reply.array(events.size);
  for (const [name, event] of events) {
    const last = event.samples.at(-1)!;
    reply.array(4);
    reply.bulkText(name);
    reply.integer(last.atSeconds);
    reply.integer(last.latencyMs);
    reply.integer(event.maxMs);
  }
}

const LATENCY_RESET: Command = {
  ...COMMON,
  name: "reset",
  arity: -2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  summary: "Forgets latency samples",
  arguments: [{ name: "event", type: "string", flags: ["optional", "multiple"] }],
  handler: latencyReset,
};

function latencyReset(call: Call): void {
  const names: string[] = [];
  for (let i = 2; i < call.request.argc; i++) names.push(call.request.text(i));
  call.reply.integer(call.instance.latency.reset(names));
}

/** LATENCY HISTOGRAM [command ...]: a named container shows its subcommands. */
const LATENCY_HISTOGRAM: Command = {
  ...COMMON,
  name: "histogram",
  arity: -2,
  since: "7.0.0",
  complexity: "O(N) in the number of commands with samples",
  summary: "Shows how long calls of commands take",
  arguments: [{ name: "command", type: "string", flags: ["optional", "multiple"] }],
  handler: latencyHistogram,
};

function latencyHistogram(call: Call): void {
  const { instance, request, reply } = call;
  let asked: readonly CommandRecord[] = instance.commands.records;
  if (request.argc > 2) {
    const named: CommandRecord[] = [];
    for (let i = 2; i < request.argc; i++) {
      const record = instance.commands.byName(request.text(i).toLowerCase());
      if (record !== null) named.push(record);
    }
    asked = named;
  }
  const shown = asked
    .flatMap((record) => [record, ...(record.subcommands?.values() ?? [])])
    .filter((record) => record.histogram !== null);
  reply.map(shown.length);
  for (const record of shown) {
    reply.bulkText(record.fullName);
    writeDistribution(reply, record.histogram!);
  }
}

/** The cumulative distribution: for each bucket that is not empty, its bound and the calls so far. */
function writeDistribution(reply: ReplyWriter, histogram: Uint32Array): void {
  const steps: (readonly [bound: number, calls: number])[] = [];
  let calls = 0;
  histogram.forEach((count, k) => {
    calls += count;
    if (count > 0) steps.push([bucketBoundUs(k), calls]);
  });
  if (CHECKED) assert(calls > 0, "a histogram begins with a call");
  reply.map(2);
  reply.bulkText("calls");
  reply.integer(calls);
  reply.bulkText("histogram_usec");
  reply.map(steps.length);
  for (const [bound, total] of steps) {
    reply.integer(bound);
    reply.integer(total);
  }
}

/**
 * The bound that Redis prints for a bucket, in microseconds: its histogram keeps two digits, so
 * that a bucket reaches 1/128 beyond 1024 * 2^k nanoseconds.
 */
function bucketBoundUs(k: number): number {
  const lowestNs = 1024 * 2 ** k;
  return Math.floor((lowestNs + lowestNs / 128 - 1) / 1000);
}

const HELP: readonly HelpEntry[] = [
  ["DOCTOR", "Report what has been slow, and what may help."],
  ["GRAPH <event>", "Draw the latency of the <event> class."],
  ["HISTORY <event>", "Show the samples of the <event> class."],
  ["LATEST", "Show the latest sample of every event class."],
  [
    "RESET [<event> ...]",
    "Forget the samples of the <event> classes.",
    "(default: of all event classes)",
  ],
  [
    "HISTOGRAM [COMMAND ...]",
    "Show how long calls of the named commands take, as a cumulative distribution.",
    "(default: of all commands)",
  ],
];

/** LATENCY and its subcommands. */
export const LATENCY: Command = {
  name: "latency",
  arity: -2,
  flags: [],
  acl: [],
  group: "server",
  since: "2.8.13",
  complexity: "That of the subcommand",
  summary: "Shows when and why the server was slow",
  subcommands: [
    LATENCY_DOCTOR,
    LATENCY_GRAPH,
    helpSubcommand(HELP, { acl: [], group: "server", since: "2.8.13" }),
    LATENCY_HISTOGRAM,
    LATENCY_HISTORY,
    LATENCY_LATEST,
    LATENCY_RESET,
  ],
};
