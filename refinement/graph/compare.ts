/** Compares two state graphs and tells the first difference as a path that leads to it. */
import type { Edge, Graph, States } from "./graph.ts";

/** What only one side has, after a path that both sides have. */
export interface Difference {
  readonly only: "specification" | "model";
  /** Keys of the states on the way, an initial one first, and the label that led to each. */
  readonly path: readonly { readonly label: string | null; readonly state: string }[];
  /** The step that the other side does not have; null when the initial state itself is it. */
  readonly step: Edge | null;
}

/** What a comparison has seen. The graphs are equal when `difference` is null. */
export interface Comparison {
  readonly states: number;
  readonly edges: number;
  readonly difference: Difference | null;
  /** States and edges that only one side has. */
  readonly onlySpecification: { readonly states: number; readonly edges: number };
  readonly onlyModel: { readonly states: number; readonly edges: number };
}

/** Compares the graph of a specification with the graph of its model. */
export function compare(specification: Graph, model: Graph): Comparison {
  return {
    states: model.states.length,
    edges: model.edgeCount,
    difference: firstDifference(specification, model),
    onlySpecification: missing(specification, model),
    onlyModel: missing(model, specification),
  };
}

function missing(from: Graph, other: Graph): { states: number; edges: number } {
  let states = 0;
  let edges = 0;
  for (const key of from.states) {
    const common = other.has(key);
    if (!common) states++;
    edges += onlyIn(from, common ? other : null, key).length;
  }
  return { states, edges };
}

/** The edges out of a state that `other` does not have. */
function onlyIn(from: Graph, other: Graph | null, key: string): Edge[] {
  const known = new Set<string>();
  for (const { label, to } of other?.edgesOf(key) ?? []) known.add(`${label} ${to}`);
  return [...from.edgesOf(key)].filter(({ label, to }) => !known.has(`${label} ${to}`));
}

/** Walks both graphs together, breadth-first, so that the path to the difference is a shortest. */
function firstDifference(specification: Graph, model: Graph): Difference | null {
  const cameFrom = new Map<string, { readonly from: string; readonly label: string } | null>();
  const sides = [
    { only: "specification", graph: specification, other: model },
    { only: "model", graph: model, other: specification },
  ] as const;
  for (const { only, graph, other } of sides) {
    for (const key of graph.initial) {
      if (!other.initial.has(key)) return { only, path: [{ label: null, state: key }], step: null };
      cameFrom.set(key, null);
    }
  }
  for (const key of cameFrom.keys()) {
    for (const { only, graph, other } of sides) {
      const [step] = onlyIn(graph, other, key);
      if (step !== undefined) return { only, path: pathTo(key, cameFrom), step };
    }
    for (const { label, to } of model.edgesOf(key)) {
      if (!cameFrom.has(to)) cameFrom.set(to, { from: key, label });
    }
  }
  return null;
}

function pathTo(
  key: string,
  cameFrom: ReadonlyMap<string, { readonly from: string; readonly label: string } | null>,
): { label: string | null; state: string }[] {
  const path: { label: string | null; state: string }[] = [];
  for (let state = key; ; ) {
    const step = cameFrom.get(state) ?? null;
    path.unshift({ label: step?.label ?? null, state });
    if (step === null) return path;
    state = step.from;
  }
}

/** A difference in words: the path, each step with what it changes, and the step that differs. */
export function describeDifference(difference: Difference, states: States): string {
  const { only, path, step } = difference;
  const lines: string[] = [];
  let before: ReadonlyMap<string, string> = new Map();
  for (const [index, { label, state }] of path.entries()) {
    const after = states.describe(state);
    lines.push(...describeStep(`${index + 1}. ${label ?? "Initially"}`, before, after));
    before = after;
  }
  if (step === null) return `Only the ${only} has this initial state:\n${lines.join("\n")}`;
  const other = only === "model" ? "specification" : "model";
  const title = `${path.length + 1}. ${step.label}`;
  lines.push(...describeStep(title, before, states.describe(step.to)));
  return `Only the ${only} has the last step, the ${other} does not:\n${lines.join("\n")}`;
}

/** A step in words: its title, and each variable that it changes. */
export function describeStep(
  title: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const changed = [...after].filter(([name, value]) => before.get(name) !== value);
  if (changed.length === 0) return [`  ${title}: nothing changes`];
  return [`  ${title}`, ...changed.map(([name, value]) => `       ${name} = ${value}`)];
}
