/** Reads what TLC prints with `-tool` into values. */
import type { TlaState } from "../model/machine.ts";
import { parseState } from "../refinement/graph/value.ts";

/** One step of a behaviour that TLC prints. */
export interface BehaviourStep {
  /** The action that led here; null for the first state. */
  readonly action: string | null;
  readonly state: TlaState;
}

/** A behaviour that TLC prints as evidence. */
export interface Behaviour {
  readonly steps: readonly BehaviourStep[];
  /** How it goes on for ever: not (a safety violation), by stuttering, or from step N (from 1) on. */
  readonly loop: "none" | "stutters" | number;
}

/** What TLC found. */
export type Verdict =
  | { readonly kind: "holds" }
  /** `property` is null when TLC does not say which of the temporal properties it is. */
  | { readonly kind: "violated"; readonly property: string | null }
  | { readonly kind: "deadlock" }
  /** A module does not parse, or the configuration does not fit it. */
  | { readonly kind: "rejected"; readonly message: string }
  /** The specification could not be evaluated, or TLC did not finish. */
  | { readonly kind: "failed"; readonly message: string };

/** How often an action was taken: to new states, and at all. */
export interface Coverage {
  readonly distinct: number;
  readonly taken: number;
}

/** One run of TLC. */
export interface TlcReport {
  readonly verdict: Verdict;
  readonly distinct: number;
  readonly generated: number;
  /** Length of the longest path; 0 when TLC does not print it. */
  readonly depth: number;
  readonly seconds: number;
  /** By action; empty unless the run was complete and asked for coverage. */
  readonly coverage: ReadonlyMap<string, Coverage>;
  readonly behaviour: Behaviour | null;
  /** What the specification printed, line by line. */
  readonly printed: readonly string[];
}

/** TLC's messages are numbered; these are the ones that say something about the run. */
const CODE = {
  invariantViolatedInitially: 2107,
  propertyViolatedInitially: 2108,
  invariantViolated: 2110,
  actionPropertyViolated: 2112,
  deadlock: 2114,
  temporalViolated: 2116,
  simulation: 2188,
  complete: 2193,
  depth: 2194,
  statistics: 2199,
  coverageBegins: 2201,
  state: 2217,
  stuttering: 2218,
  backToState: 2122,
  finished: 2186,
  actionCoverage: 2772,
  parsingFailed: 3002,
  configurationErrors: [2222, 2223, 2224, 2225, 2226, 2227, 2228, 2229, 2230, 2231, 2232, 2233],
} as const;

const ERROR_SEVERITY = 1;

/** Lines by which the parser tells what it reads. */
const OF_THE_PARSER = /^(Parsing file|Semantic processing of module) /;

interface Message {
  readonly code: number;
  readonly severity: number;
  readonly text: string;
}

/** Reads all that a run of TLC printed. `output` may be cut off anywhere: then it has failed. */
export function readTlcOutput(output: string): TlcReport {
  const { messages, outside } = split(output);
  const statistics = last(messages, CODE.statistics)?.replaceAll(",", "") ?? "";
  const counts = /(\d+) states generated,? (\d+) distinct/.exec(statistics);
  const depth = /search is (\d+)/.exec(last(messages, CODE.depth) ?? "")?.[1];
  return {
    verdict: readVerdict(messages, outside),
    generated: Number(counts?.[1] ?? 0),
    distinct: Number(counts?.[2] ?? 0),
    depth: Number(depth ?? 0),
    seconds: readSeconds(last(messages, CODE.finished) ?? ""),
    coverage: readCoverage(messages),
    behaviour: readBehaviour(messages),
    printed: outside.filter((line) => line !== "" && !OF_THE_PARSER.test(line)),
  };
}

const MESSAGE = /@!@!@STARTMSG (\d+):(\d+) @!@!@\n(.*?)@!@!@ENDMSG \1 @!@!@\n?/gs;

function split(output: string): { messages: Message[]; outside: string[] } {
  const messages: Message[] = [];
  const outside = output.replaceAll("\r\n", "\n").replace(MESSAGE, (_, code, severity, text) => {
    const plain = text.replace(/@!@!@(START|END)MSG [\d:]+ @!@!@\n/g, ""); // one within another
    messages.push({ code: Number(code), severity: Number(severity), text: plain.trim() });
    return "";
  });
  return { messages, outside: outside.split("\n").map((line) => line.trimEnd()) };
}

function last(messages: readonly Message[], code: number): string | undefined {
  return messages.findLast((message) => message.code === code)?.text;
}

function readVerdict(messages: readonly Message[], outside: readonly string[]): Verdict {
  const error = messages.find(({ severity }) => severity === ERROR_SEVERITY);
  if (error === undefined) {
    const simulated = last(messages, CODE.simulation) !== undefined;
    const end = simulated ? CODE.finished : CODE.complete;
    if (last(messages, end) !== undefined) return { kind: "holds" };
    return { kind: "failed", message: outside.join("\n").trim() || "TLC ended without a result" };
  }
  const { code, text } = error;
  switch (code) {
    case CODE.deadlock:
      return { kind: "deadlock" };
    case CODE.temporalViolated:
    case CODE.invariantViolated:
    case CODE.invariantViolatedInitially:
    case CODE.propertyViolatedInitially:
    case CODE.actionPropertyViolated:
      return { kind: "violated", property: nameOfViolated(text) };
    case CODE.parsingFailed:
      return { kind: "rejected", message: parseErrors(outside) };
  }
  if ((CODE.configurationErrors as readonly number[]).includes(code)) {
    return { kind: "rejected", message: text };
  }
  const errors = messages.filter(({ severity }) => severity === ERROR_SEVERITY);
  return { kind: "failed", message: errors.map((message) => message.text).join("\n") };
}

/** TLC names an invariant or a property; of a refinement it only says at which line it is broken. */
function nameOfViolated(text: string): string | null {
  const name = /(?:Invariant|property) (\S+) (?:is|was) violated/i.exec(text)?.[1];
  return name ?? null;
}

/** What the parser printed, less the list of the modules that it read. */
function parseErrors(outside: readonly string[]): string {
  const lines = outside.filter((line) => !OF_THE_PARSER.test(line));
  return lines
    .join("\n")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

function readSeconds(text: string): number {
  const milliseconds = /Finished in (\d+)ms/.exec(text)?.[1];
  if (milliseconds !== undefined) return Number(milliseconds) / 1000;
  const parts = /Finished in (?:(\d+)d )?(?:(\d+)h )?(?:(\d+)min )?(\d+)s/.exec(text);
  if (parts === null) return 0;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((n) => Number(n ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** TLC prints coverage now and then and once at the end: the last one counts. */
function readCoverage(messages: readonly Message[]): Map<string, Coverage> {
  const coverage = new Map<string, Coverage>();
  const begins = messages.findLastIndex(({ code }) => code === CODE.coverageBegins);
  if (begins < 0) return coverage;
  for (const { code, text } of messages.slice(begins)) {
    if (code !== CODE.actionCoverage) continue;
    const action = /^<(\S+) line [^>]*>: (\d+):(\d+)/.exec(text);
    if (action === null) continue;
    const [name, distinct, taken] = [action[1]!, Number(action[2]), Number(action[3])];
    // An action that stands in two disjuncts has two lines.
    const before = coverage.get(name) ?? { distinct: 0, taken: 0 };
    coverage.set(name, { distinct: before.distinct + distinct, taken: before.taken + taken });
  }
  return coverage;
}

function readBehaviour(messages: readonly Message[]): Behaviour | null {
  const steps: BehaviourStep[] = [];
  let loop: Behaviour["loop"] = "none";
  for (const { code, text } of messages) {
    if (code === CODE.stuttering) loop = "stutters";
    if (code === CODE.backToState) loop = Number(/(\d+)/.exec(text)?.[1] ?? 1);
    if (code !== CODE.state) continue;
    const match = /^(\d+): <(\S+)([^\n]*)>\n(.*)$/s.exec(text);
    if (match === null) continue;
    const action = Number(match[1]) === 1 ? null : match[2]!;
    steps.push({ action, state: parseState(match[4]!) });
  }
  return steps.length === 0 ? initialState(messages) : { steps, loop };
}

/** A violation in an initial state is printed with that state in one message. */
function initialState(messages: readonly Message[]): Behaviour | null {
  const text =
    last(messages, CODE.invariantViolatedInitially) ??
    last(messages, CODE.propertyViolatedInitially);
  const state = text === undefined ? null : /initial state:\n(.*)$/s.exec(text);
  if (state === null) return null;
  return { steps: [{ action: null, state: parseState(state[1]!) }], loop: "none" };
}
