/** Compares the state graph of a specification with that of its model at one configuration. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Machine } from "../../model/machine.ts";
import { distortion, readConfig, withProperty } from "../../specs/cfg.ts";
import { filesOf } from "../../specs/files.ts";
import { describeVerdict } from "../../specs/judge.ts";
import { type ConfigurationEntry, labelsOf, type Specification } from "../../specs/manifest.ts";
import { DUMP_FILE, runTlc } from "../../specs/tlc.ts";
import { compare, describeDifference } from "./compare.ts";
import { readDump } from "./dot.ts";
import { explore, labelOf } from "./explore.ts";
import { type Graph, States } from "./graph.ts";

/** One specification at one configuration, with the name of the model's bounds. */
export interface GraphComparison {
  readonly spec: Specification;
  readonly configuration: ConfigurationEntry;
  readonly bounds: string;
}

/** What a comparison has found. */
export interface Result {
  readonly states: number;
  readonly edges: number;
  /** What differs, in words; null when the graphs are equal. */
  readonly failure: string | null;
}

/** The configurations of a manifest that name the model's bounds, as far as they are chosen. */
export function comparisonsOf(
  specs: readonly Specification[],
  chosen: {
    readonly full: boolean;
    readonly configuration: readonly string[];
  },
): readonly GraphComparison[] {
  const names = chosen.configuration;
  const isChosen = (name: string): boolean => names.length === 0 || names.includes(name);
  return specs.flatMap((spec) =>
    spec.configurations.flatMap((configuration) => {
      const { name, lane, bounds } = configuration;
      if (bounds === undefined || !isChosen(name)) return [];
      return lane === "commit" || chosen.full ? [{ spec, configuration, bounds }] : [];
    }),
  );
}

const failed = (failure: string): Result => ({ states: 0, edges: 0, failure });

/** Has TLC write the graph, explores the model, and compares. `root` is the repository's folder. */
export async function compareGraphs(comparison: GraphComparison, root: string): Promise<Result> {
  const { spec, configuration, bounds } = comparison;
  const machine = await machineOf(spec, bounds, root);
  const foreign = foreignAction(spec, machine, await actionsOf(spec, root));
  if (foreign !== null) return failed(foreign);
  const states = new States();
  const dumped = await dumpOf(spec, configuration, states);
  if (typeof dumped === "string") return failed(dumped);
  // A model that runs away is stopped soon after it has left the specification behind.
  const limit = 2 * dumped.states.length + 1000;
  const result = compare(dumped, explore(machine, states, limit));
  const { difference, onlySpecification, onlyModel } = result;
  if (difference === null) return { states: result.states, edges: result.edges, failure: null };
  const counts =
    `only the specification has ${onlySpecification.states} states and ${onlySpecification.edges} ` +
    `edges, only the model ${onlyModel.states} states and ${onlyModel.edges} edges`;
  return failed(`${counts}. ${describeDifference(difference, states)}`);
}

/** The specification's graph, or what is wrong with it. */
async function dumpOf(
  spec: Specification,
  configuration: ConfigurationEntry,
  states: States,
): Promise<Graph | string> {
  const sections = readConfig(readFileSync(join(spec.folder, configuration.config), "utf8"));
  const distorting = distortion(sections);
  if (distorting !== undefined)
    return `${configuration.config} has a ${distorting}, which distorts the graph`;
  let graph: Graph | undefined;
  const { verdict } = await runTlc(
    {
      ...{ files: filesOf(spec.folder), module: configuration.module },
      ...{ config: withProperty(sections, null), deadlock: false, dump: true },
    },
    {
      async finished(folder, report) {
        if (report.verdict.kind !== "holds") return;
        graph = await readDump(join(folder, DUMP_FILE), states);
        if (graph.states.length === report.distinct) return;
        throw new Error(`TLC found ${report.distinct} states and wrote ${graph.states.length}`);
      },
    },
  );
  return graph ?? `the specification ${describeVerdict(verdict)}`;
}

/** The model at bounds of that name. */
export async function machineOf(
  spec: Specification,
  bounds: string,
  root: string,
): Promise<Machine<unknown>> {
  const path = join(root, spec.machineModule);
  if (!existsSync(path)) throw new Error(`there is no model ${spec.machineModule}`);
  const module = (await import(pathToFileURL(path).href)) as {
    readonly machine: (bounds: string) => Machine<unknown>;
  };
  return module.machine(bounds);
}

async function actionsOf(spec: Specification, root: string): Promise<Record<string, unknown>> {
  const module: unknown = await import(pathToFileURL(join(root, spec.actionsModule)).href);
  return module as Record<string, unknown>;
}

/** An action of the machine that is not the model's, or whose label is not the specification's. */
function foreignAction(
  spec: Specification,
  machine: Machine<unknown>,
  actions: Record<string, unknown>,
): string | null {
  for (const entry of machine.actions) {
    const { name } = entry.action;
    const label = labelOf(entry);
    if (actions[name] !== entry.action)
      return `the machine's ${name} is not ${spec.actionsModule}'s`;
    const declared = spec.actions.find((action) => action.name === name);
    if (declared === undefined || !labelsOf(declared).includes(label)) {
      return `the machine's ${label} is no instance of an action in the manifest`;
    }
  }
  return null;
}
