/**
 * Behaviours that TLC generates, as the steps that they consist of. TLC writes states only; the
 * model at the same bounds knows which of its actions leads from one to the next.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../../model/machine.ts";
import { filesOf } from "../../specs/files.ts";
import { describeVerdict } from "../../specs/judge.ts";
import type { Specification } from "../../specs/manifest.ts";
import { BEHAVIOUR_PREFIX, runTlc } from "../../specs/tlc.ts";
import { canonical, parseState } from "../graph/value.ts";

/** One step of a behaviour. */
export interface BehaviourStep<State> {
  /** The action's name in the specification. */
  readonly action: string;
  readonly before: State;
  readonly after: State;
}

/** A behaviour: its first state and its steps. */
export interface GeneratedBehaviour<State> {
  readonly initial: State;
  readonly steps: readonly BehaviourStep<State>[];
}

/** What is to be generated. */
export interface Generation {
  readonly count: number;
  /** Steps of a behaviour at most. */
  readonly depth: number;
  readonly seed: number;
  /** Changes of the bounded module, so that what ends a server does not come too often. */
  readonly edits: readonly Edit[];
}

/** One place of a module, and what stands there instead. */
export interface Edit {
  readonly find: string;
  readonly replace: string;
}

/**
 * Has TLC generate random behaviours of a configuration, and names their steps.
 *
 * @param machine the model at the bounds of the configuration
 * @throws Error when TLC fails, or does something that the model does not
 */
export async function generateBehaviours<State>(
  spec: Specification,
  configuration: string,
  machine: Machine<State>,
  generation: Generation,
): Promise<readonly GeneratedBehaviour<State>[]> {
  const { module, config } = spec.configurations.find(({ name }) => name === configuration)!;
  let files = filesOf(spec.folder);
  for (const { find, replace } of generation.edits) {
    files = edited(files, `${module}.tla`, find, replace);
  }
  const plain = files.get(config)!.replace(/^(?:INVARIANTS?|PROPERT(?:Y|IES)).*$/gm, "");
  const texts: string[] = [];
  const report = await runTlc(
    { files, module, config: plain, deadlock: false, simulate: generation },
    {
      finished: async (folder) => {
        const names = readdirSync(folder).filter((name) => name.startsWith(BEHAVIOUR_PREFIX));
        for (const name of names.sort()) texts.push(readFileSync(join(folder, name), "utf8"));
      },
    },
  );
  if (report.verdict.kind !== "holds") throw new Error(describeVerdict(report.verdict));
  return texts.map((behaviour) => named(machine, readStates(behaviour)));
}

function edited(
  files: ReadonlyMap<string, string>,
  file: string,
  find: string,
  replace: string,
): ReadonlyMap<string, string> {
  const parts = (files.get(file) ?? "").split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${find} not once`);
  return new Map(files).set(file, parts.join(replace));
}

/** The states of a file of TLC's, each in canonical form, stuttering left out. */
export function readStates(text: string): readonly string[] {
  const states = [...text.matchAll(/^STATE_\d+ ==\s*\n(.*?)(?=\n\s*\n|\n=+)/gms)].map((match) =>
    canonical(parseState(match[1]!)),
  );
  return states.filter((state, index) => state !== states[index - 1]);
}

function named<State>(
  machine: Machine<State>,
  states: readonly string[],
): GeneratedBehaviour<State> {
  const is = (wanted: string) => (state: State) => canonical(machine.encode(state)) === wanted;
  const initial = machine.initial().find(is(states[0] ?? ""));
  if (initial === undefined) throw new Error("the model does not begin as the behaviour does");
  let before = initial;
  const steps = states.slice(1).map((wanted, index) => {
    for (const { action, successors } of machine.actions) {
      const after = successors(before).find(is(wanted));
      if (after === undefined) continue;
      const step = { action: action.name, before, after };
      before = after;
      return step;
    }
    throw new Error(`the model has no step from state ${index + 1} of the behaviour to the next`);
  });
  return { initial, steps };
}
