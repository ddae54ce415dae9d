/** Behaviours of a specification: in words for a person, in JSON for a test. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { TlaState } from "../model/machine.ts";
import { describeStep } from "../refinement/graph/compare.ts";
import { type Json, stateFromJson, stateToJson } from "../refinement/graph/json.ts";
import { canonical } from "../refinement/graph/value.ts";
import type { Behaviour } from "./tlc-output.ts";

/** A behaviour that can be replayed on a model. */
export interface ModelTrace extends Behaviour {
  readonly spec: string;
  /** The configuration it comes from. */
  readonly configuration: string;
  /** What it shows, in a sentence. */
  readonly shows: string;
}

/** The steps in words: what each action changes. */
export function describeBehaviour({ steps, loop }: Behaviour): string {
  const lines: string[] = [];
  let before: ReadonlyMap<string, string> = new Map();
  for (const [index, { action, state }] of steps.entries()) {
    const after = variables(state);
    lines.push(...describeStep(`${index + 1}. ${action ?? "Initially"}`, before, after));
    before = after;
  }
  if (loop === "stutters") lines.push("  and nothing more happens");
  else if (loop !== "none") lines.push(`  and so on for ever from step ${loop}`);
  return lines.join("\n");
}

function variables(state: TlaState): Map<string, string> {
  return new Map(Object.entries(state).map(([name, value]) => [name, canonical(value)]));
}

/** Writes a behaviour as JSON; the folder is made when it is not there. */
export function writeModelTrace(path: string, trace: ModelTrace): void {
  const steps = trace.steps.map(({ action, state }) => ({ action, state: stateToJson(state) }));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ ...trace, steps }, null, 1)}\n`);
}

/** Reads what `writeModelTrace` wrote. */
export function readModelTrace(path: string): ModelTrace {
  type Written = Omit<ModelTrace, "steps"> & {
    readonly steps: readonly { action: string | null; state: { [variable: string]: Json } }[];
  };
  const written = JSON.parse(readFileSync(path, "utf8")) as Written;
  const steps = written.steps.map(({ action, state }) => ({ action, state: stateFromJson(state) }));
  return { ...written, steps };
}
